# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes is upgraded on a cluster that the modules made, with what goes wrong on the way, over the real wire.

The lab's programs are of one version; what its kubelets show of them are the images of the configuration.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.config import private_directory
from tests.lab.conftest import lab_programs, until

from .test_talos import new_site
from .test_talos_nodes import Rack

__all__ = ["lab_programs"]

# The file takes minutes, on a cluster of its own.
pytestmark = pytest.mark.full

OLD, NEW = "v1.36.0", "v1.36.3"
LATER = [{"machine": {"sysctls": {"net.core.somaxconn": "8192"}}}]
STATIC = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")


class Cluster(Rack):
    """Machines whose configurations say which Kubernetes runs; their nodes are ready though there is no CNI."""

    def options(self, module: str) -> dict[str, Any]:
        if module != "talos_k8s_upgrade":
            return super().options(module)
        return {"talosconfig": str(self.folder / "talosconfig"), "wait_timeout": 90, "reach_timeout": 20}

    def ready_nodes(self) -> None:
        """As after a CNI has written its configuration, which stays on the disk."""
        for server in self.simulator.servers:
            folder = private_directory(self.simulator.lab.server_state(server.machine.spec) / "kubernetes")
            os.close(os.open(folder / "cni-configured", os.O_CREAT | os.O_WRONLY, 0o600))

    @property
    def images(self) -> list[dict[str, str]]:
        """The tags of the images in each machine's configuration."""
        found = []
        for machine in self.machines:
            assert machine.persistent is not None
            sections = {name: machine.persistent.get(f"cluster.{name}.image", "") for name in CLUSTER}
            sections["kubelet"] = machine.persistent.get("machine.kubelet.image", "")
            found.append({name: image.rpartition(":")[2] for name, image in sections.items() if image})
        return found

    def fault(self, name: str, index: int, **how: Any) -> None:
        async def switch() -> None:
            self.simulator.faults.switch_on(name, self.machines[index].spec.name, **how)

        self.loop.run(switch())

    def off(self, name: str) -> None:
        async def switch() -> None:
            self.simulator.faults.switch_off(name)

        self.loop.run(switch())

    def fault_when(self, name: str, index: int, when: Callable[[], bool]) -> None:
        """A fault that comes in the middle."""

        async def wait() -> None:
            while not when():
                await asyncio.sleep(0.01)
            self.simulator.faults.switch_on(name, self.machines[index].spec.name)

        async def begin() -> asyncio.Task[None]:
            return asyncio.create_task(wait())

        self.loop.run(begin())

    def back(self) -> None:
        """Everything as it was, by the way that a user must not take."""
        for name in ("kill-apiserver", "image-missing"):
            self.off(name)
        for machine in self.machines:
            machine.images.clear()
        self.done("talos_config")
        self.done("talos_apply", kubernetes_upgrade="allowed")
        self.settled(OLD)

    def settled(self, version: str) -> None:
        def same() -> bool:
            told = self.call("talos_k8s_upgrade", to=version, check=True, pending=False)
            return not told.get("failed") and not told["changed"] and self.run_everywhere(told, version)

        until(same, f"Kubernetes {version} everywhere", 90)

    @staticmethod
    def run_everywhere(told: dict[str, Any], version: str) -> bool:
        runs = {value for node in told["nodes"] for key, value in node.items() if key.startswith("kube")}
        return runs <= {version, None}


CLUSTER = ("apiServer", "controllerManager", "scheduler", "proxy")


@pytest.fixture(scope="module")
def two(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A control plane of one machine, and a worker."""
    with new_site(tmp_path_factory.mktemp("pair"), Cluster, servers=2) as cluster:
        cluster.ready_nodes()
        cluster.assemble(control_planes=1)
        cluster.settled(OLD)
        yield cluster


@pytest.fixture
def pair(two: Cluster) -> Iterator[Cluster]:
    yield two
    two.back()


def expected(cluster: Cluster) -> list[str]:
    """The whole way, for one control-plane machine and a worker."""
    plane, worker = cluster.addresses
    places = [*((program, plane) for program in (*STATIC, "kube-proxy", "kubelet")), ("kubelet", worker)]
    return [f"upgrade {program} on node {address}: version {OLD} → {NEW}" for program, address in places]


def test_every_component_is_upgraded_in_order_as_check_mode_told(pair: Cluster) -> None:
    boots = pair.boots
    done = pair.as_told("talos_k8s_upgrade", to=NEW)
    assert done["actions"] == expected(pair)
    assert (done["impact"], done["version"], pair.boots) == ("service_restart", NEW, boots)
    assert pair.images == [dict.fromkeys((*CLUSTER, "kubelet"), NEW), {"kubelet": NEW}]
    assert pair.run_everywhere(done, NEW)
    assert [node["kube_apiserver"] for node in done["nodes"]] == [NEW, None]
    pulled = {name for place in pair.machine.images._images.values() for name in place}
    assert f"registry.k8s.io/kube-apiserver:{NEW}" in pulled
    assert f"ghcr.io/siderolabs/kubelet:{NEW}" in pulled
    for check in (True, False):
        assert pair.done("talos_k8s_upgrade", to=NEW, check=check, pending=False)["actions"] == []
    new = {**pair.options("talos_config")["cluster"], "kubernetes_version": NEW}
    pair.done("talos_config", cluster=new)
    assert pair.done("talos_apply", check=True)["actions"] == []  # the files agree with the machines
    pair.done("talos_config")
    error = pair.refused_as_told("talos_apply")  # never all machines at once
    assert (error["kind"], error["object"]) == ("precondition", f"node {pair.address}")
    assert f"brings kube-apiserver from {NEW} to {OLD}" in error["reason"]
    error = pair.refused_as_told("talos_k8s_upgrade", to=OLD)
    assert (error["kind"], error["path"]) == ("invalid_input", "to")
    assert "downgrade" in error["reason"]


def test_what_cannot_be_is_refused_before_anything_is_touched(pair: Cluster) -> None:
    before = pair.images
    error = pair.refused_as_told("talos_k8s_upgrade", to="v1.37.0")
    assert (error["kind"], error["path"]) == ("invalid_input", "to")
    assert error["reason"] == "Talos 1.13 does not run Kubernetes v1.37.0"
    error = pair.refused_as_told("talos_k8s_upgrade", to=NEW, nodes=pair.addresses[1:])
    assert (error["kind"], error["object"]) == ("precondition", "node e1")
    error = pair.refused_as_told("talos_k8s_upgrade", to=NEW, images={"kubelet": "example.net/kubelet:v1.36.1"})
    assert (error["kind"], error["path"]) == ("invalid_input", "images.kubelet")
    assert pair.images == before


def test_a_configuration_that_waits_for_a_restart_is_not_brought_in(pair: Cluster) -> None:
    later = {**pair.options("talos_config"), "cluster": {**pair.options("talos_config")["cluster"], "patches": LATER}}
    pair.done("talos_config", **later)
    pair.done("talos_apply", mode="staged")
    before = pair.images
    error = pair.refused_as_told("talos_k8s_upgrade", to=NEW)
    assert (error["kind"], pair.images) == ("precondition", before)
    assert "waits for a restart" in error["reason"]


def test_an_image_that_is_missing_leaves_everything_untouched(pair: Cluster) -> None:
    before = pair.images
    pair.fault("image-missing", 1, count=1)
    result = pair.call("talos_k8s_upgrade", to=NEW)
    error = result["error"]
    assert (error["kind"], error["path"], error["object"]) == ("not_found", "to", f"node {pair.addresses[1]}")
    assert f"ghcr.io/siderolabs/kubelet:{NEW}" in error["reason"]
    assert (result["actions"], pair.images) == ([], before)


def test_an_api_server_that_does_not_return_stops_the_run_and_the_next_one_goes_on(pair: Cluster) -> None:
    pair.fault_when("kill-apiserver", 0, lambda: pair.images[0]["apiServer"] == NEW)
    result = pair.call("talos_k8s_upgrade", to=NEW, wait_timeout=6)
    error, way = result["error"], expected(pair)
    assert (error["kind"], error["object"]) == ("timeout", f"kube-apiserver on node {pair.address}")
    assert "next run goes on" in error["hint"]
    assert result["actions"] == way[:1]
    assert pair.images[0] == {**dict.fromkeys((*CLUSTER, "kubelet"), OLD), "apiServer": NEW}
    refused = pair.call("talos_k8s_upgrade", to=NEW, reach_timeout=1)
    assert (refused["error"]["kind"], refused["actions"]) == ("unreachable", [])
    pair.off("kill-apiserver")
    done = pair.done("talos_k8s_upgrade", to=NEW, reach_timeout=60)
    assert done["actions"] == way[1:]
    assert pair.run_everywhere(done, NEW)


def test_workers_follow_by_themselves(pair: Cluster) -> None:
    way = expected(pair)
    kubeconfig = str(pair.folder / "kubeconfig")
    pair.done("talos_kubeconfig")
    done = pair.as_told("talos_k8s_upgrade", to=NEW, kubelet=False, kubeconfig=kubeconfig)
    assert done["actions"] == way[:4]
    done = pair.as_told("talos_k8s_upgrade", to=NEW, nodes=pair.addresses[1:])
    assert done["actions"] == way[-1:]
