# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A component of the platform, from its manifests or its chart."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_component
short_description: Install a component of the platform from its manifests or its Helm chart
version_added: "0.1.0"
description:
  - Reads what installs a component (Kube-OVN, KubeVirt, an operator) from files, https URLs and OCI registries, or
    renders its Helm chart, and brings all its objects to a state as M(kubevim.nfvi.k8s_objects) does.
  - Everything is read, and every image is known by its digest, before anything is touched.
  - YAML is read as kubectl reads it. What an archive is (a tar file, a gzipped one) is told by its content.
  - Downloads are kept by digest in C(kubevim-nfvi/downloads) of the user's cache directory (E(XDG_CACHE_HOME),
    C(~/.cache) by default), so a second run with pinned sources needs no network. Sources that are not pinned are asked
    for each time.
  - Proxies (E(HTTPS_PROXY), E(NO_PROXY)), certificate authorities (E(REQUESTS_CA_BUNDLE)) and credentials (C(~/.netrc))
    are those that the Python library requests knows. A server gets 10 s to take a connection, and 60 s for each answer.
options:
  name:
    description: What the component is called, in messages; also the name of its chart's release.
    type: str
    required: true
  manifests:
    description:
      - Where its manifests are, each a path, an https URL or an OCI reference (C(oci://registry/repository@sha256:…)).
      - A folder stands for its C(*.yaml), C(*.yml) and C(*.json) files, not for those of folders in it. The layers of
        an OCI artifact are YAML files or archives of them.
      - Instead of a text, a dictionary with C(source) and C(sha256), the SHA-256 of the file in hexadecimal; for an OCI
        artifact that of its manifest. Something else is refused.
    type: list
    elements: raw
  chart:
    description:
      - Its Helm chart, rendered by C(helm template) with the C(helm) of E(PATH). Nothing of Helm is stored in the
        cluster, and hooks are not run. Those that an installation would have run are named in a warning.
    type: dict
    suboptions:
      source:
        description: A folder, the path or https URL of an archive (C(.tgz)), or an OCI reference.
        type: str
        required: true
      sha256:
        description: SHA-256 of the archive in hexadecimal; for an OCI artifact that of its manifest.
        type: str
      values:
        description: Values of the chart. They are handed to helm on its standard input.
        type: dict
        default: {}
      release_name:
        description: The name of the release, instead of O(name).
        type: str
      include_crds:
        description: Whether the CustomResourceDefinitions of its folder C(crds) are among its objects.
        type: bool
        default: true
      kube_version:
        description: The version of Kubernetes that the chart is told, instead of the one that helm assumes.
        type: str
      api_versions:
        description: APIs that the chart is told the cluster has, beside those that helm assumes.
        type: list
        elements: str
        default: []
  images:
    description:
      - Images by digest, by the repository whose images they replace (without tag and digest), wherever an object holds
        the specification of a pod. Images in arguments and environment variables stay as they are.
      - A repository of which no object has an image is refused.
    type: dict
    default: {}
  require_digests:
    description: Refuse images that are not named by digest after O(images) have replaced theirs.
    type: bool
    default: true
  exclude:
    description: Objects to leave alone, each as C(Kind/name).
    type: list
    elements: str
    default: []
  namespace:
    description: For namespaced objects that name no namespace, and of the chart's release. It is not created.
    type: str
    default: default
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
requirements:
  - requests
  - helm >= 3.8 (for O(chart))
seealso:
  - module: kubevim.nfvi.k8s_objects
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: KubeVirt from its release, every image by digest
  kubevim.nfvi.k8s_component:
    kubeconfig: ~/.kube/config
    name: kubevirt
    manifests:
      - https://github.com/kubevirt/kubevirt/releases/download/v1.8.4/kubevirt-operator.yaml
      - source: https://github.com/kubevirt/kubevirt/releases/download/v1.8.4/kubevirt-cr.yaml
        sha256: 8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4
    images:
      quay.io/kubevirt/virt-operator: >-
        mirror.example.net/kubevirt/virt-operator@sha256:2a1e6f4b7c0d93581d2cbb5c1f3d9e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e
    wait_timeout: 900

- name: Kube-OVN from its chart in a registry of one's own
  kubevim.nfvi.k8s_component:
    kubeconfig: ~/.kube/config
    name: kube-ovn
    namespace: kube-system
    chart:
      source: oci://mirror.example.net/charts/kube-ovn@sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
      kube_version: v1.36.3
      values:
        networking:
          NETWORK_TYPE: geneve
    images:
      docker.io/kubeovn/kube-ovn: >-
        mirror.example.net/kubeovn/kube-ovn@sha256:7c211433f02071597741e6ff5a8ea34789abbf43c2f8a3b1d0c4e5f60718293a
"""

RETURN = r"""
objects:
  description:
    - The component's objects as they are, or in check mode would be; of each what it is called and, if it has any, its
      conditions. Empty for O(state=absent).
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: virt-operator
        namespace: kubevirt
      status:
        conditions:
          - type: Available
            status: "True"
            reason: MinimumReplicasAvailable
images:
  description: Every image that the component's pods are made from.
  returned: success
  type: list
  elements: str
  sample:
    - mirror.example.net/kubevirt/virt-operator@sha256:2a1e6f4b7c0d93581d2cbb5c1f3d9e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e
sources:
  description: What was read, in the order given, with the SHA-256 that pins it.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The path, URL or reference.
      type: str
      sample: https://github.com/kubevirt/kubevirt/releases/download/v1.8.4/kubevirt-cr.yaml
    sha256:
      description: The SHA-256 of what is there; empty for a folder.
      type: str
      sample: 8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create Namespace kubevirt", "create Deployment kubevirt/virt-operator"]
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
      sample: invalid_input
    reason:
      description: Why, in one sentence.
      type: str
      sample: "Deployment/virt-operator: image quay.io/kubevirt/virt-operator:v1.8.4 has no digest"
    object:
      description: The thing it happened to, or the source in which it is.
      type: str
      sample: "Deployment kubevirt/virt-operator"
    path:
      description: The place in what was given, with file and line of the object.
      type: str
      sample: 'manifests[0]["kubevirt-operator.yaml:318"].spec.template.spec.containers[0].image'
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
from ..module_utils.adapter.options import kube_spec
from ..module_utils.operations.component import ensure
from ..module_utils.operations.session import kube_session

CHART = {
    "source": {"type": "str", "required": True},
    "sha256": {"type": "str"},
    "values": {"type": "dict", "default": {}},
    "release_name": {"type": "str"},
    "include_crds": {"type": "bool", "default": True},
    "kube_version": {"type": "str"},
    "api_versions": {"type": "list", "elements": "str", "default": []},
}

SPEC = kube_spec(
    name={"type": "str", "required": True},
    manifests={"type": "list", "elements": "raw"},
    chart={"type": "dict", "options": CHART},
    images={"type": "dict", "default": {}},
    require_digests={"type": "bool", "default": True},
    exclude={"type": "list", "elements": "str", "default": []},
    namespace={"type": "str", "default": "default"},
)

RULES = {"mutually_exclusive": [["manifests", "chart"]], "required_one_of": [["manifests", "chart"]]}

CALL = Call(SPEC, kube_session, ensure.ensure, RULES)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
