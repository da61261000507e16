# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines of the lab are restarted, shut down and wiped, and their services restarted; etcd outlives it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.machine import Machine
from tests.lab.conftest import lab_programs, until

from .test_talos import Site, new_site

__all__ = ["lab_programs"]

EXTENSION = {"apiVersion": "v1alpha1", "kind": "ExtensionServiceConfig", "name": "hello", "environment": ["A=b"]}


@dataclass
class Rack(Site):
    """Machines e1, e2, … of one cluster; those after the first ``control_planes`` are workers."""

    control_planes: int = 1

    @property
    def machines(self) -> list[Machine]:
        return [server.machine for server in self.simulator.servers]

    @property
    def addresses(self) -> list[str]:
        return [machine.spec.address for machine in self.machines]

    def options(self, module: str) -> dict[str, Any]:
        talosconfig = {"talosconfig": str(self.folder / "talosconfig")}
        if module in ("talos_power", "talos_service", "talos_reset"):
            return {**talosconfig, "nodes": self.addresses, "wait_timeout": 60, "reach_timeout": 0}
        options = super().options(module)
        names = [f"e{number}" for number, _machine in enumerate(self.machines, start=1)]
        folder = self.folder / "config"
        if module == "talos_config":
            disk = {"install_disk": f"/dev/{self.machine.spec.disks[0].name}"}
            roles = ["controlplane"] * self.control_planes + ["worker"] * len(names)
            options["nodes"] = [{"name": name, "role": role, **disk} for name, role in zip(names, roles, strict=False)]
        if module == "talos_apply":
            options["nodes"] = [
                {"address": address, "config": f"{folder}/{name}.yaml"}
                for name, address in zip(names, self.addresses, strict=True)
            ]
        if module == "talos_bootstrap":
            options["control_plane"] = self.addresses[: self.control_planes]
        return options

    def assemble(self, control_planes: int) -> None:
        """From switched off to a cluster that runs on all machines."""
        self.control_planes = control_planes
        self.patches = [EXTENSION]
        for machine in self.machines:
            self.loop.run(machine.power_on())
        until(lambda: {machine.stage for machine in self.machines} == {"maintenance"}, "maintenance mode")
        for step in ("talos_secrets", "talos_config", "talos_apply", "talos_bootstrap"):
            self.done(step)
        until(lambda: {machine.stage for machine in self.machines} == {"running"}, "running machines")
        until(lambda: len(self.voters) == control_planes, "a vote for every member of etcd")

    @property
    def voters(self) -> list[str]:
        """The members of etcd that have a vote; one that joins has none at first."""
        told = self.done("talos_info", gather=["etcd"], nodes=[self.address])["nodes"][0]["etcd"]
        return [member["hostname"] for member in told or () if not member["learner"]]

    @property
    def boots(self) -> list[str]:
        return [machine.boot_id for machine in self.machines]

    def as_told(self, module: str, **changes: Any) -> dict[str, Any]:
        """What is done, when it is what check mode told, which did nothing."""
        before = self.boots
        told = self.done(module, check=True, pending=False, **changes)
        assert self.boots == before
        done = self.done(module, **changes)
        assert (done["actions"], done["impact"], done["changed"]) == (told["actions"], told["impact"], told["changed"])
        assert [set(node) for node in told["nodes"]] == [set(node) for node in done["nodes"]]
        return done

    def refused_as_told(self, module: str, **changes: Any) -> dict[str, Any]:
        """The refusal, which is that of check mode; nothing was done."""
        before = self.boots
        told, done = (self.refused(module, check=check, pending=False, **changes) for check in (True, False))
        assert (told, self.boots) == (done, before)
        return done


@pytest.fixture(scope="module")
def pair(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rack]:
    """A control plane of one machine, and a worker."""
    with new_site(tmp_path_factory.mktemp("pair"), Rack, servers=2) as rack:
        rack.assemble(control_planes=1)
        yield rack


# ---- restart


def test_a_worker_restarts_and_nothing_else(pair: Rack) -> None:
    before = pair.boots
    done = pair.as_told("talos_power", nodes=pair.addresses[1:])
    assert done["actions"] == [f"reboot node {pair.addresses[1]}"]
    assert done["impact"] == "node_reboot"
    assert [old == new for old, new in zip(before, pair.boots, strict=True)] == [True, False]
    assert done["nodes"][0]["boot_id"] == pair.boots[1]


def test_the_only_member_of_etcd_restarts_last_and_is_waited_for(pair: Rack) -> None:
    before = pair.boots
    done = pair.as_told("talos_power")
    assert done["actions"] == [f"reboot node {address}" for address in reversed(pair.addresses)]
    assert done["impact"] == "outage"
    assert not set(before) & set(pair.boots)
    assert [node["control_plane"] for node in done["nodes"]] == [True, False]
    assert pair.machine.services.now["etcd"].healthy


def test_a_machine_that_does_not_come_back_stops_the_rest(pair: Rack) -> None:
    before = pair.boots
    worker = pair.machines[1]

    faults, name = pair.simulator.faults, f"talos:{worker.spec.name}"

    async def lose() -> None:
        """Nobody reaches it from the moment it goes down."""
        while worker.stage != "rebooting":
            await worker.changed.next().wait()
        faults.switch_on("refuse", name)

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(lose())

    async def find() -> None:
        faults.switch_off("refuse", name)

    losing = pair.loop.run(begin())
    result = pair.call("talos_power", wait_timeout=5)
    assert losing.done()
    pair.loop.run(find())
    assert (result["error"]["kind"], result["error"]["object"]) == ("timeout", f"node {worker.spec.address}")
    assert result["actions"] == [f"reboot node {worker.spec.address}"]
    assert pair.boots[0] == before[0]
    look = functools.partial(pair.call, "talos_power", check=True, pending=False)
    until(lambda: not look().get("failed"), "a worker that answers again")


def test_the_only_member_of_etcd_is_not_shut_down(pair: Rack) -> None:
    error = pair.refused_as_told("talos_power", state="shutdown")
    assert (error["kind"], error["object"]) == ("precondition", f"node {pair.addresses[0]}")
    assert "quorum: ignored" in error["hint"]


def test_one_machine_at_two_addresses_is_not_restarted_twice(pair: Rack) -> None:
    error = pair.refused_as_told("talos_power", nodes=[pair.address, f"{pair.address}:50000"])
    assert (error["kind"], error["path"]) == ("invalid_input", "nodes[1]")


# ---- services


def test_the_kubelet_restarts_everywhere(pair: Rack) -> None:
    before = [len(machine.services.history["kubelet"]) for machine in pair.machines]
    done = pair.as_told("talos_service", name="kubelet", state="restarted")
    assert done["actions"] == [f"restart service kubelet on node {address}" for address in pair.addresses]
    assert [(node["state"], node["healthy"]) for node in done["nodes"]] == [("Running", True)] * 2
    for machine, count in zip(pair.machines, before, strict=True):
        states = [change.state for change in machine.services.history["kubelet"][count:]]
        assert states[0] == "Finished"
        assert states[-1] == "Running"


def test_an_extensions_service_stops_and_starts_once(pair: Rack) -> None:
    for state, verb in (("stopped", "stop"), ("started", "start")):
        done = pair.as_told("talos_service", name="ext-hello", state=state, limit=1)
        assert done["actions"] == [f"{verb} service ext-hello on node {address}" for address in pair.addresses]
        for check in (True, False):
            assert pair.done("talos_service", check=check, name="ext-hello", state=state)["actions"] == []
    assert pair.machine.services.now["ext-hello"].state == "Running"


def test_a_service_that_is_not_there_is_named(pair: Rack) -> None:
    error = pair.refused_as_told("talos_service", name="ext-unicorn", nodes=[pair.address])
    assert (error["kind"], "ext-hello" in error["hint"]) == ("not_found", True)
    assert pair.refused_as_told("talos_service", name="etcd", state="stopped")["path"] == "name"


# ---- reset


def test_the_last_member_of_etcd_is_not_wiped(pair: Rack) -> None:
    error = pair.refused_as_told("talos_reset")
    assert (error["kind"], error["object"]) == ("precondition", f"node {pair.address}")
    assert "last member" in error["reason"]
    error = pair.refused_as_told("talos_reset", nodes=[pair.addresses[1]], user_disks_to_wipe=["/dev/unicorn"])
    assert (error["kind"], error["path"]) == ("invalid_input", "user_disks_to_wipe[0]")


def test_a_worker_keeps_its_configuration_or_forgets_it(pair: Rack) -> None:
    worker, before = pair.addresses[1:], pair.boots[1]
    done = pair.as_told("talos_reset", nodes=worker, system_labels_to_wipe=["EPHEMERAL"])
    assert done["actions"] == [f"wipe EPHEMERAL of node {worker[0]}"]
    assert done["nodes"][0]["maintenance"] is False
    assert pair.boots[1] != before
    done = pair.as_told("talos_reset", nodes=worker)
    assert done["actions"] == [f"wipe system disk of node {worker[0]}"]
    assert (pair.machines[1].stage, pair.machines[1].system_disk) == ("maintenance", None)
    for check in (True, False):
        assert pair.done("talos_reset", check=check, nodes=worker)["actions"] == []
    for module in ("talos_power", "talos_service"):
        name = {"name": "kubelet"} if module == "talos_service" else {}
        assert pair.refused_as_told(module, nodes=worker, **name)["kind"] == "precondition"


def test_a_site_is_switched_off_when_it_must_be(pair: Rack) -> None:
    done = pair.as_told("talos_power", nodes=[pair.address], state="shutdown", quorum="ignored")
    assert (done["impact"], done["nodes"][0]["reachable"]) == ("outage", False)
    assert pair.machine.power == "Off"
    assert pair.refused_as_told("talos_power", nodes=[pair.address])["kind"] == "unreachable"


# ---- three members


@pytest.fixture(scope="module")
def three(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rack]:
    """A control plane of three machines."""
    with new_site(tmp_path_factory.mktemp("three"), Rack, servers=3) as rack:
        rack.assemble(control_planes=3)
        yield rack


@pytest.mark.full
def test_three_members_restart_one_by_one(three: Rack) -> None:
    before = three.boots
    done = three.as_told("talos_power")
    assert done["actions"] == [f"reboot node {address}" for address in three.addresses]
    assert done["impact"] == "node_reboot"
    assert not set(before) & set(three.boots)
    error = three.refused_as_told("talos_power", control_plane_limit=2)
    assert "1 of its 3 members, and needs 2" in error["reason"]


@pytest.mark.full
def test_the_members_that_are_not_named_are_asked_too(three: Rack) -> None:
    third = three.machines[2]
    three.done("talos_power", nodes=three.addresses[2:], state="shutdown")
    assert third.power == "Off"
    for others in ([], three.addresses):
        error = three.refused_as_told("talos_power", nodes=[three.address], control_plane=others)
        assert (error["kind"], "e3: connection refused" in error["reason"]) == ("precondition", True)
    assert three.refused_as_told("talos_reset", nodes=[three.address])["kind"] == "precondition"
    three.loop.run(third.power_on())
    until(lambda: third.stage == "running", "the third machine")


@pytest.mark.full
def test_a_member_leaves_and_the_other_two_go_on(three: Rack) -> None:
    done = three.as_told("talos_reset", nodes=three.addresses[2:])
    assert done["actions"] == [f"wipe system disk of node {three.addresses[2]}"]
    members = three.done("talos_info", gather=["etcd"], nodes=[three.address])["nodes"][0]["etcd"]
    assert sorted(member["hostname"] for member in members) == ["e1", "e2"]
    error = three.refused_as_told("talos_reset", nodes=three.addresses[:2], control_plane_limit=2)
    assert "last member" in error["reason"]
