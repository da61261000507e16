# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talos on a machine: boot, maintenance mode, install, and the sequences that the API or the power button start."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from . import machine_sequences as sequences
from . import releases
from .machine_disks import NoSuchDisk, install_disk
from .machine_events import PhaseEvent, SequenceEvent, TaskEvent
from .machine_slots import System

if TYPE_CHECKING:
    from .machine import Machine

#: Boot sources that bring Talos to a server with an empty disk: the lab's network offers it.
_OFFERS_TALOS = ("None", "Pxe", "UefiHttp")

#: Seconds that stopping the services takes at least.
FAREWELL = 0.2

#: What a sequence that ends a boot is: it runs, and says whether the machine boots again.
Action = Callable[[], Awaitable[bool]]
Work = Callable[[], Awaitable[None]]


class SequenceFailed(Exception):
    """A task failed, and with it its sequence."""


class OperatingSystem:
    """What runs on a machine from power on to power off."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._requests: asyncio.Queue[Action] = asyncio.Queue()
        self._busy = False
        self._keep_events = False
        self._kexec = False

    async def run(self) -> None:
        """Boot, and boot again after each reboot, until something switches the machine off."""
        self._requests = asyncio.Queue()
        self._kexec = False
        while True:
            self._busy = False
            self._machine.new_boot(str(uuid.uuid4()), self._keep_events, self._kexec)
            self._keep_events = self._kexec = False
            action = await self._boot_until_request()
            if not await action():
                self._machine.powered_off()
                return
            await asyncio.sleep(self._machine.lab.timing.reboot)

    def request(self, action: Action) -> None:
        """Have a sequence run that ends this boot; while another one does, this one is refused with an event."""
        if self._busy:
            error = "sequence not started: locked"
            self._machine.events.publish(SequenceEvent(action.__name__, "NOOP", error, "LOCKED"))
            return
        self._busy = True
        self._requests.put_nowait(action)

    async def _boot_until_request(self) -> Action:
        boot = asyncio.ensure_future(self._boot())
        request = asyncio.ensure_future(self._requests.get())
        try:
            done, _pending = await asyncio.wait({boot, request}, return_when=asyncio.FIRST_COMPLETED)
            if boot in done:
                boot.result()
            return await request
        finally:
            boot.cancel()
            request.cancel()
            await asyncio.gather(boot, request, return_exceptions=True)

    # ---- booting

    async def _boot(self) -> None:
        machine = self._machine
        if not self._finds_a_system() or machine.hangs():
            machine.set_stage("booting")
            return
        await self._sequence(
            "initialize",
            sequences.INITIALIZE,
            {"startMachined": self._bring_up, "loadConfig": self._load_config},
            stage="booting",
        )
        staged = machine.take_staged()
        if machine.system_disk is None:
            await self._install()
        elif staged:
            await self._install_staged(staged)
        else:
            await self._sequence("boot", sequences.BOOT, {"startAllServices": self._start_services}, stage="booting")
            machine.is_up()
            machine.set_stage("running")

    def _finds_a_system(self) -> bool:
        """Whether firmware settings and boot source lead to a Talos that goes on.

        An installed one wins over the network's. The one of a medium stops when there is an installed one: its kernel
        arguments have ``talos.halt_if_installed=1``. An empty drive leads to what is installed.
        """
        target, installed = self._machine.booted_from, self._machine.system_disk is not None
        if target == "Cd" and self._machine.media:
            return self._machine.medium is not None and not installed
        return target != "BiosSetup" and (installed or target in _OFFERS_TALOS)

    async def _bring_up(self) -> None:
        await asyncio.sleep(self._machine.lab.timing.boot)
        self._machine.open_api()

    async def _load_config(self) -> None:
        machine = self._machine
        if machine.configured:
            return
        machine.events.publish(TaskEvent("runningMaintenance", "START"))
        machine.set_stage("maintenance")
        await machine.until_configured()
        machine.events.publish(TaskEvent("runningMaintenance", "STOP"))
        machine.set_stage("booting")
        if machine.faults.take("stuck-maintenance", machine.spec.name):
            machine.forget_configuration()
            self.request(self.reboot(sequences.FORCED_REBOOT, ""))
            await asyncio.Event().wait()
        if machine.system_disk:
            machine.installed(machine.system_disk)
        machine.open_api()

    async def _install(self) -> None:
        """Talos goes to disk and reboots from it; if it cannot, it reboots as well, and is in maintenance again."""
        try:
            await self._sequence("install", sequences.INSTALL[:-1], {"install": self._install_to_disk})
        except SequenceFailed:
            self._keep_events = True
        self.request(self.reboot(sequences.FORCED_REBOOT, "", sequence="install"))

    async def _install_to_disk(self) -> None:
        machine = self._machine
        machine.set_stage("installing")
        await asyncio.sleep(machine.lab.timing.install)
        if machine.faults.take("install-fails", machine.spec.name):
            raise SequenceFailed("failed to install: exit code 1: no space left on device")
        configuration = machine.persistent
        try:
            disk = install_disk(configuration.get("machine.install", {}) if configuration else {}, machine.spec.disks)
        except NoSuchDisk as problem:
            raise SequenceFailed(f"failed to install: {problem}") from problem
        machine.installed(disk.name)

    async def _install_staged(self, image: str) -> None:
        """An upgrade that was left to this boot; the machine reboots after it, and into the old Talos if it failed."""
        try:
            works = {"upgrade": lambda: self.write_slot(image)}
            await self._sequence("upgrade", sequences.STAGED_UPGRADE, works, stage="upgrading")
        except SequenceFailed:
            self._keep_events = True
        self.request(self.reboot(sequences.FORCED_REBOOT, "", sequence="upgrade"))

    async def write_slot(self, image: str) -> None:
        """The installer of an image writes the slot that is not running; raises ``SequenceFailed``."""
        machine = self._machine
        await asyncio.sleep(machine.lab.timing.install)
        if machine.faults.take("install-fails", machine.spec.name):
            raise SequenceFailed("no space left on device")
        system = System.of_image(image)
        if system is None:
            raise SequenceFailed(f"installer image {image!r} not found")
        refusal = releases.refusal(machine.version, system.version)
        if refusal:
            raise SequenceFailed(f"pre-flight checks failed: {refusal}")
        machine.upgraded(system)

    async def _start_services(self) -> None:
        """etcd of a control plane is up only after the bootstrap, so a boot may wait here for a long time."""
        machine = self._machine
        machine.serves_kubernetes = True
        if machine.active:
            await machine.kubernetes.configure(machine.spec, list(machine.active.documents), machine.version)
        machine.look_at_services()
        while not all(service.up for service in machine.services.now.values()):
            await machine.changed.next().wait()

    # ---- leaving

    def reboot(self, phases: sequences.Phases, actor: str, sequence: str = "reboot", *, kexec: bool = True) -> Action:
        """A reboot. After an install it is the end of that sequence and has no name of its own.

        Without ``kexec`` it goes through the firmware, whatever was prepared.
        """

        async def reboot() -> bool:
            if sequence == "reboot":
                await self._sequence(sequence, phases, self._leaving(), actor, "rebooting")
            else:
                self._machine.set_stage("rebooting")
                await self._go_down()
            self._kexec = self._kexec and kexec
            return True

        return reboot

    def upgrade(self, image: str, actor: str) -> Action:
        """An upgrade as the older call does it; a failed one reboots as well, into what was running."""

        async def upgrade() -> bool:
            works = {**self._leaving(), "upgrade": lambda: self.write_slot(image)}
            try:
                await self._sequence("upgrade", sequences.UPGRADE, works, actor, "upgrading")
            except SequenceFailed:
                await self._go_down()
            return True

        return upgrade

    def restart_for_upgrade(self, actor: str) -> Action:
        """The reboot after which a staged upgrade is carried out."""

        async def stage_upgrade() -> bool:
            await self._sequence("stageUpgrade", sequences.STAGE_UPGRADE, self._leaving(), actor, "rebooting")
            return True

        return stage_upgrade

    def shutdown(self, force: bool, actor: str) -> Action:
        """A shutdown, which ends with the power off."""

        async def shutdown() -> bool:
            await self._sequence("shutdown", sequences.shutdown(force), self._leaving(), actor, "shutting down")
            return False

        return shutdown

    def reset(self, graceful: bool, reboot: bool, partitions: frozenset[str] | None, actor: str) -> Action:
        """A reset of the system disk, or of the partitions with these labels."""

        async def reset() -> bool:
            phases = sequences.reset(graceful, reboot, self._machine.is_control_plane, partitions is not None)
            works = {
                **self._leaving(),
                "leaveEtcd": lambda: self._machine.kubernetes.leave_etcd(self._machine.spec),
                "resetSystemDisk": self._wipe,
                "resetSystemDiskSpec": lambda: self._wipe_parts(partitions),
            }
            await self._sequence("reset", phases, works, actor, "resetting")
            return reboot

        return reset

    def _leaving(self) -> dict[str, Work]:
        return {"stopAllServices": self._stop_services, "reboot": self._go_down, "shutdown": self._go_down}

    async def _stop_services(self) -> None:
        """It takes a moment, in which those who watch the events learn what is about to happen."""
        await asyncio.sleep(FAREWELL)
        self._machine.serves_kubernetes = False
        await self._machine.kubernetes.halt(self._machine.spec)

    async def _go_down(self) -> None:
        """The API ends here, and with it every connection to it."""
        await self._machine.kubernetes.halt(self._machine.spec)
        self._machine.api = None
        self._machine.changed.fire()

    async def _wipe(self) -> None:
        await self._machine.kubernetes.wipe(self._machine.spec)
        self._machine.forget_installation()

    async def _wipe_parts(self, labels: frozenset[str] | None) -> None:
        if "EPHEMERAL" in (labels or ()):
            self._machine.images.clear()
            await self._machine.kubernetes.wipe(self._machine.spec)
        if "META" in (labels or ()):
            self._machine.meta.clear()
        if "STATE" in (labels or ()):
            self._machine.forget_configuration()

    # ---- running a sequence

    async def _sequence(
        self, name: str, phases: sequences.Phases, works: Mapping[str, Work], actor: str = "", stage: str = ""
    ) -> None:
        """Run the tasks one after the other with all events; raises ``SequenceFailed``."""
        publish = self._machine.events.publish
        publish(SequenceEvent(name, "START"), actor)
        if stage:
            self._machine.set_stage(stage)
        failure = ""
        for number, (phase, task) in enumerate(phases, start=1):
            failure = await self._task(phase, task, works.get(task), actor)
            if failure:
                failure = f"error running phase {number} in {name} sequence: task 1/1: failed, {failure}"
                break
        publish(SequenceEvent(name, "STOP"), actor)
        if failure:
            publish(SequenceEvent(name, "NOOP", f"sequence failed: {failure}"), actor)
            self._machine.set_stage("rebooting")
            raise SequenceFailed(failure)

    async def _task(self, phase: str, task: str, work: Work | None, actor: str) -> str:
        """Run one task in its phase; returns what failed, if something did."""
        publish = self._machine.events.publish
        publish(PhaseEvent(phase, "START"), actor)
        publish(TaskEvent(task, "START"), actor)
        failure = ""
        self._kexec = self._kexec or task == "kexecPrepare"
        try:
            if work:
                await work()
        except SequenceFailed as problem:
            failure = str(problem)
        publish(TaskEvent(task, "STOP"), actor)
        publish(PhaseEvent(phase, "STOP"), actor)
        return failure
