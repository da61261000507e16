# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How gateways, EIPs and NAT rules are written, in both flavours: the user's options, and the fields they become."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.fields import Field, Fields, choice, flag, mapping, mappings, needed, number, secret, text, texts
from ...core.given import Given
from ...engine.form import Form, Thing
from . import nat_kinds

_SPEAKER = {
    "enabled": flag("enabled"),
    "asn": number("asn"),
    "remote_asn": number("remoteAsn"),
    "neighbors": texts("neighbors"),
    "hold_time": text("holdTime"),
    "router_id": text("routerId"),
    "password": secret(text("password")),
    "enable_graceful_restart": flag("enableGracefulRestart"),
    "extra_args": texts("extraArgs"),
}
_ROUTE = {"cidr": needed(text("cidr")), "next_hop": needed(text("nextHopIP"))}
_GATEWAY = {
    "vpc": needed(text("vpc")),
    "subnet": needed(text("subnet")),
    "lan_ip": needed(text("lanIp")),
    "external_subnets": texts("externalSubnets"),
    "selector": texts("selector"),
    "tolerations": mappings("tolerations"),
    "affinity": mapping("affinity"),
    "qos_policy": text("qosPolicy"),
    "no_default_eip": flag("noDefaultEIP"),
    "routes": mappings("routes", _ROUTE),
    "bgp_speaker": mapping("bgpSpeaker", _SPEAKER),
}
# Kube-OVN writes ports as texts.
_PORTS = {
    "external_port": needed(Field("externalPort", "int", as_text=True)),
    "internal_port": needed(Field("internalPort", "int", as_text=True)),
    "protocol": needed(choice("protocol", "tcp", "udp")),
}
_IPTABLES_EIP = {
    "gateway": needed(text("natGwDp")),
    "external_subnet": text("externalSubnet"),
    "v4_ip": text("v4ip"),
    "v6_ip": text("v6ip"),
    "mac_address": text("macAddress"),
    "qos_policy": text("qosPolicy"),
}
_OVN_EIP = {
    "external_subnet": needed(text("externalSubnet")),
    "type": choice("type", "nat", "lrp", "lsp"),
    "v4_ip": text("v4Ip"),
    "v6_ip": text("v6Ip"),
    "mac_address": text("macAddress"),
}
_IPTABLES_TARGET = {"eip": needed(text("eip")), "internal_ip": needed(text("internalIp"))}
_OVN_TARGET = {
    "eip": needed(text("ovnEip")),
    "ip_type": choice("ipType", "ip", "vip"),
    "ip_name": text("ipName"),
    "vpc": text("vpc"),
    "v4_ip": text("v4Ip"),
    "v6_ip": text("v6Ip"),
}
_OVN_SNAT = {
    "eip": needed(text("ovnEip")),
    "vpc_subnet": text("vpcSubnet"),
    "ip_name": text("ipName"),
    "vpc": text("vpc"),
    "v4_ip_cidr": text("v4IpCidr"),
    "v6_ip_cidr": text("v6IpCidr"),
}
# In the order in which they are told.
LISTS = ("gateways", "eips", "fips", "dnats", "snats")
FORMS: Mapping[str, Mapping[str, Form]] = {
    "iptables": {
        "gateways": Form(nat_kinds.VPC_NAT_GATEWAY, _GATEWAY),
        "eips": Form(nat_kinds.IPTABLES_EIP, _IPTABLES_EIP),
        "fips": Form(nat_kinds.IPTABLES_FIP, _IPTABLES_TARGET),
        "dnats": Form(
            nat_kinds.IPTABLES_DNAT, {**_IPTABLES_TARGET, **_PORTS, "type": choice("type", "exclusive", "share")}
        ),
        "snats": Form(
            nat_kinds.IPTABLES_SNAT, {"eip": needed(text("eip")), "internal_cidr": needed(text("internalCIDR"))}
        ),
    },
    "ovn": {
        "eips": Form(nat_kinds.OVN_EIP, _OVN_EIP),
        "fips": Form(nat_kinds.OVN_FIP, {**_OVN_TARGET, "type": choice("type", "distributed", "centralized")}),
        "dnats": Form(nat_kinds.OVN_DNAT, {**_OVN_TARGET, **_PORTS}),
        "snats": Form(nat_kinds.OVN_SNAT, _OVN_SNAT),
    },
}


def options(key: str) -> Fields:
    """Those of a list's things in any flavour."""
    found: dict[str, Field] = {}
    for forms in FORMS.values():
        found.update(forms[key].options() if key in forms else {})
    return found


def parse(given: Given, key: str, flavour: str) -> Thing:
    """The object that is asked for; what this flavour has no use for is refused."""
    form = FORMS[flavour][key]
    known = form.options()
    for option in given.value:
        if given.has(option) and option not in known:
            given.at(option).refuse(f"is no option of flavour {flavour}")
    for option, each in form.fields.items():
        if each.needed and not given.has(option):
            given.at(option).refuse(f"is required for flavour {flavour}")
    return form.parse(given)
