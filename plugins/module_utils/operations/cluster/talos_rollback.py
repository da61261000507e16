# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring machines back to the Talos that they ran before, one at a time, and make sure that they do.

Two calls to one machine go there and back (MachineService.Rollback swaps which slot is booted, and restarts), so no
machine is told twice: it is told when it was seen to run, with what it would leave, and then followed to its next boot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...clients.talos.connection import Connection
from ...core.error import NeverReady, NfviError, Precondition, StalePlan
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.readiness import Never, Readiness
from ...core.result import Result
from .etcd_observe import observe_quorum
from .etcd_quorum import Quorum
from .talos_boot_entries import Previous, previous
from .talos_descent import Descent, carry_out, departures
from .talos_machine import Machine
from .talos_nodes import Batch, Pace, is_control_plane, label, named, observe
from .talos_ready import Journey, arrived
from .talos_rollback_plan import Way, plan_rollback, refuse_target, remarks
from .talos_session import TalosSession, values
from .talos_upgrade import Said, explained, observe_systems, stopping
from .talos_upgrade_plan import System, control_plane, refuse_loss, refuse_unsteady

_TOLD = ("hostname", "control_plane", "version", "schematic", "previous", "stage", "boot_id")
# What Talos says, mostly as plain text, when there is nothing that it could go back to (bootloader/{sdboot,grub} and
# v1alpha1_server.go, v1.13).
_SAID: Said = (
    ("previous UKI not found", Precondition, ()),
    ("label does not exist", Precondition, ()),
    ("cannot revert bootloader", Precondition, ()),
    ("system disk not found", Precondition, ()),
)


@dataclass(frozen=True)
class Retreat:
    """One run: where to, the machines that it concerns as they were found (``due``), and what they ran."""

    way: Way
    session: TalosSession
    others: Sequence[str]
    due: Mapping[str, Machine]
    systems: Mapping[str, System]

    def quorum(self, addresses: Iterable[str]) -> Quorum:
        """The etcd that runs on those of the machines that belong to the control plane; nobody is asked without any."""
        among = control_plane({address: self.due[address] for address in addresses})
        return observe_quorum(self.session, among, self.others) if among else Quorum()

    def check(self, batch: Batch) -> None:
        """Look at etcd."""
        refuse_loss(self.way.keep_quorum, batch, self.quorum(batch))

    async def tell(self, connection: Connection, _maintenance: bool) -> None:
        """The call that takes one machine down; a machine that has nothing to go back to goes on as it is."""
        seen = next(machine for address, machine in self.due.items() if label(address) == connection.name)
        if await connection.boot_id() != seen.boot_id:
            raise StalePlan("has restarted since it was looked at", object=connection.name)
        with explained(connection.name, _SAID):
            await connection.rollback()

    def verdict(self, seen: Machine | NfviError, journey: Journey) -> Readiness:
        """Never when the machine is back with another Talos than the one that is wanted; ready as after any restart."""
        if not isinstance(seen, Machine) or seen.maintenance or seen.boot_id == journey.boot_before:
            return arrived(seen, journey)
        if self.way.to and self.way.concerns(seen):
            return Never(f"has gone back to {seen.version}, not to {self.way.to}")
        return arrived(seen, journey)

    def prove(self, machines: Mapping[str, Machine]) -> None:
        """Another Talos must run than before: of another version, or made of another schematic."""
        for address, system in observe_systems(self.session, machines).items():
            if system == self.systems[address]:
                raise NeverReady(f"has restarted, and runs {system.version} as before", object=label(address))


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Roll back the machines that do not run the wanted Talos; without a wanted one, all."""
    way, pace, addresses = Way.parse(given), Pace.parse(given), named(given)
    others = [str(item.value) for item in given.items("control_plane")]
    machines = observe(addresses, session, mode, pace.reach_timeout)
    there = {each: found for each, found in machines.items() if found and not (mode.pending and found.maintenance)}
    due = {address: found for address, found in there.items() if found.maintenance or way.concerns(found)}
    before = _before(way, session, due)
    systems = observe_systems(session, there)
    retreat, batches = Retreat(way, session, others, due, systems), pace.batches(due)
    steps = plan_rollback(way, batches, due, before, retreat.quorum(due))
    done: dict[str, Machine] = {}
    if mode.apply:
        descent = Descent(retreat.check, retreat.tell, departures(due), retreat.verdict, retreat.prove)
        with stopping():
            done = carry_out(batches, steps, descent, session, mode, pace.wait_timeout)
        systems = {**systems, **observe_systems(session, done)}
    nodes = [_described(each, done.get(each, there.get(each)), systems, before, retreat, mode) for each in addresses]
    result = Result(Plan.of(steps.values()), verified=len(there) == len(machines)).named("nodes", nodes)
    return result.warning(*(() if mode.apply else remarks(way, due, before)))


def _before(way: Way, session: TalosSession, due: Mapping[str, Machine]) -> dict[str, Previous]:
    """What each of them ran before; refuses those that cannot go back to it."""
    for address, machine in due.items():
        refuse_unsteady(address, machine)
    before = dict(zip(due, values(session.each(due, previous)), strict=True))
    for address, machine in due.items():
        refuse_target(way, address, machine, before[address])
    return before


def _described(
    address: str,
    machine: Machine | None,
    systems: Mapping[str, System],
    before: Mapping[str, Previous],
    retreat: Retreat,
    mode: Mode,
) -> Json:
    """The machine for people, as it is or, as far as that is known, will be."""
    if machine is None:
        return {"address": address, **dict.fromkeys(_TOLD)}
    due, system = address in retreat.due, systems[address]
    predicted = due and not mode.apply
    target = retreat.way.target(before[address]) if predicted else system.version
    return {
        "address": address,
        "hostname": machine.hostname,
        "control_plane": is_control_plane(machine),
        "version": str(target) if target else None,
        "schematic": None if predicted else system.schematic,
        "previous": str(retreat.systems[address].version) if due else None,
        "stage": None if predicted else machine.stage,
        "boot_id": None if predicted else machine.boot_id,
    }
