# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How users write translations of addresses, in both flavours: which option is which field of which kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.given import Given
from ...core.path import Json
from ...engine.kind import Kind
from ...engine.manifest import manifest
from ...engine.place import Place
from . import nat_kinds

_SPEAKER = {
    "enabled": "enabled",
    "asn": "asn",
    "remote_asn": "remoteAsn",
    "neighbors": "neighbors",
    "hold_time": "holdTime",
    "router_id": "routerId",
    "password": "password",
    "enable_graceful_restart": "enableGracefulRestart",
    "extra_args": "extraArgs",
}
_ROUTE = {"cidr": "cidr", "next_hop": "nextHopIP"}
# What is written in another way inside: lists of mappings and mappings.
_INSIDE = {"routes": _ROUTE, "bgp_speaker": _SPEAKER}
# Kube-OVN writes ports as texts.
_TEXTS = ("external_port", "internal_port")


@dataclass(frozen=True)
class Form:
    """A list of the user's: ``fields`` are its options, each with its field in ``spec``; ``needs`` are required."""

    kind: Kind
    fields: Mapping[str, str]
    needs: tuple[str, ...]

    def parse(self, given: Given, flavour: str) -> Thing:
        """The object that is asked for; what this flavour has no use for is refused."""
        for key in given.value:
            if given.has(key) and key != "name" and key not in self.fields:
                given.at(key).refuse(f"is no option of flavour {flavour}")
        for key in self.needs:
            if not given.has(key):
                given.at(key).refuse(f"is required for flavour {flavour}")
        spec = {field: _value(key, given.get(key)) for key, field in self.fields.items() if given.has(key)}
        return Thing(self.place(given), self.kind, manifest(self.kind, given.name("name"), spec=spec))

    def place(self, given: Given) -> Place:
        """Where that object stands in the user's input."""
        inner = {
            f"spec.{self.fields[key]}{where}.{field}": f"{key}{where}.{option}"
            for key, where in (("routes", "[*]"), ("bgp_speaker", ""))
            if key in self.fields
            for option, field in _INSIDE[key].items()
        }
        fields = {f"spec.{field}": key for key, field in self.fields.items()}
        return Place(given.path, {"metadata.name": "name", **inner, **fields, "spec": ""})


@dataclass(frozen=True)
class Thing:
    """One object that is asked for, and where."""

    place: Place
    kind: Kind
    manifest: Json

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def spec(self) -> Json:
        return self.manifest["spec"]


def _value(key: str, value: Json) -> Json:
    if key in _INSIDE:
        return [_renamed(each, key) for each in value] if isinstance(value, list) else _renamed(value, key)
    return str(value) if key in _TEXTS else value


def _renamed(value: Mapping[str, Json], key: str) -> Json:
    return {_INSIDE[key][option]: each for option, each in value.items() if each is not None}


_GATEWAY = {
    "vpc": "vpc",
    "subnet": "subnet",
    "lan_ip": "lanIp",
    "external_subnets": "externalSubnets",
    "selector": "selector",
    "tolerations": "tolerations",
    "affinity": "affinity",
    "qos_policy": "qosPolicy",
    "no_default_eip": "noDefaultEIP",
    "routes": "routes",
    "bgp_speaker": "bgpSpeaker",
}
_PORTS = {"external_port": "externalPort", "internal_port": "internalPort", "protocol": "protocol"}
_OVN_TARGET = {
    "eip": "ovnEip", "ip_type": "ipType", "ip_name": "ipName", "vpc": "vpc", "v4_ip": "v4Ip", "v6_ip": "v6Ip",
}  # fmt: skip
# In the order in which they are told.
LISTS = ("gateways", "eips", "fips", "dnats", "snats")
FORMS: Mapping[str, Mapping[str, Form]] = {
    "iptables": {
        "gateways": Form(nat_kinds.VPC_NAT_GATEWAY, _GATEWAY, ("vpc", "subnet", "lan_ip")),
        "eips": Form(
            nat_kinds.IPTABLES_EIP,
            {
                "gateway": "natGwDp",
                "external_subnet": "externalSubnet",
                "v4_ip": "v4ip",
                "v6_ip": "v6ip",
                "mac_address": "macAddress",
                "qos_policy": "qosPolicy",
            },
            ("gateway",),
        ),
        "fips": Form(nat_kinds.IPTABLES_FIP, {"eip": "eip", "internal_ip": "internalIp"}, ("eip", "internal_ip")),
        "dnats": Form(
            nat_kinds.IPTABLES_DNAT,
            {"eip": "eip", "internal_ip": "internalIp", **_PORTS, "type": "type"},
            ("eip", "internal_ip", "external_port", "internal_port", "protocol"),
        ),
        "snats": Form(
            nat_kinds.IPTABLES_SNAT, {"eip": "eip", "internal_cidr": "internalCIDR"}, ("eip", "internal_cidr")
        ),
    },
    "ovn": {
        "eips": Form(
            nat_kinds.OVN_EIP,
            {
                "external_subnet": "externalSubnet",
                "type": "type",
                "v4_ip": "v4Ip",
                "v6_ip": "v6Ip",
                "mac_address": "macAddress",
            },
            ("external_subnet",),
        ),
        "fips": Form(nat_kinds.OVN_FIP, {**_OVN_TARGET, "type": "type"}, ("eip",)),
        "dnats": Form(
            nat_kinds.OVN_DNAT, {**_OVN_TARGET, **_PORTS}, ("eip", "external_port", "internal_port", "protocol")
        ),
        "snats": Form(
            nat_kinds.OVN_SNAT,
            {
                "eip": "ovnEip",
                "vpc_subnet": "vpcSubnet",
                "ip_name": "ipName",
                "vpc": "vpc",
                "v4_ip_cidr": "v4IpCidr",
                "v6_ip_cidr": "v6IpCidr",
            },
            ("eip",),
        ),
    },
}
