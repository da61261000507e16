# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machines that a task works on: named once each, looked at together, and taken down a few at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...clients.talos.client import Outcome
from ...clients.talos.connection import Connection
from ...core.error import Busy, InvalidInput, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...resources.machine_config.documents import parse
from .talos_machine import Machine, look
from .talos_session import TalosSession, target, values
from .talos_wait import patiently

Batch = tuple[str, ...]
Machines = Mapping[str, "Machine | None"]

# Sequences of which Talos runs one at a time, as the stages that they put a machine into (v1alpha1_controller.go of
# siderolabs/talos); a boot can be interrupted, these cannot.
_LEAVING = ("installing", "rebooting", "shutting down", "resetting", "upgrading")


@dataclass(frozen=True)
class Pace:
    """How many machines may be down at a time, and how long each may take. Times are seconds."""

    limit: int
    control_plane_limit: int
    wait_timeout: float
    reach_timeout: float

    @classmethod
    def parse(cls, given: Given) -> Pace:
        """From the options ``limit``, ``control_plane_limit``, ``wait_timeout`` and ``reach_timeout``."""
        return cls(
            limit=given.integer("limit", 1, low=1),
            control_plane_limit=given.integer("control_plane_limit", 1, low=1),
            wait_timeout=float(given.integer("wait_timeout", 600, low=1)),
            reach_timeout=float(given.integer("reach_timeout", 60, low=0)),
        )

    def batches(self, machines: Machines) -> list[Batch]:
        """Workers first, so that what goes wrong goes wrong there; then the control plane."""
        control_plane = [address for address, machine in machines.items() if is_control_plane(machine)]
        workers = [address for address in machines if address not in control_plane]
        return [*chunks(workers, self.limit), *chunks(control_plane, self.control_plane_limit)]


def chunks(addresses: Sequence[str], size: int) -> list[Batch]:
    """The addresses in their order, at most ``size`` together."""
    return [tuple(addresses[start : start + size]) for start in range(0, len(addresses), size)]


def label(address: str) -> str:
    """How people and errors name a machine."""
    return f"node {address}"


def group(batch: Batch) -> str:
    """The same for several."""
    return label(batch[0]) if len(batch) == 1 else f"nodes {', '.join(batch)}"


def named(given: Given) -> list[str]:
    """The addresses of ``nodes``; refused when there is none, or one is named twice."""
    places: dict[str, Given] = {}
    for item in given.items("nodes"):
        address = str(item.value)
        if not address:
            item.refuse("an address is required")
        if str(target(address)) in places:
            item.refuse(f"{address} is named twice")
        places[str(target(address))] = item
    if not places:
        given.at("nodes").refuse("no machine is named")
    return list(places)


def usual(session: TalosSession) -> list[str]:
    """The addresses that the talosconfig names: its nodes, else its endpoints."""
    addresses = list(session.context.nodes or session.context.endpoints)
    if not addresses:
        raise InvalidInput("no node is named, and the talosconfig names none", path=("nodes",))
    return addresses


def observe(addresses: list[str], session: TalosSession, mode: Mode, patience: float) -> dict[str, Machine | None]:
    """One look at each; None in check mode for a machine that this very run will start or configure.

    Raises `InvalidInput` when one machine answers at two of the addresses, for then it would be dealt with twice.
    """
    if mode.pending and not session.there:
        return dict.fromkeys(addresses)
    outcomes: list[Outcome[Machine]] = patiently(
        lambda some: session.each(some, _look), addresses, mode, patience if mode.apply else 0.0
    )
    absent = [mode.pending and isinstance(outcome, Unreachable) for outcome in outcomes]
    there = iter(values(outcome for outcome, gone in zip(outcomes, absent, strict=True) if not gone))
    found = {address: None if gone else next(there) for address, gone in zip(addresses, absent, strict=True)}
    _refuse_same(found)
    return found


async def _look(connection: Connection, maintenance: bool) -> Machine:
    return await look(connection, maintenance)


def _refuse_same(machines: Machines) -> None:
    first: dict[str, str] = {}
    for index, (address, machine) in enumerate(machines.items()):
        boot = machine.boot_id if machine else ""
        if boot and boot in first:
            raise InvalidInput(f"{address} is the machine that answers at {first[boot]} too", path=("nodes", index))
        first[boot] = address


def is_control_plane(machine: Machine | None) -> bool:
    """Whether the machine's configuration makes it one; False while it has none."""
    if machine is None or machine.configuration is None:
        return False
    return parse(machine.configuration).get("machine", "type") in ("controlplane", "init")


def refuse_busy(address: str, machine: Machine) -> None:
    """Talos would accept the call and then not do it, as it runs one such sequence at a time."""
    if machine.stage in _LEAVING:
        raise Busy(f"is {machine.stage}", object=label(address), hint="wait until it is running again")
