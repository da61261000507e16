# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a machine has arrived, and when it never will."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.clock import Clock
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    Forbidden,
    NeverReady,
    NfviError,
    Timeout,
    Unreachable,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Readiness, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_machine import Machine
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_ready import (
    Journey,
    arrived,
    etcd_ready,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_wait import patiently, wait_for

SILENT = Unreachable("connection refused", object="node e1")


def machine(stage: str = "running", services: dict[str, str] | None = None, **changes: Any) -> Machine:
    states = {
        name: {"id": name, "state": state, "healthy": True, "message": "m"} for name, state in (services or {}).items()
    }
    fields = {"maintenance": False, "version": "v1.13.0", "hostname": "e1", "ready": True, "unmet": (), "boot_id": "b1"}
    return Machine(**{**fields, "stage": stage, "services": states, **changes})


@pytest.mark.parametrize(
    ("seen", "journey", "kind"),
    [
        (machine(), Journey(), Ready),
        (machine("booting", {"etcd": "Preparing"}), Journey(), Ready),
        (machine("booting", {"kubelet": "Running"}), Journey(), Ready),
        (machine("booting", {"kubelet": "Waiting"}), Journey(), NotYet),
        (machine("booting", {"apid": "Running"}), Journey(), NotYet),
        (machine("booting", {"etcd": "Failed"}), Journey(), NotYet),
        (machine("installing"), Journey(), NotYet),
        (machine("rebooting"), Journey(), NotYet),
        (machine(), Journey(boot_before="b1"), NotYet),
        (machine("booting", {"etcd": "Preparing"}), Journey(boot_before="b0", etcd_before=True), NotYet),
        (machine("booting", {"etcd": "Running"}), Journey(boot_before="b0", etcd_before=True), Ready),
        (machine(), Journey(boot_before="b0"), Ready),
        (machine("maintenance", maintenance=True), Journey(), NotYet),
        (machine("maintenance", maintenance=True), Journey(left=True), Never),
        (machine("maintenance", maintenance=True, failures=("install: no space",)), Journey(), Never),
        (machine("maintenance", maintenance=True, failures=("old",)), Journey(failures_before=("old",)), NotYet),
        (SILENT, Journey(), NotYet),
        (Forbidden("no"), Journey(), Never),
    ],
)
def test_arrival(seen: Machine | NfviError, journey: Journey, kind: type[Readiness]) -> None:
    assert isinstance(arrived(seen, journey), kind)


def test_a_journey_knows_that_the_machine_has_left_maintenance_mode() -> None:
    start = Journey()
    assert not start.after(machine("maintenance", maintenance=True)).left
    assert start.after(machine("installing")).left
    assert not start.after(SILENT).after(machine("maintenance", maintenance=True)).left  # a hiccup
    assert start.after(SILENT).after(SILENT).after(SILENT).left  # a restart


def test_another_certificate_in_maintenance_mode_speaks_for_a_restart() -> None:
    same, other = (machine("maintenance", maintenance=True, certificate=name) for name in ("c0", "c1"))
    journey = Journey(certificate_before="c0")
    assert not journey.after(same).after(same).after(same).left
    assert not journey.after(other).after(same).after(other).left
    assert journey.after(other).after(other).after(other).left


def test_the_reason_of_a_failed_installation_is_told() -> None:
    seen = machine("maintenance", maintenance=True, failures=("install: no space left",))
    verdict = arrived(seen, Journey(left=True))
    assert isinstance(verdict, Never)
    assert "no space left" in verdict.why


@pytest.mark.parametrize(
    ("services", "ready"),
    [
        ({}, False),
        ({"etcd": {"state": "Preparing", "healthy": None, "message": ""}}, False),
        ({"etcd": {"state": "Running", "healthy": False, "message": "x"}}, False),
        ({"etcd": {"state": "Running", "healthy": True, "message": "x"}}, True),
    ],
)
def test_etcd(services: dict[str, Any], ready: bool) -> None:
    assert isinstance(etcd_ready(services), Ready) is ready


class Steps(Clock):
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += max(seconds, 0.01)


def test_waiting_ends_when_all_are_ready_and_tells_each_reason_once() -> None:
    told: list[str] = []
    looks = iter([[NotYet("a"), Ready()], [NotYet("a")], [NotYet("b")], [Ready()]])
    wait_for(["n1", "n2"], lambda names: next(looks), Mode(progress=told.append, clock=Steps()), 60)
    assert told == ["n1: a", "n1: b"]


def test_waiting_fails_at_once_where_it_cannot_help_and_otherwise_in_time() -> None:
    with pytest.raises(NeverReady, match="broken"):
        wait_for(["n1"], lambda names: [Never("broken")], Mode(clock=Steps()), 60)
    with pytest.raises(Timeout, match="not ready after 5 s: n1: still"):
        wait_for(["n1"], lambda names: [NotYet("still")], Mode(clock=Steps()), 5)


def test_patience_asks_again_only_where_it_may_help() -> None:
    asked: list[list[str]] = []
    answers: dict[str, list[Any]] = {"n1": [SILENT, SILENT, 1], "n2": [2], "n3": [Forbidden("no")]}

    def look(names: list[str]) -> list[Any]:
        asked.append(names)
        return [answers[name].pop(0) for name in names]

    found: list[Any] = patiently(look, ["n1", "n2", "n3"], Mode(clock=Steps()), 60)
    assert asked == [["n1", "n2", "n3"], ["n1"], ["n1"]]
    assert found[:2] == [1, 2]
    assert isinstance(found[2], Forbidden)
