# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider network may be made of: interfaces of nodes that there are, and that Kube-OVN can have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...core.error import Finding, Forbidden, Unsupported, refuse
from ...core.mode import Mode
from ...core.path import Json, Path, dig
from ...engine.converge import Kube
from ...engine.form import Thing
from .underlay_kinds import PROVIDER_NETWORK

# What Talos makes itself, by the names that everybody gives it; a VLAN is called eth0.100.
_MADE_BY_TALOS = re.compile(r"(bond|br|team|vlan|dummy)[-_]?\w*\Z|.*\.\d+\Z")


def refuse_interfaces(things: Sequence[Thing], kube: Kube, mode: Mode) -> None:
    """Raise for nodes that there are not, and on Talos for what is not physical: it lets go of no bond, bridge or VLAN
    (Kube-OVN's guide to Talos). Who may not look at nodes is told by time.
    """
    networks = [thing for thing in things if thing.kind is PROVIDER_NETWORK]
    nodes = _nodes(kube, mode) if networks else []
    names = {node["metadata"]["name"] for node in nodes}
    if names:
        refuse(finding for network in networks for finding in _strangers(network, names))
    if any(str(dig(node, ("status", "nodeInfo", "osImage"), "")).startswith("Talos") for node in nodes):
        for network in networks:
            _refuse_made(network)


def _nodes(kube: Kube, mode: Mode) -> list[Json]:
    row = kube.registry.find("v1", "Node")
    try:
        return kube.everything(row, mode) if row else []
    except Forbidden:
        return []


def _strangers(network: Thing, nodes: set[str]) -> Iterator[Finding]:
    lists: list[tuple[Path, list[str]]] = [(("excludeNodes",), network.get("excludeNodes", []))]
    for index, each in enumerate(network.get("customInterfaces", [])):
        lists.append((("customInterfaces", index, "nodes"), each["nodes"]))
    for where, names in lists:
        for index, name in enumerate(names):
            if name not in nodes:
                yield Finding(network.place.of(("spec", *where, index)), f"there is no node {name}")


def _refuse_made(network: Thing) -> None:
    named: list[tuple[Path, str]] = [(("defaultInterface",), network.get("defaultInterface"))]
    for index, each in enumerate(network.get("customInterfaces", [])):
        named.append((("customInterfaces", index, "interface"), each["interface"]))
    for where, interface in named:
        if _MADE_BY_TALOS.match(interface):
            reason = f"{interface} is made by Talos, which keeps it: Kube-OVN takes a physical interface only there"
            hint = "name a NIC, and have Talos ignore it in the machine configuration"
            raise Unsupported(reason, path=network.place.of(("spec", *where)), hint=hint)
