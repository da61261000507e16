# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between gateways, EIPs, rules and subnets: nobody but an optional webhook refuses it, and the
controller says it in its log only (kube-ovn pkg/webhook/vpc_nat_gateway.go, pkg/controller/vpc_nat_gw_nat.go and
ovn_{fip,dnat,snat}.go). Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ...core.error import Finding
from ...core.path import Json
from ...engine.form import Thing
from ...engine.kind import Kind
from .addresses import outside
from .nat_kinds import (
    IPTABLES_DNAT,
    IPTABLES_EIP,
    IPTABLES_FIP,
    OVN_DNAT,
    OVN_EIP,
    OVN_FIP,
    OVN_SNAT,
    VPC_NAT_GATEWAY,
)
from .scene import Scene, at
from .subnet import DEFAULT_VPC

# pkg/util/net.go vpcExternalNet: compiled in.
DEFAULT_EXTERNAL = "ovn-vpc-external-network"
Check = Callable[[Scene], Iterable[Finding]]


def findings(seen: Scene) -> Iterator[Finding]:
    """Everything that would be accepted and never work."""
    for check in _CHECKS:
        yield from check(seen)


def _gateways(seen: Scene) -> Iterator[Finding]:
    """In a subnet of their VPC, with an address of it."""
    for thing in seen.each(VPC_NAT_GATEWAY):
        subnet = seen.spec("Subnet", thing.spec["subnet"])
        if subnet is None:
            continue
        if subnet.get("vpc", DEFAULT_VPC) != thing.spec["vpc"]:
            reason = f"Subnet {thing.spec['subnet']} is of the VPC {subnet.get('vpc')}, not of {thing.spec['vpc']}"
            yield at(thing, "subnet", reason)
        yield from _lies_in(thing, "lanIp", thing.spec["subnet"], subnet)


def _lies_in(thing: Thing, field: str, name: str, subnet: Json) -> Iterator[Finding]:
    """The address is one that the subnet may give."""
    address, cidr = str(thing.spec.get(field) or ""), subnet.get("cidrBlock")
    if not address or not cidr:
        return
    try:
        stray = outside(address, cidr)
    except ValueError:
        return  # told by the kind's own checks
    if stray:
        yield at(thing, field, f"{address} is no address of Subnet {name} ({cidr})")
    elif address in str(subnet.get("gateway") or "").split(","):
        yield at(thing, field, f"{address} is the gateway of Subnet {name}")


def _eips(seen: Scene) -> Iterator[Finding]:
    """An address of their external subnet, that nobody else has."""
    for kind, v4, v6 in ((IPTABLES_EIP, "v4ip", "v6ip"), (OVN_EIP, "v4Ip", "v6Ip")):
        for thing in seen.each(kind):
            name = thing.spec.get("externalSubnet") or DEFAULT_EXTERNAL
            subnet = seen.spec("Subnet", name)
            for field in (v4, v6):
                if subnet is not None:
                    yield from _lies_in(thing, field, name, subnet)
                yield from _taken(seen, thing, field)


def _taken(seen: Scene, thing: Thing, field: str) -> Iterator[Finding]:
    """A subnet gives an address once, in whatever flavour."""
    wanted = thing.spec.get(field)
    holders = [
        f"{kind.kind} {name}"
        for kind, fields in ((IPTABLES_EIP, ("v4ip", "v6ip")), (OVN_EIP, ("v4Ip", "v6Ip")))
        for name, other in seen.there.get(kind.kind, {}).items()
        if (kind.kind, name) != (thing.kind.kind, thing.name)
        and wanted in [(other.get("spec") or {}).get(each) for each in fields]
    ]
    if wanted and holders:
        yield at(thing, field, f"{wanted} is the address of {holders[0]}")


def _of_its_gateway(seen: Scene) -> Iterator[Finding]:
    """A gateway has a leg in its external subnets only."""
    for thing in seen.each(IPTABLES_EIP):
        gateway = seen.spec("VpcNatGateway", thing.spec["natGwDp"])
        wanted = thing.spec.get("externalSubnet") or DEFAULT_EXTERNAL
        legs = (gateway or {}).get("externalSubnets") or [DEFAULT_EXTERNAL]
        if gateway is not None and wanted not in legs:
            reason = f"VpcNatGateway {thing.spec['natGwDp']} is in {', '.join(legs)} only, not in {wanted}"
            yield at(thing, "externalSubnet", reason)


def _floating(seen: Scene) -> Iterator[Finding]:
    """A floating IP has its EIP for itself; with iptables it also hides every DNAT rule of it."""
    for kind, field, also in ((IPTABLES_FIP, "eip", (IPTABLES_DNAT,)), (OVN_FIP, "ovnEip", ())):
        for thing in seen.each(kind):
            yield from _alone(seen, thing, field, (kind, *also))
    for thing in seen.each(IPTABLES_DNAT):
        yield from _alone(seen, thing, "eip", (IPTABLES_FIP,))


def _alone(seen: Scene, thing: Thing, field: str, kinds: Sequence[Kind]) -> Iterator[Finding]:
    users = [
        f"{kind.kind} {name}"
        for kind in kinds
        for name, other in seen.there.get(kind.kind, {}).items()
        if (kind.kind, name) != (thing.kind.kind, thing.name)
        and (other.get("spec") or {}).get(field) == thing.spec[field]
    ]
    if users:
        reason = f"{thing.spec[field]} is used by {users[0]}, and a floating IP needs an EIP for itself"
        yield at(thing, field, reason)


def _forwarded(seen: Scene) -> Iterator[Finding]:
    """A port of an EIP leads to one place: with iptables once a protocol unless all share it, with OVN once."""
    for thing in seen.each(IPTABLES_DNAT):
        for name, other in _same(seen, thing, ("eip", "externalPort", "protocol")):
            if {_kind_of(thing.spec), _kind_of(other)} != {"share"}:
                yield at(thing, "externalPort", f"is that of IptablesDnatRule {name} too: both would have to be shared")
    for thing in seen.each(OVN_DNAT):
        for name, _other in _same(seen, thing, ("ovnEip", "externalPort")):
            yield at(thing, "externalPort", f"is that of OvnDnatRule {name} too, whatever its protocol")


def _kind_of(spec: Json) -> str:
    return str(spec.get("type") or "exclusive")


def _same(seen: Scene, thing: Thing, fields: Sequence[str]) -> Iterator[tuple[str, Json]]:
    """Other rules of the kind that agree in all these fields."""
    for name, other in seen.there.get(thing.kind.kind, {}).items():
        spec = other.get("spec") or {}
        if name != thing.name and all(spec.get(field) == thing.spec.get(field) for field in fields):
            yield name, spec


def _ovn(seen: Scene) -> Iterator[Finding]:
    """By an EIP that is meant for it, of a VPC that has a way out."""
    for kind in (OVN_FIP, OVN_DNAT, OVN_SNAT):
        for thing in seen.each(kind):
            eip = seen.spec("OvnEip", thing.spec["ovnEip"])
            if (eip or {}).get("type") == "lsp":
                yield at(thing, "ovnEip", f"{thing.spec['ovnEip']} has the type lsp, which is for gateway nodes")
            field, vpc = _vpc_of(seen, thing.spec)
            found = seen.spec("Vpc", vpc)
            if found is not None and vpc != DEFAULT_VPC and found.get("enableExternal") is not True:
                yield at(thing, field, f"Vpc {vpc} has no way out: its enableExternal is not true")


def _vpc_of(seen: Scene, spec: Json) -> tuple[str, str]:
    """The VPC that a rule is about, and the field that says so; empty where it cannot be known yet."""
    if spec.get("vpcSubnet"):
        return "vpcSubnet", _subnets_vpc(seen, spec["vpcSubnet"])
    if spec.get("ipName"):
        kind = "Vip" if spec.get("ipType") == "vip" else "IP"
        return "ipName", _subnets_vpc(seen, (seen.spec(kind, spec["ipName"]) or {}).get("subnet", ""))
    return "vpc", str(spec.get("vpc") or "")


def _subnets_vpc(seen: Scene, name: str) -> str:
    return str((seen.spec("Subnet", name) or {}).get("vpc") or "")


_CHECKS: Sequence[Check] = (_gateways, _eips, _of_its_gateway, _floating, _forwarded, _ovn)
