# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletion: referrers first, then what they refer to, each level until it is really gone."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..clients.kube.client import KubeClient
from ..clients.kube.errors import Expired
from ..clients.kube.request import Request, delete
from ..core.change import Change
from ..core.clock import Deadline
from ..core.error import Forbidden, NfviError, NotFound, Precondition, Timeout
from ..core.mode import Mode
from ..core.path import Json, dig
from ..core.plan import Plan
from .errors import raise_all
from .item import Item, Key
from .kind import Kind, Ref, Registry
from .observe import Query, ask, listed, resource
from .order import candidates, levels
from .settings import Settings


@dataclass(frozen=True)
class Deleter:
    """Deletes against one cluster."""

    client: KubeClient
    registry: Registry
    settings: Settings

    def plan(
        self, items: Sequence[Item], live: Mapping[Key, Json], staying: Sequence[Item] = ()
    ) -> tuple[list[list[Item]], Plan]:
        """The levels in which what exists is to be deleted, by what it refers to now: a name is all that need be given.
        Refused while something that stays refers to it; ``staying`` are objects as this same run leaves them.
        """
        there = [replace(item, manifest=live[item.key]) for item in items if item.key in live]
        self._refuse_used(there, staying)
        order = levels(there)[::-1]
        return order, Plan.of(_deletion(item) for level in order for item in level)

    def carry_out(
        self,
        order: Sequence[Sequence[Item]],
        live: Mapping[Key, Json],
        deadline: Deadline,
        mode: Mode,
        done: Sequence[str] = (),
    ) -> None:
        """Delete level by level; with ``wait`` each is gone before the next is asked to go. A fault tells what was
        ``done`` before it.
        """
        done = list(done)
        for level in order:
            answers = self.client.send_all([self._request(item, live[item.key]) for item in level])
            faults = [(i, a) for i, a in zip(level, answers, strict=True) if _is_fault(a)]
            done += [f"delete {i.label}" for i, a in zip(level, answers, strict=True) if not _is_fault(a)]
            try:
                raise_all(faults)
                if self.settings.wait:
                    self._until_gone(level, deadline, mode)
            except NfviError as error:
                raise error.after(done) from None

    def _request(self, item: Item, live: Json) -> Request:
        return delete(resource(item.kind), item.name, item.namespace, uid=live["metadata"]["uid"])

    def _refuse_used(self, going: Sequence[Item], staying: Sequence[Item]) -> None:
        gone = {item.key for item in going}
        for item in going:
            users = [user for user in self._users(item, staying) if user.key not in gone]
            if users:
                names = ", ".join(user.label for user in users[:5])
                hint = "delete these first, or name them here too"
                raise Precondition(f"is used by {names}", object=item.label, path=item.path, hint=hint)

    def _users(self, item: Item, staying: Sequence[Item] = ()) -> list[Item]:
        """Who refers to that object, now or as ``staying`` says."""
        referrers = [(kind, ref) for kind, ref in self.registry.referrers(item.kind.kind) if ref.holds]
        answers = self.client.each(functools.partial(self._referring, item), [kind for kind, _ref in referrers])
        users = []
        for (kind, reference), answer in zip(referrers, answers, strict=True):
            if isinstance(answer, NotFound) or (isinstance(answer, Forbidden) and item.namespace):
                continue
            if isinstance(answer, NfviError):
                raise answer
            users += [user for user in _items(kind, answer, staying) if _refers(user, reference, item)]
        return users

    def _referring(self, item: Item, kind: Kind) -> list[Json]:
        """All objects of a kind that may refer to that one. Who may look into its namespace only is told of those
        there; that is where who uses a namespaced object lies, but for a few. A tenant who may not even do that
        deletes as with kubectl; for what all share, not to see its users is an error.
        """
        try:
            return listed(self.client, kind)
        except Forbidden:
            if not (kind.namespaced and item.namespace):
                raise
            return listed(self.client, kind, item.namespace)

    def _until_gone(self, level: Sequence[Item], deadline: Deadline, mode: Mode) -> None:
        for item in level:
            state = self._still_there(item)
            while state is not None:
                if deadline.over:
                    raise self._stuck(item, state, deadline)
                mode.progress(f"{item.label}: waiting for {_holders(state)}")
                self._watch_until_deleted(item, state, deadline)
                state = self._still_there(item)

    def _still_there(self, item: Item) -> Json | None:
        answer = ask(self.client, [Query(item.kind, item.namespace, item.name)])[0]
        if isinstance(answer, NotFound):
            return None
        if isinstance(answer, NfviError):
            raise answer
        return answer[0] if answer else None

    def _watch_until_deleted(self, item: Item, state: Json, deadline: Deadline) -> None:
        version = state["metadata"]["resourceVersion"]
        try:
            for kind, found in self.client.watch(
                resource(item.kind), item.namespace or None, version, deadline=deadline, name=item.name
            ):
                if kind == "DELETED" and Item(item.kind, found).key == item.key:
                    return
        except Expired:
            return

    def _stuck(self, item: Item, state: Json, deadline: Deadline) -> Timeout:
        users = ", ".join(user.label for user in self._users(item)[:5])
        reason = f"still there after {deadline.given:g} s, held by {_holders(state)}"
        hint = f"still used by {users}" if users else "is the controller that owns the finalizer running?"
        return Timeout(reason, object=item.label, path=item.path, hint=hint)


def _deletion(item: Item) -> Change:
    meta = {"name": item.name, **({"namespace": item.namespace} if item.namespace else {})}
    named = {"apiVersion": item.kind.api_version, "kind": item.kind.kind, "metadata": meta}
    return Change("delete", item.label, before=named)


def _is_fault(answer: Json | NfviError) -> bool:
    """A failed deletion; something that is gone already was no failure."""
    return isinstance(answer, NfviError) and not isinstance(answer, NotFound)


def _holders(state: Json) -> str:
    finalizers = dig(state, ("metadata", "finalizers")) or []
    return "finalizers " + ", ".join(finalizers) if finalizers else "its deletion"


def _items(kind: Kind, found: Sequence[Json], staying: Sequence[Item]) -> list[Item]:
    there = [Item(kind, manifest) for manifest in found]
    left = [item for item in staying if (item.kind.group, item.kind.kind) == (kind.group, kind.kind)]
    return list({item.key: item for item in (*there, *left)}.values())


def _refers(user: Item, reference: Ref, target: Item) -> bool:
    if user.key == target.key:
        return False
    wanted = (target.kind.kind, target.namespace, target.name)
    return any(
        wanted in candidates(reference.kind, name, user.namespace) for _p, name in reference.names(user.manifest)
    )
