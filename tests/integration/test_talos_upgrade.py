# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades of machines that the modules made a cluster of, with what goes wrong on the way, over the real wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import lab_programs, until

from .test_talos import new_site
from .test_talos_nodes import Rack

__all__ = ["lab_programs"]

# The file takes minutes, on a cluster of its own.
pytestmark = pytest.mark.full

STOCK, OTHER = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba", "7e01" * 16


def image(version: str, schematic: str = STOCK) -> str:
    return f"factory.talos.dev/metal-installer/{schematic}:{version}"


class Fleet(Rack):
    """Machines that are upgraded; the versions that they run say how far it went."""

    def options(self, module: str) -> dict[str, Any]:
        if module != "talos_upgrade":
            return super().options(module)
        return super().options("talos_power")

    @property
    def versions(self) -> list[str]:
        return [machine.version for machine in self.machines]

    @property
    def version(self) -> str:
        """That of the control plane."""
        return self.machine.version

    @property
    def following(self) -> str:
        """The version after that."""
        start, _dot, patch = self.version.rpartition(".")
        return f"{start}.{int(patch) + 1}"

    def fault(self, name: str, index: int, **how: Any) -> None:
        """Switch a fault of a machine on; it is used up by its first effect unless told otherwise."""

        async def switch() -> None:
            self.simulator.faults.switch_on(name, self.machines[index].spec.name, **{"count": 1, **how})

        self.loop.run(switch())

    def off(self, name: str) -> None:
        async def switch() -> None:
            self.simulator.faults.switch_off(name)

        self.loop.run(switch())

    def cut(self, index: int, when: Callable[[], object]) -> asyncio.Task[None]:
        """Nobody reaches a machine's API from the moment on at which something is true, until the fault is off."""
        machine, faults = self.machines[index], self.simulator.faults

        async def lose() -> None:
            while not when():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)  # the answer to the call that began it is on its way
            faults.switch_on("refuse", f"talos:{machine.spec.name}")

        async def begin() -> asyncio.Task[None]:
            return asyncio.create_task(lose())

        return self.loop.run(begin())

    def stopped(self, **changes: Any) -> dict[str, Any]:
        """The whole result of a run that fails."""
        result = self.call("talos_upgrade", **changes)
        assert result.get("failed"), result
        return result

    def serves(self) -> bool:
        """Whether the cluster answers: etcd tells its members through the first control-plane machine."""
        return bool(self.done("talos_etcd", nodes=[self.address])["etcd"]["members"])


@pytest.fixture(scope="module")
def two(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A control plane of one machine, and a worker."""
    with new_site(tmp_path_factory.mktemp("pair"), Fleet, servers=2) as fleet:
        fleet.assemble(control_planes=1)
        yield fleet


@pytest.fixture
def pair(two: Fleet) -> Fleet:
    """The same, both machines running the same version, whatever the test before did."""
    for name in ("refuse", "install-fails", "image-missing", "upgrade-no-return", "upgrade-rolls-back"):
        two.off(name)
    for machine in two.machines:
        if machine.stage != "running" and machine.api is None:
            two.loop.run(machine.power_cycle(graceful=False))
    until(lambda: {machine.stage for machine in two.machines} == {"running"}, "running machines")
    two.done("talos_upgrade", image=image(two.version), allow=["downgrade"], reach_timeout=20)
    return two


def test_a_cluster_is_upgraded_worker_first_as_check_mode_told(pair: Fleet) -> None:
    before, old, new = pair.boots, pair.version, pair.following
    done = pair.as_told("talos_upgrade", image=image(new))
    assert done["actions"] == [f"upgrade node {each}: version {old} → {new}" for each in reversed(pair.addresses)]
    assert done["batches"] == [[address] for address in reversed(pair.addresses)]
    assert done["impact"] == "outage"  # the only member of etcd
    assert pair.versions == [new] * 2
    assert not set(before) & set(pair.boots)
    told = [(node["version"], node["schematic"], node["method"], node["boot_id"]) for node in done["nodes"]]
    assert told == [(new, STOCK, "lifecycle", boot) for boot in pair.boots]
    for check in (True, False):
        again = pair.done("talos_upgrade", image=image(new), check=check)
        assert (again["actions"], again["batches"]) == ([], [])


def test_the_older_call_upgrades_too_and_versions_choose_it(pair: Fleet) -> None:
    worker, old, new = pair.addresses[1:], pair.version, pair.following
    done = pair.as_told("talos_upgrade", image=image("v1.12.9"), nodes=worker, allow=["downgrade", "kubernetes"])
    assert (done["nodes"][0]["method"], pair.versions[1]) == ("lifecycle", "v1.12.9")
    done = pair.as_told("talos_upgrade", image=image(old), nodes=worker)
    assert (done["nodes"][0]["method"], pair.versions[1]) == ("legacy", old)
    boots = pair.machines[1]._state.boots
    pair.as_told("talos_upgrade", image=image(new), nodes=worker, method="legacy", stage=True)
    assert (pair.versions[1], pair.machines[1]._state.boots) == (new, boots + 2)
    assert pair.refused_as_told("talos_upgrade", image=image(old))["kind"] == "invalid_input"


def test_another_schematic_is_brought_and_verified(pair: Fleet) -> None:
    worker, version = pair.addresses[1:], pair.version
    done = pair.as_told("talos_upgrade", image=image(version, OTHER), nodes=worker)
    assert done["actions"] == [f"upgrade node {worker[0]}: schematic {STOCK} → {OTHER}"]
    pair.fault("upgrade-rolls-back", 1)
    result = pair.stopped(image=image(version), nodes=worker)
    assert (result["error"]["kind"], OTHER in result["error"]["reason"]) == ("never_ready", True)


def test_an_image_that_is_missing_takes_nothing_down(pair: Fleet) -> None:
    before, versions = pair.boots, pair.versions
    pair.fault("image-missing", 1, count=2)
    for method in ("lifecycle", "legacy"):
        result = pair.stopped(image=image(pair.following), method=method)
        assert (result["error"]["kind"], result["error"]["path"]) == ("not_found", "image")
        assert (result["error"]["object"], result["actions"]) == (f"node {pair.addresses[1]}", [])
    assert (pair.boots, pair.versions) == (before, versions)


def test_an_installer_that_fails_takes_nothing_down(pair: Fleet) -> None:
    before = pair.boots
    pair.fault("install-fails", 1)
    result = pair.stopped(image=image(pair.following))
    assert result["error"]["kind"] == "never_ready"
    assert "exit code 1: error: no space left on device" in result["error"]["reason"]
    assert (pair.boots, result["actions"]) == (before, [])


def test_a_machine_that_rolls_back_stops_the_rest_and_the_next_run_goes_on(pair: Fleet) -> None:
    before, old, new = pair.boots, pair.version, pair.following
    pair.fault("upgrade-rolls-back", 1)
    result = pair.stopped(image=image(new))
    error = result["error"]
    assert (error["kind"], error["object"]) == ("never_ready", f"node {pair.addresses[1]}")
    assert error["reason"] == f"has rolled back: it runs {old} again, for {new} did not come up"
    assert result["actions"] == [f"upgrade node {pair.addresses[1]}: version {old} → {new}"]
    assert (pair.boots[0], pair.versions) == (before[0], [old, old])
    assert pair.serves()
    pair.done("talos_upgrade", image=image(new))
    assert pair.versions == [new] * 2


def test_a_machine_that_does_not_return_stops_the_rest_and_the_next_run_goes_on(pair: Fleet) -> None:
    before, worker, old, new = pair.boots, pair.machines[1], pair.version, pair.following
    pair.fault("upgrade-no-return", 1)
    result = pair.stopped(image=image(new), wait_timeout=4)
    assert (result["error"]["kind"], result["error"]["object"]) == ("timeout", f"node {pair.addresses[1]}")
    assert "next run goes on" in result["error"]["hint"]
    assert (pair.boots[0], pair.version) == (before[0], old)
    assert pair.serves()
    assert pair.stopped(image=image(new))["error"]["kind"] == "unreachable"
    pair.loop.run(worker.power_cycle(graceful=False))
    until(lambda: worker.stage == "running", "the worker")
    done = pair.done("talos_upgrade", image=image(new))
    assert done["actions"] == [f"upgrade node {pair.address}: version {old} → {new}"]


@pytest.mark.parametrize(
    ("method", "moment"),
    [
        ("lifecycle", "installing"),
        ("legacy", "upgrading"),
        ("lifecycle", "rebooting"),
    ],
)
def test_a_cut_connection_stops_the_run_and_the_next_one_goes_on(pair: Fleet, method: str, moment: str) -> None:
    before, worker, old, new = pair.boots, pair.machines[1], pair.version, pair.following
    pair.cut(1, lambda: worker.installing if moment == "installing" else worker.stage == moment)
    result = pair.stopped(image=image(new), method=method, wait_timeout=4)
    assert (result["error"]["retryable"], result["error"]["object"]) == (True, f"node {pair.addresses[1]}")
    assert result["error"]["kind"] == ("unreachable" if moment == "installing" else "timeout")
    assert pair.boots[0] == before[0]
    pair.off("refuse")
    until(lambda: worker.stage == "running" and not worker.installing, "the worker")
    assert pair.versions == [old, old if moment == "installing" else new]
    pair.done("talos_upgrade", image=image(new), method=method, reach_timeout=20)
    assert pair.versions == [new] * 2


def test_the_first_machine_is_watched_before_the_second_goes(pair: Fleet) -> None:
    before, worker, old, new = pair.boots, pair.machines[1], pair.version, pair.following

    async def fall() -> None:
        while worker.version != new or worker.stage != "running":
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.5)
        await worker.reboot("")

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(fall())

    pair.loop.run(begin())
    result = pair.stopped(image=image(new), canary=True, soak=9)
    assert (result["error"]["kind"], result["error"]["reason"]) == ("never_ready", "has restarted again")
    assert (pair.boots[0], pair.versions) == (before[0], [old, new])
    until(lambda: worker.stage == "running", "the worker")
    pair.done("talos_upgrade", image=image(new), canary=True, soak=1)
    assert pair.versions == [new] * 2


def test_a_minor_is_not_left_out_and_a_stock_image_is_known_to_be_gone(pair: Fleet) -> None:
    error = pair.refused_as_told("talos_upgrade", image=image("v1.16.0"))
    assert (error["kind"], error["path"], error["hint"]) == ("unsupported", "image", "upgrade to 1.14 first")
    error = pair.refused_as_told("talos_upgrade", image="ghcr.io/siderolabs/installer:v1.14.0")
    assert (error["kind"], error["path"]) == ("invalid_input", "image")
    stock = f"ghcr.io/siderolabs/installer:{pair.following}"
    done = pair.done("talos_upgrade", image=stock, nodes=pair.addresses[1:], check=True)
    assert STOCK in done["warnings"][0]


# ---- three members


@pytest.fixture(scope="module")
def three(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A control plane of three machines."""
    with new_site(tmp_path_factory.mktemp("three"), Fleet, servers=3) as fleet:
        fleet.assemble(control_planes=3)
        yield fleet


def test_three_members_are_upgraded_one_by_one_and_the_cluster_serves_all_along(three: Fleet) -> None:
    done = three.as_told("talos_upgrade", image=image("v1.14.0"))
    assert done["actions"] == [f"upgrade node {each}: version v1.13.0 → v1.14.0" for each in three.addresses]
    assert (done["impact"], three.versions) == ("node_reboot", ["v1.14.0"] * 3)


def test_a_member_that_stays_away_is_not_followed_by_another(three: Fleet) -> None:
    before = three.boots
    three.fault("upgrade-no-return", 0)
    result = three.stopped(image=image("v1.14.1"), wait_timeout=8)
    assert (result["error"]["kind"], result["error"]["object"]) == ("timeout", f"node {three.address}")
    assert three.boots[1:] == before[1:]
    assert three.done("talos_etcd", nodes=[three.addresses[1]])["etcd"]["members"]
    error = three.refused_as_told("talos_upgrade", image=image("v1.14.1"), nodes=three.addresses[1:])
    assert (error["kind"], "1 of its 3 members" in error["reason"]) == ("precondition", True)
    error = three.refused("talos_upgrade", image=image("v1.14.1"), nodes=three.addresses[1:], method="legacy")
    assert error["kind"] == "precondition"
    three.loop.run(three.machine.power_cycle(graceful=False))
    until(lambda: three.machine.stage == "running", "the first machine")
    assert three.versions == ["v1.14.1", "v1.14.0", "v1.14.0"]
    done = three.done("talos_upgrade", image=image("v1.14.1"))
    assert done["batches"] == [[address] for address in three.addresses[1:]]
    assert three.versions == ["v1.14.1"] * 3
