# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN subnets."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeovn_subnet
short_description: Manage Kube-OVN subnets
version_added: "0.1.0"
description:
  - A subnet is a range of addresses in a VPC, an OVN logical switch.
  - What Kube-OVN would accept and never make work is refused before anything is written - a CIDR that overlaps
    another subnet of the VPC, a gateway
    outside the CIDR, a bad excluded range, a VPC that does not exist.
options:
  subnets:
    description: The subnets. For O(state=absent) the name is enough.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the subnet. It cannot be that of its VPC.
        type: str
        required: true
      cidr:
        description: The range, for dual stack an IPv4 and an IPv6 one joined by a comma. Needed for O(state=present).
        type: str
      vpc:
        description: The VPC that it belongs to.
        type: str
        default: ovn-cluster
      gateway:
        description: Address of the router in the subnet. The first address by default.
        type: str
      exclude_ips:
        description: Addresses and ranges (C(a..b)) that are given to nobody. The gateway always is among them.
        type: list
        elements: str
      namespaces:
        description: Namespaces whose pods get an address of this subnet by default.
        type: list
        elements: str
      private:
        description: Whether traffic from other subnets is refused, except from O(subnets[].allow_subnets).
        type: bool
      allow_subnets:
        description: CIDRs that may reach a private subnet.
        type: list
        elements: str
      nat_outgoing:
        description: Whether traffic that leaves the cluster gets the node's address.
        type: bool
      enable_dhcp:
        description: Whether OVN answers DHCP requests of guests.
        type: bool
      gateway_type:
        description: Whether traffic leaves through every node or through chosen ones.
        type: str
        choices: [distributed, centralized]
      mtu:
        description: MTU of the ports, in bytes, 68 to 65535.
        type: int
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
seealso:
  - module: kubevim.nfvi.kubeovn_vpc
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: N3 in the VPC of the radio side
  kubevim.nfvi.kubeovn_subnet:
    kubeconfig: ~/.kube/config
    subnets:
      - name: ran-up-n3
        vpc: ran-up
        cidr: 10.60.0.0/24
        exclude_ips: [10.60.0.200..10.60.0.254]
"""

RETURN = r"""
subnets:
  description: The subnets as they are, or in check mode would be, in the order given.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: Subnet
      metadata:
        name: ran-up-n3
      spec:
        vpc: ran-up
        cidrBlock: 10.60.0.0/24
        gateway: 10.60.0.1
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create Subnet ran-up-n3"]
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
      sample: "10.60.0.0/25 overlaps 10.60.0.0/24 of the existing subnet ran-up-n3 in the same VPC"
    object:
      description: The thing it happened to.
      type: str
      sample: ""
    path:
      description: The place in what was given.
      type: str
      sample: "subnets[0].cidr"
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
from ..module_utils.operations.session import kube_session
from ..module_utils.resources.kubeovn import subnet

SUBNET = {
    "name": {"type": "str", "required": True},
    "cidr": {"type": "str"},
    "vpc": {"type": "str", "default": "ovn-cluster"},
    "gateway": {"type": "str"},
    "exclude_ips": {"type": "list", "elements": "str"},
    "namespaces": {"type": "list", "elements": "str"},
    "private": {"type": "bool"},
    "allow_subnets": {"type": "list", "elements": "str"},
    "nat_outgoing": {"type": "bool"},
    "enable_dhcp": {"type": "bool"},
    "gateway_type": {"type": "str", "choices": ["distributed", "centralized"]},
    "mtu": {"type": "int"},
}
SPEC = kube_spec(subnets={"type": "list", "elements": "dict", "required": True, "options": SUBNET})

CALL = Call(SPEC, kube_session, subnet.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
