# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's power, boot, install and reset, seen from inside; tests/interop/test_talosctl.py has what clients see."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import releases
from lab.config import LabConfig, ServerSpec, Timing, default_server
from lab.faults import Faults
from lab.kubernetes import EtcdDataExists, EtcdMember, Service
from lab.machine import BootOverride, Machine
from lab.machine_disks import NoSuchDisk, install_disk
from lab.machine_events import SequenceEvent
from lab.machine_slots import System
from lab.talos.configuration.loader import load
from lab.talos.configuration.model import Configuration

HEALTHY = "Health check successful"


@dataclass
class Kubernetes:
    """Stands in for the lab's Kubernetes: etcd runs once it was bootstrapped, nodes are ready at once."""

    configured: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    etcd: bool = False
    takes: float = 0.0

    async def configure(
        self,
        spec: ServerSpec,
        documents: list[dict[str, Any]],
        talos_version: str,
        stopping: Callable[[], None] = lambda: None,
    ) -> None:
        await asyncio.sleep(self.takes)
        self.configured[spec.name] = documents

    async def bootstrap(self, spec: ServerSpec) -> None:
        if self.etcd:
            raise EtcdDataExists
        self.etcd = True

    async def halt(self, spec: ServerSpec) -> None:
        self.configured.pop(spec.name, None)

    async def leave_etcd(self, spec: ServerSpec) -> None:
        pass

    async def wipe(self, spec: ServerSpec) -> None:
        await self.halt(spec)
        self.etcd = False

    async def stop_kubelet(self, spec: ServerSpec) -> None:
        pass

    async def start_kubelet(self, spec: ServerSpec) -> None:
        pass

    def services(self, spec: ServerSpec) -> dict[str, Service]:
        if spec.name not in self.configured:
            return {}
        etcd = Service("Running", True, HEALTHY) if self.etcd else Service("Preparing", None, "Running pre state")
        return {"etcd": etcd, "kubelet": Service("Running", True, HEALTHY)}

    def etcd_members(self, spec: ServerSpec) -> list[EtcdMember]:
        return []

    def kubeconfig(self, spec: ServerSpec) -> str:
        return ""

    def node_ready(self, spec: ServerSpec) -> bool:
        return True


@dataclass
class Rack:
    """One server, with what surrounds it."""

    lab: LabConfig
    faults: Faults
    kubernetes: Kubernetes = field(default_factory=Kubernetes)

    @property
    def spec(self) -> ServerSpec:
        return self.lab.servers[0]

    def machine(self) -> Machine:
        return Machine(self.spec, self.lab, self.kubernetes, self.faults)

    def run(self, scenario: Callable[[Machine], Coroutine[Any, Any, None]]) -> None:
        """Start the server, play the scenario, stop the simulator: the disk stays."""

        async def play() -> None:
            machine = self.machine()
            await machine.start()
            try:
                await asyncio.wait_for(scenario(machine), 20)
            finally:
                await machine.close()

        asyncio.run(play())


@pytest.fixture
def rack(tmp_path: Path) -> Rack:
    timing = Timing(boot=0.01, install=0.01, reboot=0.01)
    lab = LabConfig("t", 77, tmp_path, (default_server(1, 77),), None, "admin", "secret", timing=timing)
    return Rack(lab, Faults(tmp_path / "faults.json", ["s1"]))


def configuration(**machine: Any) -> Configuration:
    document = {
        "version": "v1alpha1",
        "machine": {"type": "controlplane", "install": {"disk": "/dev/nvme0n1"}, **machine},
        "cluster": {"controlPlane": {"endpoint": "https://127.77.1.1:6443"}},
    }
    return load(yaml.safe_dump(document).encode())


async def stage(machine: Machine, wanted: str) -> None:
    while machine.stage != wanted:
        await machine.changed.next().wait()


async def give(machine: Machine, given: Configuration) -> None:
    await machine.apply(given, persist=True, activate=True)


async def install(machine: Machine) -> None:
    """From power off to an installed node that waits for its bootstrap."""
    await machine.power_on()
    await stage(machine, "maintenance")
    await give(machine, configuration())
    while "etcd" not in machine.services.now:
        await machine.changed.next().wait()


def test_an_empty_server_boots_into_maintenance(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        assert (machine.power, machine.stage, machine.api) == ("Off", "off", None)
        await machine.power_on()
        await stage(machine, "maintenance")
        assert (machine.power, machine.api, machine.system_disk) == ("On", "maintenance", None)
        assert machine.status.ready

    rack.run(scenario)


def test_a_configuration_installs_and_reboots_with_another_boot_id(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await machine.power_on()
        await stage(machine, "maintenance")
        first = machine.boot_id
        await give(machine, configuration())
        await stage(machine, "installing")
        await stage(machine, "rebooting")
        assert machine.system_disk == "nvme0n1"
        while machine.boot_id == first or machine.api != "secure":
            await machine.changed.next().wait()

    rack.run(scenario)


def test_before_the_bootstrap_a_control_plane_boots_and_says_what_it_waits_for(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        assert machine.stage == "booting"
        assert machine.status.unmet == (("services", "etcd not running"),)
        await rack.kubernetes.bootstrap(machine.spec)
        await stage(machine, "running")
        assert machine.status.ready

    rack.run(scenario)


def test_the_configuration_on_disk_is_for_its_owner_only(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)

    rack.run(scenario)
    file = rack.lab.state / "s1" / "config.yaml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == configuration().text


def test_a_restarted_simulator_boots_what_was_on(rack: Rack) -> None:
    boots: list[str] = []

    async def first(machine: Machine) -> None:
        await install(machine)
        boots.append(machine.boot_id)

    async def second(machine: Machine) -> None:
        while machine.api != "secure":
            await machine.changed.next().wait()
        assert machine.configured
        boots.append(machine.boot_id)

    rack.run(first)
    rack.run(second)
    assert len(set(boots)) == 2


def test_power_is_lost_at_once_and_the_disk_stays(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        await machine.power_off(graceful=False)
        assert (machine.power, machine.stage, machine.api) == ("Off", "off", None)
        assert not rack.kubernetes.configured
        await machine.power_on()
        while machine.api != "secure":
            await machine.changed.next().wait()

    rack.run(scenario)


def test_the_power_button_shuts_talos_down(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        log = machine.events
        await machine.power_off(graceful=True)
        assert machine.power == "Off"
        first = await anext(log.watch(tail=-1))
        assert isinstance(first.payload, SequenceEvent)
        sequences = [event.payload.sequence async for event in _upto(log.watch(tail=-1), "shutdown")]
        assert sequences[-1] == "shutdown"

    rack.run(scenario)


async def _upto(events: Any, sequence: str) -> Any:
    async for event in events:
        if isinstance(event.payload, SequenceEvent):
            yield event
            if event.payload.sequence == sequence:
                return


def test_a_node_stuck_in_maintenance_takes_the_configuration_and_forgets_it(rack: Rack) -> None:
    rack.faults.switch_on("stuck-maintenance", "s1", count=1)

    async def scenario(machine: Machine) -> None:
        await machine.power_on()
        await stage(machine, "maintenance")
        first = machine.boot_id
        await give(machine, configuration())
        while machine.boot_id == first:
            await machine.changed.next().wait()
        await stage(machine, "maintenance")
        assert (machine.api, machine.configured) == ("maintenance", False)

    rack.run(scenario)


@pytest.mark.parametrize(
    ("disk", "fault", "reason"),
    [("/dev/nvme0n1", True, "no space left on device"), ("/dev/sda", False, "'/dev/sda' does not exist")],
)
def test_a_failed_install_ends_in_maintenance_with_the_reason(rack: Rack, disk: str, fault: bool, reason: str) -> None:
    if fault:
        rack.faults.switch_on("install-fails", "s1", count=1)

    async def scenario(machine: Machine) -> None:
        await machine.power_on()
        await stage(machine, "maintenance")
        await give(machine, configuration(install={"disk": disk}))
        await stage(machine, "rebooting")
        await stage(machine, "maintenance")
        assert machine.system_disk is None
        async for event in machine.events.watch(tail=-1):
            if isinstance(event.payload, SequenceEvent) and event.payload.error:
                assert reason in event.payload.error
                return

    rack.run(scenario)


def test_a_reset_empties_the_disk(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        await rack.kubernetes.bootstrap(machine.spec)
        await machine.reset("actor", graceful=False, reboot=True, partitions=None)
        await stage(machine, "maintenance")
        assert (machine.system_disk, rack.kubernetes.etcd) == (None, False)
        assert not (rack.lab.state / "s1" / "config.yaml").exists()

    rack.run(scenario)


def test_a_reset_of_the_data_keeps_the_configuration(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        await rack.kubernetes.bootstrap(machine.spec)
        first = machine.boot_id
        await machine.reset("actor", graceful=False, reboot=True, partitions=frozenset({"EPHEMERAL"}))
        while machine.boot_id == first or machine.api != "secure":
            await machine.changed.next().wait()
        assert (machine.system_disk, rack.kubernetes.etcd) == ("nvme0n1", False)

    rack.run(scenario)


def test_a_reset_without_reboot_switches_off(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        await machine.reset("actor", graceful=False, reboot=False, partitions=None)
        await stage(machine, "off")
        assert machine.power == "Off"

    rack.run(scenario)


def test_a_tried_configuration_goes_away_by_itself(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        tried = configuration(nodeLabels={"a": "b"})
        await machine.try_out(tried, seconds=0.05)
        assert machine.active is tried
        assert machine.persistent is not tried
        while machine.active is tried:
            await machine.changed.next().wait()

    rack.run(scenario)


def test_a_configuration_is_put_into_effect_though_the_caller_is_gone(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        rack.kubernetes.takes = 0.1
        wanted = configuration(nodeLabels={"a": "b"})
        call = asyncio.create_task(give(machine, wanted))
        await asyncio.sleep(0.02)
        call.cancel()
        await asyncio.sleep(0.2)
        assert call.cancelled()
        assert rack.kubernetes.configured[rack.spec.name] == list(wanted.documents)

    rack.run(scenario)


def test_a_staged_configuration_waits_for_the_reboot(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        staged = configuration(nodeLabels={"a": "b"})
        await machine.apply(staged, persist=True, activate=False)
        assert machine.active is not staged
        first = machine.boot_id
        await machine.reboot("actor")
        while machine.boot_id == first or machine.api != "secure":
            await machine.changed.next().wait()
        assert machine.active is not None
        assert machine.active.text == staged.text

    rack.run(scenario)


def test_a_second_sequence_is_refused_while_one_runs(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        log = machine.events
        await machine.reboot("first")
        await machine.shutdown("second", force=True)
        async for event in log.watch(tail=-1):
            if isinstance(event.payload, SequenceEvent) and event.payload.code == "LOCKED":
                break
        await stage(machine, "booting")

    rack.run(scenario)


@pytest.mark.parametrize(("target", "boots"), [("Pxe", True), ("Hdd", False), ("BiosSetup", False)])
def test_the_boot_source_decides_what_an_empty_server_boots(rack: Rack, target: str, boots: bool) -> None:
    async def scenario(machine: Machine) -> None:
        machine.set_boot_override(BootOverride(target, "Continuous"))
        await machine.power_on()
        await stage(machine, "maintenance" if boots else "booting")
        if not boots:
            await asyncio.sleep(0.1)
            assert machine.api is None

    rack.run(scenario)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("https://factory.example.com/image/" + "a" * 64 + "/v1.12.6/metal-amd64.iso", "v1.12.6"),
        ("https://github.com/siderolabs/talos/releases/download/v1.13.2/metal-amd64.iso", "v1.13.2"),
        ("https://images.example.com/rescue.iso", None),
        (None, None),
    ],
)
def test_an_empty_server_boots_what_is_in_its_virtual_drive(rack: Rack, image: str | None, version: str | None) -> None:
    async def scenario(machine: Machine) -> None:
        machine.set_media({"2": image} if image else {})
        machine.set_boot_override(BootOverride("Cd", "Once"))
        await machine.power_on()
        await stage(machine, "maintenance" if version else "booting")
        assert machine.boot_override == BootOverride()
        if version:
            assert machine.version == version
        else:
            await asyncio.sleep(0.1)
            assert machine.api is None

    rack.run(scenario)


def test_the_iso_halts_where_talos_is_installed(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        await machine.power_off(graceful=False)
        machine.set_media({"1": "https://factory.example.com/v1.13.0/metal-amd64.iso"})
        machine.set_boot_override(BootOverride("Cd", "Once"))
        await machine.power_on()
        await stage(machine, "booting")
        await asyncio.sleep(0.1)
        assert machine.api is None
        await machine.power_cycle(graceful=False)
        while machine.api != "secure":
            await machine.changed.next().wait()

    rack.run(scenario)


def test_a_boot_source_for_once_is_used_once_and_an_installed_system_wins(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        await machine.power_off(graceful=False)
        machine.set_boot_override(BootOverride("Pxe", "Once"))
        await machine.power_on()
        while machine.api != "secure":
            await machine.changed.next().wait()
        assert machine.boot_override == BootOverride()

    rack.run(scenario)


@pytest.mark.parametrize(
    ("install", "found"),
    [
        ({"disk": "/dev/nvme0n1"}, True),
        ({"disk": "/dev/disk/by-id/nvme-Dell_Ent_NVMe_PM9A3_960GB_LAB077001D0"}, True),
        ({"disk": "/dev/sda"}, False),
        ({"diskSelector": {"size": ">= 900GB", "type": "nvme"}}, True),
        ({"diskSelector": {"size": "> 1TB"}}, False),
        ({"diskSelector": {"model": "Dell*"}, "disk": "/dev/sda"}, True),
    ],
)
def test_the_disk_to_install_on(rack: Rack, install: dict[str, Any], found: bool) -> None:
    if found:
        assert install_disk(install, rack.spec.disks).name == "nvme0n1"
    else:
        with pytest.raises(NoSuchDisk):
            install_disk(install, rack.spec.disks)


# ---- upgrades


def test_an_image_tells_what_its_installer_holds() -> None:
    schematic = "ab" * 32
    assert System.of_image("ghcr.io/siderolabs/installer:v1.13.2") == System("v1.13.2")
    factory = f"factory.talos.dev/metal-installer-secureboot/{schematic}:v1.14.0-rc.1@sha256:{schematic}"
    assert System.of_image(factory) == System("v1.14.0-rc.1", schematic)
    assert System.of_image("ghcr.io/siderolabs/installer:latest") is None
    assert System.of_image(f"ghcr.io/siderolabs/installer@sha256:{schematic}") is None


def test_what_versions_have_and_take() -> None:
    served = [releases.serves(f"v1.{n}.0", "machine.LifecycleService") for n in (11, 12, 13, 14)]
    assert served == [False, False, True, True]
    assert all(releases.serves(f"v1.{n}.0", "machine.MachineService") for n in (11, 12, 13, 14))
    assert releases.refusal("v1.11.0", "v1.13.0") == ""
    assert "too old" in releases.refusal("v1.11.0", "v1.14.0")
    assert releases.refusal("v1.13.0", "v1.12.9") == ""
    assert "too new" in releases.refusal("v1.14.0", "v1.12.0")
    assert not releases.is_published("ghcr.io/siderolabs/installer:v1.14.0", "v1.14.0")
    assert releases.is_published("ghcr.io/siderolabs/installer:v1.13.9", "v1.13.9")
    assert [releases.row(f"v1.{n}.0").apply_reboots for n in (11, 12, 13, 14, 15)] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("method", "served"),
    [
        ("/machine.MachineService/Version", [False, False, True, True]),
        ("/machine.MachineService/ApplyConfiguration", [True] * 4),
        ("/cosi.resource.State/List", [True] * 4),
        ("/machine.MachineService/Events", [False, False, True, True]),
    ],
)
def test_what_versions_serve_in_maintenance_mode(method: str, served: list[bool]) -> None:
    assert [releases.serves_in_maintenance(f"v1.{n}.0", method) for n in (11, 12, 13, 14)] == served


async def rebooted(machine: Machine, api: bool = True) -> None:
    before = machine.boot_id
    await machine.reboot("")
    while machine.boot_id == before or (machine.api is None) is api:
        await machine.changed.next().wait()


INSTALLER = "ghcr.io/siderolabs/installer:v1.13.5"


def test_an_upgrade_writes_the_other_slot_and_a_reboot_boots_it(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        assert await machine.install_upgrade(INSTALLER) == ""
        assert machine.version == "v1.13.0"
        await rebooted(machine)
        assert machine.version == "v1.13.5"

    async def later(machine: Machine) -> None:
        while machine.api is None:
            await machine.changed.next().wait()
        assert machine.version == "v1.13.5"

    rack.run(scenario)
    rack.run(later)


def test_a_machine_that_rolls_back_boots_its_old_slot(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        rack.faults.switch_on("upgrade-rolls-back", "s1")
        await machine.install_upgrade(INSTALLER)
        for _again in range(2):
            await rebooted(machine)
            assert machine.version == "v1.13.0"

    rack.run(scenario)


def test_a_machine_that_does_not_return_comes_up_after_a_power_cycle(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        rack.faults.switch_on("upgrade-no-return", "s1", count=1)
        await machine.install_upgrade(INSTALLER)
        await rebooted(machine, api=False)
        await asyncio.sleep(0.1)
        assert (machine.api, machine.stage) == (None, "booting")
        await machine.power_cycle(graceful=False)
        while machine.api is None:
            await machine.changed.next().wait()
        assert machine.version == "v1.13.5"

    rack.run(scenario)


def test_an_installer_that_fails_says_why_and_changes_nothing(rack: Rack) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        rack.faults.switch_on("install-fails", "s1", count=1)
        assert await machine.install_upgrade(INSTALLER) == "no space left on device"
        assert "too new" in await machine.install_upgrade("factory.example/installer:v1.11.0")
        await rebooted(machine)
        assert machine.version == "v1.13.0"

    rack.run(scenario)


@pytest.mark.parametrize("stage", [False, True])
def test_the_older_call_reboots_by_itself(rack: Rack, stage: bool) -> None:
    async def scenario(machine: Machine) -> None:
        await install(machine)
        await machine.upgrade("actor", INSTALLER, stage)
        while machine.version != "v1.13.5":
            await machine.changed.next().wait()

    rack.run(scenario)
