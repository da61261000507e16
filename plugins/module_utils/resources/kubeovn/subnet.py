# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kube-OVN Subnet, as its user sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...core.error import Finding, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, prune
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.manifest import manifest
from ...engine.place import Place
from . import kinds
from .addresses import overlapping
from .subnet_rules import subnet_findings

# The user's option for each field of the manifest: a refusal names what the user wrote.
_OPTIONS = {
    "metadata.name": "name",
    "spec.vpc": "vpc",
    "spec.cidrBlock": "cidr",
    "spec.gateway": "gateway",
    "spec.excludeIps": "exclude_ips",
    "spec.namespaces": "namespaces",
    "spec.private": "private",
    "spec.allowSubnets": "allow_subnets",
    "spec.natOutgoing": "nat_outgoing",
    "spec.enableDHCP": "enable_dhcp",
    "spec.gatewayType": "gateway_type",
    "spec.mtu": "mtu",
}


@dataclass(frozen=True)
class Subnet:
    """A range of addresses in a VPC: one OVN logical switch (kubeovn.io/v1 Subnet). Sizes: ``mtu`` in bytes."""

    name: str
    cidr: str
    vpc: str = "ovn-cluster"
    gateway: str = ""
    exclude_ips: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    private: bool | None = None
    allow_subnets: tuple[str, ...] = ()
    nat_outgoing: bool | None = None
    enable_dhcp: bool | None = None
    gateway_type: str = ""
    mtu: int | None = None

    @classmethod
    def parse(cls, given: Given) -> Subnet:
        subnet = cls(
            name=given.name("name"),
            cidr=given.text("cidr"),
            vpc=given.text("vpc", "ovn-cluster"),
            gateway=given.text("gateway", ""),
            exclude_ips=tuple(map(str, given.get("exclude_ips", []))),
            namespaces=given.names("namespaces"),
            private=given.get("private"),
            allow_subnets=tuple(map(str, given.get("allow_subnets", []))),
            nat_outgoing=given.get("nat_outgoing"),
            enable_dhcp=given.get("enable_dhcp"),
            gateway_type=given.text("gateway_type", ""),
            mtu=given.integer("mtu", low=68, high=65535) if given.has("mtu") else None,
        )
        place = Place(given.path, _OPTIONS)
        refuse(Finding(place.of(f.path), f.reason) for f in subnet_findings(subnet.manifest()))
        return subnet

    def manifest(self) -> Json:
        spec = prune(
            vpc=self.vpc,
            cidrBlock=self.cidr,
            gateway=self.gateway,
            excludeIps=list(self.exclude_ips),
            namespaces=list(self.namespaces),
            private=self.private,
            allowSubnets=list(self.allow_subnets),
            natOutgoing=self.nat_outgoing,
            enableDHCP=self.enable_dhcp,
            gatewayType=self.gateway_type,
            mtu=self.mtu,
        )
        return manifest(kinds.SUBNET, self.name, spec=spec)


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every subnet of ``subnets`` present or absent."""
    if given.text("state") == "absent":
        wanted = [(Place(s.path), manifest(kinds.SUBNET, s.name("name"))) for s in given.items("subnets")]
        return kube.converge(wanted, "absent", mode).named("subnets")
    subnets = given.each("subnets", Subnet.parse)
    refuse([*_overlaps(subnets), *_overlaps_live(subnets, kube.everything(kinds.SUBNET, mode))])
    wanted = [(Place(("subnets", i), _OPTIONS), subnet.manifest()) for i, subnet in enumerate(subnets)]
    return kube.converge(wanted, "present", mode).named("subnets")


def _overlaps(subnets: Sequence[Subnet]) -> Iterator[Finding]:
    """Two subnets of one VPC may share no address."""
    for index, subnet in enumerate(subnets):
        for other in subnets[:index]:
            if other.vpc == subnet.vpc and overlapping(other.cidr, subnet.cidr):
                reason = f"{subnet.cidr} overlaps {other.cidr} of subnet {other.name} in the same VPC {subnet.vpc}"
                yield Finding(("subnets", index, "cidr"), reason)


def _overlaps_live(subnets: Sequence[Subnet], live: Sequence[Json]) -> Iterator[Finding]:
    """Nor with those that exist: Kube-OVN accepts the object and never makes it work (measured)."""
    given = {subnet.name for subnet in subnets}
    others = [s for s in live if s["metadata"]["name"] not in given and s.get("spec", {}).get("cidrBlock")]
    for index, subnet in enumerate(subnets):
        for other in others:
            name, spec = other["metadata"]["name"], other["spec"]
            if spec.get("vpc", "ovn-cluster") == subnet.vpc and _share(spec["cidrBlock"], subnet.cidr):
                reason = f"{subnet.cidr} overlaps {spec['cidrBlock']} of the existing subnet {name} in the same VPC"
                yield Finding(("subnets", index, "cidr"), reason)


def _share(live: str, wanted: str) -> bool:
    """Whether they overlap; what lives may itself be no CIDR at all."""
    try:
        return overlapping(live, wanted)
    except ValueError:
        return False
