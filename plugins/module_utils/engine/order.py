# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order: what is referred to comes first, parallel inside a level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.error import InvalidInput
from .item import Item, Key

Target = tuple[str, str, str]


def levels(items: Sequence[Item]) -> list[list[Item]]:
    """The items in levels, each of which needs only those before it. A circle of references is refused."""
    out: list[list[Item]] = []
    for rank in sorted({item.kind.rank for item in items}):
        out += _levels([item for item in items if item.kind.rank == rank])
    return out


def _levels(items: Sequence[Item]) -> list[list[Item]]:
    """Levels among items of one rank."""
    index = {(item.kind.kind, item.namespace, item.name): item.key for item in items}
    needs = {item.key: {index[t] for t in targets(item) if t in index} - {item.key} for item in items}
    rest, done, out = list(items), set[Key](), list[list[Item]]()
    while rest:
        level = [item for item in rest if needs[item.key] <= done]
        if not level:
            raise InvalidInput("these refer to one another in a circle: " + ", ".join(i.label for i in rest))
        out.append(level)
        done |= {item.key for item in level}
        rest = [item for item in rest if item.key not in done]
    return out


def targets(item: Item) -> Iterator[Target]:
    """What has to be there before the item, as (kind, namespace, name); a bare name may be cluster-scoped or in the
    item's namespace.
    """
    for reference in (each for each in item.kind.refers_to if not each.mutual):
        for _path, name in reference.names(item.manifest):
            yield from candidates(reference.kind, name, item.namespace)


def candidates(kind: str, name: str, namespace: str) -> Iterator[Target]:
    """Where an object that is called ``name`` may lie: ``ns/name`` says so itself."""
    if "/" in name:
        space, _slash, bare = name.partition("/")
        yield kind, space, bare
    else:
        yield kind, "", name
        if namespace:
            yield kind, namespace, name
