# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: a decision about every item, asking the server (dry run) only about what is not provably as wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..clients.kube.client import KubeClient
from ..clients.kube.errors import ApplyConflict
from ..clients.kube.request import Request, apply
from ..core.error import Finding, NfviError, NotFound, refuse
from ..core.mode import Mode
from ..core.path import Json
from .decide import Decision, creation, unchanged, update
from .errors import raise_all
from .item import Item
from .observe import World, resource
from .ownership import as_wanted, with_emptied
from .settings import Settings


@dataclass(frozen=True)
class Planner:
    """Plans against one cluster with one set of settings."""

    client: KubeClient
    settings: Settings

    def decide(self, items: Sequence[Item], world: World, mode: Mode) -> list[Decision]:
        """One decision an item, in the items' order; raises when the server refuses any of them."""
        items = [self._written(item, world.live.get(item.key)) for item in items]
        refuse(found for item in items for found in _fixed(item, world.live.get(item.key)))
        asked = [item for item in items if self._needs_asking(item, world, items)]
        answers = dict(zip((item.key for item in asked), self._dry_run(asked), strict=True))
        faults = [(i, fault) for i in asked if (fault := _fault(answers[i.key][0], mode))]
        raise_all(faults)
        return [self._decision(item, world, answers.get(item.key), mode) for item in items]

    def _written(self, item: Item, live: Json | None) -> Item:
        """The item the way it is sent to where ``live`` is."""
        manifest = item.kind.normalise(item.manifest, live)
        if live is not None:
            manifest = with_emptied(manifest, live, self.settings.field_manager)
        return replace(item, manifest=manifest)

    def _needs_asking(self, item: Item, world: World, items: Iterable[Item]) -> bool:
        live = world.live.get(item.key)
        if live is None:
            return _has_a_place(item, world, items)
        return self.settings.verify_unchanged == "server" or not as_wanted(
            item.manifest, live, self.settings.field_manager
        )

    def _decision(self, item: Item, world: World, answer: tuple[Json, bool] | None, mode: Mode) -> Decision:
        live = world.live.get(item.key)
        predicted, force = answer or (None, False)
        if isinstance(predicted, NotFound):
            return creation(item, None, mode.masker)
        if live is None:
            return replace(creation(item, predicted, mode.masker), force=force)
        if predicted is None:
            return unchanged(item, live)
        return update(item, live, predicted, self.settings.field_manager, mode.masker, force=force)

    def _dry_run(self, items: Sequence[Item]) -> list[tuple[Json | NfviError, bool]]:
        """The predicted object, or why not; and whether it had to be forced over the component's own controller."""
        first = self.client.send_all([self.request(item, dry_run=True) for item in items])
        forced = [i for i, (item, answer) in enumerate(zip(items, first, strict=True)) if self._may_force(item, answer)]
        again = self.client.send_all([self.request(items[i], dry_run=True, force=True) for i in forced])
        out = [(answer, False) for answer in first]
        for index, answer in zip(forced, again, strict=True):
            out[index] = (answer, True)
        return out

    def _may_force(self, item: Item, answer: Json | NfviError) -> bool:
        """Over everybody when asked to; else only over the kind's own controller, which takes over what it rewrites."""
        if not isinstance(answer, ApplyConflict):
            return False
        return self.settings.on_conflict == "force" or set(answer.managers) <= set(item.kind.controllers)

    def request(self, item: Item, *, dry_run: bool = False, force: bool = False) -> Request:
        """The server-side apply of that item."""
        return apply(
            resource(item.kind), item.manifest, field_manager=self.settings.field_manager, force=force, dry_run=dry_run
        )


def _fixed(item: Item, live: Json | None) -> list[Finding]:
    """What cannot be changed in what lives, with the place in the user's input."""
    found = item.kind.fixed(item.manifest, live) if live is not None else []
    return [Finding(item.place.of(each.path), each.reason) for each in found]


def _has_a_place(item: Item, world: World, items: Iterable[Item]) -> bool:
    """Whether the server can be asked: its kind is served, and its namespace is not made by this very plan."""
    if not world.serves(item.kind):
        return False
    made = (i for i in items if i.kind.kind == "Namespace" and i.name == item.namespace)
    return all(i.key in world.live for i in made)


def _fault(answer: Json | NfviError, mode: Mode) -> NfviError | None:
    """What the server refused. While plans before this one are pending, a place that is missing is theirs to make."""
    if not isinstance(answer, NfviError) or (mode.pending and isinstance(answer, NotFound)):
        return None
    return answer
