# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any Kubernetes objects, in bulk."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_objects
short_description: Bring any Kubernetes objects to a state, in bulk
version_added: "0.1.0"
description:
  - Applies a whole list of objects by server-side apply, in the order of their references, in parallel, and waits
    until each of them works.
  - Objects of any kind can be given. Kinds of Kubernetes, Kube-OVN, KubeVirt and others have rules of their own for
    what is refused early,
    what their controllers rewrite, and when they are ready. For all others their standard conditions decide.
  - An object that is provably as wanted costs nothing but its part of one list request. All others are asked about
    with a dry run first, so what a
    server would refuse is refused before anything is changed, and RV(actions) are what the server says would change.
options:
  objects:
    description:
      - The objects, each with C(apiVersion), C(kind) and C(metadata.name). Those of a C(List) count one by one.
      - At least one of O(objects) and O(manifests) is needed.
    type: list
    elements: dict
  manifests:
    description:
      - Files of objects, YAML or JSON, read as kubectl reads them, on the machine where the module runs. They come
        after O(objects).
      - Of hundreds of objects this is the quicker way, as nothing in the files is templated.
    type: list
    elements: path
  return:
    description:
      - Whether RV(objects) holds whole objects, or of each only what it is called. Hundreds of whole objects cost
        Ansible noticeable time.
    type: str
    choices: [full, identity]
    default: full
  namespace:
    description: For namespaced objects that name no namespace.
    type: str
    default: default
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
  - kubevim.nfvi.kube.owning
seealso:
  - module: kubevim.nfvi.k8s_info
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: A namespace with a quota and a settings map
  kubevim.nfvi.k8s_objects:
    kubeconfig: ~/.kube/config
    objects:
      - apiVersion: v1
        kind: Namespace
        metadata:
          name: upf
      - apiVersion: v1
        kind: ResourceQuota
        metadata:
          name: upf
          namespace: upf
        spec:
          hard:
            requests.cpu: "16"
      - apiVersion: v1
        kind: ConfigMap
        metadata:
          name: upf-settings
          namespace: upf
        data:
          n3: ran-up-n3

- name: Hundreds of objects, straight from their file
  kubevim.nfvi.k8s_objects:
    kubeconfig: ~/.kube/config
    manifests: [~/manifests/tenants.yml]
    return: identity

- name: All that a tenant has, and nothing that this file named before and does not name now
  kubevim.nfvi.k8s_objects:
    kubeconfig: ~/.kube/config
    manifests: [~/manifests/tenants.yml]
    owner: tenants
    prune: true

- name: The settings map is not needed any more
  kubevim.nfvi.k8s_objects:
    kubeconfig: ~/.kube/config
    state: absent
    objects:
      - apiVersion: v1
        kind: ConfigMap
        metadata:
          name: upf-settings
          namespace: upf
"""

RETURN = r"""
objects:
  description:
    - The objects as they are, or in check mode would be, in the order given. Secrets show as keyed digests. Empty for
      O(state=absent). With O(return=identity) of each only C(apiVersion), C(kind) and of C(metadata) C(name),
      C(namespace) and C(uid).
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: v1
      kind: ConfigMap
      metadata:
        name: upf-settings
        namespace: upf
      data:
        n3: ran-up-n3
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create Namespace upf", "update ConfigMap upf/upf-settings: data.n3 ran-up-n3 → ran-up-n3b"]
impact:
  description:
    - What the changes do to running service, at worst. One of C(none), C(service_restart), C(pod_restart),
      C(vm_restart), C(node_reboot), C(outage).
  returned: success
  type: str
  sample: none
verified:
  description: False in check mode if something could not be asked because this same run creates it.
  returned: success
  type: bool
  sample: true
error:
  description: What went wrong.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - One of C(invalid_input), C(not_found), C(conflict), C(forbidden), C(unauthenticated), C(unreachable),
          C(timeout), C(never_ready), C(unsupported), C(precondition), C(capacity), C(stale_plan), C(busy),
          C(partial), C(internal).
      type: str
      sample: never_ready
    reason:
      description: Why, in one sentence.
      type: str
      sample: "ProgressDeadlineExceeded: ReplicaSet has timed out progressing."
    object:
      description: The thing it happened to.
      type: str
      sample: "Deployment upf/upf"
    path:
      description: The place in what was given.
      type: str
      sample: "objects[3]"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: ""
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import OWNING, kube_spec
from ..module_utils.operations import objects
from ..module_utils.operations.session import kube_session

SPEC = kube_spec(
    objects={"type": "list", "elements": "dict"},
    manifests={"type": "list", "elements": "path"},
    namespace={"type": "str", "default": "default"},
    **OWNING,
    **{"return": {"type": "str", "choices": ["full", "identity"], "default": "full"}},
)

RULES = {"required_one_of": [["objects", "manifests"]]}

CALL = Call(SPEC, kube_session, objects.ensure, RULES)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
