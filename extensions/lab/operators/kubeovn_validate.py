# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kube-ovn-controller checks in a Subnet and a Vpc, in its order and its words (kube-ovn pkg/util/validator.go,
pkg/controller/vpc.go formatVpc). Pure: the first finding, or None."""

from __future__ import annotations

from . import kubeovn_addresses as net
from .client import Obj

_SPECIAL = {
    "v4 broadcast": "255.255.255.255/32",
    "v4 multicast": "224.0.0.0/4",
    "v4 loopback": "127.0.0.0/8",
    "v4 localnet": "0.0.0.0/32",
    "v4 link local": "169.254.0.0/16",
    "v6 unspecified": "::/128",
    "v6 loopback": "::1/128",
    "v6 multicast": "ff00::/8",
    "v6 link local": "fe80::/10",
}
_IPV6_MIN_MTU = 1280


def subnet_fault(subnet: Obj) -> str | None:
    """Why a Subnet (already formatted) is refused."""
    spec, name = subnet["spec"], subnet["metadata"]["name"]
    checks = (
        _gateway_and_cidr,
        _exclusions,
        _masks,
        _allow_subnets,
        _choices,
        _names,
        _egress,
        _vips,
        _interconnection,
    )
    return next((fault for check in checks if (fault := check(spec, name))), None)


def _gateway_and_cidr(spec: Obj, _name: str) -> str | None:
    cidr, gateway = spec.get("cidrBlock", ""), spec.get("gateway", "")
    if _upper(gateway):
        return f"subnet gateway {gateway} v6 ip address can not contain upper case"
    if gateway and not net.contains(cidr, gateway):
        return f"gateway {gateway} is not in cidr {cidr}"
    if gateway and (fault := edge_fault(cidr, gateway)):
        return f"validate gateway {gateway} for cidr {cidr} failed: {fault}"
    for what, special in _SPECIAL.items():
        if net.overlap(cidr, special):
            return f"{cidr} conflict with {what} cidr {special}"
    return None


def edge_fault(cidr: str, addresses: str) -> str | None:
    """Why addresses cannot be used: they are the network's own or its broadcast address (ValidateNetworkBroadcast)."""
    for network in net.networks(cidr):
        if network.max_prefixlen - network.prefixlen < 2:
            continue
        for text in addresses.split(","):
            if text == str(network.network_address):
                return f"{text} is the network number ip in cidr {network}"
            if network.version == 4 and text == str(network.broadcast_address):
                return f"{text} is the broadcast ip in cidr {network}"
    return None


def _exclusions(spec: Obj, _name: str) -> str | None:
    for text in spec.get("excludeIps") or []:
        ends = text.split("..")
        if _upper(text):
            return f"subnet exclude ip {text} can not contain upper case"
        if len(ends) > 2:
            return f"{text} in excludeIps is not a valid ip range"
        parsed = [net.parse_address(end) for end in ends]
        for end, address in zip(ends, parsed, strict=True):
            if address is None:
                return f"ip {end} in excludeIps is not a valid address"
        if len(ends) == 2 and int(parsed[0] or 0) > int(parsed[1] or 0):
            return f"{text} in excludeIps is not a valid ip range"
    return None


def _masks(spec: Obj, name: str) -> str | None:
    for cidr in spec["cidrBlock"].split(","):
        if cidr.startswith("0.0.0.0"):
            return f'invalid zero cidr "{cidr}"'
        network = net.parse_network(cidr)
        if network.prefixlen == network.max_prefixlen:
            return f"subnet {name} cidr {cidr} mask is invalid, due to invalid network mask {network.prefixlen}"
    return None


def _allow_subnets(spec: Obj, _name: str) -> str | None:
    for cidr in spec.get("allowSubnets") or []:
        try:
            net.parse_network(cidr)
        except net.BadCidr:
            return f"{cidr} in allowSubnets is not a valid address"
    return None


def _choices(spec: Obj, name: str) -> str | None:
    kind, mtu = spec.get("gatewayType", ""), spec.get("mtu", 0)
    if kind not in ("", "distributed", "centralized"):
        return f"{kind} is not a valid gateway type"
    if 0 < mtu < _IPV6_MIN_MTU and net.protocol_of(spec["cidrBlock"]) in ("IPv6", "Dual"):
        return f"subnet {name} mtu {mtu} is below the IPv6 minimum {_IPV6_MIN_MTU}"
    return None


def _names(spec: Obj, name: str) -> str | None:
    return f"subnet {name} and vpc {name} cannot have the same name" if spec.get("vpc") == name else None


def _egress(spec: Obj, _name: str) -> str | None:
    egress = spec.get("externalEgressGateway", "")
    if not egress:
        return None
    if spec.get("natOutgoing"):
        return "conflict configuration: natOutgoing and externalEgressGateway"
    if len(egress.split(",")) > 2:
        return "invalid external egress gateway configuration"
    for text in egress.split(","):
        if net.parse_address(text) is None:
            return f"IP {text} in externalEgressGateway is not a valid address"
    if net.protocol_of(spec["cidrBlock"]) not in (net.protocol_of(egress), "Dual"):
        return "invalid external egress gateway configuration: address family is conflict with CIDR"
    return None


def _vips(spec: Obj, name: str) -> str | None:
    for vip in spec.get("vips") or []:
        if not net.contains(spec["cidrBlock"], vip):
            return f"vip {vip} conflicts with subnet {name} cidr {spec['cidrBlock']}"
    return None


def _interconnection(spec: Obj, name: str) -> str | None:
    joined, address = spec.get("u2oInterconnection"), spec.get("u2oInterconnectionIP", "")
    if spec.get("logicalGateway") and joined:
        return "logicalGateway and u2oInterconnection can't be opened at the same time"
    if (spec.get("u2oFeatures") or {}).get("overlayOnlyRouting") and not joined:
        return "u2oFeatures.overlayOnlyRouting can only be enabled when u2OInterconnection is true"
    if address and not net.contains(spec["cidrBlock"], address):
        return f"u2oInterconnectionIP {address} is not in subnet {name} cidr {spec['cidrBlock']}"
    return None


def vpc_fault(spec: Obj) -> str | None:
    """Why a Vpc is not touched; it ends up in the controller's log only."""
    for route in spec.get("staticRoutes") or []:
        if fault := _static_route_fault(route):
            return fault
    for route in spec.get("policyRoutes") or []:
        hops = route.get("nextHopIP", "")
        if route.get("action") == "reroute" and any(net.parse_address(hop) is None for hop in hops.split(",")):
            return f"invalid next hop ips: {hops}"
        if route.get("action") not in ("allow", "drop", "reroute"):
            return f"unknown policy action: {route.get('action')}"  # the real one fails in OVN, with the same effect
    for peering in spec.get("vpcPeerings") or []:
        if not _is_cidr(peering.get("localConnectIP", "")):
            return "CIDRInvalid"
    return None


def _static_route_fault(route: Obj) -> str | None:
    cidr, hop, policy = route.get("cidr", ""), route.get("nextHopIP", ""), route.get("policy") or "policyDst"
    if policy not in ("policyDst", "policySrc"):
        return f'unknown policy type: "{policy}"'
    if "/" in cidr and not _is_cidr(cidr):
        return f'invalid cidr "{cidr}": invalid CIDR address: {cidr}'
    if "/" not in cidr and net.parse_address(cidr) is None:
        return f'invalid ip "{cidr}"'
    return f'invalid next hop ip "{hop}"' if net.parse_address(hop) is None else None


def _is_cidr(text: str) -> bool:
    try:
        return bool(net.networks(text))
    except net.BadCidr:
        return False


def _upper(text: str) -> bool:
    return text != text.lower()
