# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's objects in a few words each, for people and playbooks. Pure; texts are empty where nothing is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...core.path import Json, dig
from ...core.readiness import Ready
from ...engine.kind import Kind
from . import nat_kinds
from .address_kinds import IP, IP_POOL, VIP
from .egress_kinds import VPC_EGRESS_GATEWAY
from .kinds import SUBNET, VPC
from .policy_kinds import SECURITY_GROUP
from .underlay_kinds import PROVIDER_NETWORK, VLAN

_RULES = (nat_kinds.IPTABLES_FIP, nat_kinds.IPTABLES_DNAT, nat_kinds.IPTABLES_SNAT)
_OVN_RULES = (nat_kinds.OVN_FIP, nat_kinds.OVN_DNAT, nat_kinds.OVN_SNAT)
_EIPS = (nat_kinds.IPTABLES_EIP, nat_kinds.OVN_EIP)
# Under which the controller notes the subnet of an EIP that names none.
_SUBNET_LABEL = ("metadata", "labels", "ovn.kubernetes.io/subnet")
# Where rules of both flavours name what lies inside.
_INSIDE = ("internalIp", "internalCIDR", "v4Ip", "v6Ip", "v4IpCidr", "v6IpCidr")


@dataclass(frozen=True)
class Network:
    """Every object that was read, by kind."""

    objects: Mapping[str, Sequence[Json]] = field(default_factory=dict)

    def all(self, kind: Kind) -> Sequence[Json]:
        return self.objects.get(kind.kind, ())

    def spec(self, kind: Kind, name: str) -> Json:
        """That of the object of this name; nothing where there is none."""
        found = (each for each in self.all(kind) if each["metadata"]["name"] == name)
        return (next(found, None) or {}).get("spec") or {}

    def vpc_of_subnet(self, name: str) -> str:
        return str(self.spec(SUBNET, name).get("vpc") or "")


def state(kind: Kind, live: Json) -> Json:
    """Its name, whether it works, and if not why; what is going says what holds it."""
    verdict = kind.judge(live)
    why = "" if isinstance(verdict, Ready) else verdict.why
    meta = live["metadata"]
    if meta.get("deletionTimestamp") and meta.get("finalizers"):
        why += ", held by " + ", ".join(meta["finalizers"])
    return {"name": meta["name"], "ready": not why, "why": why}


def _vpc(live: Json, _network: Network) -> Json:
    spec, status = _parts(live)
    return {
        "default": status.get("default") is True,
        "router": str(status.get("router") or ""),
        "namespaces": list(spec.get("namespaces") or []),
        "subnets": sorted(status.get("subnets") or []),
        "enable_external": spec.get("enableExternal") is True,
        "peers": [str(each.get("remoteVpc")) for each in spec.get("vpcPeerings") or []],
        "static_routes": list(spec.get("staticRoutes") or []),
        "policy_routes": list(spec.get("policyRoutes") or []),
    }


def _subnet(live: Json, _network: Network) -> Json:
    spec, status = _parts(live)
    counts = {
        f"{v}_{word}": _count(status.get(f"{v}{word}IPs")) for v in ("v4", "v6") for word in ("using", "available")
    }
    version = "v6" if spec.get("protocol") == "IPv6" else "v4"
    return {
        "vpc": str(spec.get("vpc") or ""),
        "cidr": str(spec.get("cidrBlock") or ""),
        "gateway": str(spec.get("gateway") or ""),
        "provider": str(spec.get("provider") or ""),
        "vlan": str(spec.get("vlan") or ""),
        "private": spec.get("private") is True,
        "namespaces": list(spec.get("namespaces") or []),
        **counts,
        "used_percent": _percent(counts[f"{version}_using"], counts[f"{version}_available"]),
    }


def _address(live: Json, network: Network) -> Json:
    """An IP, which a port has or which is reserved for one, or a Vip."""
    spec, status = _parts(live)
    found = [spec.get(key) or status.get(key) for key in ("v4IpAddress", "v6IpAddress", "v4ip", "v6ip")]
    name = str(spec.get("subnet") or "")
    return {
        "kind": live["kind"],
        "subnet": name,
        "vpc": network.vpc_of_subnet(name),
        "addresses": [each for each in found if each],
        "mac": str(spec.get("macAddress") or status.get("mac") or ""),
        "namespace": str(spec.get("namespace") or ""),
        "owner": str(spec.get("podName") or ""),
        "type": str(spec.get("podType") or spec.get("type") or ""),
        "node": str(spec.get("nodeName") or ""),
    }


def _pool(live: Json, network: Network) -> Json:
    spec, status = _parts(live)
    using, free = ([_count(status.get(f"{v}{word}IPs")) for v in ("v4", "v6")] for word in ("Using", "Available"))
    name = str(spec.get("subnet") or "")
    return {
        "subnet": name,
        "vpc": network.vpc_of_subnet(name),
        "ips": list(spec.get("ips") or []),
        "namespaces": list(spec.get("namespaces") or []),
        "using": sum(using),
        "available": sum(free),
    }


def _gateway(live: Json, _network: Network) -> Json:
    """A VpcNatGateway or a VpcEgressGateway."""
    spec, status = _parts(live)
    own = spec.get("lanIp")
    return {
        "kind": live["kind"],
        "namespace": str(live["metadata"].get("namespace") or ""),
        "vpc": str(spec.get("vpc") or ""),
        "internal_subnet": str(spec.get("subnet") or spec.get("internalSubnet") or ""),
        "internal_ips": [own] if own else list(status.get("internalIPs") or []),
        "external_subnets": list(spec.get("externalSubnets") or filter(None, [spec.get("externalSubnet")])),
        "external_ips": list(status.get("externalIPs") or []),
        "nodes": list(dig(status, ("workload", "nodes")) or []),
    }


def _eip(live: Json, network: Network) -> Json:
    spec, status = _parts(live)
    iptables = live["kind"] == nat_kinds.IPTABLES_EIP.kind
    rules, key = (_RULES, "eip") if iptables else (_OVN_RULES, "ovnEip")
    name, owner = live["metadata"]["name"], str(spec.get("natGwDp") or "")
    users = [(kind, each) for kind in rules for each in network.all(kind) if (each.get("spec") or {}).get(key) == name]
    inside = [str(dig(each, ("status", "vpc")) or "") for _kind, each in users]
    found = [status.get("ip"), *(status.get(each) for each in ("v4Ip", "v6Ip"))]
    return {
        "kind": live["kind"],
        "gateway": owner,
        "vpc": str(network.spec(nat_kinds.VPC_NAT_GATEWAY, owner).get("vpc") or next(filter(None, inside), "")),
        "external_subnet": str(spec.get("externalSubnet") or dig(live, _SUBNET_LABEL) or ""),
        "addresses": [each for each in found if each],
        "used_by": [kind.label(each) for kind, each in users],
    }


def _rule(live: Json, network: Network) -> Json:
    """A floating IP, a forwarded port or a range that goes out, in either flavour."""
    spec, status = _parts(live)
    owner = str(status.get("natGwDp") or "")
    inside = [status.get(key) or spec.get(key) for key in _INSIDE]
    return {
        "kind": live["kind"],
        "eip": str(spec.get("eip") or spec.get("ovnEip") or ""),
        "external_ips": [status[key] for key in ("v4ip", "v6ip", "v4Eip", "v6Eip") if status.get(key)],
        "internal": [each for each in inside if each],
        "protocol": str(spec.get("protocol") or ""),
        "external_port": _count(spec.get("externalPort")),
        "internal_port": _count(spec.get("internalPort")),
        "gateway": owner,
        "vpc": str(status.get("vpc") or network.spec(nat_kinds.VPC_NAT_GATEWAY, owner).get("vpc") or ""),
    }


def _provider(live: Json, network: Network) -> Json:
    spec, status = _parts(live)
    vlans = [each for each in network.all(VLAN) if (each.get("spec") or {}).get("provider") == live["metadata"]["name"]]
    return {
        "interface": str(spec.get("defaultInterface") or ""),
        "ready_nodes": sorted(status.get("readyNodes") or []),
        "not_ready_nodes": sorted(status.get("notReadyNodes") or []),
        "vlans": [_vlan(each) for each in vlans],
    }


def _vlan(live: Json) -> Json:
    spec, status = _parts(live)
    return {**state(VLAN, live), "id": _count(spec.get("id")), "subnets": sorted(status.get("subnets") or [])}


def _group(live: Json, _network: Network) -> Json:
    spec, status = _parts(live)
    return {
        "tier": _count(spec.get("tier")),
        "ingress_rules": len(spec.get("ingressRules") or []),
        "egress_rules": len(spec.get("egressRules") or []),
        "port_group": str(status.get("portGroup") or ""),
    }


@dataclass(frozen=True)
class Told:
    """What is told of one object, and what it is called in actions and errors."""

    kind: str
    label: str
    line: Json


@dataclass(frozen=True)
class View:
    """A list of what is told: its kinds, how each object is told, and which other kinds one has to know for it."""

    kinds: tuple[Kind, ...]
    tell: Callable[[Json, Network], Json]
    beside: tuple[Kind, ...] = ()

    @property
    def read(self) -> tuple[Kind, ...]:
        """Every kind that has to be read for it."""
        return (*self.kinds, *self.beside)

    def told(self, network: Network) -> list[Told]:
        """By kind and name."""
        pairs = [(kind, live) for kind in self.kinds for live in sorted(network.all(kind), key=_key)]
        return [
            Told(kind.kind, kind.label(live), {**state(kind, live), **self.tell(live, network)}) for kind, live in pairs
        ]


VIEWS: Mapping[str, View] = {
    "vpcs": View((VPC,), _vpc),
    "subnets": View((SUBNET,), _subnet),
    "ips": View((IP, VIP), _address, (SUBNET,)),
    "ip_pools": View((IP_POOL,), _pool, (SUBNET,)),
    "gateways": View((nat_kinds.VPC_NAT_GATEWAY, VPC_EGRESS_GATEWAY), _gateway),
    "eips": View(_EIPS, _eip, (nat_kinds.VPC_NAT_GATEWAY, *_RULES, *_OVN_RULES)),
    "nat": View((*_RULES, *_OVN_RULES), _rule, (nat_kinds.VPC_NAT_GATEWAY,)),
    "providers": View((PROVIDER_NETWORK,), _provider, (VLAN,)),
    "security_groups": View((SECURITY_GROUP,), _group),
}


def within(vpc: str, name: str, told: Iterable[Told]) -> list[Told]:
    """Those of the list ``name`` that belong to a VPC; what belongs to none is told in any case."""
    key = "name" if name == "vpcs" else "vpc"
    return [each for each in told if each.line.get(key, vpc) == vpc]


def not_ready(told: Sequence[Told]) -> list[Json]:
    """Everything that does not work, whatever its kind, with the reason; VLANs are told inside their provider."""
    vlans = [vlan for each in told for vlan in each.line.get("vlans", [])]
    every = [*told, *(Told(VLAN.kind, f"{VLAN.kind} {vlan['name']}", vlan) for vlan in vlans)]
    return [{"kind": t.kind, "object": t.label, "why": t.line["why"]} for t in every if not t.line["ready"]]


def _key(live: Json) -> tuple[str, str]:
    return str(live["metadata"].get("namespace") or ""), str(live["metadata"]["name"])


def _parts(live: Json) -> tuple[Json, Json]:
    return live.get("spec") or {}, live.get("status") or {}


def _count(found: Json) -> int:
    """Kube-OVN counts in numbers that need not be whole, and writes ports as texts; 0 where there is none."""
    try:
        return int(found)
    except (TypeError, ValueError):
        return 0


def _percent(using: int, available: int) -> float:
    whole = using + available
    return round(100.0 * using / whole, 1) if whole else 0.0
