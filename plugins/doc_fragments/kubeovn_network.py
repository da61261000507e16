# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Those parts of a Kube-OVN network that have no module of their own."""

from __future__ import annotations

from ansible_collections.kubevim.nfvi.plugins.doc_fragments.kubeovn_nat import OPTIONS


class ModuleDocFragment:
    """``kubeovn_network``: the lists."""

    # Annotated, for ansible-test reads plain assignments as if they were literals.
    DOCUMENTATION: str = r"""
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
""" + OPTIONS.replace("\n", "\n      ").rstrip(" ").lstrip("\n")
