# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kube-OVN VPC, as its user sees it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, prune
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.manifest import manifest
from ...engine.place import Place
from . import kinds

# The user's option for each field of the manifest: a refusal names what the user wrote.
_OPTIONS = {
    "metadata.name": "name",
    "spec.namespaces": "namespaces",
    "spec.staticRoutes[*].nextHopIP": "static_routes[*].next_hop",
    "spec.staticRoutes": "static_routes",
}


@dataclass(frozen=True)
class StaticRoute:
    """Where packets for ``cidr`` go: ``next_hop`` is an address in the VPC. ``policy`` is policyDst or policySrc."""

    cidr: str
    next_hop: str
    policy: str = "policyDst"

    @classmethod
    def parse(cls, given: Given) -> StaticRoute:
        route = cls(
            given.text("cidr"), given.text("next_hop"), given.choice("policy", ("policyDst", "policySrc"), "policyDst")
        )
        _network(given.at("cidr"))
        _address(given.at("next_hop"))
        return route

    def manifest(self) -> Json:
        return {"cidr": self.cidr, "nextHopIP": self.next_hop, "policy": self.policy}


@dataclass(frozen=True)
class Vpc:
    """A tenant's routing domain: one OVN logical router (kubeovn.io/v1 Vpc)."""

    name: str
    namespaces: tuple[str, ...] = ()
    static_routes: tuple[StaticRoute, ...] = ()

    @classmethod
    def parse(cls, given: Given) -> Vpc:
        return cls(given.name("name"), given.names("namespaces"), given.each("static_routes", StaticRoute.parse))

    def manifest(self) -> Json:
        spec = prune(namespaces=list(self.namespaces), staticRoutes=[r.manifest() for r in self.static_routes])
        return manifest(kinds.VPC, self.name, spec=spec)


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every VPC of ``vpcs`` present or absent."""
    wanted = [(Place(vpc.path, _OPTIONS), Vpc.parse(vpc).manifest()) for vpc in given.items("vpcs")]
    return kube.converge(wanted, given.text("state"), mode).named("vpcs")


def _network(given: Given) -> None:
    try:
        ipaddress.ip_network(str(given.value), strict=False)
    except ValueError as exc:
        given.refuse(str(exc))


def _address(given: Given) -> None:
    try:
        ipaddress.ip_address(str(given.value))
    except ValueError as exc:
        given.refuse(str(exc))
