# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things of Kube-OVN's, as modules for one of them and the module for a whole network take them."""

from __future__ import annotations


class ModuleDocFragment:
    """``kubeovn.vpcs``, ``kubeovn.subnets``, ``kubeovn.security_groups``: the list of that name."""

    VPCS = r"""
options:
  vpcs:
    description: The VPCs. For C(state=absent) the name is enough.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the VPC.
        type: str
        required: true
      namespaces:
        description: Namespaces that may use subnets of this VPC.
        type: list
        elements: str
      static_routes:
        description: Static routes of the logical router.
        type: list
        elements: dict
        suboptions:
          cidr:
            description: Destination (or, with the policy C(policySrc), source) network.
            type: str
            required: true
          next_hop:
            description: Address to which packets are sent.
            type: str
            required: true
          policy:
            description: Whether C(cidr) is matched against the destination or the source.
            type: str
            choices: [policyDst, policySrc]
            default: policyDst
          ecmp_mode:
            description: How packets are spread over routes to the same network, C(ecmp) or C(ecmp-symmetric-reply).
            type: str
          bfd_id:
            description: The BFD session that tells whether the next hop is alive.
            type: str
          route_table:
            description: The route table that this route is in. The main one by default.
            type: str
      policy_routes:
        description: Routes by what a packet is, not only where it goes.
        type: list
        elements: dict
        suboptions:
          priority:
            description: The highest one that matches wins, 0 to 32767.
            type: int
            required: true
          match:
            description: An OVN expression, for example C(ip4.src == 10.60.0.0/24).
            type: str
            required: true
          action:
            description: What becomes of the packet.
            type: str
            choices: [allow, drop, reroute]
            required: true
          next_hop:
            description: Address, or several joined by commas, to which C(reroute) sends it.
            type: str
      peerings:
        description: VPCs that are connected with this one. Each side names the other.
        type: list
        elements: dict
        suboptions:
          vpc:
            description: The other VPC.
            type: str
            required: true
          local_address:
            description: This router's address on the link, with its prefix length.
            type: str
            required: true
      enable_external:
        description: Whether the router has a port in the external subnet, as OVN's own NAT needs it.
        type: bool
      extra_external_subnets:
        description: Further external subnets in which the router has a port.
        type: list
        elements: str
      enable_bfd:
        description: Whether the default route over the external subnet is watched by BFD.
        type: bool
      bfd_port:
        description: A port of the router for BFD sessions, as egress gateways need it.
        type: dict
        suboptions:
          enabled:
            description: Whether there is such a port.
            type: bool
          ip:
            description: Its address, for dual stack an IPv4 and an IPv6 one joined by a comma.
            type: str
          node_selector:
            description: Nodes that may hold it, as a label selector.
            type: dict
      default_subnet:
        description: The subnet of pods in the VPC's namespaces that name none.
        type: str
"""

    SUBNETS = r"""
options:
  subnets:
    description: The subnets. For C(state=absent) the name is enough.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the subnet. It cannot be that of its VPC.
        type: str
        required: true
      cidr:
        description: The range, for dual stack an IPv4 and an IPv6 one joined by a comma. Needed for C(state=present).
        type: str
      vpc:
        description: The VPC that it belongs to. It stays there.
        type: str
        default: ovn-cluster
      gateway:
        description: Address of the router in the subnet. The first address by default.
        type: str
      exclude_ips:
        description: Addresses and ranges (C(a..b)) that are given to nobody. The gateway always is among them.
        type: list
        elements: str
      provider:
        description:
          - The network attachment definition whose pods get their address here, as C(name.namespace) for an
            attachment of another CNI and C(name.namespace.ovn) for one of Kube-OVN's. The cluster's own network by
            default.
        type: str
      vlan:
        description: The VLAN by which the subnet is a physical network.
        type: str
      logical_gateway:
        description: Whether an underlay subnet has its gateway in OVN and not in the physical network.
        type: bool
      u2o_interconnection:
        description: Whether an underlay subnet reaches the VPC's overlay subnets.
        type: bool
      u2o_interconnection_ip:
        description: The router's address for that in the underlay subnet.
        type: str
      disable_gateway_check:
        description: Whether pods start although the gateway does not answer.
        type: bool
      namespaces:
        description: Namespaces whose pods get an address of this subnet by default.
        type: list
        elements: str
      namespace_selectors:
        description: Label selectors of further such namespaces.
        type: list
        elements: dict
      private:
        description: Whether traffic from other subnets is refused, except from C(allow_subnets).
        type: bool
      allow_subnets:
        description: CIDRs that may reach a private subnet.
        type: list
        elements: str
      nat_outgoing:
        description: Whether traffic that leaves the cluster gets the node's address.
        type: bool
      nat_outgoing_policy_rules:
        description: Which of that traffic gets it. The first rule that matches counts.
        type: list
        elements: dict
        suboptions:
          action:
            description: Whether it is translated.
            type: str
            choices: [nat, forward]
            required: true
          match:
            description: Which traffic.
            type: dict
            suboptions:
              src_ips:
                description: Source networks, joined by commas.
                type: str
              dst_ips:
                description: Destination networks, joined by commas, of the same family.
                type: str
      gateway_type:
        description: Whether traffic leaves through every node or through chosen ones.
        type: str
        choices: [distributed, centralized]
      gateway_node:
        description: The chosen nodes, joined by commas.
        type: str
      gateway_node_selectors:
        description: Label selectors of the chosen nodes.
        type: list
        elements: dict
      enable_ecmp:
        description: Whether traffic is spread over all chosen nodes, not sent to the first that works.
        type: bool
      external_egress_gateway:
        description: Where traffic is sent that leaves the cluster, one address a family. Excludes C(nat_outgoing).
        type: str
      policy_routing_priority:
        description: Priority of the nodes' policy routes to that gateway, 1 to 32765.
        type: int
      policy_routing_table_id:
        description: Number of the nodes' route table for that gateway, 1 to 2147483647.
        type: int
      route_table:
        description: The VPC's route table that the subnet uses.
        type: str
      enable_dhcp:
        description: Whether OVN answers DHCP requests of guests.
        type: bool
      dhcp_v4_options:
        description: OVN's DHCPv4 options, joined by commas, for example C(lease_time=3600,dns_server=10.1.1.53).
        type: str
      dhcp_v6_options:
        description: OVN's DHCPv6 options, joined by commas.
        type: str
      enable_ipv6_ra:
        description: Whether the router announces itself to IPv6 guests.
        type: bool
      ipv6_ra_configs:
        description: OVN's options of these announcements, for example C(address_mode=dhcpv6_stateful).
        type: str
      acls:
        description: OVN's access lists of the logical switch.
        type: list
        elements: dict
        suboptions:
          direction:
            description: From a port or to a port.
            type: str
            choices: [from-lport, to-lport]
            required: true
          priority:
            description: The highest one that matches wins, 0 to 32767.
            type: int
            required: true
          match:
            description: An OVN expression.
            type: str
            required: true
          action:
            description: What becomes of the packet.
            type: str
            choices: [allow-related, allow-stateless, allow, drop, reject]
            required: true
      allow_east_west_traffic:
        description: Whether traffic inside the subnet passes its access lists by default.
        type: bool
      enable_lb:
        description: Whether Kubernetes' services work for the subnet's ports.
        type: bool
      enable_external_lb_address:
        description: Whether services of type LoadBalancer get their addresses from this subnet.
        type: bool
      enable_multicast_snoop:
        description: Whether multicast goes only to ports that joined.
        type: bool
      mtu:
        description: MTU of the ports, in bytes, 68 to 65535.
        type: int
"""

    SECURITY_GROUPS = r"""
options:
  security_groups:
    description: The groups. For C(state=absent) the name is enough. Groups may name one another.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the group.
        type: str
        required: true
      tier:
        description: In which of OVN's tiers its rules stand. 0 or 1; those of tier 0 are looked at first.
        type: int
      allow_same_group_traffic:
        description: Whether ports of the group may talk to one another, whatever its rules say.
        type: bool
      ingress_rules:
        description: What may come in.
        type: list
        elements: dict
        suboptions:
          priority:
            description: Which rule is looked at first, 1 to 16384. The lowest number wins.
            type: int
            required: true
          policy:
            description:
              - What is done with packets that match. C(pass) hands them on to the groups of tier 1, and means nothing
                in that tier itself.
            type: str
            choices: [allow, drop, pass]
            default: allow
          protocol:
            description:
              - One of C(all), C(icmp), C(tcp), C(udp).
              - SCTP is refused. Kube-OVN does not know it, and takes the rule for one that matches every protocol.
            type: str
            default: all
          ip_version:
            description:
              - The family of the packets. That of the addresses by default; for a rule that names a group and no
                address, both, each in a rule of its own.
            type: str
            choices: [ipv4, ipv6]
          remote_address:
            description:
              - Address or CIDR from which packets come. Host bits are cut off. C(0.0.0.0/0) and C(::/0) are everybody.
              - Exactly one of this and C(remote_security_group) is required.
            type: str
          remote_security_group:
            description: The group from which packets come, by the addresses of its ports. It may be this one.
            type: str
          local_address:
            description: Address or CIDR of this end. Every one by default. Kube-OVN 1.16 and later.
            type: str
          port_range_min:
            description: The first destination port, for C(tcp) and C(udp). Every port by default.
            type: int
          port_range_max:
            description: The last one; the first one by default.
            type: int
          source_port_range_min:
            description: The first source port, for rules with C(local_address) only.
            type: int
          source_port_range_max:
            description: The last one; the first one by default.
            type: int
      egress_rules:
        description: What may go out.
        type: list
        elements: dict
        suboptions:
          priority:
            description: Which rule is looked at first, 1 to 16384. The lowest number wins.
            type: int
            required: true
          policy:
            description:
              - What is done with packets that match. C(pass) hands them on to the groups of tier 1, and means nothing
                in that tier itself.
            type: str
            choices: [allow, drop, pass]
            default: allow
          protocol:
            description:
              - One of C(all), C(icmp), C(tcp), C(udp).
              - SCTP is refused. Kube-OVN does not know it, and takes the rule for one that matches every protocol.
            type: str
            default: all
          ip_version:
            description:
              - The family of the packets. That of the addresses by default; for a rule that names a group and no
                address, both, each in a rule of its own.
            type: str
            choices: [ipv4, ipv6]
          remote_address:
            description:
              - Address or CIDR to which packets go. Host bits are cut off. C(0.0.0.0/0) and C(::/0) are everybody.
              - Exactly one of this and C(remote_security_group) is required.
            type: str
          remote_security_group:
            description: The group to which packets go, by the addresses of its ports. It may be this one.
            type: str
          local_address:
            description: Address or CIDR of this end. Every one by default. Kube-OVN 1.16 and later.
            type: str
          port_range_min:
            description: The first destination port, for C(tcp) and C(udp). Every port by default.
            type: int
          port_range_max:
            description: The last one; the first one by default.
            type: int
          source_port_range_min:
            description: The first source port, for rules with C(local_address) only.
            type: int
          source_port_range_max:
            description: The last one; the first one by default.
            type: int
"""
