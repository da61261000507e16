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
from .apply import Applier, changes, in_order
from .decide import shown
from .delete import Deleter
from .item import Item, Key, duplicates
from .kind import Kind, Registry
from .observe import Query, World, ask, observe
from .plan import Planner
from .prune import Leftovers, Search, label_findings, marked, refuse_settings, refuse_strangers
from .references import refuse_dangling
from .resolve import Kinds, Wanted, defined, resolve
from .served import refuse_unserved
from .settings import Settings


@dataclass(frozen=True)
class Converged:
    """What was done, or would be, and the objects as they are, or would be, in the order given."""

    plan: Plan
    objects: list[Json] = field(default_factory=list)
    verified: bool = True
    warnings: tuple[str, ...] = ()

    def only(self, kind: str) -> Converged:
        """The same, but of the objects only those of that kind are told."""
        return replace(self, objects=[o for o in self.objects if o["kind"] == kind])

    def named(self, name: str) -> Result:
        """As a result, the objects under ``name``."""
        return Result(self.plan, warnings=self.warnings, verified=self.verified).named(name, self.objects)


@dataclass(frozen=True)
class Kube:
    """A cluster, the table of kinds, and how the caller wants things done: the session of every Kubernetes module."""

    client: KubeClient
    registry: Registry
    settings: Settings = field(default_factory=Settings)

    def converge(self, wanted: Sequence[Wanted], state: str, mode: Mode, *, among: Sequence[Kind] = ()) -> Converged:
        """Bring every object to ``state`` (present or absent); for absent ones a name is enough.

        ``among`` are the kinds that are looked through for what is to be pruned; all there are by default.
        """
        deadline = Deadline.after(mode.clock, self.settings.wait_timeout)
        refuse_settings(self.settings, state, wanted)
        items, world = self._look(wanted, state, mode)
        refuse_strangers(items, world.live, self.settings)
        left = self._leftovers(items, world, among)
        act = self._present if state == "present" else self._absent
        return replace(act(items, world, left, deadline, mode), warnings=left.warnings)

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
        refuse(label_findings(items, self.settings.owner))
        if state == "present":
            refuse(finding for item in items for finding in item.findings())
            items = marked(items, self.settings.owner)
        try:
            return items, observe(self.client, items)
        except Unreachable:
            if not mode.pending:
                raise
            return items, World(reachable=False)

    def _leftovers(self, items: list[Item], world: World, among: Sequence[Kind]) -> Leftovers:
        if not self.settings.prune or not world.reachable:
            return Leftovers()
        spaces = frozenset({self.settings.namespace, *(item.namespace for item in items)} - {""})
        return Search(self.client, self.registry, self.settings, spaces).leftovers({item.key for item in items}, among)

    def _present(self, items: list[Item], world: World, left: Leftovers, deadline: Deadline, mode: Mode) -> Converged:
        planner, deleter = Planner(self.client, self.settings), Deleter(self.client, self.registry, self.settings)
        if not mode.pending:
            refuse_unserved(items, world)
        decisions = planner.decide(items, world, mode)
        if not mode.pending:
            changed = [d.item for d in decisions if d.changes]
            new = {item.key for item in items if item.key not in world.live}
            refuse_dangling(changed, new, items, self.client, self.registry)
        order = in_order(decisions)
        going, removal = deleter.plan(left.items, left.live, [replace(d.item, manifest=d.predicted) for d in decisions])
        plan = changes(order) + removal
        if not mode.apply:
            predicted = {d.item.key: d.predicted for d in decisions}
            return self._converged(plan, items, predicted, mode, verified=all(d.verified for d in decisions))
        live = Applier(planner).carry_out(order, deadline, mode)
        deleter.carry_out(going, left.live, deadline, mode, changes(order).actions)
        return self._converged(plan, items, live, mode)

    def _absent(self, items: list[Item], world: World, left: Leftovers, deadline: Deadline, mode: Mode) -> Converged:
        deleter = Deleter(self.client, self.registry, self.settings)
        live = {**world.live, **left.live}
        order, plan = deleter.plan([*items, *left.items], live)
        if mode.apply:
            deleter.carry_out(order, live, deadline, mode)
        return Converged(plan, [])

    def _converged(
        self, plan: Plan, items: Iterable[Item], live: Mapping[Key, Json], mode: Mode, *, verified: bool = True
    ) -> Converged:
        return Converged(plan, [shown(live[item.key], item, mode.masker) for item in items], verified)
