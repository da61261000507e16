# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the parts of a network are written that have no module of their own: the user's options, and their fields."""

from __future__ import annotations

from ...core.fields import choice, flag, mapping, mappings, needed, number, secret, text, texts
from ...engine.form import Form
from .address_kinds import IP_POOL, VIP
from .egress_kinds import BGP_CONF, EVPN_CONF, VPC_EGRESS_GATEWAY
from .policy_kinds import QOS_POLICY
from .service_kinds import SWITCH_LB_RULE, VPC_DNS
from .subnet import SUBNET
from .underlay_kinds import PROVIDER_NETWORK, VLAN
from .vpc import VPC

_CUSTOM_INTERFACE = {"interface": needed(text("interface")), "nodes": needed(texts("nodes"))}
_LIMIT = {
    "name": needed(text("name")),
    "interface": text("interface"),
    "rate_max": text("rateMax"),
    "burst_max": text("burstMax"),
    "priority": number("priority"),
    "direction": choice("direction", "ingress", "egress"),
    "match_type": choice("matchType", "ip"),
    "match_value": text("matchValue"),
}
_POLICY = {"snat": flag("snat"), "ip_blocks": texts("ipBlocks"), "subnets": texts("subnets")}
_BFD = {
    "enabled": flag("enabled"),
    "min_rx": number("minRX", 1, 3600000),
    "min_tx": number("minTX", 1, 3600000),
    "multiplier": number("multiplier", 1, 3600000),
}
_PORT = {
    "name": text("name"),
    "port": needed(number("port", 1, 65535)),
    "target_port": number("targetPort", 1, 65535),
    "protocol": choice("protocol", "TCP", "UDP", "SCTP"),
}
_EGRESS_GATEWAY = {
    "vpc": text("vpc"),
    "replicas": number("replicas", 0, 10),
    "prefix": text("prefix"),
    "internal_subnet": text("internalSubnet"),
    "external_subnet": needed(text("externalSubnet")),
    "internal_ips": texts("internalIPs"),
    "external_ips": texts("externalIPs"),
    "policies": mappings("policies", _POLICY),
    "selectors": mappings("selectors"),
    "traffic_policy": choice("trafficPolicy", "Cluster", "Local"),
    "bfd": mapping("bfd", _BFD),
    "bgp_conf": text("bgpConf"),
    "evpn_conf": text("evpnConf"),
    "bandwidth": mapping("bandwidth", {"ingress": number("ingress"), "egress": number("egress")}),
    "node_selector": mappings("nodeSelector"),
    "tolerations": mappings("tolerations"),
    "resources": mapping("resources"),
    "image": text("image"),
}
_BGP_CONF = {
    "local_asn": needed(number("localASN", 1)),
    "peer_asn": needed(number("peerASN", 1)),
    "neighbours": needed(texts("neighbours")),
    "router_id": text("routerId"),
    "password": secret(text("password")),
    "hold_time": text("holdTime"),
    "keepalive_time": text("keepaliveTime"),
    "connect_time": text("connectTime"),
    "ebgp_multi_hop": flag("ebgpMultiHop"),
    "graceful_restart": flag("gracefulRestart"),
}
FORMS = {
    "provider_networks": Form(
        PROVIDER_NETWORK,
        {
            "interface": needed(text("defaultInterface")),
            "custom_interfaces": mappings("customInterfaces", _CUSTOM_INTERFACE),
            "exclude_nodes": texts("excludeNodes"),
            "node_selector": mapping("nodeSelector"),
            "exchange_link_name": flag("exchangeLinkName"),
            "auto_create_vlan_subinterfaces": flag("autoCreateVlanSubinterfaces"),
            "preserve_vlan_interfaces": flag("preserveVlanInterfaces"),
            "vlan_interfaces": texts("vlanInterfaces"),
        },
    ),
    "vlans": Form(VLAN, {"id": needed(number("id", 0, 4095)), "provider": needed(text("provider"))}),
    "vpcs": VPC,
    "subnets": SUBNET,
    "ip_pools": Form(
        IP_POOL,
        {
            "subnet": needed(text("subnet")),
            "ips": needed(texts("ips")),
            "namespaces": texts("namespaces"),
            "enable_address_set": flag("enableAddressSet"),
        },
    ),
    "vips": Form(
        VIP,
        {
            "subnet": needed(text("subnet")),
            "for_namespace": text("namespace"),
            "type": choice("type", "switch_lb_vip", "kube_host_vm_vip"),
            "v4_ip": text("v4ip"),
            "v6_ip": text("v6ip"),
            "mac_address": text("macAddress"),
            "selector": texts("selector"),
            "attach_subnets": texts("attachSubnets"),
        },
    ),
    "qos_policies": Form(
        QOS_POLICY,
        {
            "binding_type": needed(choice("bindingType", "EIP", "NATGW")),
            "shared": flag("shared"),
            "bandwidth_limit_rules": mappings("bandwidthLimitRules", _LIMIT),
        },
    ),
    "bgp_confs": Form(BGP_CONF, _BGP_CONF),
    "evpn_confs": Form(EVPN_CONF, {"vni": needed(number("vni", 1, 16777215)), "route_targets": texts("routeTargets")}),
    "egress_gateways": Form(VPC_EGRESS_GATEWAY, _EGRESS_GATEWAY),
    "load_balancers": Form(
        SWITCH_LB_RULE,
        {
            "vip": needed(text("vip")),
            "for_namespace": text("namespace"),
            "selector": texts("selector"),
            "endpoints": texts("endpoints"),
            "ports": needed(mappings("ports", _PORT)),
            "session_affinity": choice("sessionAffinity", "None", "ClientIP"),
        },
    ),
    "dns": Form(
        VPC_DNS,
        {
            "vpc": needed(text("vpc")),
            "subnet": needed(text("subnet")),
            "replicas": number("replicas", 1, 3),
            "corefile": text("corefile"),
        },
    ),
}
