# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines go back to the Talos before an upgrade, and never forth and back; what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.machine_slots import Slots
from tests.lab.conftest import lab_programs, until

from .test_talos import new_site
from .test_talos_upgrade import OTHER, Fleet, image

__all__ = ["lab_programs"]

# The file takes minutes, on a cluster of its own.
pytestmark = pytest.mark.full


class Undone(Fleet):
    """Machines that were upgraded, and may go back."""

    def options(self, module: str) -> dict[str, Any]:
        return super().options("talos_power" if module == "talos_rollback" else module)

    def through_firmware(self) -> None:
        """Restart all, so that their boot loader has seen what there is."""
        self.done("talos_power", mode="powercycle", reach_timeout=20)

    def stopped(self, **changes: Any) -> dict[str, Any]:
        result = self.call("talos_rollback", **changes)
        assert result.get("failed"), result
        return result


@pytest.fixture(scope="module")
def two(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undone]:
    """A control plane of one machine, and a worker, both upgraded once."""
    with new_site(tmp_path_factory.mktemp("pair"), Undone, servers=2) as fleet:
        fleet.assemble(control_planes=1)
        fleet.done("talos_upgrade", image=image("v1.13.1"))
        yield fleet


@pytest.fixture
def pair(two: Undone) -> Undone:
    """The same, both machines running v1.13.1 after v1.13.0, by a kexec."""
    two.off("refuse")
    until(lambda: {machine.stage for machine in two.machines} == {"running"}, "running machines")
    for step in ("v1.13.0", "v1.13.1"):
        two.done("talos_upgrade", image=image(step), allow=["downgrade"], reach_timeout=20)
    return two


def test_machines_go_back_worker_first_as_check_mode_told_and_stay_there(pair: Undone) -> None:
    before = pair.boots
    done = pair.as_told("talos_rollback", to="v1.13.0")
    assert done["actions"] == [f"roll back node {each}: version v1.13.1 → v1.13.0" for each in reversed(pair.addresses)]
    assert done["impact"] == "outage"  # the only member of etcd
    assert not set(before) & set(pair.boots)
    told = [(node["version"], node["previous"], node["boot_id"]) for node in done["nodes"]]
    assert told == [("v1.13.0", "v1.13.1", boot) for boot in pair.boots]
    for check in (True, False):
        again = pair.done("talos_rollback", to="v1.13.0", check=check)
        assert (again["actions"], again["changed"]) == ([], False)


def test_check_mode_tells_what_the_boot_loader_saw_and_else_that_it_is_not_known(pair: Undone) -> None:
    worker = pair.addresses[1:]
    told = pair.done("talos_rollback", nodes=worker, check=True, pending=False)
    assert told["actions"] == [f"roll back node {worker[0]}: version v1.13.1 → (not known)"]
    assert (told["nodes"][0]["version"], "does not tell" in told["warnings"][0]) == (None, True)
    pair.through_firmware()
    error = pair.refused_as_told("talos_rollback", nodes=worker, to="v1.12.9")
    assert (error["kind"], error["path"]) == ("precondition", "to")
    assert error["reason"] == "would go back to v1.13.0, not to v1.12.9"
    done = pair.as_told("talos_rollback", nodes=worker)
    assert done["actions"] == [f"roll back node {worker[0]}: version v1.13.1 → v1.13.0"]
    assert pair.versions == ["v1.13.1", "v1.13.0"]


def test_another_version_than_the_wanted_one_is_an_error_and_takes_nobody_else_down(pair: Undone) -> None:
    before, worker = pair.boots, pair.addresses[1]
    result = pair.stopped(to="v1.13.9")
    error = result["error"]
    assert (error["kind"], error["object"]) == ("never_ready", f"node {worker}")
    assert error["reason"] == "has gone back to v1.13.0, not to v1.13.9"
    assert result["actions"] == [f"roll back node {worker}: version v1.13.1 → v1.13.9"]
    assert (pair.boots[0], pair.versions) == (before[0], ["v1.13.1", "v1.13.0"])
    assert pair.serves()


@pytest.mark.parametrize("firmware", [False, pytest.param(True, marks=pytest.mark.full)])
def test_a_machine_with_nothing_to_go_back_to_says_so_and_goes_on(pair: Undone, firmware: bool) -> None:
    machine, worker = pair.machines[1], pair.addresses[1:]
    machine._remember(slots=Slots(machine._state.slots.default))
    if firmware:
        pair.done("talos_power", nodes=worker, mode="powercycle")
        error = pair.refused_as_told("talos_rollback", nodes=worker, to="v1.13.0")
        assert error["reason"] == "has no other Talos to go back to"
    else:
        before = pair.boots
        error = pair.refused("talos_rollback", nodes=worker, to="v1.13.0")
        assert (error["reason"], pair.boots) == ("previous UKI not found", before)
    assert (error["kind"], error["object"]) == ("precondition", f"node {worker[0]}")


def test_an_upgrade_that_was_not_started_yet_is_no_way_back(pair: Undone) -> None:
    pair.loop.run(pair.machines[1].install_upgrade(image("v1.13.2")))
    error = pair.refused("talos_rollback", nodes=pair.addresses[1:])
    assert (error["kind"], error["reason"]) == ("never_ready", "has restarted, and runs v1.13.1 as before")


def test_another_schematic_of_the_same_version_is_a_way_back(pair: Undone) -> None:
    worker = pair.addresses[1:]
    pair.done("talos_upgrade", image=image("v1.13.1", OTHER), nodes=worker)
    done = pair.as_told("talos_rollback", nodes=worker)
    assert (done["nodes"][0]["version"], done["nodes"][0]["schematic"] == OTHER) == ("v1.13.1", False)


@pytest.mark.parametrize("stage", ["rebooting", pytest.param("booting", marks=pytest.mark.full)])
def test_a_cut_connection_stops_the_run_and_the_next_one_goes_on(pair: Undone, stage: str) -> None:
    before, worker = pair.boots, pair.machines[1]
    pair.cut(1, lambda: worker.stage == stage)
    result = pair.stopped(to="v1.13.0", wait_timeout=4)
    assert (result["error"]["kind"], result["error"]["object"]) == ("timeout", f"node {pair.addresses[1]}")
    assert "next run goes on" in result["error"]["hint"]
    assert (pair.boots[0], pair.versions) == (before[0], ["v1.13.1", "v1.13.0"])
    pair.off("refuse")
    until(lambda: worker.stage == "running", "the worker")
    done = pair.done("talos_rollback", to="v1.13.0", reach_timeout=20)
    assert done["actions"] == [f"roll back node {pair.address}: version v1.13.1 → v1.13.0"]
    assert pair.versions == ["v1.13.0"] * 2


# ---- three members


def test_the_members_of_etcd_go_one_by_one_and_none_while_another_is_down(
    lab_programs: dict[str, Path], tmp_path: Path
) -> None:
    with new_site(tmp_path, Undone, servers=3) as three:
        three.assemble(control_planes=3)
        three.done("talos_upgrade", image=image("v1.13.1"))
        three.loop.run(three.machines[2].power_off(graceful=False))
        error = three.refused_as_told("talos_rollback", to="v1.13.0", nodes=three.addresses[:2])
        assert error["kind"] == "precondition"
        three.loop.run(three.machines[2].power_on())
        until(lambda: three.machines[2].stage == "running", "the third machine")
        done = three.as_told("talos_rollback", to="v1.13.0", reach_timeout=20)
        assert (done["impact"], three.versions) == ("node_reboot", ["v1.13.0"] * 3)
