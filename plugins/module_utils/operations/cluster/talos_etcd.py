# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The upkeep of etcd: members, leadership, alarms and free space, one change at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ...clients.talos.connection import Connection
from ...core.error import NfviError, Precondition, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from .talos_etcd_plan import DEFRAGMENT, DISARM, FORFEIT, Member, Step, Wanted, steps
from .talos_session import TalosSession, values


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Bring etcd to the state that is asked for; a change that fails ends the run, and the others are not begun."""
    wanted = Wanted.parse(given)
    seen = _look(wanted, session, mode)
    if seen is None:
        return Result(verified=False).named("etcd", {"members": [], "alarms": [], "nodes": []})
    todo = steps(wanted, seen)
    plan = Plan.of(step.change for step in todo)
    if mode.apply and plan:
        _carry_out(todo, session, mode)
        seen = _look(wanted, session, mode) or seen
    return Result(plan).named("etcd", _described(seen))


def _look(wanted: Wanted, session: TalosSession, mode: Mode) -> list[Member] | None:
    """What every machine says; None in check mode while this very run is to make some of them."""
    if mode.pending and not session.there:
        return None

    async def look(connection: Connection, maintenance: bool) -> Member:
        if maintenance:
            raise Precondition("is in maintenance mode", object=connection.name)
        status, members = await connection.etcd_status(), await connection.etcd_members()
        return Member(
            connection.name.removeprefix("node "), status, tuple(members), tuple(await connection.etcd_alarms())
        )

    outcomes = session.each(wanted.nodes, look)
    if mode.pending and any(isinstance(outcome, (Unreachable, Precondition)) for outcome in outcomes):
        return None
    return list(values(outcomes))


def _carry_out(todo: list[Step], session: TalosSession, mode: Mode) -> None:
    """One after the other: a member that defragments serves nobody, and two at a time could cost the majority."""
    done: list[str] = []
    for step in todo:
        try:
            session.on(step.address, _work(step))
        except NfviError as error:
            error.after(done)
            raise
        done.extend(Plan.of([step.change]).actions)
        mode.progress(done[-1])


def _work(step: Step) -> Callable[[Connection, bool], Awaitable[None]]:
    async def work(connection: Connection, _maintenance: bool) -> None:
        if step.change.action == DISARM:
            await connection.etcd_disarm()
        elif step.change.action == FORFEIT:
            await connection.etcd_forfeit_leadership()
        elif step.change.action == DEFRAGMENT:
            await connection.etcd_defragment()
        else:
            await connection.etcd_remove(step.member)

    return work


def _described(seen: list[Member]) -> Json:
    """etcd for people: the members as the first machine lists them, and each machine's own."""
    return {
        "members": list(seen[0].members),
        "alarms": list(seen[0].alarms),
        "nodes": [{"address": each.address, **each.status, "is_leader": each.leads} for each in seen],
    }
