# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What etcd can spare, in which order machines go down, and what is refused on the way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    Busy,
    InvalidInput,
    NfviError,
    Precondition,
    Unreachable,
    Unsupported,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Readiness, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_power, talos_reset
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.etcd_quorum import Quorum, Voter
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_descent import gone
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_machine import Machine
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_nodes import Pace, chunks, named
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_ready import Journey

SILENT = Unreachable("connection refused")


def machine(kind: str = "controlplane", **changes: Any) -> Machine:
    fields = {
        "maintenance": False,
        "version": "v1.13.0",
        "hostname": "e1",
        "stage": "running",
        "ready": True,
        "unmet": (),
        "boot_id": "b1",
        "configuration": f"version: v1alpha1\nmachine: {{type: {kind}}}\n",
    }
    return Machine(**{**fields, **changes})


def etcd(*well: bool) -> Quorum:
    """A member for each flag; the machine of c1 is at 10.0.0.1."""
    voters = (Voter(f"a{n}", f"c{n}", each, "" if each else "is down") for n, each in enumerate(well, start=1))
    return Quorum(tuple(voters), {f"10.0.0.{n}": f"a{n}" for n in range(1, len(well) + 1)})


def way(**options: Any) -> talos_power.Way:
    return talos_power.Way.parse(Given(options))


def wipe(**options: Any) -> talos_reset.Way:
    return talos_reset.Way.parse(Given(options))


# ---- etcd


@pytest.mark.parametrize(
    ("well", "gone", "lost"),
    [
        ((True, True, True), {"a1"}, False),
        ((True, True, True), {"a1", "a2"}, True),
        ((True, True, False), {"a1"}, True),
        ((True, True, False), {"a3"}, False),  # what does not work takes nothing with it
        ((True, False, False), {"a2"}, False),
        ((True, True), {"a1"}, True),
        ((True,), {"a1"}, True),
        ((True,) * 5, {"a1", "a2"}, False),
        ((True,) * 5, {"a1", "a2", "a3"}, True),
        ((), {"a1"}, False),
    ],
)
def test_a_majority_must_be_left(well: tuple[bool, ...], gone: set[str], lost: bool) -> None:
    assert bool(etcd(*well).loss(gone)) is lost


@given(strategies.lists(strategies.booleans(), min_size=1, max_size=7), strategies.sets(strategies.integers(1, 7)))
def test_who_stops_may_not_be_missed(well: list[bool], stopping: set[int]) -> None:
    """Stopping some and then looking is the same as asking before."""
    before, ids = etcd(*well), {f"a{n}" for n in stopping if n <= len(well)}
    working = any(voter.well for voter in before.voters if voter.id in ids)
    assert bool(before.loss(ids)) is bool(working and before.after_stopping(ids).lack())


def test_the_loss_names_the_members_that_do_not_work() -> None:
    assert etcd(True, True, False).loss({"a1"}) == "etcd would have 1 of its 3 members, and needs 2 (c3: is down)"


# ---- order


def test_workers_go_first_and_the_control_plane_one_by_one() -> None:
    names = [f"10.0.0.{n}" for n in range(1, 7)]
    machines = {name: machine("controlplane" if n < 3 else "worker") for n, name in enumerate(names)}
    pace = Pace.parse(Given({"limit": 2}))
    assert pace.batches(machines) == [("10.0.0.4", "10.0.0.5"), ("10.0.0.6",), *chunks(names[:3], 1)]
    quick = Pace.parse(Given({"limit": 9, "control_plane_limit": 2}))
    assert quick.batches(machines) == [tuple(names[3:]), tuple(names[:2]), (names[2],)]


@pytest.mark.parametrize("nodes", [[], ["10.0.0.1", "10.0.0.1:50000"], [""]])
def test_machines_are_named_once(nodes: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        named(Given({"nodes": nodes}))
    assert caught.value.path[0] == "nodes"


# ---- restart and shutdown


def test_a_restart_keeps_etcds_majority() -> None:
    batches = [("10.0.0.1",), ("10.0.0.2",), ("10.0.0.3",)]
    steps = talos_power.plan_power(way(), batches, etcd(True, True, True))
    assert [str(step) for step in steps.values()] == [f"reboot node 10.0.0.{n}" for n in (1, 2, 3)]
    assert {step.impact for step in steps.values()} == {Impact.NODE_REBOOT}


def test_a_batch_that_takes_the_majority_is_refused_and_told_when_it_is_allowed() -> None:
    batches = [("10.0.0.1", "10.0.0.2")]
    with pytest.raises(Precondition, match="1 of its 3 members") as caught:
        talos_power.plan_power(way(), batches, etcd(True, True, True))
    assert caught.value.object == "nodes 10.0.0.1, 10.0.0.2"
    steps = talos_power.plan_power(way(quorum="ignored"), batches, etcd(True, True, True))
    assert {step.impact for step in steps.values()} == {Impact.OUTAGE}


def test_the_only_member_may_restart_and_may_not_stay_away() -> None:
    steps = talos_power.plan_power(way(), [("10.0.0.1",)], etcd(True))
    assert steps["10.0.0.1"].impact == Impact.OUTAGE
    with pytest.raises(Precondition):
        talos_power.plan_power(way(state="shutdown"), [("10.0.0.1",)], etcd(True))


def test_shutdowns_add_up() -> None:
    batches = [("10.0.0.1",), ("10.0.0.2",)]
    with pytest.raises(Precondition) as caught:
        talos_power.plan_power(way(state="shutdown"), batches, etcd(True, True, True))
    assert caught.value.object == "node 10.0.0.2"
    assert "c1: is switched off" in caught.value.reason


@pytest.mark.parametrize(
    ("seen", "options", "error"),
    [
        (machine(maintenance=True, stage="maintenance"), {}, Precondition),
        (machine(stage="upgrading"), {}, Busy),
        (machine(version="v1.11.5"), {"mode": "force"}, Unsupported),
    ],
)
def test_machines_that_talos_would_not_take_down(seen: Machine, options: Any, error: type[NfviError]) -> None:
    with pytest.raises(error):
        talos_power.refuse_machines(way(**options), {"10.0.0.1": seen})


@pytest.mark.parametrize(
    ("seen", "options"),
    [
        (machine(stage="booting"), {}),
        (machine(version="v1.12.0"), {"mode": "force"}),
        (machine(version="v1.11.5"), {"mode": "force", "state": "shutdown"}),
        (None, {}),
    ],
)
def test_machines_that_can_go_down(seen: Machine | None, options: Any) -> None:
    talos_power.refuse_machines(way(**options), {"10.0.0.1": seen})


def test_a_shutdown_is_no_power_cycle() -> None:
    with pytest.raises(InvalidInput) as caught:
        way(state="shutdown", mode="powercycle")
    assert caught.value.path == ("mode",)


@pytest.mark.parametrize(
    ("seen", "signs", "kind"),
    [
        (SILENT, 3, Ready),
        (SILENT, 1, NotYet),
        (machine(stage="shutting down"), 0, NotYet),
        (machine(boot_id="b2"), 0, Never),
        (NfviError("foreign"), 3, Never),
    ],
)
def test_gone(seen: Machine | NfviError, signs: int, kind: type[Readiness]) -> None:
    assert isinstance(gone(seen, Journey("b1", signs=signs)), kind)


# ---- reset


def test_a_member_that_leaves_does_not_count_any_more() -> None:
    batches = [("10.0.0.1",), ("10.0.0.2",)]
    steps = talos_reset.plan_reset(wipe(), batches, etcd(True, True, True))
    assert [str(step) for step in steps.values()] == [f"wipe system disk of node 10.0.0.{n}" for n in (1, 2)]
    with pytest.raises(Precondition, match="needs 2"):
        talos_reset.plan_reset(wipe(graceful=False), batches, etcd(True, True, True))


@pytest.mark.parametrize(
    ("options", "well", "said"),
    [
        ({}, (True,), "last member"),
        ({"force": True}, (True,), "cannot leave"),
        ({}, (True, False), "needs 1"),
        ({}, (True, True, False), "needs 2"),
    ],
)
def test_the_last_member_and_the_majority_are_not_wiped(options: Any, well: tuple[bool, ...], said: str) -> None:
    with pytest.raises(Precondition, match=said):
        talos_reset.plan_reset(wipe(**options), [("10.0.0.1",)], etcd(*well))


def test_by_force_they_are() -> None:
    assert talos_reset.plan_reset(wipe(force=True, graceful=False), [("10.0.0.1",)], etcd(True))
    assert talos_reset.plan_reset(wipe(force=True), [("10.0.0.1",)], etcd(True, True, False))


def test_a_member_that_does_not_work_can_leave() -> None:
    assert talos_reset.plan_reset(wipe(), [("10.0.0.3",)], etcd(True, True, False))


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"wipe_mode": "system-disk", "user_disks_to_wipe": ["/dev/sdb"]}, "user_disks_to_wipe"),
        ({"wipe_mode": "user-disks", "system_labels_to_wipe": ["STATE"]}, "system_labels_to_wipe"),
        ({"wipe_mode": "user-disks"}, "user_disks_to_wipe"),
    ],
)
def test_wishes_that_contradict_each_other(options: Any, key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        wipe(**options)
    assert caught.value.path == (key,)


@pytest.mark.parametrize(
    ("disk", "said"),
    [
        ({"device": "/dev/sda", "system": True, "readonly": False}, "has no disk /dev/sdb; it has /dev/sda"),
        ({"device": "/dev/sdb", "system": True, "readonly": False}, "is its system disk"),
        ({"device": "/dev/sdb", "system": False, "readonly": True}, "is read-only"),
    ],
)
def test_disks_that_cannot_be_wiped(disk: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        talos_reset.refuse_disks(wipe(user_disks_to_wipe=["/dev/sdb"]), {"10.0.0.1": (disk,)})
    assert caught.value.path == ("user_disks_to_wipe", 0)


def test_what_is_left_without_state_is_a_machine_in_maintenance_mode() -> None:
    assert wipe().forgets
    assert wipe(system_labels_to_wipe=["STATE", "EPHEMERAL"]).forgets
    assert not wipe(system_labels_to_wipe=["EPHEMERAL"]).forgets
    seen = machine(maintenance=True, stage="maintenance", configuration=None)
    with pytest.raises(Precondition):
        talos_reset.refuse_machines(wipe(system_labels_to_wipe=["EPHEMERAL"]), {"10.0.0.1": seen})


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (machine(maintenance=True, stage="maintenance"), Ready),
        (machine(maintenance=True, stage="booting"), NotYet),
        (machine(stage="resetting"), NotYet),
        (machine(boot_id="b2"), Never),
        (SILENT, NotYet),
    ],
)
def test_forgotten(seen: Machine | NfviError, kind: type[Readiness]) -> None:
    assert isinstance(talos_reset.forgotten(seen, Journey("b1")), kind)
