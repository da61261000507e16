# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's translation of addresses."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeovn_nat
short_description: Manage Kube-OVN's NAT gateways, external addresses and their rules
version_added: "0.1.0"
description:
  - Declares how the addresses of VPCs are translated, all of it in one task. Gateways come before their EIPs, EIPs
    before their rules, and everything goes the other way round.
  - There are two flavours. With V(iptables) a VPC has gateways of its own, pods that translate. With V(ovn) the VPC's
    own router translates.
  - What Kube-OVN would accept, and tell nobody but its log that it never works, is refused before anything is written -
    an address outside its subnet or of somebody else, an EIP where its gateway has no leg, a floating IP that has to
    share its EIP, a port that leads to two places, a VPC without a way out, NAT gateways that are not enabled.
options:
  flavour:
    description: Who translates.
    type: str
    choices: [iptables, ovn]
    required: true
  gateways:
    description: NAT gateways (VpcNatGateway), for O(flavour=iptables). For O(state=absent) the names are enough.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the gateway, at most 41 characters.
        type: str
        required: true
      vpc:
        description: The VPC that it is the way out of. Cannot be changed. Needed for O(state=present).
        type: str
      subnet:
        description: The subnet of the VPC in which it stands. Needed for O(state=present).
        type: str
      lan_ip:
        description: Its address there. Cannot be changed. Needed for O(state=present).
        type: str
      external_subnets:
        description: The subnets outside. C(ovn-vpc-external-network) by default.
        type: list
        elements: str
      selector:
        description: Labels of the nodes on which its pod may run, each as C(key:value).
        type: list
        elements: str
      tolerations:
        description: Taints that its pod tolerates, as Kubernetes writes them.
        type: list
        elements: dict
      affinity:
        description: Where its pod is put, as Kubernetes writes it.
        type: dict
      qos_policy:
        description: A QoSPolicy for everything that goes through it.
        type: str
      no_default_eip:
        description: Whether it takes no address of its own outside.
        type: bool
      routes:
        description: Routes of the gateway itself.
        type: list
        elements: dict
        suboptions:
          cidr:
            description: The destination.
            type: str
            required: true
          next_hop:
            description: The next hop.
            type: str
            required: true
      bgp_speaker:
        description: A BGP speaker beside it, which announces its EIPs.
        type: dict
        suboptions:
          enabled:
            description: Whether there is one.
            type: bool
          asn:
            description: Its own AS number.
            type: int
          remote_asn:
            description: That of its neighbors.
            type: int
          neighbors:
            description: Their addresses.
            type: list
            elements: str
          hold_time:
            description: Hold time, for example C(90s).
            type: str
          router_id:
            description: Its router ID.
            type: str
          password:
            description: Password of the sessions.
            type: str
          enable_graceful_restart:
            description: Whether neighbors keep its routes over a restart.
            type: bool
          extra_args:
            description: Arguments of the speaker.
            type: list
            elements: str
  eips:
    description: External addresses (IptablesEIP, OvnEip). For O(state=absent) the names are enough.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the EIP.
        type: str
        required: true
      gateway:
        description: The gateway that has it. Cannot be changed. Needed for O(flavour=iptables), and only there.
        type: str
      external_subnet:
        description:
          - The subnet outside that it is of. C(ovn-vpc-external-network) by default; needed for O(flavour=ovn).
        type: str
      type:
        description: What it is for, for O(flavour=ovn). Rules want V(nat), which is Kube-OVN's default.
        type: str
        choices: [nat, lrp, lsp]
      v4_ip:
        description: The address. A free one by default. Cannot be changed once it is there.
        type: str
      v6_ip:
        description: The IPv6 address.
        type: str
      mac_address:
        description: The MAC address.
        type: str
      qos_policy:
        description: A QoSPolicy for it, for O(flavour=iptables).
        type: str
  fips:
    description:
      - Floating IPs (IptablesFIPRule, OvnFip), which give everything of an EIP to one address inside. For
        O(state=absent) the names are enough.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the rule.
        type: str
        required: true
      eip:
        description: The EIP, which nothing else may use.
        type: str
      internal_ip:
        description: The IPv4 address inside, for O(flavour=iptables).
        type: str
      ip_name:
        description:
          - The port inside, for O(flavour=ovn), by the name of its IP (C(pod.namespace), C(vm.namespace)) or Vip. It
            may be there later. Otherwise O(fips[].vpc) and an address are needed.
        type: str
      ip_type:
        description: What O(fips[].ip_name) names, for O(flavour=ovn).
        type: str
        choices: [ip, vip]
      vpc:
        description: The VPC inside, for O(flavour=ovn).
        type: str
      v4_ip:
        description: The IPv4 address inside, for O(flavour=ovn).
        type: str
      v6_ip:
        description: The IPv6 address inside, for O(flavour=ovn).
        type: str
      type:
        description: Whether every node translates, or the gateway nodes, for O(flavour=ovn).
        type: str
        choices: [distributed, centralized]
  dnats:
    description:
      - Ports of EIPs that lead inside (IptablesDnatRule, OvnDnatRule). For O(state=absent) the names are enough.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the rule.
        type: str
        required: true
      eip:
        description: The EIP.
        type: str
      external_port:
        description: Port of the EIP.
        type: int
      internal_port:
        description: Port inside.
        type: int
      protocol:
        description: The protocol. Neither flavour forwards SCTP.
        type: str
        choices: [tcp, udp]
      internal_ip:
        description: The IPv4 address inside, for O(flavour=iptables).
        type: str
      type:
        description:
          - For O(flavour=iptables), whether the port leads to one place or is shared by all rules that say so. Kube-OVN
            1.17 and later.
        type: str
        choices: [exclusive, share]
      ip_name:
        description: The port inside, for O(flavour=ovn), as in O(fips[].ip_name).
        type: str
      ip_type:
        description: What O(dnats[].ip_name) names, for O(flavour=ovn).
        type: str
        choices: [ip, vip]
      vpc:
        description: The VPC inside, for O(flavour=ovn).
        type: str
      v4_ip:
        description: The IPv4 address inside, for O(flavour=ovn).
        type: str
      v6_ip:
        description: The IPv6 address inside, for O(flavour=ovn).
        type: str
  snats:
    description:
      - Ranges that go out under an EIP (IptablesSnatRule, OvnSnatRule). For O(state=absent) the names are enough.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the rule.
        type: str
        required: true
      eip:
        description: The EIP.
        type: str
      internal_cidr:
        description: The IPv4 range inside, for O(flavour=iptables).
        type: str
      vpc_subnet:
        description: The subnet inside, for O(flavour=ovn). One of this, O(snats[].ip_name) and a range is needed.
        type: str
      ip_name:
        description: The port inside, for O(flavour=ovn), by the name of its IP.
        type: str
      vpc:
        description: The VPC of the range inside, for O(flavour=ovn).
        type: str
      v4_ip_cidr:
        description: The IPv4 range inside, for O(flavour=ovn).
        type: str
      v6_ip_cidr:
        description: The IPv6 range inside, for O(flavour=ovn).
        type: str
  kubeovn_namespace:
    description:
      - Where Kube-OVN runs. For O(flavour=iptables) its ConfigMaps there are looked at, which say whether NAT gateways
        are enabled; somebody who may not look at them learns it by waiting.
    type: str
    default: kube-system
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
seealso:
  - module: kubevim.nfvi.kubeovn_vpc
  - module: kubevim.nfvi.kubeovn_subnet
  - module: kubevim.nfvi.kubeovn_info
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: A VPC goes out by a router that it has for itself, and its DNS server is seen outside
  kubevim.nfvi.kubeovn_nat:
    kubeconfig: ~/.kube/config
    flavour: ovn
    eips:
      - {name: edge-out, external_subnet: n6-outside, v4_ip: 192.0.2.40}
      - {name: edge-dns, external_subnet: n6-outside}
    snats:
      - {name: edge-n3-out, eip: edge-out, vpc_subnet: edge-n3}
    dnats:
      - name: edge-dns
        eip: edge-dns
        external_port: 53
        internal_port: 53
        protocol: udp
        vpc: edge
        v4_ip: 10.70.0.53

- name: The same by a gateway of its own, where the site has an external subnet for gateways
  kubevim.nfvi.kubeovn_nat:
    kubeconfig: ~/.kube/config
    flavour: iptables
    gateways:
      - {name: edge-gw, vpc: edge, subnet: edge-n3, lan_ip: 10.70.0.199, external_subnets: [n6-outside]}
    eips:
      - {name: edge-gw-out, gateway: edge-gw, external_subnet: n6-outside}
    snats:
      - {name: edge-gw-n3, eip: edge-gw-out, internal_cidr: 10.70.0.0/24}
"""

RETURN = r"""
gateways:
  description: The NAT gateways as they are, or in check mode would be, in the order given.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: VpcNatGateway
      metadata:
        name: edge-gw
      spec:
        vpc: edge
        subnet: edge-n3
        lanIp: 10.70.0.199
        externalSubnets: [n6-outside]
      status:
        externalSubnets: [n6-outside]
eips:
  description: The external addresses, likewise.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: IptablesEIP
      metadata:
        name: edge-gw-out
      spec:
        natGwDp: edge-gw
        externalSubnet: n6-outside
        v4ip: 192.0.2.2
      status:
        ip: 192.0.2.2
        ready: true
fips:
  description: The floating IPs, likewise.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: OvnFip
      metadata:
        name: edge-web
      spec:
        ovnEip: edge-web
        ipName: web-0.upf
      status:
        v4Eip: 192.0.2.3
        v4Ip: 10.70.0.2
        ready: true
dnats:
  description: The forwarded ports, likewise.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: OvnDnatRule
      metadata:
        name: edge-dns
      spec:
        ovnEip: edge-dns
        vpc: edge
        v4Ip: 10.70.0.53
        externalPort: "53"
        internalPort: "53"
        protocol: udp
      status:
        v4Eip: 192.0.2.4
        ready: true
snats:
  description: The ranges that go out, likewise.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: OvnSnatRule
      metadata:
        name: edge-n3-out
      spec:
        ovnEip: edge-out
        vpcSubnet: edge-n3
      status:
        v4Eip: 192.0.2.40
        v4IpCidr: 10.70.0.0/24
        ready: true
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create OvnEip edge-out", "create OvnSnatRule edge-n3-out"]
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
      sample: "198.51.100.9 is no address of Subnet n6-outside (192.0.2.0/24)"
    object:
      description: The thing it happened to.
      type: str
      sample: ""
    path:
      description: The place in what was given.
      type: str
      sample: "eips[0].v4_ip"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: ""
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from typing import Any

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_spec
from ..module_utils.operations.session import kube_session
from ..module_utils.resources.kubeovn import nat

SPEAKER = {
    "enabled": {"type": "bool"},
    "asn": {"type": "int"},
    "remote_asn": {"type": "int"},
    "neighbors": {"type": "list", "elements": "str"},
    "hold_time": {"type": "str"},
    "router_id": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "enable_graceful_restart": {"type": "bool"},
    "extra_args": {"type": "list", "elements": "str"},
}
ROUTE = {"cidr": {"type": "str", "required": True}, "next_hop": {"type": "str", "required": True}}
GATEWAY = {
    "vpc": {"type": "str"},
    "subnet": {"type": "str"},
    "lan_ip": {"type": "str"},
    "external_subnets": {"type": "list", "elements": "str"},
    "selector": {"type": "list", "elements": "str"},
    "tolerations": {"type": "list", "elements": "dict"},
    "affinity": {"type": "dict"},
    "qos_policy": {"type": "str"},
    "no_default_eip": {"type": "bool"},
    "routes": {"type": "list", "elements": "dict", "options": ROUTE},
    "bgp_speaker": {"type": "dict", "options": SPEAKER},
}
EIP = {
    "gateway": {"type": "str"},
    "external_subnet": {"type": "str"},
    "type": {"type": "str", "choices": ["nat", "lrp", "lsp"]},
    "v4_ip": {"type": "str"},
    "v6_ip": {"type": "str"},
    "mac_address": {"type": "str"},
    "qos_policy": {"type": "str"},
}
INSIDE = {
    "eip": {"type": "str"},
    "internal_ip": {"type": "str"},
    "ip_name": {"type": "str"},
    "ip_type": {"type": "str", "choices": ["ip", "vip"]},
    "vpc": {"type": "str"},
    "v4_ip": {"type": "str"},
    "v6_ip": {"type": "str"},
}
FIP = {**INSIDE, "type": {"type": "str", "choices": ["distributed", "centralized"]}}
DNAT = {
    **INSIDE,
    "external_port": {"type": "int"},
    "internal_port": {"type": "int"},
    "protocol": {"type": "str", "choices": ["tcp", "udp"]},
    "type": {"type": "str", "choices": ["exclusive", "share"]},
}
SNAT = {
    "eip": {"type": "str"},
    "internal_cidr": {"type": "str"},
    "vpc_subnet": {"type": "str"},
    "ip_name": {"type": "str"},
    "vpc": {"type": "str"},
    "v4_ip_cidr": {"type": "str"},
    "v6_ip_cidr": {"type": "str"},
}


def _several(options: dict[str, Any]) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": {"name": {"type": "str", "required": True}, **options}}


SPEC = kube_spec(
    flavour={"type": "str", "choices": ["iptables", "ovn"], "required": True},
    gateways=_several(GATEWAY),
    eips=_several(EIP),
    fips=_several(FIP),
    dnats=_several(DNAT),
    snats=_several(SNAT),
    kubeovn_namespace={"type": "str", "default": "kube-system"},
)

CALL = Call(SPEC, kube_session, nat.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
