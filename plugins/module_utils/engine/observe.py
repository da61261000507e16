# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lives: one LIST per kind and namespace, or one per object where only few are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..clients.kube.client import KubeClient
from ..clients.kube.request import Resource
from ..core.error import NfviError, NotFound
from ..core.path import Json
from .item import Item, Key
from .kind import Kind

# From how many objects of a kind on one LIST is cheaper than one each (facts/baselines.md).
_FEW = 5


@dataclass(frozen=True)
class World:
    """The live objects among those asked for, and the kinds that the cluster does not serve (yet)."""

    live: dict[Key, Json] = field(default_factory=dict)
    unserved: frozenset[str] = frozenset()
    reachable: bool = True

    def serves(self, kind: Kind) -> bool:
        served = f"{kind.api_version}/{kind.kind}" not in self.unserved
        return self.reachable and served and bool(kind.plural)


@dataclass(frozen=True)
class Query:
    """One LIST: all objects of a kind in a namespace ("" for all), or the one of that name."""

    kind: Kind
    namespace: str
    name: str = ""


def resource(kind: Kind) -> Resource:
    """The kind as the client wants it."""
    return Resource(kind.api_version, kind.kind, kind.plural, kind.namespaced)


def observe(client: KubeClient, items: Sequence[Item]) -> World:
    """The live state of every item, in as few requests as it takes."""
    wanted = {item.key for item in items}
    live: dict[Key, Json] = {}
    unserved = set()
    queries = list(_queries(items))
    for query, answer in zip(queries, ask(client, queries), strict=True):
        if isinstance(answer, NotFound):
            unserved.add(f"{query.kind.api_version}/{query.kind.kind}")
        elif isinstance(answer, NfviError):
            raise answer
        else:
            live.update((key, found) for key, found in _keyed(query.kind, answer) if key in wanted)
    return World(live, frozenset(unserved))


def ask(client: KubeClient, queries: Sequence[Query]) -> list[list[Json] | NfviError]:
    """The answer to every query, in order; a kind that is not served is a `NotFound`."""
    return client.each(lambda query: _listed(client, query), queries)


def _listed(client: KubeClient, query: Query) -> list[Json]:
    selector = f"metadata.name={query.name}" if query.name else None
    return listed(client, query.kind, query.namespace, field_selector=selector)


def listed(
    client: KubeClient,
    kind: Kind,
    namespace: str = "",
    *,
    label_selector: str | None = None,
    field_selector: str | None = None,
) -> list[Json]:
    """Objects of a kind in a namespace ("" for all), each with what it is."""
    listing = client.list(
        resource(kind), namespace or None, label_selector=label_selector, field_selector=field_selector
    )
    extra = {"apiVersion": kind.api_version, "kind": kind.kind}
    return [{**extra, **found} for found in listing.items]


def _queries(items: Iterable[Item]) -> Iterator[Query]:
    groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        groups[item.kind.api_version, item.kind.kind].append(item)
    for group in groups.values():
        if not group[0].kind.plural:
            continue
        kind, spaces = group[0].kind, {item.namespace for item in group}
        if len(group) < _FEW:
            yield from (Query(kind, item.namespace, item.name) for item in group)
        else:
            yield from (Query(kind, space) for space in (sorted(spaces) if len(spaces) < _FEW else [""]))


def _keyed(kind: Kind, found: Iterable[Json]) -> Iterator[tuple[Key, Json]]:
    for manifest in found:
        yield Item(kind, manifest).key, manifest
