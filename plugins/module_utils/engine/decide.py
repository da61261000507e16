# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: what is to be done with each object, given what lives and what a dry run answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..core.change import Change
from ..core.diff import differences
from ..core.mask import Masker
from ..core.path import Json, dig
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
    wanted = masker.masked(item.manifest, item.kind.sensitive)
    change = Change("create", item.label, after=wanted)
    return Decision(item, (change,), predicted or item.manifest, verified=predicted is not None)


def update(item: Item, live: Json, predicted: Json, manager: str, masker: Masker, *, force: bool) -> Decision:
    """What the server says would change, within what we want now or owned before."""
    version = item.manifest["apiVersion"]
    before, after = owned(live, manager, version) or {}, owned(predicted, manager, version) or {}
    changes = tuple(_updates(item, live, predicted, before, after, masker))
    if not changes and before != after:
        changes = (Change("adopt", item.label, after=True),)
    return Decision(item, changes, predicted, force)


def _updates(item: Item, live: Json, predicted: Json, before: Json, after: Json, masker: Masker) -> Iterator[Change]:
    old, new = comparable(live), comparable(predicted)
    secret = item.kind.sensitive
    hidden_old, hidden_new = masker.masked(old, secret), masker.masked(new, secret)
    for d in differences(old, new):
        if covers(after, d.path, new) or covers(before, d.path, old):
            yield Change("update", item.label, d.path, dig(hidden_old, d.path), dig(hidden_new, d.path))


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
