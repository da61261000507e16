# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines of the lab are waited for: what a resource says, also across a restart, and the cluster's health."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import CNI, lab_programs, until

from .test_talos import new_site
from .test_talos_nodes import Rack

__all__ = ["lab_programs"]

STATUS = {"type": "machinestatus", "id": "machine"}
RUNNING = [{"path": "stage", "equals": "running"}]


class Waiting(Rack):
    """A rack whose machines are waited for."""

    def options(self, module: str) -> dict[str, Any]:
        if module == "talos_wait":
            return {"talosconfig": str(self.folder / "talosconfig"), "nodes": self.addresses, "wait_timeout": 30}
        return super().options(module)


@pytest.fixture(scope="module")
def pair(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Waiting]:
    """A control plane of one machine, and a worker."""
    with new_site(tmp_path_factory.mktemp("pair"), Waiting, servers=2) as rack:
        rack.assemble(control_planes=1)
        yield rack


def test_what_is_so_already_is_not_waited_for(pair: Waiting) -> None:
    for check in (True, False):
        told = pair.done("talos_wait", check=check, resource=STATUS, conditions=RUNNING)
        assert (told["verified"], told["changed"]) == (True, False)
        assert [node["ready"] for node in told["nodes"]] == [True, True]
        assert told["nodes"][1]["resource"]["spec"]["stage"] == "running"
    gone = pair.done("talos_wait", resource={"type": "links", "id": "eth99"}, state="absent")
    assert [node["resource"] for node in gone["nodes"]] == [None, None]


def test_the_time_is_over_and_the_last_value_of_each_machine_is_told(pair: Waiting) -> None:
    conditions = [{"equals": "worker"}]
    wanted = {"type": "machinetype", "id": "machine-type"}
    told = pair.done("talos_wait", check=True, resource=wanted, conditions=conditions)
    assert (told["verified"], [node["ready"] for node in told["nodes"]]) == (False, [False, True])
    error = pair.refused("talos_wait", resource=wanted, conditions=conditions, wait_timeout=1)
    assert (error["kind"], error["object"], error["retryable"]) == ("timeout", f"node {pair.address}", True)
    assert error["reason"] == f"not so after 1 s: node {pair.address}: the spec is not worker: controlplane"
    error = pair.refused("talos_wait", resource={"type": "links", "id": "eth99"}, wait_timeout=1)
    assert error["reason"].endswith(f"node {pair.addresses[1]}: is not there")


def test_what_cannot_be_waited_for_is_refused_at_once(pair: Waiting) -> None:
    for wanted, place in (({"type": "unicorns", "id": "a"}, "unicorns"), ({"type": "mc", "id": "v1alpha1"}, "secrets")):
        for check in (True, False):
            error = pair.refused("talos_wait", check=check, resource=wanted)
            assert (error["kind"], error["path"], place in error["reason"]) == ("invalid_input", "resource.type", True)


def test_a_change_is_seen_when_it_happens(pair: Waiting) -> None:
    """The service is stopped while it is waited for; nothing is asked twice."""
    worker = pair.machines[1]

    async def stop() -> None:
        await asyncio.sleep(1.0)
        await worker.stop_service("ext-hello")

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(stop())

    stopping = pair.loop.run(begin())
    gone = {"resource": {"type": "svc", "id": "ext-hello"}, "state": "absent", "nodes": pair.addresses[1:]}
    assert pair.done("talos_wait", **gone)["nodes"][0]["ready"]
    assert stopping.done()
    pair.loop.run(worker.start_service("ext-hello"))


def test_a_machine_that_restarts_is_watched_again(pair: Waiting) -> None:
    worker, before = pair.machines[1], pair.boots[1]
    pair.loop.run(worker.reboot(""))
    until(lambda: worker.stage != "running", "the reboot")
    pair.done("talos_wait", resource=STATUS, conditions=RUNNING)
    assert (worker.stage, pair.boots[1] != before) == ("running", True)


def test_health(pair: Waiting, lab_programs: dict[str, Path]) -> None:
    without = pair.done("talos_wait", health=True, nodes_ready=False)["health"]
    assert without["healthy"]
    assert [check["name"] for check in without["checks"] if check["state"] == "skipped"] == ["nodes"]
    told = pair.done("talos_wait", check=True, health=True)
    assert (told["verified"], told["health"]["healthy"]) == (False, False)
    error = pair.refused("talos_wait", health=True, wait_timeout=1)
    assert (error["kind"], "node e2 is not ready" in error["reason"]) == ("timeout", True)
    pair.done("talos_kubeconfig")
    kubectl = [str(lab_programs["kubectl"]), f"--kubeconfig={pair.folder / 'kubeconfig'}", "apply", "-f", "-"]
    subprocess.run(kubectl, input=CNI.encode(), check=True, timeout=60, capture_output=True)
    well = pair.done("talos_wait", health=True)["health"]
    assert {check["state"] for check in well["checks"]} == {"passed"}


def test_an_unwell_cluster_says_what_is_wrong_with_it(pair: Waiting) -> None:
    error = pair.refused("talos_wait", health=True, nodes_ready=False, nodes=pair.addresses[1:], wait_timeout=1)
    assert "no control-plane machine is named" in error["reason"]
    pair.loop.run(pair.machines[1].stop_service("kubelet"))
    error = pair.refused("talos_wait", health=True, nodes_ready=False, wait_timeout=1)
    assert f"kubelet of {pair.addresses[1]} is Finished" in error["reason"]
    pair.loop.run(pair.machines[1].start_service("kubelet"))
    assert pair.done("talos_wait", health=True, nodes_ready=False)["health"]["healthy"]
