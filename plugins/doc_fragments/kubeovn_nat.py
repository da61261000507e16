# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's NAT: options of the module for it, and of the module for a whole network below ``nat``."""

from __future__ import annotations

OPTIONS = r"""
flavour:
  description: Who translates.
  type: str
  choices: [iptables, ovn]
  required: true
gateways:
  description: NAT gateways (VpcNatGateway), for C(flavour=iptables). For C(state=absent) the names are enough.
  type: list
  elements: dict
  suboptions:
    name:
      description: Name of the gateway, at most 41 characters.
      type: str
      required: true
    vpc:
      description: The VPC that it is the way out of. Cannot be changed. Needed for C(state=present).
      type: str
    subnet:
      description: The subnet of the VPC in which it stands. Needed for C(state=present).
      type: str
    lan_ip:
      description: Its address there. Cannot be changed. Needed for C(state=present).
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
  description: External addresses (IptablesEIP, OvnEip). For C(state=absent) the names are enough.
  type: list
  elements: dict
  suboptions:
    name:
      description: Name of the EIP.
      type: str
      required: true
    gateway:
      description: The gateway that has it. Cannot be changed. Needed for C(flavour=iptables), and only there.
      type: str
    external_subnet:
      description:
        - The subnet outside that it is of. C(ovn-vpc-external-network) by default; needed for C(flavour=ovn).
      type: str
    type:
      description: What it is for, for C(flavour=ovn). Rules want C(nat), which is Kube-OVN's default.
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
      description: A QoSPolicy for it, for C(flavour=iptables).
      type: str
fips:
  description:
    - Floating IPs (IptablesFIPRule, OvnFip), which give everything of an EIP to one address inside. For
      C(state=absent) the names are enough.
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
      description: The IPv4 address inside, for C(flavour=iptables).
      type: str
    ip_name:
      description:
        - The port inside, for C(flavour=ovn), by the name of its IP (C(pod.namespace), C(vm.namespace)) or Vip. It
          may be there later. Otherwise C(fips[].vpc) and an address are needed.
      type: str
    ip_type:
      description: What C(fips[].ip_name) names, for C(flavour=ovn).
      type: str
      choices: [ip, vip]
    vpc:
      description: The VPC inside, for C(flavour=ovn).
      type: str
    v4_ip:
      description: The IPv4 address inside, for C(flavour=ovn).
      type: str
    v6_ip:
      description: The IPv6 address inside, for C(flavour=ovn).
      type: str
    type:
      description: Whether every node translates, or the gateway nodes, for C(flavour=ovn).
      type: str
      choices: [distributed, centralized]
dnats:
  description:
    - Ports of EIPs that lead inside (IptablesDnatRule, OvnDnatRule). For C(state=absent) the names are enough.
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
      description: The IPv4 address inside, for C(flavour=iptables).
      type: str
    type:
      description:
        - For C(flavour=iptables), whether the port leads to one place or is shared by all rules that say so. Kube-OVN
          1.17 and later.
      type: str
      choices: [exclusive, share]
    ip_name:
      description: The port inside, for C(flavour=ovn), as in C(fips[].ip_name).
      type: str
    ip_type:
      description: What C(dnats[].ip_name) names, for C(flavour=ovn).
      type: str
      choices: [ip, vip]
    vpc:
      description: The VPC inside, for C(flavour=ovn).
      type: str
    v4_ip:
      description: The IPv4 address inside, for C(flavour=ovn).
      type: str
    v6_ip:
      description: The IPv6 address inside, for C(flavour=ovn).
      type: str
snats:
  description:
    - Ranges that go out under an EIP (IptablesSnatRule, OvnSnatRule). For C(state=absent) the names are enough.
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
      description: The IPv4 range inside, for C(flavour=iptables).
      type: str
    vpc_subnet:
      description: The subnet inside, for C(flavour=ovn). One of this, C(snats[].ip_name) and a range is needed.
      type: str
    ip_name:
      description: The port inside, for C(flavour=ovn), by the name of its IP.
      type: str
    vpc:
      description: The VPC of the range inside, for C(flavour=ovn).
      type: str
    v4_ip_cidr:
      description: The IPv4 range inside, for C(flavour=ovn).
      type: str
    v6_ip_cidr:
      description: The IPv6 range inside, for C(flavour=ovn).
      type: str
kubeovn_namespace:
  description:
    - Where Kube-OVN runs. For C(flavour=iptables) its ConfigMaps there are looked at, which say whether NAT gateways
      are enabled; somebody who may not look at them learns it by waiting.
  type: str
  default: kube-system
"""


class ModuleDocFragment:
    """``kubeovn_nat``: the flavour and its lists."""

    # Annotated, for ansible-test reads plain assignments as if they were literals.
    DOCUMENTATION: str = "options:" + OPTIONS.replace("\n", "\n  ").rstrip(" ")
