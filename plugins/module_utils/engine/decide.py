# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: what is to be done with each object, given what lives and what a dry run answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..core.change import Change
from ..core.diff import differences
from ..core.mask import Masker
from ..core.path import Json, dig
from .compare import aligned, itemised
from .item import Item
from .ownership import covers, owned

# Written by servers; never somebody's wish.
_SERVERS_OWN = {
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
}


@dataclass(frozen=True)
class Decision:
    """``changes`` is empty when nothing is to be done; ``predicted`` is the object as it will be; ``force`` overrides
    the component's own controller.
    """

    item: Item
    changes: tuple[Change, ...]
    predicted: Json
    force: bool = False
    verified: bool = True


def unchanged(item: Item, live: Json) -> Decision:
    """Nothing is to be done: what lives is what is wanted."""
    return Decision(item, (), live)


def creation(item: Item, predicted: Json | None, masker: Masker) -> Decision:
    """``predicted`` is the server's dry-run answer; None when it could not be asked yet."""
    there = predicted or item.manifest
    wanted = masker.masked(as_answered(item.manifest, there), item.kind.sensitive)
    change = Change("create", item.label, after=wanted)
    return Decision(item, (change,), there, verified=predicted is not None)


def update(item: Item, live: Json, predicted: Json, manager: str, masker: Masker, *, force: bool) -> Decision:
    """What the server says would change, within what we want now or owned before."""
    version = item.manifest["apiVersion"]
    before, after = owned(live, manager, version) or {}, owned(predicted, manager, version) or {}
    changes = tuple(_updates(item, live, predicted, before, after, masker))
    if not changes and before != after:
        changes = (Change("adopt", item.label, after=True),)
    return Decision(item, changes, predicted, force)


def _updates(item: Item, live: Json, predicted: Json, before: Json, after: Json, masker: Masker) -> Iterator[Change]:
    old = comparable(live)
    new = aligned(comparable(predicted), old, after)
    secret = item.kind.sensitive
    hidden_old, hidden_new = masker.masked(old, secret), masker.masked(new, secret)
    for d in itemised(differences(old, new)):
        if covers(after, d.path, new) or covers(before, d.path, old):
            yield Change("update", item.label, d.path, dig(hidden_old, d.path), dig(hidden_new, d.path))


def as_answered(wanted: Json, there: Json) -> Json:
    """What is wanted, each value the way the server writes it (``0.5Gi`` is ``512Mi`` there)."""
    if isinstance(wanted, Mapping) and isinstance(there, Mapping):
        return {key: as_answered(value, there.get(key, value)) for key, value in wanted.items()}
    if isinstance(wanted, list) and isinstance(there, list) and len(wanted) == len(there):
        return [as_answered(one, other) for one, other in zip(wanted, there, strict=True)]
    return there


def comparable(live: Json) -> Json:
    """An object without its status and without what servers write by themselves."""
    out = {key: value for key, value in live.items() if key != "status"}
    out["metadata"] = {k: v for k, v in (out.get("metadata") or {}).items() if k not in _SERVERS_OWN}
    return out


def shown(live: Json, item: Item, masker: Masker) -> Json:
    """The object as a result shows it: no bookkeeping, no secrets."""
    meta = {key: value for key, value in live["metadata"].items() if key != "managedFields"}
    out: Json = masker.masked({**live, "metadata": meta}, item.kind.sensitive)
    return out
