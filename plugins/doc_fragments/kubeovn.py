# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things of Kube-OVN's, as modules for one of them and the module for a whole network take them."""

from __future__ import annotations

_NAT = r"""
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
    """``kubeovn.vpcs``, ``kubeovn.subnets``: the list of that name."""

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

    NAT = "options:" + _NAT.replace("\n", "\n  ").rstrip(" ")

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

    NETWORK = r"""
options:
  provider_networks:
    description: The nodes' interfaces to physical networks. For C(state=absent) the names are enough, here and below.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name, at most 12 characters.
        type: str
        required: true
      interface:
        description: The interface on every node. Needed for C(state=present).
        type: str
      custom_interfaces:
        description: Other interfaces on some nodes.
        type: list
        elements: dict
        suboptions:
          interface:
            description: The interface.
            type: str
            required: true
          nodes:
            description: The nodes.
            type: list
            elements: str
            required: true
      exclude_nodes:
        description: Nodes without the network.
        type: list
        elements: str
      node_selector:
        description: Label selector of the nodes that have it; then C(exclude_nodes) counts no more.
        type: dict
      exchange_link_name:
        description: Whether the bridge takes over the interface's name.
        type: bool
      auto_create_vlan_subinterfaces:
        description: Whether VLAN interfaces that are named are made.
        type: bool
      preserve_vlan_interfaces:
        description: Whether VLAN interfaces on top of the interface are kept.
        type: bool
      vlan_interfaces:
        description: These VLAN interfaces.
        type: list
        elements: str
  vlans:
    description: VLANs of provider networks.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      id:
        description: VLAN ID, 0 to 4095; 0 is untagged. Needed for C(state=present).
        type: int
      provider:
        description: The provider network. Needed for C(state=present).
        type: str
  ip_pools:
    description: Ranges of a subnet for chosen pods.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      subnet:
        description: The subnet. It stays there. Needed for C(state=present).
        type: str
      ips:
        description: Addresses, ranges (C(a..b)) and CIDRs. Needed for C(state=present).
        type: list
        elements: str
      namespaces:
        description: Namespaces whose pods get an address of it by default.
        type: list
        elements: str
      enable_address_set:
        description: Whether OVN has an address set of it.
        type: bool
  vips:
    description: Virtual addresses.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      subnet:
        description: The subnet. Needed for C(state=present).
        type: str
      for_namespace:
        description: The namespace of the pods that may use it.
        type: str
      type:
        description: What it is for; nothing special by default.
        type: str
        choices: [switch_lb_vip, kube_host_vm_vip]
      v4_ip:
        description: The IPv4 address. It stays.
        type: str
      v6_ip:
        description: The IPv6 address. It stays.
        type: str
      mac_address:
        description: The MAC address. It stays.
        type: str
      selector:
        description: Labels of the pods that may use it, each as C(key:value).
        type: list
        elements: str
      attach_subnets:
        description: Further subnets in which it is used.
        type: list
        elements: str
  qos_policies:
    description: Limits for EIPs and NAT gateways.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      binding_type:
        description: What it is for. It stays. Needed for C(state=present).
        type: str
        choices: [EIP, NATGW]
      shared:
        description: Whether several may use it, as those for V(NATGW) have to be. It stays.
        type: bool
      bandwidth_limit_rules:
        description: The limits.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the rule.
            type: str
            required: true
          interface:
            description: The gateway's interface, for example C(net1).
            type: str
          rate_max:
            description: Rate in Mbit/s.
            type: str
          burst_max:
            description: Burst in MB.
            type: str
          priority:
            description: Which rule is looked at first. The lowest number wins.
            type: int
          direction:
            description: Direction of the traffic.
            type: str
            choices: [ingress, egress]
          match_type:
            description: What traffic is matched by; all of it by default.
            type: str
            choices: [ip]
          match_value:
            description: Which traffic, as C(src 10.0.0.0/24) or C(dst 10.0.0.0/24).
            type: str
  bgp_confs:
    description: How egress gateways speak BGP. Kube-OVN 1.16 and later, experimental.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      local_asn:
        description: Own AS number. Needed for C(state=present).
        type: int
      peer_asn:
        description: The neighbours' AS number. Needed for C(state=present).
        type: int
      neighbours:
        description: Addresses of the neighbours. Needed for C(state=present).
        type: list
        elements: str
      router_id:
        description: Router ID.
        type: str
      password:
        description: Password of the sessions.
        type: str
      hold_time:
        description: Hold time, for example C(90s).
        type: str
      keepalive_time:
        description: Keepalive interval, for example C(30s).
        type: str
      connect_time:
        description: Interval between attempts to connect, for example C(10s).
        type: str
      ebgp_multi_hop:
        description: Whether neighbours may be further away than one hop.
        type: bool
      graceful_restart:
        description: Whether routes are kept over a restart.
        type: bool
  evpn_confs:
    description: EVPN of egress gateways, on top of BGP. Kube-OVN 1.16 and later, experimental.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      vni:
        description: VXLAN network identifier, 1 to 16777215. Needed for C(state=present).
        type: int
      route_targets:
        description: Route targets.
        type: list
        elements: str
  egress_gateways:
    description: Ways out of VPCs with several replicas.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      namespace:
        description: Namespace of the gateway and its pods. C(default) by default.
        type: str
      vpc:
        description: The VPC.
        type: str
      replicas:
        description: How many pods, 0 to 10.
        type: int
      prefix:
        description: Prefix of the workload's name. It stays.
        type: str
      internal_subnet:
        description: The subnet of the VPC in which the pods stand; its default subnet by default.
        type: str
      external_subnet:
        description: The subnet outside. Needed for C(state=present).
        type: str
      internal_ips:
        description: The pods' addresses inside, at least one a replica.
        type: list
        elements: str
      external_ips:
        description: The pods' addresses outside, at least one a replica.
        type: list
        elements: str
      policies:
        description: Whose traffic goes out here, by networks and subnets.
        type: list
        elements: dict
        suboptions:
          snat:
            description: Whether it gets the gateway's address.
            type: bool
          ip_blocks:
            description: CIDRs.
            type: list
            elements: str
          subnets:
            description: Subnets.
            type: list
            elements: str
      selectors:
        description: Whose traffic goes out here, by C(namespaceSelector) and C(podSelector), as Kubernetes writes them.
        type: list
        elements: dict
      traffic_policy:
        description: Whether traffic prefers a replica on its own node.
        type: str
        choices: [Cluster, Local]
      bfd:
        description: Whether the router watches the replicas. The VPC needs a BFD port for it.
        type: dict
        suboptions:
          enabled:
            description: Whether it does.
            type: bool
          min_rx:
            description: Least interval between packets received, in ms.
            type: int
          min_tx:
            description: Least interval between packets sent, in ms.
            type: int
          multiplier:
            description: After how many lost packets a replica is down.
            type: int
      bgp_conf:
        description: The BGP configuration by which its addresses are announced.
        type: str
      evpn_conf:
        description: The EVPN configuration.
        type: str
      bandwidth:
        description: Limits of each pod.
        type: dict
        suboptions:
          ingress:
            description: In, in Mbit/s.
            type: int
          egress:
            description: Out, in Mbit/s.
            type: int
      node_selector:
        description: Node selector terms, as Kubernetes writes them.
        type: list
        elements: dict
      tolerations:
        description: Taints that the pods tolerate, as Kubernetes writes them.
        type: list
        elements: dict
      resources:
        description: Requests and limits of the pods, as Kubernetes writes them.
        type: dict
      image:
        description: The pods' image.
        type: str
  load_balancers:
    description: Load balancers inside VPCs (SwitchLBRule).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      vip:
        description: Its address. Needed for C(state=present).
        type: str
      for_namespace:
        description: The namespace of its pods and its service.
        type: str
      selector:
        description: Labels of its pods, each as C(key:value). One of this and C(endpoints) is needed.
        type: list
        elements: str
      endpoints:
        description: Addresses to which it leads.
        type: list
        elements: str
      ports:
        description: Its ports. Needed for C(state=present).
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the port.
            type: str
          port:
            description: The port.
            type: int
            required: true
          target_port:
            description: The port to which it leads.
            type: int
          protocol:
            description: The protocol.
            type: str
            choices: [TCP, UDP, SCTP]
      session_affinity:
        description: Whether a client stays at one endpoint.
        type: str
        choices: ["None", ClientIP]
  dns:
    description: DNS servers inside VPCs.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      vpc:
        description: The VPC. Needed for C(state=present).
        type: str
      subnet:
        description: The subnet in which it stands. Needed for C(state=present).
        type: str
      replicas:
        description: How many, 1 to 3.
        type: int
      corefile:
        description: The ConfigMap with CoreDNS' settings.
        type: str
  nat:
    description: NAT gateways, EIPs and their rules.
    type: dict
    suboptions:
""" + _NAT.replace("\n", "\n      ").rstrip(" ").lstrip("\n")
