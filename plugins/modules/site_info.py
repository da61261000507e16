# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site consists of, and whether all of it works."""

from __future__ import annotations

DOCUMENTATION = r"""
module: site_info
short_description: Read what a site consists of and whether it works
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Looks at the nodes, Kube-OVN, KubeVirt, the VPCs, subnets and VNFs of a site's cluster and judges each of them
    by the readiness of its kind.
  - Nothing is waited for. What is missing or does not work is a finding, not a failure.
options:
  nodes:
    description: Names of the nodes that there should be.
    type: list
    elements: str
    default: []
  vpcs:
    description: Names of the VPCs that there should be.
    type: list
    elements: str
    default: []
  subnets:
    description: Names of the subnets that there should be.
    type: list
    elements: str
    default: []
  vnfs:
    description: Names of the VNF instances that there should be.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - kubevim.nfvi.attributes.info
  - kubevim.nfvi.kube
seealso:
  - module: kubevim.nfvi.k8s_info
"""

EXAMPLES = r"""
- name: Look at the whole site
  kubevim.nfvi.site_info:
    kubeconfig: ~/.kube/config
    nodes: [e1]
    subnets: [ran-up-n3]
    vnfs: [fw-demo]
  register: looked

- name: All of it works
  ansible.builtin.assert:
    that: looked.findings | length == 0
    fail_msg: "{{ looked.findings | join('; ') }}"
"""

RETURN = r"""
findings:
  description: What is missing or does not work, one line each, with the reason; empty when all is well.
  returned: success
  type: list
  elements: str
  sample: ["Node e1: Ready=False KubeletNotReady: container runtime network not ready"]
site:
  description: The site in few words.
  returned: success
  type: dict
  contains:
    nodes:
      description: The nodes.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the node.
          type: str
          sample: e1
        address:
          description: Its internal address.
          type: str
          sample: 127.55.1.1
        os:
          description: Its operating system.
          type: str
          sample: Talos (v1.13.0)
        kubernetes:
          description: Version of its kubelet.
          type: str
          sample: v1.36.3
    kubevirt:
      description: Version of KubeVirt.
      type: str
      sample: v1.8.4
    subnets:
      description: The subnets of Kube-OVN.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the subnet.
          type: str
          sample: ran-up-n3
        vpc:
          description: Its VPC.
          type: str
          sample: ran-up
        cidr:
          description: Its range.
          type: str
          sample: 10.60.0.0/24
        gateway:
          description: Address of its router.
          type: str
          sample: 10.60.0.1
    vnfs:
      description: The running guests of VNF instances.
      type: list
      elements: dict
      contains:
        vnf:
          description: Name of the VNF instance.
          type: str
          sample: fw-demo
        namespace:
          description: Its namespace.
          type: str
          sample: fw-demo
        vm:
          description: Name of the virtual machine.
          type: str
          sample: fw-demo-fw-0
        node:
          description: The node that it runs on.
          type: str
          sample: e1
        addresses:
          description: Its addresses, by connection point.
          type: dict
          sample:
            n3: 10.60.0.2
actions:
  description: What was done, or in check mode would be, one line a change.
  returned: always
  type: list
  elements: str
  sample: []
impact:
  description: What the changes do to running service, at worst. One of C(none), C(service_restart), C(pod_restart),
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
      description: One of C(invalid_input), C(not_found), C(conflict), C(forbidden), C(unauthenticated), C(unreachable),
        C(timeout), C(never_ready), C(unsupported), C(precondition), C(capacity), C(stale_plan), C(busy),
        C(partial), C(internal).
      type: str
      sample: unreachable
    reason:
      description: Why, in one sentence.
      type: str
      sample: "connection refused"
    object:
      description: The thing it happened to.
      type: str
      sample: API server https://127.55.1.1:6443
    path:
      description: The place in what was given.
      type: str
      sample: ""
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "is the cluster bootstrapped?"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: true
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_read_spec
from ..module_utils.operations.session import kube_session
from ..module_utils.sites import verdict

NAMES = {"type": "list", "elements": "str", "default": []}
SPEC = kube_read_spec(nodes=NAMES, vpcs=NAMES, subnets=NAMES, vnfs=NAMES)

CALL = Call(SPEC, kube_session, verdict.verify)


def main() -> None:
    """Run as a module of its own."""
    run_module(CALL)


if __name__ == "__main__":
    main()
