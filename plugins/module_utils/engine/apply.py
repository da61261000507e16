# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creation and update: what is referred to first, each level until it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core.clock import Deadline
from ..core.error import NfviError
from ..core.mode import Mode
from ..core.path import Json
from ..core.plan import Plan
from .decide import Decision
from .errors import raise_all
from .item import Key
from .order import levels
from .plan import Planner
from .served import until_served
from .wait import until_ready

Levels = Sequence[Sequence[Decision]]


def in_order(decisions: Sequence[Decision]) -> Levels:
    """The decisions level by level, in the order in which they are carried out."""
    by_key = {d.item.key: d for d in decisions}
    return [[by_key[item.key] for item in level] for level in levels([d.item for d in decisions])]


def changes(order: Levels) -> Plan:
    """What the decisions change, in the order in which they are carried out."""
    return Plan.of(change for level in order for decision in level for change in decision.changes)


@dataclass(frozen=True)
class Applier:
    """Applies against the planner's cluster."""

    planner: Planner

    def carry_out(self, order: Levels, deadline: Deadline, mode: Mode) -> dict[Key, Json]:
        """Apply level by level, each working before the next is begun; the objects as they then are."""
        live: dict[Key, Json] = {}
        for number, level in enumerate(order):
            live.update(self._level(level, changes(order[:number]).actions, deadline, mode))
        return live

    def _level(self, level: Sequence[Decision], done: list[str], deadline: Deadline, mode: Mode) -> Mapping[Key, Json]:
        """Apply one level and wait for it; a fault tells what was done before it."""
        client, settings = self.planner.client, self.planner.settings
        todo = [d for d in level if d.changes]
        answers = client.send_all([self.planner.request(d.item, force=d.force) for d in todo])
        good = {d.item.key: a for d, a in zip(todo, answers, strict=True) if not isinstance(a, NfviError)}
        faults = [(d.item, a) for d, a in zip(todo, answers, strict=True) if isinstance(a, NfviError)]
        done = done + [str(c) for d in todo if d.item.key in good for c in d.changes]
        live = {d.item.key: good.get(d.item.key, d.predicted) for d in level}
        try:
            raise_all(faults)
            awaited = [d.item for d in level if settings.wait or d.item.kind.gate]
            live.update(until_ready(client, awaited, live, deadline, mode))
            until_served(client, [live[d.item.key] for d in todo], deadline)
        except NfviError as error:
            raise error.after(done) from None
        return live
