# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Talos modules take a bare machine of the lab to Kubernetes; check mode tells the way; a fault is one error."""

from __future__ import annotations

import importlib
import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.call import Call, perform
from lab import config
from lab.daemon import Simulator
from lab.machine import Machine
from tests.lab.conftest import Loop, lab_programs, own_block, until

__all__ = ["lab_programs"]

MODULES = "ansible_collections.kubevim.nfvi.plugins.modules."
STEPS = ("talos_secrets", "talos_config", "talos_apply", "talos_bootstrap", "talos_kubeconfig")


@dataclass
class Site:
    """One machine of the lab, and the options with which the modules are called for it."""

    simulator: Simulator
    loop: Loop
    folder: Path
    patches: list[Any] = field(default_factory=list)
    shown: list[Any] = field(default_factory=list)

    @property
    def machine(self) -> Machine:
        return self.simulator.servers[0].machine

    @property
    def address(self) -> str:
        return self.machine.spec.address

    def options(self, module: str) -> dict[str, Any]:
        file = {name: str(self.folder / name) for name in ("secrets.yaml", "talosconfig", "kubeconfig", "config")}
        spec = self.machine.spec
        cluster = {
            "name": "edge",
            "endpoint": f"https://{self.address}:6443",
            "talos_version": "v1.13.0",
            "kubernetes_version": "v1.36.0",
            "cni": "none",
            "patches": self.patches,
        }
        named = {"path": file["talosconfig"], "context": "edge", "endpoints": [self.address]}
        node = {"address": self.address, "config": f"{file['config']}/e1.yaml", "macs": [spec.nics[0].mac]}
        return {
            "talos_secrets": {"path": file["secrets.yaml"], "talos_version": "v1.13.0", "talosconfig": named},
            "talos_config": {
                "secrets": file["secrets.yaml"],
                "config_dir": file["config"],
                "cluster": cluster,
                "nodes": [{"name": "e1", "install_disk": f"/dev/{spec.disks[0].name}"}],
            },
            "talos_apply": {"talosconfig": file["talosconfig"], "nodes": [node], "wait_timeout": 60},
            "talos_bootstrap": {"talosconfig": file["talosconfig"], "node": self.address, "wait_timeout": 120},
            "talos_kubeconfig": {
                "talosconfig": file["talosconfig"],
                "node": self.address,
                "path": file["kubeconfig"],
            },
            "talos_info": {"talosconfig": file["talosconfig"], "nodes": [self.address]},
            "talos_etcd": {"talosconfig": file["talosconfig"], "nodes": [self.address]},
            "talos_etcd_snapshot": {"talosconfig": file["talosconfig"], "node": self.address},
            "talos_client_config": {
                "secrets": file["secrets.yaml"],
                "path": str(self.folder / "noc"),
                "context": "noc",
                "endpoints": [self.address],
            },
        }[module]

    def call(self, module: str, *, check: bool = False, **changes: Any) -> dict[str, Any]:
        call: Call = importlib.import_module(MODULES + module).CALL
        options = {"pending": check, **self.options(module), **changes}
        validated = ArgumentSpecValidator(call.spec, **call.rules).validate(options)
        assert validated.error_messages == []
        progress = self.shown.append
        result = perform(call, validated.validated_parameters, check=check, diff=True, progress=progress)
        self.shown.append(result)
        return result

    def done(self, module: str, **changes: Any) -> dict[str, Any]:
        result = self.call(module, **changes)
        assert not result.get("failed"), result["msg"]
        return result

    def refused(self, module: str, **changes: Any) -> dict[str, Any]:
        result = self.call(module, **changes)
        assert result.get("failed"), result
        error: dict[str, Any] = result["error"]
        return error

    def switch(self, fault: str, *, on: bool) -> None:
        """Switch a fault of the machine, on the loop that the lab runs on."""

        async def switch() -> None:
            faults = self.simulator.faults
            (faults.switch_on if on else faults.switch_off)(fault, self.machine.spec.name)

        self.loop.run(switch())

    def power_on(self) -> None:
        self.loop.run(self.machine.power_on())
        until(lambda: self.machine.stage == "maintenance", "maintenance mode")


AnySite = TypeVar("AnySite", bound=Site)


@contextmanager
def new_site(
    folder: Path, kind: type[AnySite], servers: int | list[Any] = 1, talos_version: str = config.DEFAULT_TALOS
) -> Iterator[AnySite]:
    with own_block() as block, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        file = folder / "lab.yml"
        timing = "timing: {boot: 0.2, install: 0.6, reboot: 0.4}"
        file.write_text(f"servers: {servers}\n{timing}\ntalos_version: {talos_version}\n")
        loop = Loop()
        simulator = loop.run(_started(config.load(file, name="t", block=block)))
        try:
            yield kind(simulator, loop, folder / "site")
        finally:
            loop.run(simulator.close())
            loop.close()


async def _started(lab: config.LabConfig) -> Simulator:
    simulator = Simulator(lab)
    await simulator.start()
    return simulator


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with new_site(tmp_path, Site) as found:
        yield found


@pytest.fixture(scope="module")
def cluster(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A machine that the modules have taken to Kubernetes; every step's prediction is kept in ``predicted``."""
    with new_site(tmp_path_factory.mktemp("cluster"), Site) as found:
        found.power_on()
        for step in STEPS:
            found.done(step)
        yield found


def test_check_mode_tells_the_whole_way_before_anything_exists(site: Site) -> None:
    predicted = [site.done(step, check=True) for step in STEPS]
    verbs = [result["actions"][0].split()[0] for result in predicted]
    assert verbs == ["create", "create", "configure", "bootstrap", "create"]
    assert [result["verified"] for result in predicted] == [True, False, False, False, False]
    assert not site.folder.exists()


def test_what_check_mode_tells_is_what_is_done(site: Site) -> None:
    site.power_on()
    for step in STEPS[:3]:
        told, done = site.done(step, check=True), site.done(step)
        assert told["actions"] == done["actions"]
        assert site.call(step)["changed"] is False
    assert site.machine.persistent is not None
    again = site.done("talos_apply", check=True)
    assert (again["actions"], again["verified"]) == ([], True)
    assert site.done("talos_bootstrap", check=True)["actions"] == [f"bootstrap etcd on node {site.address}"]


def test_a_finished_cluster_is_left_alone(cluster: Site) -> None:
    for step in STEPS:
        for check in (True, False):
            assert cluster.done(step, check=check)["actions"] == []


def test_the_kubeconfig_is_private_and_the_clusters(cluster: Site) -> None:
    file = cluster.folder / "kubeconfig"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = yaml.safe_load(file.read_text())
    assert found["clusters"][0]["cluster"]["server"] == f"https://{cluster.address}:6443"
    renamed = cluster.done("talos_kubeconfig", force_context_name="edge")
    assert renamed["actions"] == [f"update kubeconfig {file}: context admin@edge → edge"]
    assert cluster.done("talos_kubeconfig", force_context_name="edge")["changed"] is False
    cluster.done("talos_kubeconfig")


def test_a_live_change_needs_no_restart_and_another_one_does(cluster: Site) -> None:
    boot = cluster.machine.boot_id
    cluster.patches = [{"machine": {"nodeLabels": {"zone": "de-be"}}}]
    cluster.done("talos_config")
    change = [f"update node {cluster.address}: v1alpha1.machine.nodeLabels.zone (none) → de-be"]
    assert cluster.done("talos_apply", check=True)["actions"] == change
    assert cluster.done("talos_apply")["actions"] == change
    assert cluster.machine.boot_id == boot
    cluster.patches.append({"machine": {"udev": {"rules": ["x"]}}})
    cluster.done("talos_config")
    for check in (True, False):
        error = cluster.refused("talos_apply", check=check)
        assert (error["kind"], "v1alpha1.machine.udev" in error["reason"]) == ("precondition", True)
    assert cluster.machine.boot_id == boot
    told = cluster.done("talos_apply", check=True, reboot="allowed")
    done = cluster.done("talos_apply", reboot="allowed")
    assert told["actions"] == done["actions"]
    assert (done["actions"][-1], done["impact"]) == (f"reboot node {cluster.address}", "node_reboot")
    assert cluster.machine.boot_id != boot


def test_info_tells_of_the_machine_and_hides_its_secrets(cluster: Site) -> None:
    wanted = [{"namespace": "config", "type": "MachineConfigs.config.talos.dev"}]
    parts = ["version", "machine", "services", "disks", "links", "etcd", "memory"]
    node = cluster.done("talos_info", gather=parts, resources=wanted)["nodes"][0]
    assert (node["maintenance"], node["version"]["tag"], node["etcd"][0]["hostname"]) == (False, "v1.13.0", "e1")
    assert node["resources"][0]["items"]


def test_info_reads_any_resource_by_any_of_its_names(cluster: Site) -> None:
    wanted = [
        {"type": "Links", "id": "eno1"},
        {"type": "disk"},
        {"type": "disks", "id": "sdz"},
        {"type": "osrootsecrets"},
    ]
    links, disks, none, roots = cluster.done("talos_info", resources=wanted)["nodes"][0]["resources"]
    assert (links["type"], links["namespace"]) == ("LinkStatuses.net.talos.dev", "network")
    assert links["items"][0]["spec"]["hardwareAddr"] == cluster.machine.spec.nics[0].mac
    assert [item["id"] for item in disks["items"]] == [disk.name for disk in cluster.machine.spec.disks]
    assert none["items"] == []
    assert roots["items"][0]["spec"]["token"].startswith("<secret ")
    error = cluster.refused("talos_info", resources=[{"type": "links"}, {"type": "unicorns"}])
    assert (error["kind"], error["path"]) == ("invalid_input", "resources[1].type")
    reader = str(cluster.folder / "reader")
    cluster.done("talos_client_config", path=reader, roles=["os:reader"])
    assert cluster.done("talos_info", talosconfig=reader, resources=[{"type": "links"}])["nodes"][0]["resources"]
    error = cluster.refused("talos_info", talosconfig=reader, resources=[{"type": "links"}, {"type": "osrootsecrets"}])
    assert (error["kind"], error["path"]) == ("forbidden", "resources[1]")


def test_info_tells_when_certificates_end(cluster: Site) -> None:
    told = cluster.done("talos_info", gather=["certificates"])
    found = {each["name"]: each for each in told["nodes"][0]["certificates"]}
    assert found["talos_api"]["not_after"] == told["nodes"][0]["certificate"]["not_after"]
    assert found["talos_api"]["days_left"] == 0
    assert found["v1alpha1.machine.ca.crt"]["organizations"] == ["talos"]
    assert found["v1alpha1.cluster.ca.crt"]["days_left"] in (3649, 3650)
    assert found["kubernetes_api"]["common_name"] == "kube-apiserver"
    assert told["client_certificate"]["organizations"] == ["os:admin"]
    reader = str(cluster.folder / "reader")
    cluster.done("talos_client_config", path=reader, roles=["os:reader"])
    told = cluster.done("talos_info", talosconfig=reader, gather=["certificates"])
    assert [each["name"] for each in told["nodes"][0]["certificates"]] == ["talos_api"]


def test_no_secret_was_ever_shown(cluster: Site) -> None:
    cluster.done("talos_info", resources=[{"type": "mc"}, {"type": "osrootsecrets"}], gather=["certificates"])
    bundle = yaml.safe_load((cluster.folder / "secrets.yaml").read_text())
    keys = [pair["key"] for pair in bundle["certs"].values()]
    texts = [bundle["trustdinfo"]["token"], *bundle["secrets"].values(), bundle["cluster"]["secret"]]
    talosconfig = yaml.safe_load((cluster.folder / "talosconfig").read_text())["contexts"]["edge"]["key"]
    shown = json.dumps(cluster.shown)
    assert [secret for secret in (*keys, *texts, talosconfig) if secret in shown] == []


# ---- bad luck


def test_another_machine_at_the_address_is_not_configured(site: Site) -> None:
    site.power_on()
    site.done("talos_secrets")
    site.done("talos_config")
    node = {**site.options("talos_apply")["nodes"][0], "macs": ["aa:bb:cc:dd:ee:99"]}
    error = site.refused("talos_apply", nodes=[node])
    assert (error["kind"], site.machine.spec.nics[0].mac in error["reason"]) == ("precondition", True)
    assert site.machine.stage == "maintenance"


@pytest.mark.parametrize(("fault", "said"), [("install-fails", "install"), ("stuck-maintenance", "maintenance")])
def test_a_machine_that_is_back_in_maintenance_mode_never_gets_ready(site: Site, fault: str, said: str) -> None:
    site.power_on()
    site.done("talos_secrets")
    site.done("talos_config")
    site.switch(fault, on=True)
    error = site.refused("talos_apply")
    assert (error["kind"], error["object"]) == ("never_ready", f"node {site.address}")
    assert said in error["reason"]
    site.switch(fault, on=False)
    assert site.done("talos_apply")["nodes"][0]["applied"] == "configured"


def test_a_machine_that_does_not_answer_is_unreachable(site: Site) -> None:
    site.done("talos_secrets")
    site.done("talos_config")
    for module in ("talos_apply", "talos_bootstrap", "talos_kubeconfig"):
        error = site.refused(module, reach_timeout=0)
        assert (error["kind"], error["object"], error["retryable"]) == ("unreachable", f"node {site.address}", True)
    assert site.refused("talos_info")["kind"] == "unreachable"
    assert site.done("talos_info", check=True)["nodes"] == [{"address": site.address, "reachable": False}]


def test_another_clusters_machine_is_not_touched(site: Site, tmp_path: Path) -> None:
    site.power_on()
    for step in STEPS[:3]:
        site.done(step)
    stranger = Site(site.simulator, site.loop, tmp_path / "stranger")
    stranger.done("talos_secrets")
    stranger.done("talos_config")
    error = stranger.refused("talos_apply")
    assert (error["kind"], error["retryable"]) == ("unauthenticated", False)
