# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart machines, or switch them off, without losing etcd on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...clients.talos.connection import Connection
from ...core.change import Change, Impact
from ...core.error import Precondition, Unsupported
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.readiness import Ready
from ...core.result import Result
from ...resources.machine_config.contract import Minor, minor
from .etcd_observe import observe_quorum
from .etcd_quorum import Quorum
from .talos_descent import Descent, carry_out, gone
from .talos_machine import Machine
from .talos_nodes import Batch, Machines, Pace, group, is_control_plane, label, named, observe, refuse_busy
from .talos_ready import Journey, arrived, etcd_ready
from .talos_session import TalosSession

REBOOTED, SHUTDOWN = "rebooted", "shutdown"
# The ways to restart by their names on talosctl's command line; shutting down knows the first and the last.
MODES = {"default": "DEFAULT", "powercycle": "POWERCYCLE", "force": "FORCE"}
# api/machine/machine.proto of siderolabs/talos; an older one takes FORCE for a number it does not know.
_FORCE_SINCE = Minor(1, 12)


@dataclass(frozen=True)
class Way:
    """What happens to the machines. ``keep_quorum``: rather fail than take etcd's majority away."""

    state: str
    mode: str
    keep_quorum: bool

    @classmethod
    def parse(cls, given: Given) -> Way:
        """From ``state``, ``mode`` and ``quorum``."""
        way = cls(
            state=given.choice("state", (REBOOTED, SHUTDOWN), REBOOTED),
            mode=given.choice("mode", MODES, "default"),
            keep_quorum=given.choice("quorum", ("required", "ignored"), "required") == "required",
        )
        if way.state == SHUTDOWN and way.mode == "powercycle":
            given.at("mode").refuse(
                "a machine is restarted by a power cycle, not shut down", hint="mode: default or force"
            )
        return way

    @property
    def verb(self) -> str:
        """What people read."""
        return "reboot" if self.state == REBOOTED else "shut down"

    async def tell(self, connection: Connection, _maintenance: bool) -> None:
        """The call to one machine."""
        if self.state == REBOOTED:
            await connection.reboot(MODES[self.mode])
        else:
            await connection.shutdown(force=self.mode == "force")


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Take the machines down and, unless they are to stay off, see them come back."""
    way, pace, addresses = Way.parse(given), Pace.parse(given), named(given)
    others = [str(item.value) for item in given.items("control_plane")]
    machines = _awaited(observe(addresses, session, mode, pace.reach_timeout), mode)
    refuse_machines(way, machines)
    batches = pace.batches(machines)
    steps = plan_power(way, batches, observe_quorum(session, _control_plane(machines), others))
    plan = Plan.of(steps.values())
    if mode.apply:

        def check(batch: Batch) -> None:
            among = [address for address in batch if is_control_plane(machines[address])]
            if among:
                refuse_loss(way, among, observe_quorum(session, among, others))

        descent = Descent(check, way.tell, _starts(machines), arrived if way.state == REBOOTED else gone)
        machines = {**machines, **carry_out(batches, steps, descent, session, mode, pace.wait_timeout)}
    described = [_described(address, machines[address], way, mode) for address in addresses]
    return Result(plan, verified=None not in machines.values()).named("nodes", described)


def _awaited(machines: Machines, mode: Mode) -> Machines:
    """The same in check mode without those in maintenance mode, where this very run will configure them."""
    return {each: None if mode.pending and found and found.maintenance else found for each, found in machines.items()}


def refuse_machines(way: Way, machines: Machines) -> None:
    """Refuse what Talos would refuse, or accept and then not do."""
    for address, machine in machines.items():
        if machine is None:
            continue
        if machine.maintenance:
            hint = "in maintenance mode Talos takes no such call; kubevim.nfvi.bmc_power switches the server"
            raise Precondition("is in maintenance mode", object=label(address), hint=hint)
        refuse_busy(address, machine)
        if way.state == REBOOTED and way.mode == "force" and minor(machine.version) < _FORCE_SINCE:
            reason = f"Talos {machine.version} cannot be forced to reboot"
            raise Unsupported(reason, object=label(address), path=("mode",), hint=f"since Talos {_FORCE_SINCE}")


def plan_power(way: Way, batches: Sequence[Batch], quorum: Quorum) -> dict[str, Change]:
    """The change of each machine, by its address, in the order in which they go down.

    Raises `Precondition` when etcd would lose its majority on the way.
    """
    steps: dict[str, Change] = {}
    for batch in batches:
        lost = refuse_loss(way, batch, quorum)
        worst = Impact.OUTAGE if lost or way.state == SHUTDOWN else Impact.NODE_REBOOT
        steps.update({address: Change(way.verb, label(address), impact=worst) for address in batch})
        if way.state == SHUTDOWN:
            quorum = quorum.after_stopping(quorum.of(batch))
    return steps


def refuse_loss(way: Way, batch: Sequence[str], quorum: Quorum) -> bool:
    """Whether etcd loses its majority while the batch is down; raises `Precondition` when it must not.

    The only member may be restarted: etcd has its majority back with it, and cannot be had without this pause.
    """
    loss = quorum.loss(quorum.of(batch))
    if not loss or not way.keep_quorum or (quorum.alone and way.state == REBOOTED):
        return bool(loss)
    raise Precondition(loss, object=group(tuple(batch)), hint="quorum: ignored does it all the same")


def _control_plane(machines: Machines) -> list[str]:
    return [address for address, machine in machines.items() if is_control_plane(machine)]


def _starts(machines: Mapping[str, Machine | None]) -> dict[str, Journey]:
    """Where every machine's way starts; one that ran etcd is not back before it does so again."""
    return {
        address: Journey(machine.boot_id, etcd_before=isinstance(etcd_ready(machine.services), Ready), left=True)
        for address, machine in machines.items()
        if machine is not None
    }


def _described(address: str, machine: Machine | None, way: Way, mode: Mode) -> Json:
    """The machine for people, as it is or will be; which boot a restart leads to is only known after it."""
    back = machine is not None and mode.apply and way.state == REBOOTED
    return {
        "address": address,
        "hostname": machine.hostname if machine is not None else None,
        "control_plane": is_control_plane(machine) if machine is not None else None,
        "reachable": way.state == REBOOTED,
        "stage": machine.stage if machine is not None and back else None,
        "boot_id": machine.boot_id if machine is not None and back else None,
    }
