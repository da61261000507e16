# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the other documents, by kind: of each for itself, and with the main document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ...core.error import Finding
from ...core.path import Json, Path, dig
from . import values
from .check_kubernetes import kubernetes_findings
from .cluster import WORKER
from .contract import Contract
from .documents import Configuration, identity_of
from .schema_documents import LINKS
from .schema_kubernetes import CONTROL_PLANE_ONLY

Rule = Callable[[Mapping[str, Json], Configuration], Iterator[Finding]]


def document_findings(
    document: Mapping[str, Json], configuration: Configuration, contract: Contract
) -> Iterator[Finding]:
    """What is wrong in the document; paths begin with its identity."""
    identity = identity_of(document)
    if identity.kind in CONTROL_PLANE_ONLY and configuration.get("machine", "type") == WORKER:
        yield Finding(identity.path, "is not allowed on a worker")
    rules: list[Rule] = [_link] if identity.kind in LINKS else []
    rules.extend(_RULES.get(identity.kind, ()))
    for rule in rules:
        for found in rule(document, configuration):
            yield Finding((*identity.path, *found.path), found.reason)
    for found in kubernetes_findings(document, contract):
        yield Finding((*identity.path, *found.path), found.reason)


def _hostname(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    auto, name = document.get("auto"), document.get("hostname")
    if not auto and not name:
        yield Finding((), "either auto or hostname is required")
    if auto not in (None, "stable", "off"):
        yield Finding(("auto",), f"{auto!r} is neither stable nor off")
    if name and auto == "stable":
        yield Finding(("auto",), "cannot be set together with hostname")
    problem = values.wrong_hostname(str(name)) if name else None
    if problem:
        yield Finding(("hostname",), problem)


def _link(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    for index, entry in enumerate(document.get("addresses") or []):
        yield from _value(("addresses", index, "address"), entry.get("address"), values.wrong_prefix)
    for index, route in enumerate(document.get("routes") or []):
        at: Path = ("routes", index)
        if route.get("destination"):
            yield from _value((*at, "destination"), route["destination"], values.wrong_subnet)
        for key in ("gateway", "source"):
            if route.get(key):
                yield from _value((*at, key), route[key], values.wrong_address)


def _layer2_vip(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    yield from _value(("name",), document.get("name"), values.wrong_address)
    yield from _required(document, "link")


def _link_alias(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    if not dig(document, ("selector", "match")):
        yield Finding(("selector", "match"), "is required")


def _resolver(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    for index, entry in enumerate(document.get("nameservers") or []):
        yield from _value(("nameservers", index, "address"), entry.get("address"), values.wrong_address)


def _time_sync(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    if document.get("ntp") and document.get("ptp"):
        yield Finding((), "only one of ntp and ptp may be set")


def _vlan(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    yield from _required(document, "parent")
    identifier = document.get("vlanID")
    if not identifier or not 1 <= identifier <= 4094:
        yield Finding(("vlanID",), f"{identifier!r} is not within 1 … 4094")


def _veth(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    if not dig(document, ("peer", "name")):
        yield Finding(("peer", "name"), "is required")


def _bond(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    yield from _required(document, "links")


def _rebind(document: Mapping[str, Json], _configuration: Configuration) -> Iterator[Finding]:
    yield from _required(document, "targetDriver")


def _kubespan(document: Mapping[str, Json], configuration: Configuration) -> Iterator[Finding]:
    discovers = configuration.get("cluster", "discovery", "enabled") or any(
        identity.kind == "DiscoveryServiceConfig" for identity in configuration.named()
    )
    if document.get("enabled") and not discovers:
        yield Finding(("enabled",), "needs v1alpha1.cluster.discovery.enabled or a DiscoveryServiceConfig")


_RULES: dict[str, tuple[Rule, ...]] = {
    "BondConfig": (_bond,),
    "HostnameConfig": (_hostname,),
    "KubeSpanConfig": (_kubespan,),
    "Layer2VIPConfig": (_layer2_vip,),
    "LinkAliasConfig": (_link_alias,),
    "PCIDriverRebindConfig": (_rebind,),
    "ResolverConfig": (_resolver,),
    "TimeSyncConfig": (_time_sync,),
    "VLANConfig": (_vlan,),
    "VethConfig": (_veth,),
}


def _value(path: Path, value: Json, wrong: Callable[[str], str | None]) -> Iterator[Finding]:
    problem = wrong(str(value)) if value else "is required"
    if problem:
        yield Finding(path, problem)


def _required(document: Mapping[str, Json], key: str) -> Iterator[Finding]:
    if not document.get(key):
        yield Finding((key,), "is required")
