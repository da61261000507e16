# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's network: documents from contract 1.12 on, machine.network before."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ...core.path import Json, prune
from .cluster import Link, Node
from .contract import Contract
from .documents import new_document

# Talos' own resolver on every machine, which pods ask too.
HOST_DNS: dict[str, Json] = {"enabled": True, "forwardKubeDNSToHost": True}


def network_documents(node: Node, contract: Contract) -> Iterator[dict[str, Json]]:
    """Host name, links, resolvers and time, in the order in which people read them."""
    yield new_document("HostnameConfig", hostname=node.name)
    for link in node.links:
        yield from _link_documents(link)
    own_resolver = HOST_DNS if contract.kubernetes_documents else None
    if node.nameservers or node.search_domains or own_resolver:
        yield new_document(
            "ResolverConfig",
            nameservers=[{"address": address} for address in node.nameservers],
            searchDomains=prune(domains=list(node.search_domains)),
            hostDNS=own_resolver,
        )
    if node.time_servers:
        yield new_document("TimeSyncConfig", ntp={"servers": list(node.time_servers)})


def network_section(node: Node) -> dict[str, Json]:
    """The same as ``machine.network``, but for the time servers, which have a section of their own."""
    return prune(
        hostname=node.name,
        interfaces=[_interface(link) for link in node.links],
        nameservers=list(node.nameservers),
        searchDomains=list(node.search_domains),
    )


def _interface(link: Link) -> dict[str, Json]:
    """With a MAC address the link keeps its kernel's name: aliases came with 1.12."""
    which: dict[str, Json] = {"deviceSelector": {"permanentAddr": link.mac}} if link.mac else {"interface": link.name}
    return {
        **which,
        **prune(
            addresses=list(link.addresses),
            routes=[{"network": _everywhere(link.gateway), "gateway": link.gateway}] if link.gateway else [],
            mtu=link.mtu,
            dhcp=link.dhcp or None,
            vip={"ip": link.vip} if link.vip else None,
        ),
    }


def _everywhere(gateway: str) -> str:
    return "0.0.0.0/0" if ipaddress.ip_address(gateway).version == 4 else "::/0"


def _link_documents(link: Link) -> Iterator[dict[str, Json]]:
    if link.mac:
        match = f'mac(link.permanent_addr) == "{link.mac}"'
        yield new_document("LinkAliasConfig", name=link.name, selector={"match": match})
    yield new_document(
        "LinkConfig",
        name=link.name,
        mtu=link.mtu,
        addresses=[{"address": address} for address in link.addresses],
        routes=[{"gateway": link.gateway}] if link.gateway else [],
    )
    if link.dhcp:
        yield new_document("DHCPv4Config", name=link.name)
    if link.vip:
        yield new_document("Layer2VIPConfig", name=link.vip, link=link.name)
