# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wipe machines: back to maintenance mode, or switched off, or only their data gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...clients.talos.connection import Connection
from ...core.change import Change, Impact
from ...core.error import InvalidInput, NfviError, Precondition
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.readiness import Never, NotYet, Readiness, Ready
from ...core.result import Result
from .etcd_observe import observe_quorum
from .etcd_quorum import Quorum
from .talos_descent import Descent, Verdict, carry_out, gone
from .talos_machine import Machine
from .talos_nodes import Batch, Machines, Pace, group, is_control_plane, label, named, observe, refuse_busy
from .talos_ready import Journey, arrived
from .talos_session import TalosSession, values

# What is wiped, by talosctl's names (--wipe-mode), as Talos has them on the wire.
MODES = {"all": "ALL", "system-disk": "SYSTEM_DISK", "user-disks": "USER_DISKS"}
# The partition that holds a machine's configuration; without it, it is in maintenance mode.
_STATE = "STATE"


@dataclass(frozen=True)
class Way:
    """What is wiped and how. ``labels`` are the only partitions of the system disk, ``disks`` the user disks."""

    mode: str
    labels: tuple[str, ...]
    disks: tuple[str, ...]
    graceful: bool
    reboot: bool
    force: bool

    @classmethod
    def parse(cls, given: Given) -> Way:
        """From the module's options; refuses what Talos' own Reset refuses (v1alpha1_server.go of siderolabs/talos)."""
        way = cls(
            mode=given.choice("wipe_mode", MODES, "all"),
            labels=tuple(str(item.value) for item in given.items("system_labels_to_wipe")),
            disks=tuple(str(item.value) for item in given.items("user_disks_to_wipe")),
            graceful=given.flag("graceful", True),
            reboot=given.flag("reboot", True),
            force=given.flag("force"),
        )
        if way.disks and way.mode == "system-disk":
            given.at("user_disks_to_wipe").refuse("wipe_mode system-disk wipes no user disks")
        if way.labels and way.mode == "user-disks":
            given.at("system_labels_to_wipe").refuse("wipe_mode user-disks wipes nothing of the system disk")
        if way.mode == "user-disks" and not way.disks:
            given.at("user_disks_to_wipe").refuse("wipe_mode user-disks needs to know which")
        return way

    @property
    def forgets(self) -> bool:
        """Whether the machine has no configuration afterwards."""
        return self.mode != "user-disks" and (not self.labels or _STATE in self.labels)

    @property
    def what(self) -> str:
        """What people read."""
        system = ", ".join(self.labels) or ("" if self.mode == "user-disks" else "system disk")
        return ", ".join(part for part in (system, *self.disks) if part)

    async def tell(self, connection: Connection, _maintenance: bool) -> None:
        """The call to one machine."""
        await connection.reset(
            MODES[self.mode], graceful=self.graceful, reboot=self.reboot, labels=self.labels, disks=self.disks
        )


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Wipe the machines that are not in maintenance mode already."""
    way, pace, addresses = Way.parse(given), Pace.parse(given), named(given)
    others = [str(item.value) for item in given.items("control_plane")]
    machines = observe(addresses, session, mode, pace.reach_timeout)
    refuse_machines(way, machines)
    refuse_disks(way, _disks(way, machines, session))
    batches = pace.batches({address: found for address, found in machines.items() if _due(found)})
    steps = plan_reset(way, batches, observe_quorum(session, _control_plane(batches, machines), others))
    if mode.apply:

        def check(batch: Batch) -> None:
            among = _control_plane([batch], machines)
            if among:
                refuse_loss(way, among, observe_quorum(session, among, others))

        starts = {address: _start(machines[address]) for address in steps}
        descent = Descent(check, way.tell, starts, _verdict(way))
        machines = {**machines, **carry_out(batches, steps, descent, session, mode, pace.wait_timeout)}
    described = [_described(address, machines[address], way, address in steps, mode) for address in addresses]
    return Result(Plan.of(steps.values()), verified=None not in machines.values()).named("nodes", described)


def refuse_machines(way: Way, machines: Machines) -> None:
    """Refuse what Talos would refuse, or accept and then not do."""
    for address, machine in machines.items():
        if machine is None:
            continue
        if machine.maintenance and not way.forgets:
            hint = "in maintenance mode Talos takes no such call; without its configuration it counts as reset"
            raise Precondition("is in maintenance mode", object=label(address), hint=hint)
        refuse_busy(address, machine)


Disks = Mapping[str, "tuple[Json, ...]"]


def refuse_disks(way: Way, found: Disks) -> None:
    """Refuse user disks that a machine does not have, must not write to, or runs from; ``found`` are those it has."""
    for index, device in enumerate(way.disks):
        for address, disks in found.items():
            disk = next((each for each in disks if each["device"] == device), None)
            known = ", ".join(each["device"] for each in disks)
            if disk is None:
                reason = f"has no disk {device}; it has {known}"
            elif disk["readonly"] or disk["system"]:
                reason = f"{device} is {'its system disk' if disk['system'] else 'read-only'}"
            else:
                continue
            raise InvalidInput(reason, object=label(address), path=("user_disks_to_wipe", index))


def _disks(way: Way, machines: Machines, session: TalosSession) -> Disks:
    """The disks of the machines that will be wiped; asked only when some of them are named."""
    asked = [address for address, machine in machines.items() if machine is not None and not machine.maintenance]
    if not way.disks:
        return {}

    async def look(connection: Connection, _maintenance: bool) -> tuple[Json, ...]:
        return tuple(await connection.disks())

    return dict(zip(asked, values(session.each(asked, look)), strict=True))


def plan_reset(way: Way, batches: Sequence[Batch], quorum: Quorum) -> dict[str, Change]:
    """The change of each machine, by its address, in the order in which they are wiped.

    Raises `Precondition` when that takes etcd's last member, or its majority.
    """
    steps: dict[str, Change] = {}
    for batch in batches:
        refuse_loss(way, batch, quorum)
        for address in batch:
            steps[address] = Change("wipe", f"{way.what} of {label(address)}", impact=Impact.OUTAGE)
        ids = quorum.of(batch)
        quorum = quorum.after_leaving(ids) if way.graceful else quorum.after_stopping(ids)
    return steps


def refuse_loss(way: Way, batch: Sequence[str], quorum: Quorum) -> None:
    """Refuse to take etcd's last member, or its majority, unless that is forced.

    A member that leaves gracefully does not count any more; Talos cannot let the last one leave, and fails at that.
    """
    ids = quorum.of(batch)
    last = bool(ids) and len(ids) == len(quorum.voters)
    if last and way.graceful and way.force:
        hint = "graceful: false wipes it without leaving etcd"
        raise Precondition("etcd's last member cannot leave it", object=group(tuple(batch)), hint=hint)
    if way.force or not ids:
        return
    if last:
        hint = "force: true, with graceful: false, wipes it all the same; take a snapshot of etcd before"
        raise Precondition("holds etcd's last member, and with it the cluster", object=group(tuple(batch)), hint=hint)
    loss = quorum.after_leaving(ids).lack() if way.graceful else quorum.loss(ids)
    if loss:
        raise Precondition(loss, object=group(tuple(batch)), hint="repair etcd first, or force: true")


def _due(machine: Machine | None) -> bool:
    """Whether it is to be wiped: in maintenance mode it is already."""
    return machine is None or not machine.maintenance


def _control_plane(batches: Sequence[Batch], machines: Machines) -> list[str]:
    return [address for batch in batches for address in batch if is_control_plane(machines[address])]


def _start(machine: Machine | None) -> Journey:
    return Journey(machine.boot_id if machine is not None else None, left=True)


def _verdict(way: Way) -> Verdict:
    if not way.reboot:
        return gone
    return forgotten if way.forgets else arrived


def forgotten(seen: Machine | NfviError, journey: Journey) -> Readiness:
    """Ready when the machine is in maintenance mode: it has no configuration any more."""
    if isinstance(seen, NfviError):
        return NotYet(seen.reason) if seen.retryable else Never(str(seen))
    if seen.maintenance:
        return Ready() if seen.stage == "maintenance" else NotYet(f"is {seen.stage}")
    if seen.boot_id != journey.boot_before:
        return Never("has started again with its configuration")
    return NotYet(f"is {seen.stage}")


def _described(address: str, machine: Machine | None, way: Way, due: bool, mode: Mode) -> Json:
    """The machine for people, as it is or will be."""
    on = way.reboot or not due
    stage = machine.stage if machine is not None and (mode.apply or not due) and on else None
    return {
        "address": address,
        "reachable": on,
        "maintenance": (way.forgets or not due) if on else None,
        "stage": "maintenance" if on and (way.forgets or not due) else stage,
    }
