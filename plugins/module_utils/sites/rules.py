# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between the values of a site file. Each rule looks at the raw file and skips what is no such value:
that it is none is said elsewhere, so that one run names everything that is wrong."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from ..core.error import Finding
from ..core.path import Json, Path, dig, every, render
from . import control_plane
from .formats import Address, Network, near
from .model import POD_SUBNETS, ROLES, SERVICE_SUBNETS

Rule = Callable[[Json], Iterator[Finding]]


def findings(site: Json) -> Iterator[Finding]:
    """Everything that is wrong between values."""
    for rule in (_unique, _inside_mgmt, _control_plane, _cluster_networks, _vpc_networks, _connection_points):
        yield from rule(site)


def _unique(site: Json) -> Iterator[Finding]:
    """No name, address or MAC is used twice."""
    pool = [("network", "gateway"), ("network", "vip"), ("nodes", "*", "address")]
    for places in (
        [("nodes", "*", "name")],
        pool,
        [("nodes", "*", "mac")],
        [("nodes", "*", "bmc", "url")],
        [("networks", "*", "vpc")],
        [("networks", "*", "subnets", "*", "name")],
        [("vnfs", "*", "name")],
    ):
        yield from _twice(found for place in places for found in every(site, place))


def _twice(found: Iterable[tuple[Path, Json]]) -> Iterator[Finding]:
    seen: dict[str, Path] = {}
    for path, value in found:
        key = str(value).lower().rstrip("/")
        if value is not None and seen.setdefault(key, path) != path:
            yield Finding(path, f"{value!r} is already used by {render(seen[key])}")


def _inside_mgmt(site: Json) -> Iterator[Finding]:
    """Nodes, gateway and VIP have addresses of the management network that a host may have."""
    mgmt = _network(dig(site, ("network", "mgmt")))
    places = [("network", "gateway"), ("network", "vip"), ("nodes", "*", "address")]
    for path, value in (found for place in places for found in every(site, place)):
        address = _address(value)
        if mgmt is None or address is None:
            continue
        if address not in mgmt:
            yield Finding(path, f"{address} is not in the management network {mgmt}")
        elif address == mgmt.network_address or (mgmt.version == 4 and address == mgmt.broadcast_address):
            yield Finding(path, f"{address} is the network or broadcast address of {mgmt}")


def _control_plane(site: Json) -> Iterator[Finding]:
    """Absent nodes count as well: they keep their places until others take them, or they come back."""
    nodes = dig(site, ("nodes",))
    given = [dig(node, ("role",)) for node in nodes] if isinstance(nodes, list) else []
    said = [role if role in ROLES else None for role in given]
    yield from control_plane.findings(said, dig(site, ("network", "vip")))
    leading = [node for role, node in zip(control_plane.roles(said), nodes or (), strict=False) if role == ROLES[0]]
    if leading and not any(_present(node) for node in leading):
        yield Finding(("nodes",), "every control-plane node is absent: one must be there (decommission ends a site)")


def _present(node: Json) -> bool:
    return bool(dig(node, ("state",)) != "absent")


def _cluster_networks(site: Json) -> Iterator[Finding]:
    """Management, pod and service networks share no address: one node routes between all of them."""
    places: list[tuple[Path, Json]] = list(every(site, ("network", "mgmt")))
    for key, default in (("pod_subnets", POD_SUBNETS), ("service_subnets", SERVICE_SUBNETS)):
        given = list(every(site, ("network", key, "*")))
        places += given or [(("network", key), cidr) for cidr in default]
    yield from _overlaps(places)


def _vpc_networks(site: Json) -> Iterator[Finding]:
    """Subnets of one VPC share no address; those of different VPCs may."""
    for path, vpc in every(site, ("networks", "*")):
        yield from _overlaps(((*path, *where), cidr) for where, cidr in every(vpc, ("subnets", "*", "cidr")))


def _overlaps(places: Iterable[tuple[Path, Json]]) -> Iterator[Finding]:
    read = [(path, network) for path, network in ((path, _network(cidr)) for path, cidr in places) if network]
    for (first, one), (second, other) in combinations(read, 2):
        if one.version == other.version and one.overlaps(other):
            yield Finding(second, f"{other} overlaps {one} of {render(first)}")


def _connection_points(site: Json) -> Iterator[Finding]:
    """A connection point binds to a subnet of this site."""
    subnets = {str(name) for _path, name in every(site, ("networks", "*", "subnets", "*", "name"))}
    for path, subnet in every(site, ("vnfs", "*", "connection_points", "*")):
        if str(subnet) not in subnets:
            yield Finding(path, f"{subnet!r} is not a subnet of this site ({near(subnets)})")


def _network(value: Json) -> Network | None:
    try:
        return ipaddress.ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        return None


def _address(value: Json) -> Address | None:
    try:
        return ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None
