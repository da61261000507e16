# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's network as documents (contract 1.12 and later; machine.network stays empty)."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.path import Json, prune
from .cluster import Link, Node


def network_documents(node: Node) -> Iterator[dict[str, Json]]:
    """Host name, links, resolvers and time, in the order in which people read them."""
    yield _document("HostnameConfig", hostname=node.name)
    for link in node.links:
        yield from _link_documents(link)
    if node.nameservers or node.search_domains:
        yield _document(
            "ResolverConfig",
            nameservers=[{"address": address} for address in node.nameservers],
            searchDomains=prune(domains=list(node.search_domains)),
        )
    if node.time_servers:
        yield _document("TimeSyncConfig", ntp={"servers": list(node.time_servers)})


def _link_documents(link: Link) -> Iterator[dict[str, Json]]:
    if link.mac:
        match = f'mac(link.permanent_addr) == "{link.mac}"'
        yield _document("LinkAliasConfig", name=link.name, selector={"match": match})
    yield _document(
        "LinkConfig",
        name=link.name,
        mtu=link.mtu,
        addresses=[{"address": address} for address in link.addresses],
        routes=[{"gateway": link.gateway}] if link.gateway else [],
    )
    if link.dhcp:
        yield _document("DHCPv4Config", name=link.name)
    if link.vip:
        yield _document("Layer2VIPConfig", name=link.vip, link=link.name)


def _document(kind: str, **fields: Json) -> dict[str, Json]:
    return {"apiVersion": "v1alpha1", "kind": kind, **prune(**fields)}
