# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes emptied of pods, a few at a time, and what is said of them when it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ...core.clock import Deadline
from ...core.error import NfviError
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from . import node as nodes
from .evict import Evictor
from .follow import PodsOfNode
from .look import surround
from .obstacle import late
from .plan import Allowed, How, Seen, Step, plan, refuse, summary
from .work import Work

DRAINED = "drained"


@dataclass
class Drained:
    """A node on its way: what was seen, its steps and turns, and as what it ended."""

    seen: Seen
    steps: list[Step]
    before: Json = None
    after: Json = None
    state: str = "untouched"

    def __post_init__(self) -> None:
        self.before = self.seen.node

    def predicted(self) -> Drained:
        """As it will be."""
        turn = nodes.cordon(self.before) + nodes.exclude(self.before)
        self.after = nodes.predicted(self.before, turn)
        return self

    @property
    def name(self) -> str:
        return nodes.name(self.before)

    @property
    def busy(self) -> bool:
        """Whether its pods have to be looked at: unless it was cordoned before, more may have come meanwhile."""
        return bool(self.steps or nodes.exclude(self.before) or nodes.cordon(self.before))


def told(each: Sequence[Drained]) -> Result:
    """Cordons first, of all nodes; then each node's own changes, guests that migrate first."""
    changes = [change for one in each for change in nodes.cordon(one.before).changes]
    for one in each:
        changes += [*nodes.exclude(one.before).changes, *(s.change for s in one.steps if s.change is not None)]
    described = [summary(one.seen, one.steps, one.after) for one in each]
    return Result(Plan.of(changes)).named("nodes", described)


class Drainer:
    """Drains nodes: all are cordoned, then ``limit`` of them at a time are emptied. The first failure ends it."""

    def __init__(self, work: Work, allowed: Allowed, restores: bool) -> None:
        self._work, self._allowed, self._restores = work, allowed, restores
        self._client, self._mode = work.kube.client, work.mode

    def carry_out(self, seen: Mapping[str, Seen], steps: Mapping[str, list[Step]], limit: int) -> Result:
        """All of it; a failure says in what state every node is."""
        each = [Drained(seen[name], steps[name]).predicted() for name in seen]
        try:
            cordoned = {one.name: one.before for one in each if nodes.cordon(one.before)}
            live = self._work.turn(cordoned, nodes.cordon)
            for one in each:
                one.after, one.state = live.get(one.name, one.before), "cordoned"
            for start in range(0, len(each), limit):
                self._batch(each[start : start + limit])
        except NfviError as error:
            raise self._failed(error, each) from None
        return told(each)

    def _batch(self, batch: Sequence[Drained]) -> None:
        with ThreadPoolExecutor(len(batch)) as pool:
            faults = [fault for fault in pool.map(self._try, batch) if fault is not None]
        if not faults:
            return
        first = faults[0]
        first.reason = "; ".join([first.reason, *(str(other) for other in faults[1:])])
        raise first

    def _try(self, one: Drained) -> NfviError | None:
        try:
            self._empty(one)
        except NfviError as error:
            return error.about(nodes.label(one.before))
        one.state = DRAINED
        return None

    def _empty(self, one: Drained) -> None:
        """Until a look at the node finds nothing that would have to go."""
        if not one.busy:
            return
        one.state = "half drained"
        one.after = self._work.turn_one(one.name, nodes.exclude)
        deadline = Deadline.after(self._mode.clock, self._work.kube.settings.wait_timeout)
        one.steps = []
        with PodsOfNode(self._client, one.name, deadline) as there:
            while rest := self._look(one, there):
                one.steps += [step for step in rest if step.uid not in {known.uid for known in one.steps}]
                self._carry_out(rest, there, one, deadline)

    def _look(self, one: Drained, there: PodsOfNode) -> list[Step]:
        """What has to go now; a pod that came just before the cordon is subject to the same rules."""
        one.seen = surround(self._client, {one.name: one.after}, {one.name: there.all()})[one.name]
        steps = plan(one.seen, self._allowed)
        refuse([(one.name, steps)])
        return steps

    def _carry_out(self, steps: Sequence[Step], there: PodsOfNode, one: Drained, deadline: Deadline) -> None:
        """Guests that migrate first: when one cannot, the other pods have not been disturbed."""
        evictor = Evictor(self._client, self._mode, deadline, self._allowed.grace, self._note)
        for phase in (True, False):
            left = evictor.evict([step for step in steps if (step.how is How.MIGRATE) is phase], there)
            if left:
                raise late(self._client, one.after, left, deadline.given)

    def _note(self, step: Step) -> None:
        if step.change is not None:
            self._work.note([step.change])

    def _failed(self, error: NfviError, each: Sequence[Drained]) -> NfviError:
        """The error with the state of every node; those that this call cordoned, and did not drain, get pods again."""
        restored = [one for one in each if self._restores and one.state != DRAINED and nodes.cordon(one.before)]
        for one, answer in zip(restored, self._client.each(self._restore, restored), strict=True):
            one.state = f"not uncordoned: {answer}" if isinstance(answer, NfviError) else "uncordoned again"
        states: dict[str, list[str]] = {}
        for one in each:
            states.setdefault(one.state, []).append(one.name)
        told = "; ".join(f"{state}: {', '.join(names)}" for state, names in states.items())
        error.hint = "; ".join(part for part in (error.hint, told) if part)
        return error.after(self._work.done)

    def _restore(self, one: Drained) -> Json:
        return self._work.turn_one(one.name, nodes.restore)
