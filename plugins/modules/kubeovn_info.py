# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading Kube-OVN's networks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeovn_info
short_description: Read Kube-OVN's networks, how full they are, and what does not work
version_added: "0.1.0"
description:
  - Tells of VPCs, subnets and how full they are, addresses, gateways, translation in both flavours, provider networks
    and security groups, each with whether it works and why not. It costs one list request a kind, all at once.
  - Kube-OVN tells much of what it refuses in its log only; such objects are those without a status, and
    RV(not_ready) says so.
  - Kinds that the installed version does not have are empty lists.
options:
  gather:
    description: What to tell of; everything by default. Other lists are empty then.
    type: list
    elements: str
    choices: [vpcs, subnets, ips, ip_pools, gateways, eips, nat, providers, security_groups]
    default: []
  vpc:
    description:
      - Only what belongs to this VPC. Provider networks and security groups belong to none and are told in any case.
    type: str
extends_documentation_fragment:
  - kubevim.nfvi.attributes.info
  - kubevim.nfvi.kube
seealso:
  - module: kubevim.nfvi.kubeovn_vpc
  - module: kubevim.nfvi.kubeovn_subnet
  - module: kubevim.nfvi.kubeovn_nat
  - module: kubevim.nfvi.kubeovn_security_group
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: What is there, and what does not work
  kubevim.nfvi.kubeovn_info:
    kubeconfig: ~/.kube/config
  register: found

- name: Which subnets are nearly full
  ansible.builtin.debug:
    msg: "{{ found.subnets | selectattr('used_percent', '>', 80) | map(attribute='name') | list }}"
"""

RETURN = r"""
vpcs:
  description: The VPCs, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: ran-up
    ready:
      description: Whether it works, by the rules of its kind.
      type: bool
      sample: true
    why:
      description: Why not; empty where it does.
      type: str
      sample: ""
    default:
      description: Whether it is the cluster's own.
      type: bool
      sample: false
    router:
      description: Its router in OVN; empty until there is one.
      type: str
      sample: ran-up
    namespaces:
      description: Namespaces that may use it.
      type: list
      elements: str
      sample: [upf]
    subnets:
      description: Its subnets.
      type: list
      elements: str
      sample: [ran-up-n3]
    enable_external:
      description: Whether OVN lets it out.
      type: bool
      sample: false
    peers:
      description: VPCs that it is peered with.
      type: list
      elements: str
      sample: [core]
    static_routes:
      description: Its static routes, as Kube-OVN writes them.
      type: list
      elements: dict
      sample: [{cidr: 0.0.0.0/0, nextHopIP: 10.60.0.254, policy: policyDst}]
    policy_routes:
      description: Its policy routes, likewise.
      type: list
      elements: dict
      sample: []
subnets:
  description: The subnets, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: ran-up-n3
    ready:
      description: Whether it works, by the rules of its kind.
      type: bool
      sample: false
    why:
      description: Why not; empty where it does.
      type: str
      sample: "ValidateLogicalSwitchFailed: subnet x1 cidr 10.60.0.0/25 is conflict with subnet ran-up-n3 …"
    vpc:
      description: Its VPC.
      type: str
      sample: ran-up
    cidr:
      description: Its range.
      type: str
      sample: 10.60.0.0/24
    gateway:
      description: Its gateway.
      type: str
      sample: 10.60.0.1
    provider:
      description: Whose network it is, C(ovn) for Kube-OVN's own.
      type: str
      sample: ovn
    vlan:
      description: Its VLAN; empty without one.
      type: str
      sample: ""
    private:
      description: Whether other subnets are kept out.
      type: bool
      sample: false
    namespaces:
      description: Namespaces whose pods are in it by default.
      type: list
      elements: str
      sample: [upf]
    v4_using:
      description: IPv4 addresses in use.
      type: int
      sample: 12
    v4_available:
      description: IPv4 addresses left.
      type: int
      sample: 187
    v6_using:
      description: IPv6 addresses in use.
      type: int
      sample: 0
    v6_available:
      description: IPv6 addresses left.
      type: int
      sample: 0
    used_percent:
      description: How much of it is in use, IPv4 where there is any.
      type: float
      sample: 6.0
ips:
  description: Addresses that a port has or that are reserved (IP, Vip), by kind and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: fw.upf
    ready:
      description: Whether it works, by the rules of its kind.
      type: bool
      sample: true
    why:
      description: Why not; empty where it does.
      type: str
      sample: ""
    kind:
      description: C(IP) or C(Vip).
      type: str
      sample: IP
    subnet:
      description: Its subnet.
      type: str
      sample: ran-up-n3
    vpc:
      description: Its VPC.
      type: str
      sample: ran-up
    addresses:
      description: The addresses.
      type: list
      elements: str
      sample: [10.60.0.2]
    mac:
      description: Its MAC address.
      type: str
      sample: "00:00:00:5a:01:0b"
    namespace:
      description: Namespace of its owner.
      type: str
      sample: upf
    owner:
      description: The pod or virtual machine that has it; empty without one.
      type: str
      sample: fw
    type:
      description: What its owner is, or what a Vip is for.
      type: str
      sample: VirtualMachine
    node:
      description: Where its owner runs.
      type: str
      sample: edge-1
ip_pools:
  description: The IP pools, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: ran-up-n3-upf
    ready:
      description: Whether it works, by the rules of its kind.
      type: bool
      sample: true
    why:
      description: Why not; empty where it does.
      type: str
      sample: ""
    subnet:
      description: Its subnet.
      type: str
      sample: ran-up-n3
    vpc:
      description: Its VPC.
      type: str
      sample: ran-up
    ips:
      description: Its addresses and ranges.
      type: list
      elements: str
      sample: [10.60.0.20..10.60.0.30]
    namespaces:
      description: Namespaces that it is for.
      type: list
      elements: str
      sample: [upf]
    using:
      description: Addresses in use.
      type: int
      sample: 2
    available:
      description: Addresses left.
      type: int
      sample: 9
gateways:
  description: NAT gateways and egress gateways, by kind and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: edge-gw
    ready:
      description: Whether it works, by the rules of its kind.
      type: bool
      sample: true
    why:
      description: Why not; empty where it does.
      type: str
      sample: ""
    kind:
      description: C(VpcNatGateway) or C(VpcEgressGateway).
      type: str
      sample: VpcNatGateway
    namespace:
      description: Namespace of an egress gateway.
      type: str
      sample: ""
    vpc:
      description: Its VPC.
      type: str
      sample: edge
    internal_subnet:
      description: Its subnet inside.
      type: str
      sample: edge-n3
    internal_ips:
      description: Its addresses inside.
      type: list
      elements: str
      sample: [10.70.0.199]
    external_subnets:
      description: Its subnets outside.
      type: list
      elements: str
      sample: [n6-outside]
    external_ips:
      description: Its own addresses outside, of an egress gateway.
      type: list
      elements: str
      sample: []
    nodes:
      description: Where it runs, as far as Kube-OVN says so.
      type: list
      elements: str
      sample: [edge-1]
eips:
  description: External addresses of both flavours, by kind and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: edge-out
    ready:
      description: Whether it works, by the rules of its kind.
      type: bool
      sample: true
    why:
      description: Why not; empty where it does.
      type: str
      sample: ""
    kind:
      description: C(IptablesEIP) or C(OvnEip).
      type: str
      sample: OvnEip
    gateway:
      description: The gateway that has it; empty for OVN's.
      type: str
      sample: ""
    vpc:
      description: The VPC of that gateway, or of the rules that use it.
      type: str
      sample: edge
    external_subnet:
      description: Its subnet.
      type: str
      sample: n6-outside
    addresses:
      description: The addresses.
      type: list
      elements: str
      sample: [192.0.2.40]
    used_by:
      description: The rules that use it.
      type: list
      elements: str
      sample: [OvnSnatRule edge-n3-out]
nat:
  description: Rules of both flavours - floating IPs, forwarded ports, ranges that go out - by kind and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: edge-dns
    ready:
      description: Whether it works, by the rules of its kind.
      type: bool
      sample: true
    why:
      description: Why not; empty where it does.
      type: str
      sample: ""
    kind:
      description: Its kind.
      type: str
      sample: OvnDnatRule
    eip:
      description: Its EIP.
      type: str
      sample: edge-dns
    external_ips:
      description: The addresses outside.
      type: list
      elements: str
      sample: [192.0.2.41]
    internal:
      description: The address or range inside.
      type: list
      elements: str
      sample: [10.70.0.53]
    protocol:
      description: Protocol of a forwarded port.
      type: str
      sample: udp
    external_port:
      description: Port outside; 0 for all.
      type: int
      sample: 53
    internal_port:
      description: Port inside; 0 for all.
      type: int
      sample: 53
    gateway:
      description: The gateway that translates; empty for OVN.
      type: str
      sample: ""
    vpc:
      description: The VPC inside.
      type: str
      sample: edge
providers:
  description: The provider networks, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: data
    ready:
      description: Whether it works, by the rules of its kind.
      type: bool
      sample: false
    why:
      description: Why not; empty where it does.
      type: str
      sample: "edge-2: interface ens1f0 not found"
    interface:
      description: The interface that nodes have for it, unless others are said for some.
      type: str
      sample: ens1f0
    ready_nodes:
      description: Nodes that have it.
      type: list
      elements: str
      sample: [edge-1]
    not_ready_nodes:
      description: Nodes that do not.
      type: list
      elements: str
      sample: [edge-2]
    vlans:
      description: Its VLANs.
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          type: str
          sample: n6
        ready:
          description: Whether it works.
          type: bool
          sample: true
        why:
          description: Why not.
          type: str
          sample: ""
        id:
          description: Its identifier.
          type: int
          sample: 106
        subnets:
          description: Its subnets.
          type: list
          elements: str
          sample: [n6-outside]
security_groups:
  description: The security groups, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: upf-n4
    ready:
      description: Whether it works, by the rules of its kind.
      type: bool
      sample: true
    why:
      description: Why not; empty where it does.
      type: str
      sample: ""
    tier:
      description: Its tier.
      type: int
      sample: 0
    ingress_rules:
      description: How many rules for what comes in.
      type: int
      sample: 2
    egress_rules:
      description: How many rules for what goes out.
      type: int
      sample: 1
    port_group:
      description: Its port group in OVN; empty until there is one.
      type: str
      sample: ovn.sg.upf.n4
not_ready:
  description: Everything that was gathered and does not work.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: Its kind.
      type: str
      sample: ProviderNetwork
    object:
      description: What it is called in actions and errors.
      type: str
      sample: ProviderNetwork data
    why:
      description: Why it does not work, in Kube-OVN's words where it says so, and what holds it if it is being deleted.
      type: str
      sample: "edge-2: interface ens1f0 not found"
actions:
  description: What was done, or in check mode would be; nothing ever is.
  returned: always
  type: list
  elements: str
  sample: []
impact:
  description: What the changes do to running service; C(none).
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
        - One of C(not_found) where Kube-OVN is not installed, C(invalid_input), C(forbidden), C(unauthenticated),
          C(unreachable), C(internal).
      type: str
      sample: not_found
    reason:
      description: Why, in one sentence.
      type: str
      sample: "/apis/kubeovn.io/v1/vpcs is not served"
    object:
      description: The thing it happened to.
      type: str
      sample: "Vpc list"
    path:
      description: The place in what was given.
      type: str
      sample: ""
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "is its CustomResourceDefinition installed, in this version?"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_read_spec
from ..module_utils.operations.session import kube_session
from ..module_utils.resources.kubeovn import info

LISTS = ["vpcs", "subnets", "ips", "ip_pools", "gateways", "eips", "nat", "providers", "security_groups"]
SPEC = kube_read_spec(gather={"type": "list", "elements": "str", "choices": LISTS, "default": []}, vpc={"type": "str"})

CALL = Call(SPEC, kube_session, info.read)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
