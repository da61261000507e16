# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait for what a resource says on many machines, or for a cluster to be well; nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from ...clients.talos.client import Outcome, Peer
from ...clients.talos.connection import Connection
from ...clients.talos.resource_calls import Resource
from ...core.error import InvalidInput, NfviError, Timeout, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.readiness import NotYet, Readiness, Ready
from ...core.result import Result
from . import talos_health as health
from .talos_conditions import ABSENT, PRESENT, Condition, judged
from .talos_nodes import label, named, usual
from .talos_resources import Found, Wanted, resolved
from .talos_session import TalosSession, target, values
from .talos_wait import wait_for

# Seconds without a word after which a watch is begun again: a machine that lost its power closes no connection.
SILENCE = 30.0

Work = Callable[[Connection, bool], Awaitable["Seen"]]


@dataclass(frozen=True)
class Seen:
    """One look at the resource on a machine: whether it is as wanted, else why not, and the resource itself."""

    why: str
    resource: Json = None

    @property
    def ready(self) -> bool:
        """Whether it is as wanted."""
        return not self.why


@dataclass(frozen=True)
class Goal:
    """What is waited for on every machine."""

    wanted: Wanted
    conditions: tuple[Condition, ...]
    state: str

    @classmethod
    def parse(cls, given: Given) -> Goal:
        """From ``resource``, ``conditions`` and ``state``."""
        wanted, state = Wanted.parse(given.at("resource")), given.choice("state", (PRESENT, ABSENT), PRESENT)
        conditions = given.each("conditions", Condition.parse)
        if state == ABSENT and conditions:
            given.at("conditions").refuse("what is not there has no values")
        return cls(wanted, conditions, state)

    async def found(self, connection: Connection) -> Found:
        """The type on this machine; one that holds secrets is refused, as what was seen ends up in messages."""
        found = await resolved(connection, self.wanted)
        if found.definition.sensitive:
            path = (*self.wanted.path, "type")
            raise InvalidInput(f"{found.definition.type} holds secrets", object=connection.name, path=path)
        return found

    def judge(self, found: Found, resource: Resource | None) -> Seen:
        """Whether the resource is as wanted."""
        spec = resource.spec if resource else None
        verdict = judged(spec, resource is not None, self.conditions, self.state)
        return Seen(verdict.why if isinstance(verdict, NotYet) else "", _described(found, resource))


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Wait; in check mode look once, and tell whether there would be something to wait for."""
    addresses = named(given) if given.items("nodes") else usual(session)
    seconds = float(given.integer("wait_timeout", 300, low=1))
    if given.flag("health"):
        if given.has("resource"):
            given.at("resource").refuse("is not waited for together with health")
        return _health(given, addresses, session, mode, seconds)
    return _resource(Goal.parse(given), addresses, session, mode, seconds)


# ---- a resource


def _resource(goal: Goal, addresses: Sequence[str], session: TalosSession, mode: Mode, seconds: float) -> Result:
    if mode.apply:
        seen = _followed(goal, addresses, session, mode, seconds)
    else:
        outcomes = session.each(addresses, _glance(goal))
        seen = [_excused(outcome, mode) for outcome in outcomes]
    nodes = [
        {"address": address, "ready": each.ready, "reason": each.why, "resource": each.resource}
        for address, each in zip(addresses, seen, strict=True)
    ]
    return Result(verified=all(each.ready for each in seen)).named("nodes", nodes)


def _followed(goal: Goal, addresses: Sequence[str], session: TalosSession, mode: Mode, seconds: float) -> list[Seen]:
    last: dict[str, Seen] = {}
    peers = [Peer(target(address)) for address in addresses]
    outcomes = session.client.follow(peers, _watch(goal, last, mode), seconds)
    late = {
        label(address): _last_words(last.get(label(address)), outcome)
        for address, outcome in zip(addresses, outcomes, strict=True)
        if isinstance(outcome, NfviError)
    }
    if late:
        reasons = "; ".join(f"{name}: {why}" for name, why in late.items())
        raise Timeout(f"not so after {seconds:.0f} s: {reasons}", object=", ".join(late))
    return values(outcomes)


def _last_words(seen: Seen | None, error: NfviError) -> str:
    """What was seen last on a machine that is late, and why it could not be asked again, if it could not."""
    parts = [seen.why if seen else "", error.reason]
    return ", then ".join(part for part in parts if part) or "did not answer"


def _watch(goal: Goal, last: dict[str, Seen], mode: Mode) -> Work:
    async def watch(connection: Connection, _maintenance: bool) -> Seen:
        found = await goal.found(connection)
        changes = connection.watch(found.namespace, found.definition.type, goal.wanted.id or "")
        async for resource in _heard(changes, connection.name):
            seen, before = goal.judge(found, resource), last.get(connection.name)
            last[connection.name] = seen
            if seen.ready:
                return seen
            if before is None or before.why != seen.why:
                mode.progress(f"{connection.name}: {seen.why}")
        raise Unreachable("ended the watch", object=connection.name)

    return watch


async def _heard(changes: AsyncIterator[Resource | None], name: str) -> AsyncIterator[Resource | None]:
    """The changes; raises `Unreachable` when nothing is heard for long: there may be nobody any more."""
    while True:
        try:
            async with asyncio.timeout(SILENCE):
                change = await anext(changes)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise Unreachable("", object=name) from error
        yield change


def _glance(goal: Goal) -> Work:
    async def glance(connection: Connection, _maintenance: bool) -> Seen:
        found = await goal.found(connection)
        return goal.judge(found, await connection.find(found.namespace, found.definition.type, goal.wanted.id or ""))

    return glance


def _excused(outcome: Outcome[Seen], mode: Mode) -> Seen:
    """In check mode, what waiting may mend is no failure."""
    if isinstance(outcome, NfviError) and _may_mend(outcome, mode):
        return Seen(outcome.reason)
    return values([outcome])[0]


def _may_mend(error: NfviError, mode: Mode) -> bool:
    """Whether time helps, or this very run; neither makes a wrong option right."""
    return error.retryable or (mode.pending and not isinstance(error, InvalidInput))


def _described(found: Found, resource: Resource | None) -> Json:
    if resource is None:
        return None
    where = {"namespace": found.namespace, "type": found.definition.type}
    return {**where, "id": resource.id, "version": resource.version, "spec": resource.spec}


# ---- a cluster


def _health(given: Given, addresses: list[str], session: TalosSession, mode: Mode, seconds: float) -> Result:
    nodes_ready = given.flag("nodes_ready", True)
    checks: list[health.Check] = []

    def judge(_names: list[str]) -> list[Readiness]:
        looks = [_lost(address, outcome, mode) for address, outcome in zip(addresses, _looks(), strict=True)]
        checks[:] = health.judge(looks, nodes_ready=nodes_ready)
        return [health.healthy(checks)]

    def _looks() -> list[Outcome[health.Look]]:
        return session.each(addresses, health.look)

    if mode.apply:
        wait_for(["cluster"], judge, mode, seconds)
    well = mode.apply or isinstance(judge([])[0], Ready)
    told = [{"name": check.name, "state": check.state, "reason": check.reason} for check in checks]
    return Result(verified=well).named("health", {"healthy": well, "checks": told})


def _lost(address: str, outcome: Outcome[health.Look], mode: Mode) -> health.Look:
    """A machine that could not be asked is a finding, as long as another try may help."""
    if isinstance(outcome, NfviError) and _may_mend(outcome, mode):
        return health.Look(address, lost=outcome.reason)
    return values([outcome])[0]
