# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wipe disks that nothing uses, on many machines; also on those that wait for their first configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...clients.talos.connection import Connection
from ...core.change import Change
from ...core.error import NfviError, Unreachable, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from .talos_disk_plan import METHODS, Disk, Wanted, chosen, disks, plan_wipe, unconfirmed
from .talos_nodes import named
from .talos_session import TalosSession, values
from .talos_wait import patiently

_RUNTIME = "runtime"


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Wipe what is not clean; without ``confirm`` nothing is wiped, and what would be is told."""
    wanted, addresses = Wanted.parse(given), named(given)
    seen = _observe(addresses, session, mode, float(given.integer("reach_timeout", 60, low=0)))
    meant = {address: [] if there is None else chosen(wanted, address, there) for address, there in seen.items()}
    steps = {address: plan_wipe(wanted, address, some) for address, some in meant.items()}
    plan = Plan.of(change for changes in steps.values() for change in changes.values())
    if mode.apply and plan:
        if not given.flag("confirm"):
            refuse(unconfirmed(plan.changes))
        _wipe(wanted, steps, session, float(given.integer("wipe_timeout", 600, low=1)))
    nodes = [_described(address, meant[address]) for address in addresses]
    return Result(plan, verified=None not in seen.values()).named("nodes", nodes)


def _observe(
    addresses: list[str], session: TalosSession, mode: Mode, patience: float
) -> dict[str, Sequence[Disk] | None]:
    """Every machine's disks; None in check mode for one that this very run will start."""
    outcomes = patiently(lambda some: session.each(some, _look), addresses, mode, patience if mode.apply else 0.0)
    absent = [mode.pending and isinstance(outcome, Unreachable) for outcome in outcomes]
    there = iter(values(outcome for outcome, gone in zip(outcomes, absent, strict=True) if not gone))
    return {address: None if gone else next(there) for address, gone in zip(addresses, absent, strict=True)}


async def _look(connection: Connection, _maintenance: bool) -> Sequence[Disk]:
    async def specs(type: str) -> Mapping[str, Json]:
        return {found.id: found.spec for found in await connection.list(_RUNTIME, f"{type}.block.talos.dev")}

    system = await connection.find(_RUNTIME, "SystemDisks.block.talos.dev", "system-disk")
    name = str(system.spec["diskID"]) if system else None
    return disks(await specs("Disks"), name, await specs("DiscoveredVolumes"), await specs("VolumeStatuses"))


def _wipe(wanted: Wanted, steps: Mapping[str, Mapping[str, Change]], session: TalosSession, seconds: float) -> None:
    """All disks of a machine in one call, which its server checks once more before the first one is touched."""
    done: list[str] = []

    async def wipe(connection: Connection, _maintenance: bool) -> None:
        changes = steps[str(connection.target)]
        await connection.disk_wipe(list(changes), METHODS[wanted.method], seconds)
        done.extend(str(change) for change in changes.values())

    try:
        values(session.each([address for address, changes in steps.items() if changes], wipe))
    except NfviError as error:
        error.after(done)
        raise


def _described(address: str, meant: Sequence[Disk]) -> Json:
    """The disks that were meant; what was on them is told by the plan."""
    told = [{"name": disk.name, "model": disk.model, "serial": disk.serial, "size": disk.size} for disk in meant]
    return {"address": address, "disks": told}
