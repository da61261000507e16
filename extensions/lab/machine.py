# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server of the rack: its power, its disk, and the Talos that runs on it.

A machine is the only truth about a server; the BMC and the Talos API are two views of it. What it remembers is on disk
(`machine_state`), so that a simulator that starts again finds its rack as after a power cut.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from . import machine_sequences as sequences
from .config import LabConfig, ServerSpec
from .faults import Faults
from .machine_drives import Drives
from .machine_events import EventLog, MachineStatusEvent, ServiceStateEvent, Signal
from .machine_firmware import Firmware
from .machine_images import ImageStore
from .machine_kubernetes import KubernetesOnMachines
from .machine_loader import Loader
from .machine_meta import Meta
from .machine_os import OperatingSystem, SequenceFailed
from .machine_readiness import unmet_conditions
from .machine_services import ServiceTable, services_of
from .machine_slots import Slots, System
from .machine_state import BootOverride, MachineState, Store
from .talos.configuration.loader import load
from .talos.configuration.model import Configuration

__all__ = ["BootOverride", "Machine"]

log = logging.getLogger("lab.machine")

T = TypeVar("T")

#: What an Image Factory calls an image without any customization.
STOCK_SCHEMATIC = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"
#: How often the state of the services is looked at, in seconds.
SERVICES_PERIOD = 0.2


class Machine:
    """A server. All coroutines run on the loop that the lab has; nothing here blocks."""

    def __init__(self, spec: ServerSpec, lab: LabConfig, kubernetes: KubernetesOnMachines, faults: Faults) -> None:
        self.spec = spec
        self.lab = lab
        self.kubernetes = kubernetes
        self.faults = faults
        #: All machines of the rack, of which those of a cluster discover each other.
        self.rack: Sequence[Machine] = (self,)
        self.events = EventLog()
        self.services = ServiceTable()
        self.images = ImageStore()
        self.drives = Drives()
        self.meta = Meta(lab.server_state(spec) / "meta.json")
        self.changed = Signal()
        self.stage = "off"
        self.api: Literal["maintenance", "secure"] | None = None
        self.active: Configuration | None = None
        self.persistent: Configuration | None = None
        self.serves_kubernetes = False
        self.running = self._network
        self.booted_from = "None"
        self.installing = False
        self._store = Store(lab.server_state(spec))
        self._state = MachineState()
        self._status = MachineStatusEvent("unknown", False)
        self._os = OperatingSystem(self)
        self._tasks: list[asyncio.Task[Any]] = []
        self._rollback: asyncio.TimerHandle | None = None

    # ---- what others see

    @property
    def power(self) -> str:
        """``On`` or ``Off``."""
        return self._state.power

    @property
    def boot_override(self) -> BootOverride:
        """The boot source that the BMC was told to use."""
        return self._state.boot_override

    @property
    def boot_id(self) -> str:
        """The kernel's boot id: another UUID after every boot."""
        return self._state.boot_id

    @property
    def system_disk(self) -> str | None:
        """The name of the disk Talos is installed on; None when it runs from memory."""
        return self._state.system_disk

    @property
    def efi_variables(self) -> dict[str, bytes]:
        """Files that tell what the boot loader saw, by their paths."""
        return self._state.loader.files(self._state.slots)

    @property
    def version(self) -> str:
        """The version of the Talos that runs."""
        return self.running.version

    @property
    def media(self) -> Mapping[str, str]:
        """The URLs of the images in the BMC's virtual drives."""
        return self._state.media

    @property
    def medium(self) -> System | None:
        """The Talos in the first virtual drive that holds something; None when that is something else."""
        image = next((self.media[drive] for drive in sorted(self.media)), "")
        return System.of_iso(image)

    @property
    def firmware(self) -> Firmware:
        """The firmware's settings."""
        return self._state.firmware

    @property
    def _network(self) -> System:
        """The Talos that a server without one boots from the network."""
        return System(self.lab.talos_version, STOCK_SCHEMATIC)

    @property
    def status(self) -> MachineStatusEvent:
        """The stage, whether the machine is ready for it, and what is missing."""
        return self._status

    @property
    def configured(self) -> bool:
        """Whether there is a configuration a machine can boot with."""
        return self.active is not None and self.active.complete

    @property
    def is_control_plane(self) -> bool:
        """Whether the active configuration makes it one."""
        return self.active is not None and self.active.complete and self.active.is_control_plane

    @property
    def hostname(self) -> str:
        """As configured, else the server's name in the rack."""
        return (self.active.static_hostname if self.active else None) or self.spec.name

    # ---- power, as the BMC switches it

    async def start(self) -> None:
        """Begin where the state on disk says: a server that was on boots."""
        self._state = self._store.load()
        self._load_configuration()
        if self.power == "On":
            self._run()

    async def close(self) -> None:
        """The simulator ends. The state stays as it is."""
        await self._stop()

    async def power_on(self) -> None:
        """Switch on; nothing happens when it is on."""
        if self.power == "Off":
            self._remember(power="On")
            self._run()

    async def power_off(self, graceful: bool) -> None:
        """Switch off: with ``graceful`` by pressing the button, and returns when Talos has shut down; else at once."""
        if graceful and self.api:
            self._os.request(self._os.shutdown(force=True, actor=""))
            while self.power == "On":
                await self.changed.next().wait()
        if self.power == "On":
            await self._cut_power()

    async def power_cycle(self, graceful: bool) -> None:
        """Off and on again."""
        await self.power_off(graceful)
        await self.power_on()

    def set_boot_override(self, override: BootOverride) -> None:
        """Where the server boots from next time, or from now on."""
        self._remember(boot_override=override)

    def set_media(self, media: Mapping[str, str]) -> None:
        """Put images into the virtual drives, or take them out."""
        self._remember(media=dict(media))

    def set_firmware(self, firmware: Firmware) -> None:
        """Change settings of the firmware, or what they will be after the next start."""
        self._remember(firmware=firmware)

    async def _cut_power(self) -> None:
        await self._stop()
        await self.kubernetes.halt(self.spec)
        self.powered_off()

    def powered_off(self) -> None:
        """The power is gone: nothing runs, what was only in memory is lost."""
        self.api = None
        self._load_configuration()
        self._remember(power="Off")
        self.set_stage("off")

    # ---- what the Talos API asks for

    async def reboot(self, actor: str, forced: bool = False, powercycle: bool = False) -> None:
        """Reboot; the sequence starts at once. ``powercycle``: through the firmware."""
        phases = sequences.FORCED_REBOOT if forced else sequences.REBOOT
        self._os.request(self._os.reboot(phases, actor, kexec=not powercycle))

    async def rollback(self) -> bool:
        """Have the other slot booted, and reboot; False when there is nothing in it."""
        if self._state.slots.other is None:
            return False
        self._remember(slots=self._state.slots.reverted())
        await self.reboot("")
        return True

    async def shutdown(self, actor: str, force: bool) -> None:
        """Shut down and switch off; ``force`` leaves out the drain."""
        self._os.request(self._os.shutdown(force, actor))

    async def reset(self, actor: str, graceful: bool, reboot: bool, partitions: frozenset[str] | None) -> None:
        """Wipe the system disk, or only its partitions of these labels, then reboot or switch off."""
        self._os.request(self._os.reset(graceful, reboot, partitions, actor))

    async def upgrade(self, actor: str, image: str, stage: bool) -> None:
        """Upgrade as the older call does it; ``stage`` leaves it to the next boot, which begins at once."""
        if stage:
            self._remember(staged=image)
        self._os.request(self._os.restart_for_upgrade(actor) if stage else self._os.upgrade(image, actor))

    async def install_upgrade(self, image: str) -> str:
        """Put Talos into the slot that is not running; why the installer failed, or nothing.

        It goes on when the caller is gone, as the installer's container does.
        """
        self.installing = True
        return await asyncio.shield(self._spawn(self._install_upgrade(image)))

    async def _install_upgrade(self, image: str) -> str:
        try:
            await self._os.write_slot(image)
        except SequenceFailed as problem:
            return str(problem)
        finally:
            self.installing = False
        return ""

    async def stop_service(self, name: str) -> None:
        """Stop a service until it is started again, or the machine is."""
        self.services.stopped.add(name)
        if name == "kubelet":
            await self.kubernetes.stop_kubelet(self.spec)
        self.look_at_services()

    async def start_service(self, name: str) -> None:
        """Start a service that was stopped."""
        self.services.stopped.discard(name)
        if name == "kubelet":
            await self.kubernetes.start_kubelet(self.spec)
        self.look_at_services()

    async def apply(self, configuration: Configuration, *, persist: bool, activate: bool) -> None:
        """Take a configuration: keep it for later boots, put it into effect now, or both.

        It goes on when the caller is gone, as Talos' controllers do.
        """
        self.cancel_rollback()
        if persist:
            self.persistent = configuration
            if self.system_disk:
                self._store.save_configuration(configuration.text)
        if activate:
            await asyncio.shield(self._spawn(self._activate(configuration)))
        self.changed.fire()

    async def try_out(self, configuration: Configuration, seconds: float) -> None:
        """Put a configuration into effect for some seconds, then go back to the one before."""
        before = self.active
        await self.apply(configuration, persist=False, activate=True)
        if before is not None:
            loop = asyncio.get_running_loop()
            self._rollback = loop.call_later(seconds, lambda: self._spawn(self._activate(before)))

    def cancel_rollback(self) -> None:
        """The configuration that is being tried stays."""
        if self._rollback:
            self._rollback.cancel()
            self._rollback = None

    async def _activate(self, configuration: Configuration) -> None:
        self.active = configuration
        if self.serves_kubernetes:
            documents = list(configuration.documents)
            await self.kubernetes.configure(self.spec, documents, self.version, self.look_at_services)
        self.look_at_services()
        self.changed.fire()

    # ---- what the operating system does to its machine

    def set_stage(self, stage: str) -> None:
        """Enter a stage, in Talos' words."""
        self.stage = stage
        self.refresh_status()

    def open_api(self) -> None:
        """The Talos API comes up, or changes to what the configuration says."""
        self.api = "secure" if self.configured else "maintenance"
        self.look_at_services()
        self.changed.fire()

    async def until_configured(self) -> None:
        """Wait for a configuration that a machine can boot with."""
        while not self.configured:
            await self.changed.next().wait()

    def new_boot(self, boot_id: str, keep_events: bool, kexec: bool = False) -> None:
        """A boot begins: another boot id, an empty event stream, the configuration from disk.

        A boot override for once is over, and settings of the firmware that waited for a start are in force.
        ``kexec``: the kernel began it, so that neither firmware nor boot loader ran.
        """
        if not keep_events:
            self.events = EventLog()
        self.services = ServiceTable()
        self.serves_kubernetes = False
        self._load_configuration()
        self.booted_from = self.boot_override.target
        once = self.boot_override.enabled == "Once"
        override = BootOverride() if once else self.boot_override
        slots = self._state.slots
        if slots.fresh and self.faults.take("upgrade-rolls-back", self.spec.name):
            slots, kexec = slots.reverted(), False
        self.running = slots.default or (self.booted_from == "Cd" and self.medium) or self._network
        loader = replace(self._state.loader, bypassed=True) if kexec else Loader.ran(slots)
        self._remember(boot_id=boot_id, boots=self._state.boots + 1, boot_override=override, slots=slots, loader=loader)
        if not kexec:
            self._remember(firmware=self.firmware.started())

    def hangs(self) -> bool:
        """Whether this boot ends nowhere."""
        return self._state.slots.fresh and self.faults.take("upgrade-no-return", self.spec.name) is not None

    def is_up(self) -> None:
        """The boot came to its end, so firmware keeps to its slot."""
        self._remember(slots=self._state.slots.proven())

    def upgraded(self, system: System) -> None:
        """The slot that is not running holds another Talos, and is booted next."""
        self._remember(slots=self._state.slots.upgraded(self.running, system))

    def take_staged(self) -> str:
        """The installer image that this boot is to run, once."""
        image = self._state.staged
        if image:
            self._remember(staged="")
        return image

    def installed(self, disk: str) -> None:
        """Talos is on ``disk`` from now on, and the configuration beside it."""
        if self.system_disk is None:
            image = self.persistent.get("machine.install.image", "") if self.persistent else ""
            self._remember(slots=Slots(System.of_image(image) or self.running))
        self._remember(system_disk=disk)
        self._store.save_configuration(self.persistent.text if self.persistent else None)

    def forget_configuration(self) -> None:
        """The STATE partition is empty."""
        self._store.save_configuration(None)

    def forget_installation(self) -> None:
        """The system disk is empty."""
        self.images.clear()
        self.meta.clear()
        self.forget_configuration()
        self._remember(system_disk=None, slots=Slots(), staged="")

    def look_at_services(self) -> None:
        """Take over the state of all services, and tell what changed."""
        changes = self.services.update(services_of(self))
        for name, service in changes.items():
            self.events.publish(ServiceStateEvent(name, service.state, service.message, service.healthy))
        if changes:
            self.changed.fire()
        self.refresh_status()

    def refresh_status(self) -> None:
        """Work out stage and readiness again; a change is an event."""
        unmet = unmet_conditions(self)
        status = MachineStatusEvent(self.stage, not unmet, unmet)
        if status != self._status:
            self._status = status
            self.events.publish(status)
            self.changed.fire()

    # ---- inside

    def _load_configuration(self) -> None:
        self.cancel_rollback()
        text = self._store.load_configuration()
        self.active = self.persistent = load(text) if text else None

    def _remember(self, **changes: object) -> None:
        for name, value in changes.items():
            setattr(self._state, name, value)
        self._store.save(self._state)
        self.changed.fire()

    def _run(self) -> None:
        self._spawn(self._os.run())
        self._spawn(self._watch_services())

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._done)
        self._tasks.append(task)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        if task in self._tasks:
            self._tasks.remove(task)
        if not task.cancelled() and (problem := task.exception()):
            log.error("%s: %s failed", self.spec.name, task, exc_info=problem)

    async def _watch_services(self) -> None:
        while self.power == "On":
            if self.api:
                self.look_at_services()
            await asyncio.sleep(SERVICES_PERIOD)

    async def _stop(self) -> None:
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
