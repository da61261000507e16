# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, stop or restart one of Talos' services on many machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...clients.talos.client import Outcome
from ...clients.talos.connection import Connection
from ...core.change import Change, Impact
from ...core.error import NfviError, NotFound, Precondition, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.readiness import Never, NotYet, Readiness, Ready
from ...core.result import Result
from .talos_nodes import Batch, chunks, label, named
from .talos_session import TalosSession, values
from .talos_wait import patiently, wait_for

STARTED, STOPPED, RESTARTED = "started", "stopped", "restarted"
_VERBS = {STARTED: "start", STOPPED: "stop", RESTARTED: "restart"}
# What Talos lets a caller do with a service: all with those of extensions, and of its own only this
# (APIStartAllowed and its like in internal/app/machined/pkg/system/services of siderolabs/talos).
_EXTENSION = "ext-"
_OWN = {"kubelet": (STARTED, RESTARTED)}
# States of a service that is not started; it is in any other from its start to its end.
_OFF = ("Initialized", "Finished", "Failed", "Skipped")


@dataclass(frozen=True)
class Seen:
    """One look at the service on a machine; ``at`` is when its state changed last (nanoseconds of Unix time)."""

    state: str
    healthy: bool | None
    message: str
    at: int

    @property
    def off(self) -> bool:
        """Whether it is not started."""
        return self.state in _OFF


@dataclass(frozen=True)
class Wanted:
    """A service's name and the state it shall get."""

    name: str
    state: str

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From ``name`` and ``state``; refuses what Talos lets nobody do."""
        wanted = cls(given.text("name"), given.choice("state", _VERBS, STARTED))
        allowed = tuple(_VERBS) if wanted.name.startswith(_EXTENSION) else _OWN.get(wanted.name, ())
        if wanted.state not in allowed:
            hint = "it lets kubelet be started and restarted, and services of extensions (ext-...) be stopped as well"
            given.at("name").refuse(f"Talos does not let {wanted.name} be {wanted.state}", hint=hint)
        return wanted

    def verb(self, seen: Seen | None) -> str:
        """What is to be done; empty for nothing. A service that is off is started by a restart, too."""
        if seen is None:
            return _VERBS[self.state]
        if self.state == STOPPED:
            return "" if seen.off else "stop"
        return "start" if seen.off else _VERBS[self.state] if self.state == RESTARTED else ""


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Bring the service to its state on all machines, ``limit`` at a time."""
    wanted, addresses = Wanted.parse(given), named(given)
    patience = float(given.integer("reach_timeout", 60, low=0)) if mode.apply else 0.0
    seen = _observe(wanted, addresses, session, mode, patience)
    steps = {address: change for address in addresses if (change := plan_service(wanted, address, seen[address]))}
    plan = Plan.of(steps.values())
    if mode.apply:
        seconds = float(given.integer("wait_timeout", 120, low=1)) if given.flag("wait", True) else 0.0
        batches = chunks(addresses, given.integer("limit", 16, low=1))
        seen = {**seen, **_carry_out(wanted, steps, batches, seen, session, mode, seconds)}
    described = [_described(address, seen[address], wanted, steps.get(address), mode) for address in addresses]
    return Result(plan, verified=None not in seen.values()).named("service", wanted.name).named("nodes", described)


def plan_service(wanted: Wanted, address: str, seen: Seen | None) -> Change | None:
    """The change on one machine; None when there is nothing to do."""
    verb = wanted.verb(seen)
    if not verb:
        return None
    impact = {"start": Impact.NONE, "restart": Impact.SERVICE_RESTART, "stop": Impact.OUTAGE}[verb]
    return Change(verb, f"service {wanted.name} on {label(address)}", impact=impact)


def _observe(
    wanted: Wanted, addresses: list[str], session: TalosSession, mode: Mode, patience: float
) -> dict[str, Seen | None]:
    """One look at each; None in check mode for a machine that this very run will start or configure."""
    if mode.pending and not session.there:
        return dict.fromkeys(addresses)
    outcomes = patiently(lambda some: _look(wanted, some, session), addresses, mode, patience)
    absent = [mode.pending and isinstance(outcome, (Unreachable, Precondition)) for outcome in outcomes]
    there = iter(values(outcome for outcome, gone in zip(outcomes, absent, strict=True) if not gone))
    return {address: None if gone else next(there) for address, gone in zip(addresses, absent, strict=True)}


def _look(wanted: Wanted, addresses: Sequence[str], session: TalosSession) -> list[Outcome[Seen]]:
    async def look(connection: Connection, maintenance: bool) -> Seen:
        if maintenance:
            raise Precondition("is in maintenance mode", object=connection.name, hint="it runs no such service yet")
        found = await connection.service(wanted.name)
        if found is None:
            known = ", ".join(sorted(service["id"] for service in await connection.services()))
            raise NotFound(f"has no service {wanted.name}", object=connection.name, hint=f"it has {known}")
        return Seen(found["state"], found["healthy"], found["message"], found["at"])

    return session.each(addresses, look)


def _carry_out(
    wanted: Wanted,
    steps: Mapping[str, Change],
    batches: Sequence[Batch],
    before: Mapping[str, Seen | None],
    session: TalosSession,
    mode: Mode,
    seconds: float,
) -> dict[str, Seen]:
    """One batch after the other, so that a service that does not come up again does not go down everywhere."""
    done: list[str] = []
    last: dict[str, Seen] = {}
    for batch in batches:
        try:
            for verb in dict.fromkeys(steps[address].action for address in batch if address in steps):
                some = [address for address in batch if address in steps and steps[address].action == verb]
                values(_tell(verb, wanted.name, some, session))
                done += [str(steps[address]) for address in some]
            last |= _settled(wanted, steps, batch, before, session, mode, seconds)
        except NfviError as error:
            error.after(done)
            raise
    return last


def _tell(verb: str, name: str, addresses: Sequence[str], session: TalosSession) -> list[Outcome[None]]:
    async def tell(connection: Connection, _maintenance: bool) -> None:
        await connection.service_action(verb.capitalize(), name)

    return session.each(addresses, tell)


def _settled(
    wanted: Wanted,
    steps: Mapping[str, Change],
    batch: Batch,
    before: Mapping[str, Seen | None],
    session: TalosSession,
    mode: Mode,
    seconds: float,
) -> dict[str, Seen]:
    """Wait, unless ``seconds`` is 0, until the service is where it shall be; returns the last look at it."""
    last: dict[str, Seen] = {}
    addresses = {label(address): address for address in batch}

    def judge(labels: list[str]) -> list[Readiness]:
        some = [addresses[name] for name in labels]
        return [verdict(address, said) for address, said in zip(some, _look(wanted, some, session), strict=True)]

    def verdict(address: str, outcome: Outcome[Seen]) -> Readiness:
        if isinstance(outcome, NfviError):
            return NotYet(outcome.reason) if outcome.retryable else Never(str(outcome))
        last[address] = outcome.value
        earlier = before[address]
        since = earlier.at if earlier and address in steps else -1
        return settled(outcome.value, wanted.state, since) if seconds else Ready()

    wait_for(list(addresses), judge, mode, max(seconds, 1.0))
    return last


def settled(seen: Seen, state: str, since: int) -> Readiness:
    """Ready when the service is where it shall be, by a change after ``since`` (nanoseconds of Unix time).

    Of a service without a health check nothing more is known than that it runs.
    """
    if seen.at <= since:
        return NotYet(f"is still {seen.state}")
    if state == STOPPED:
        return Ready() if seen.off else NotYet(f"is {seen.state}: {seen.message}")
    if seen.state == "Failed":
        return Never(f"failed: {seen.message}")
    if seen.state == "Running" and seen.healthy is not False:
        return Ready()
    return NotYet(f"is {seen.state}: {seen.message}")


def _described(address: str, seen: Seen | None, wanted: Wanted, step: Change | None, mode: Mode) -> Json:
    """The service for people, as it is or will be."""
    told = seen is not None and (mode.apply or step is None)
    expected = "Finished" if wanted.state == STOPPED else "Running"
    return {
        "address": address,
        "state": seen.state if seen is not None and told else expected,
        "healthy": seen.healthy if seen is not None and told else None,
    }
