# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observe → plan → apply → wait, for a whole list of objects at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..clients.kube.client import KubeClient
from ..core.clock import Deadline
from ..core.error import NfviError, NotFound, Unreachable, refuse
from ..core.mode import Mode
from ..core.path import Json
from ..core.plan import Plan
from ..core.result import Result
from .decide import Decision, shown
from .delete import Deleter
from .errors import raise_all
from .item import Item, Key, duplicates
from .kind import Kind, Registry
from .observe import Query, World, ask, observe
from .order import levels
from .plan import Planner
from .references import refuse_dangling
from .resolve import Kinds, Wanted, defined, resolve
from .served import until_served
from .settings import Settings
from .wait import until_ready


@dataclass(frozen=True)
class Converged:
    """What was done, or would be, and the objects as they are, or would be, in the order given."""

    plan: Plan
    objects: list[Json] = field(default_factory=list)
    verified: bool = True

    def only(self, kind: str) -> Converged:
        """The same, but of the objects only those of that kind are told."""
        return replace(self, objects=[o for o in self.objects if o["kind"] == kind])

    def named(self, name: str) -> Result:
        """As a result, the objects under ``name``."""
        return Result(self.plan, verified=self.verified).named(name, self.objects)


@dataclass(frozen=True)
class Kube:
    """A cluster, the table of kinds, and how the caller wants things done: the session of every Kubernetes module."""

    client: KubeClient
    registry: Registry
    settings: Settings = field(default_factory=Settings)

    def converge(self, wanted: Sequence[Wanted], state: str, mode: Mode) -> Converged:
        """Bring every object to ``state`` (present or absent); for absent ones a name is enough."""
        deadline = Deadline.after(mode.clock, self.settings.wait_timeout)
        items, world = self._look(wanted, state, mode)
        act = self._present if state == "present" else self._absent
        return act(items, world, deadline, mode)

    def everything(self, kind: Kind, mode: Mode, namespace: str = "") -> list[Json]:
        """All live objects of a kind; none where the kind, or the whole cluster, is not there yet."""
        answer = ask(self.client, [Query(kind, namespace)])[0]
        if isinstance(answer, NotFound) or (isinstance(answer, Unreachable) and mode.pending):
            return []
        if isinstance(answer, NfviError):
            raise answer
        return answer

    def _look(self, wanted: Sequence[Wanted], state: str, mode: Mode) -> tuple[list[Item], World]:
        """The items and what lives of them; nothing does where a cluster is still to be made by this very run."""
        kinds = Kinds(self.client, self.registry, defined(wanted), mode.pending)
        items = resolve(wanted, kinds, self.settings.namespace)
        refuse(duplicates(items))
        if state == "present":
            refuse(finding for item in items for finding in item.findings())
        try:
            return items, observe(self.client, items)
        except Unreachable:
            if not mode.pending:
                raise
            return items, World(reachable=False)

    def _present(self, items: list[Item], world: World, deadline: Deadline, mode: Mode) -> Converged:
        planner = Planner(self.client, self.settings)
        decisions = planner.decide(items, world, mode)
        order = levels([d.item for d in decisions])
        if not mode.pending:
            changed = [d.item for d in decisions if d.changes]
            new = {item.key for item in items if item.key not in world.live}
            refuse_dangling(changed, new, items, self.client, self.registry)
        plan = _plan(order, decisions)
        live = {d.item.key: d.predicted for d in decisions}
        if not mode.apply:
            return self._converged(plan, items, live, mode, verified=all(d.verified for d in decisions))
        by_key = {d.item.key: d for d in decisions}
        for number, level in enumerate(order):
            done = _plan(order[:number], decisions).actions
            live.update(self._carry_out(planner, [by_key[i.key] for i in level], done, deadline, mode))
        return self._converged(plan, items, live, mode)

    def _carry_out(
        self, planner: Planner, level: Sequence[Decision], done: list[str], deadline: Deadline, mode: Mode
    ) -> Mapping[Key, Json]:
        """Apply one level and wait for it; a fault tells what was done before it."""
        todo = [d for d in level if d.changes]
        answers = self.client.send_all([planner.request(d.item, force=d.force) for d in todo])
        good = {d.item.key: a for d, a in zip(todo, answers, strict=True) if not isinstance(a, NfviError)}
        faults = [(d.item, a) for d, a in zip(todo, answers, strict=True) if isinstance(a, NfviError)]
        done = done + [str(c) for d in todo if d.item.key in good for c in d.changes]
        live = {d.item.key: good.get(d.item.key, d.predicted) for d in level}
        try:
            raise_all(faults)
            awaited = [d.item for d in level if self.settings.wait or d.item.kind.gate]
            live.update(until_ready(self.client, awaited, live, deadline, mode))
            until_served(self.client, [live[d.item.key] for d in todo], deadline)
        except NfviError as error:
            raise error.after(done) from None
        return live

    def _absent(self, items: list[Item], world: World, deadline: Deadline, mode: Mode) -> Converged:
        deleter = Deleter(self.client, self.registry, self.settings)
        order, plan = deleter.plan(items, world)
        if mode.apply:
            deleter.carry_out(order, world, deadline, mode)
        return Converged(plan, [])

    def _converged(
        self, plan: Plan, items: Iterable[Item], live: Mapping[Key, Json], mode: Mode, *, verified: bool = True
    ) -> Converged:
        return Converged(plan, [shown(live[item.key], item, mode.masker) for item in items], verified)


def _plan(order: Iterable[Iterable[Item]], decisions: Iterable[Decision]) -> Plan:
    """The changes in the order in which they are carried out."""
    by_key = {d.item.key: d for d in decisions}
    return Plan.of(change for level in order for item in level for change in by_key[item.key].changes)
