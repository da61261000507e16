# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References that lead nowhere are refused before anything is written."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from ..clients.kube.client import KubeClient
from ..core.error import Forbidden, NfviError, NotFound, Precondition
from ..core.path import Path
from .errors import raise_all
from .item import Item, Key
from .kind import Kind, Registry
from .observe import Query, ask
from .order import Target, candidates

Wanted = tuple[Item, Path, str, list[Target]]


def refuse_dangling(
    items: Sequence[Item], new: Container[Key], everything: Iterable[Item], client: KubeClient, registry: Registry
) -> None:
    """Raise `Precondition` for every required reference of ``items`` to what neither exists nor is among
    ``everything``. What is needed at the beginning only is asked for by the ``new`` ones only.
    """
    given = {(item.kind.kind, item.namespace, item.name) for item in everything}
    open_ones = [w for item in items for w in _required(item, item.key in new) if not given & set(w[3])]
    rows = {kind.kind: kind for kind in registry.all()}
    queries = {target: q for *_rest, targets in open_ones for target in targets if (q := _query(target, rows))}
    there = _existing(client, queries)
    raise_all(
        (item, _dangling(targets[-1][0], name, path))
        for item, path, name, targets in open_ones
        if not there & set(targets)
    )


def _required(item: Item, new: bool) -> Iterable[Wanted]:
    for reference in item.kind.refers_to:
        if reference.required and (reference.holds or new):
            for path, name in reference.names(item.manifest):
                yield item, path, name, list(candidates(reference.kind, name, item.namespace))


def _query(target: Target, rows: Mapping[str, Kind]) -> Query | None:
    """The question whether the target exists; None where its kind has no such place (or is not in the table)."""
    name, namespace, bare = target
    kind = rows.get(name)
    return Query(kind, namespace, bare) if kind is not None and kind.namespaced == bool(namespace) else None


def _existing(client: KubeClient, queries: Mapping[Target, Query]) -> set[Target]:
    """The targets that exist, and those that we may not look at: of these the server has to tell."""
    found = set()
    for target, answer in zip(queries, ask(client, list(queries.values())), strict=True):
        if isinstance(answer, Forbidden):
            found.add(target)
            continue
        if isinstance(answer, NfviError) and not isinstance(answer, NotFound):
            raise answer
        if answer and not isinstance(answer, NfviError):
            found.add(target)
    return found


def _dangling(kind: str, name: str, path: Path) -> NfviError:
    return Precondition(f"{kind} {name} does not exist", path=path, hint="create it first, or in this list")
