# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring machines to another Talos, a few at a time, and make sure that it is the one that runs afterwards.

The newer calls (LifecycleService, 1.13) only write the other slot of the system disk; who comes when, etcd, the restart
and the look at what came up are ours. The older one does all but the last, one machine at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ...clients.talos.connection import Connection
from ...core.change import Change
from ...core.clock import Deadline
from ...core.error import Busy, NeverReady, NfviError, NotFound, Precondition
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, Path
from ...core.plan import Plan
from ...core.readiness import Never, NotYet, Readiness, Ready
from ...core.result import Result
from . import talos_upgrade_rules as rules
from .etcd_observe import observe_quorum
from .etcd_quorum import Quorum
from .talos_descent import Descent, carry_out, departures
from .talos_machine import Machine, look
from .talos_nodes import Batch, Pace, group, is_control_plane, label, named, observe
from .talos_power import MODES
from .talos_ready import Journey, arrived, etcd_ready
from .talos_session import TalosSession, values
from .talos_upgrade_plan import (
    System,
    Wanted,
    Way,
    batches_of,
    control_plane,
    plan_upgrade,
    refuse_loss,
    refuse_machine,
    remarks,
)
from .talos_upgrade_rules import Version

# Image Factories say in a pseudo extension which schematic they made the image of.
_EXTENSIONS, _SCHEMATIC = ("runtime", "ExtensionStatuses.runtime.talos.dev"), "schematic"
# Seconds between two looks at machines that must keep running.
_GLANCE = 5.0
_AGAIN = "no further machine was touched; the next run goes on from here"
_TOLD = ("hostname", "control_plane", "version", "schematic", "method", "stage", "boot_id")
# What Talos says as plain text, of which gRPC knows no more than that it failed.
Said = tuple[tuple[str, type[NfviError], Path], ...]
_SAID: Said = (
    ("error validating installer image", NotFound, ("image",)),
    ("error pulling image", NotFound, ("image",)),
    ("error validating etcd for upgrade", Precondition, ()),
    ("failed to acquire upgrade mutex", Busy, ()),
    ("already in progress", Busy, ()),
)


@dataclass(frozen=True)
class Rollout:
    """One run: what is wanted, how, and the machines that it concerns, as they were found (``due``)."""

    wanted: Wanted
    way: Way
    pace: Pace
    session: TalosSession
    others: Sequence[str]
    due: Mapping[str, Machine]
    methods: Mapping[str, str] = field(default_factory=dict)

    def quorum(self, addresses: Iterable[str]) -> Quorum:
        """The etcd that runs on those of the machines that belong to the control plane; nobody is asked without any."""
        among = control_plane({address: self.due[address] for address in addresses})
        return observe_quorum(self.session, among, self.others) if among else Quorum()

    def check(self, batch: Batch) -> None:
        """Look at etcd, bring Talos to the disks, and look at etcd again: that took its time."""
        refuse_loss(self.way.keep_quorum, batch, self.quorum(batch))
        values(self.session.each(batch, self._install))
        refuse_loss(self.way.keep_quorum, batch, self.quorum(batch))

    async def _install(self, connection: Connection, _maintenance: bool) -> None:
        if self.methods[connection.name] == rules.LEGACY:
            return
        with explained(connection.name):
            await connection.image_pull("NS_SYSTEM", self.wanted.image, self.pace.wait_timeout)
            code, told = await connection.install_upgrade(self.wanted.image, self.pace.wait_timeout)
        if code != 0:
            ended = "ended without an exit code" if code is None else f"failed with exit code {code}"
            said = f": {told[-1].strip()}" if told else ""
            raise NeverReady(f"the installer {ended}{said}", object=connection.name)

    async def tell(self, connection: Connection, _maintenance: bool) -> None:
        """The call that takes one machine down."""
        if self.methods[connection.name] == rules.LIFECYCLE:
            await connection.reboot(MODES[self.way.reboot_mode])
            return
        with explained(connection.name):
            await connection.upgrade(
                self.wanted.image,
                self.pace.wait_timeout,
                mode=MODES[self.way.reboot_mode],
                preserve=True,
                stage=self.way.stage,
                force=not self.way.keep_quorum,
            )

    def verdict(self, seen: Machine | NfviError, journey: Journey) -> Readiness:
        """Ready when the machine is back with the Talos that is wanted; never when it has gone back to its old one."""
        if isinstance(seen, Machine) and not seen.maintenance and seen.boot_id != journey.boot_before:
            if Version.parse(seen.version) == self.wanted.version:
                return arrived(seen, journey)
            if self.way.stage and seen.stage != "running":
                return NotYet("has restarted, and installs what was staged")
            return Never(f"has rolled back: it runs {seen.version} again, for {self.wanted.version} did not come up")
        return arrived(seen, journey)


@contextmanager
def explained(node: str, said: Said = _SAID) -> Iterator[None]:
    """Errors that Talos tells in plain text, as what they are."""
    try:
        yield
    except NfviError as error:
        for text, kind, path in said:
            if text in error.reason:
                raise kind(error.reason, object=node, path=path, retryable=kind is Busy) from error
        raise


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Upgrade the machines that do not run the wanted Talos yet."""
    wanted, way, pace, addresses = Wanted.parse(given), Way.parse(given), Pace.parse(given), named(given)
    others = [str(item.value) for item in given.items("control_plane")]
    machines = observe(addresses, session, mode, pace.reach_timeout)
    there = {each: found for each, found in machines.items() if found and not (mode.pending and found.maintenance)}
    systems = observe_systems(session, there)
    due = {address: found for address, found in there.items() if not wanted.is_run_by(systems[address])}
    for address, machine in there.items():
        if machine.maintenance or address in due:
            refuse_machine(way, wanted, address, machine)
    methods = {label(address): way.method_of(machine) for address, machine in due.items()}
    rollout = Rollout(wanted, way, pace, session, others, due, methods)
    batches = batches_of(way, pace, due)
    steps = plan_upgrade(way, wanted, batches, systems, rollout.quorum(due))
    done: dict[str, Machine] = {}
    if mode.apply:
        done = roll_out(rollout, batches, steps, mode)
        systems |= observe_systems(session, done)
    nodes = [_described(each, done.get(each, there.get(each)), systems, rollout, mode) for each in addresses]
    result = Result(Plan.of(steps.values()), verified=len(there) == len(machines))
    warnings = remarks(wanted, {address: systems[address] for address in due} if not mode.apply else {})
    return result.warning(*warnings).named("nodes", nodes).named("batches", [list(batch) for batch in batches])


def observe_systems(session: TalosSession, machines: Mapping[str, Machine]) -> dict[str, System]:
    """The Talos that runs on each."""
    configured = [address for address, machine in machines.items() if not machine.maintenance]
    found = dict(zip(configured, values(session.each(configured, _schematic)), strict=True))
    return {each: System(Version.parse(machine.version), found.get(each)) for each, machine in machines.items()}


async def _schematic(connection: Connection, _maintenance: bool) -> str | None:
    for extension in await connection.list(*_EXTENSIONS):
        metadata = extension.spec.get("metadata") or {}
        if metadata.get("name") == _SCHEMATIC:
            return str(metadata.get("version"))
    return None


def roll_out(rollout: Rollout, batches: Sequence[Batch], steps: Mapping[str, Change], mode: Mode) -> dict[str, Machine]:
    """One batch after the other; the first failure ends it, and says what was done before."""

    def prove(found: Mapping[str, Machine]) -> None:
        _verify(rollout, found)
        if set(found) == set(batches[0]):
            _soak(rollout, found, mode)

    descent = Descent(rollout.check, rollout.tell, departures(rollout.due), rollout.verdict, prove)
    with stopping():
        return carry_out(batches, steps, descent, rollout.session, mode, rollout.pace.wait_timeout)


@contextmanager
def stopping() -> Iterator[None]:
    """An error on the way says what became of the other machines."""
    try:
        yield
    except NfviError as error:
        error.hint = error.hint or _AGAIN
        raise


def _verify(rollout: Rollout, machines: Mapping[str, Machine]) -> None:
    """The version is known by now; the schematic is not."""
    for address, system in observe_systems(rollout.session, machines).items():
        if not rollout.wanted.is_run_by(system):
            reason = f"runs schematic {system.schematic}, not {rollout.wanted.schematic}: it may have rolled back"
            raise NeverReady(reason, object=label(address))


def _soak(rollout: Rollout, machines: Mapping[str, Machine], mode: Mode) -> None:
    """The first machines must keep running before others follow: no further boot, and well at the end."""
    deadline = Deadline.after(mode.clock, rollout.way.soak)
    if deadline.over:
        return
    mode.progress(f"{group(tuple(machines))}: watched for {rollout.way.soak:.0f} s")
    while not deadline.over:
        mode.clock.sleep(min(_GLANCE, deadline.left))
        outcomes = rollout.session.each(machines, _look)
        for address, outcome in zip(machines, outcomes, strict=True):
            if not isinstance(outcome, NfviError):
                _refuse_changed(address, machines[address], outcome.value)
            elif deadline.over:
                raise outcome


def _refuse_changed(address: str, before: Machine, now: Machine) -> None:
    if now.maintenance or now.boot_id != before.boot_id:
        raise NeverReady("has restarted again", object=label(address))
    if is_control_plane(before) and isinstance(etcd_ready(before.services), Ready):
        verdict = etcd_ready(now.services)
        if isinstance(verdict, NotYet):
            raise NeverReady(f"does not keep running: {verdict.why}", object=label(address))


async def _look(connection: Connection, maintenance: bool) -> Machine:
    return await look(connection, maintenance)


def _described(
    address: str, machine: Machine | None, systems: Mapping[str, System], rollout: Rollout, mode: Mode
) -> Json:
    """The machine for people, as it is or will be; which boot an upgrade leads to is only known after it."""
    if machine is None:
        return {"address": address, **dict.fromkeys(_TOLD)}
    due, system = address in rollout.due, systems[address]
    predicted = due and not mode.apply
    return {
        "address": address,
        "hostname": machine.hostname,
        "control_plane": is_control_plane(machine),
        "version": str(rollout.wanted.version if predicted else system.version),
        "schematic": rollout.wanted.schematic if predicted else system.schematic,
        "method": rollout.methods.get(label(address)),
        "stage": None if predicted else machine.stage,
        "boot_id": None if predicted else machine.boot_id,
    }
