# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking machines down a few at a time: make sure that it may be, tell them, and wait for each before the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...clients.talos.client import Done, Outcome
from ...clients.talos.connection import Connection
from ...core.change import Change
from ...core.error import NfviError
from ...core.mode import Mode
from ...core.readiness import Never, NotYet, Readiness, Ready
from .talos_machine import Machine, look
from .talos_nodes import Batch, label
from .talos_ready import Journey, etcd_ready
from .talos_session import TalosSession, Work, values
from .talos_wait import wait_for

# As often in a row a machine must not have answered before it is taken for switched off, not for a moment's hiccup.
_OFF = 3

Verdict = Callable[["Machine | NfviError", Journey], Readiness]


def _accept(_machines: Mapping[str, Machine]) -> None:
    """No further proof is wanted."""


@dataclass(frozen=True)
class Descent:
    """How a batch goes down.

    ``check`` raises what speaks against it now, and prepares the machines where that is needed; ``tell`` is the call
    that each machine gets, ``starts`` is where their ways start, by their addresses, and ``verdict`` says when one has
    arrived. ``prove`` raises what is wrong with those that have.
    """

    check: Callable[[Batch], None]
    tell: Work[None]
    starts: Mapping[str, Journey]
    verdict: Verdict
    prove: Callable[[Mapping[str, Machine]], None] = _accept


def carry_out(
    batches: Sequence[Batch],
    steps: Mapping[str, Change],
    descent: Descent,
    session: TalosSession,
    mode: Mode,
    seconds: float,
) -> dict[str, Machine]:
    """One batch after the other, each given ``seconds``; returns the last look at each machine.

    The first failure ends it, so that no more machines go down than those of its batch; it says what was done.
    """
    done: list[str] = []
    last: dict[str, Machine] = {}
    for batch in batches:
        try:
            descent.check(batch)
            outcomes = session.each(batch, descent.tell)
            done += [str(steps[each]) for each, said in zip(batch, outcomes, strict=True) if isinstance(said, Done)]
            values(outcomes)
            found = follow({each: descent.starts[each] for each in batch}, descent.verdict, session, mode, seconds)
            descent.prove(found)
            last |= found
        except NfviError as error:
            error.after(done)
            raise
    return last


def departures(machines: Mapping[str, Machine]) -> dict[str, Journey]:
    """Where the ways of machines start that come back with another Talos: what each did before, it has to do again."""
    return {
        address: Journey(
            machine.boot_id,
            etcd_before=isinstance(etcd_ready(machine.services), Ready),
            left=True,
            ready_before=machine.stage == "running" and machine.ready,
        )
        for address, machine in machines.items()
    }


def follow(
    starts: Mapping[str, Journey], verdict: Verdict, session: TalosSession, mode: Mode, seconds: float
) -> dict[str, Machine]:
    """Look at machines, from where their journeys start, until each is ready; returns the last look at each."""
    journeys = {label(address): start for address, start in starts.items()}
    addresses = {label(address): address for address in starts}
    last: dict[str, Machine] = {}

    def judge(labels: list[str]) -> list[Readiness]:
        outcomes = session.each([addresses[name] for name in labels], _look)
        return [step_on(name, outcome) for name, outcome in zip(labels, outcomes, strict=True)]

    def step_on(name: str, outcome: Outcome[Machine]) -> Readiness:
        seen = outcome if isinstance(outcome, NfviError) else outcome.value
        journeys[name] = journeys[name].after(seen)
        if isinstance(seen, Machine):
            last[addresses[name]] = seen
        return verdict(seen, journeys[name])

    wait_for(list(addresses), judge, mode, seconds)
    return last


async def _look(connection: Connection, maintenance: bool) -> Machine:
    return await look(connection, maintenance)


def gone(seen: Machine | NfviError, journey: Journey) -> Readiness:
    """Ready when the machine is switched off: it does not answer any more, and has not started again."""
    if isinstance(seen, NfviError):
        if not seen.retryable:
            return Never(str(seen))
        return Ready() if journey.signs >= _OFF else NotYet("may be off")
    if seen.maintenance or seen.boot_id != journey.boot_before:
        return Never("has started again instead of staying off")
    return NotYet(f"is {seen.stage}")
