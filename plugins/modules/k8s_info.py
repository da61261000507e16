# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading Kubernetes objects."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_info
short_description: Read Kubernetes objects
version_added: "0.1.0"
description:
  - Reads objects of one kind, by name, namespace and selectors. Nothing that matches is an empty list, not a failure.
  - It costs one request and, for kinds of products that the collection does not know, one look at what the server
    serves.
options:
  kind:
    description: The kind, as in a manifest.
    type: str
    required: true
  api_version:
    description: The API version, as in a manifest.
    type: str
    default: v1
  name:
    description: Only the object of this name.
    type: str
  namespace:
    description: Only objects in this namespace. All namespaces by default.
    type: str
  label_selectors:
    description: Label selectors that must all match.
    type: list
    elements: str
    default: []
  field_selectors:
    description: Field selectors that must all match.
    type: list
    elements: str
    default: []
  reveal:
    description:
      - Whether the values of Secrets are returned. By default keyed digests stand for them. Use it with C(no_log).
    type: bool
    default: false
extends_documentation_fragment:
  - kubevim.nfvi.attributes.info
  - kubevim.nfvi.kube
seealso:
  - module: kubevim.nfvi.k8s_objects
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: Which nodes are there
  kubevim.nfvi.k8s_info:
    kubeconfig: ~/.kube/config
    kind: Node
  register: nodes

- name: The virtual machines of one VNF
  kubevim.nfvi.k8s_info:
    kubeconfig: ~/.kube/config
    api_version: kubevirt.io/v1
    kind: VirtualMachine
    label_selectors: [nfvi.kubevim.io/vnf-instance=upf-1]
"""

RETURN = r"""
resources:
  description: The objects, without bookkeeping fields.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: v1
      kind: Node
      metadata:
        name: e1
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: []
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
      sample: "the server does not know this kind"
    object:
      description: The thing it happened to.
      type: str
      sample: "Subnett (kubeovn.io/v1)"
    path:
      description: The place in what was given.
      type: str
      sample: "kind"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "did you mean Subnet?"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_read_spec
from ..module_utils.operations import read
from ..module_utils.operations.session import kube_session

SPEC = kube_read_spec(
    kind={"type": "str", "required": True},
    api_version={"type": "str", "default": "v1"},
    name={"type": "str"},
    namespace={"type": "str"},
    label_selectors={"type": "list", "elements": "str", "default": []},
    field_selectors={"type": "list", "elements": "str", "default": []},
    reveal={"type": "bool", "default": False},
)

CALL = Call(SPEC, kube_session, read.read)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
