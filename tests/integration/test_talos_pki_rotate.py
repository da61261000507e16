# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA of the lab's Talos API is replaced and nobody is locked out meanwhile; stopped anywhere, it goes on."""

from __future__ import annotations

import base64
import datetime
import itertools
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.connection import Connection
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_files
from tests.lab.conftest import lab_programs, until
from tests.promises import playbook
from tests.promises.documented import undocumented

from .test_talos import Site, new_site
from .test_talos_nodes import Rack

__all__ = ["lab_programs"]

# The file takes minutes, on a cluster of its own.
pytestmark = pytest.mark.full

MODULE = "talos_pki_rotate"
# What a process of its own does, so that it can be killed as an operator's is.
RUN = """
import json, sys
from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.call import perform
from ansible_collections.kubevim.nfvi.plugins.modules.talos_pki_rotate import CALL
perform(CALL, json.load(sys.stdin), check=False, diff=False, progress=lambda line: None)
"""


class Cluster(Rack):
    """A rack with its CA, which every test may replace."""

    def options(self, module: str) -> dict[str, Any]:
        if module != MODULE:
            return super().options(module)
        nodes = super().options("talos_apply")["nodes"]
        return {
            "secrets": str(self.folder / "secrets.yaml"),
            "talosconfig": str(self.folder / "talosconfig"),
            "nodes": nodes,
            "rotate_before": "0",
            "wait_timeout": 30,
            "reach_timeout": 5,
        }

    def due(self) -> str:
        """A moment after the CA was made: a second is the finest that certificates tell."""
        moment = self.authority.not_before + datetime.timedelta(seconds=1)
        while certificates.now() <= moment:
            time.sleep(0.1)
        return moment.isoformat()

    @property
    def bundle(self) -> Any:
        return yaml.safe_load((self.folder / "secrets.yaml").read_text())

    @property
    def authority(self) -> certificates.Facts:
        return certificates.facts(base64.b64decode(self.bundle["certs"]["os"]["crt"]))

    @property
    def issuing(self) -> list[str]:
        """The CA that each machine goes by, as its configuration in the lab says."""
        active = [machine.active for machine in self.machines]
        return [certificates.facts(each.pem("machine.ca.crt")).fingerprint for each in active if each]

    def gets_in(self, talosconfig: Path) -> list[str]:
        """What each machine says to the talosconfig's client, nothing when it lets it in."""
        found = [self.call("talos_info", talosconfig=str(talosconfig), nodes=[each]) for each in self.addresses]
        return [str(each.get("msg", "")) for each in found]

    def everybody_gets_in(self) -> None:
        assert self.gets_in(self.folder / "talosconfig") == [""] * len(self.machines)


@pytest.fixture(scope="module")
def cluster(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A control plane of one machine, and two workers."""
    with new_site(tmp_path_factory.mktemp("rotate"), Cluster, servers=3) as found:
        found.assemble(control_planes=1)
        yield found


@pytest.fixture(scope="module")
def three(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A control plane of three machines."""
    with new_site(tmp_path_factory.mktemp("three"), Cluster, servers=3) as found:
        found.assemble(control_planes=3)
        yield found


def test_a_ca_that_is_not_due_stays(cluster: Cluster) -> None:
    for check in (True, False):
        told = cluster.done(MODULE, check=check)
        assert (told["actions"], told["verified"], told["pki"]["step"]) == ([], True, "none")
    nodes = told["pki"]["nodes"]
    assert [node["hostname"] for node in nodes] == ["e1", "e2", "e3"]
    assert [node["control_plane"] for node in nodes] == [True, False, False]
    assert {node["issuing"] for node in nodes} == {cluster.authority.fingerprint}


def test_what_check_mode_tells_is_done_once_and_nobody_is_locked_out(cluster: Cluster) -> None:
    old, boots = cluster.folder / "before", cluster.boots
    shutil.copy(cluster.folder / "talosconfig", old)
    before, due = cluster.authority, cluster.due()
    told = cluster.done(MODULE, check=True, pending=False, made_before=due)
    assert (cluster.authority, cluster.gets_in(old)) == (before, [""] * 3)
    done = cluster.done(MODULE, made_before=due)
    assert (done["actions"], done["impact"], done["changed"]) == (told["actions"], "none", True)
    assert cluster.authority.fingerprint == done["pki"]["fingerprint"] != before.fingerprint
    assert cluster.issuing == [done["pki"]["fingerprint"]] * 3
    assert [node["accepted"] for node in done["pki"]["nodes"]] == [[]] * 3
    assert "rotation" not in cluster.bundle
    assert stat.S_IMODE((cluster.folder / "secrets.yaml").stat().st_mode) == 0o600
    assert ["not accepted" in said for said in cluster.gets_in(old)] == [True] * 3
    assert cluster.boots == boots
    cluster.everybody_gets_in()
    for module in (MODULE, "talos_secrets", "talos_config", "talos_apply"):
        options = {"made_before": due} if module == MODULE else {}
        for check in (True, False):
            assert cluster.done(module, check=check, **options)["actions"] == []


def rest(told: list[str], now: list[str]) -> bool:
    """Whether what is still to be done is some of what was told, in its order."""
    remaining = iter(told)
    return len(now) < len(told) and all(action in remaining for action in now)


class Stopped(Exception):
    """The run ends here, as if its process were gone."""


def stop_after(patch: pytest.MonkeyPatch, writes: int) -> None:
    """Let a run write so often, to files or machines, and then no more."""
    left = [writes]
    replace, apply = talos_files.replace, Connection.apply

    def count() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Stopped

    def replacing(path: Path, data: bytes) -> None:
        count()
        replace(path, data)

    async def applying(self: Connection, data: bytes, mode: str, *, dry_run: bool, **more: Any) -> Any:
        count()
        return await apply(self, data, mode, dry_run=dry_run, **more)

    patch.setattr(talos_files, "replace", replacing)
    patch.setattr(Connection, "apply", applying)


def stopped_everywhere(cluster: Cluster) -> int:
    """Replace the CA by runs that write once each; how many it took."""
    due = cluster.due()
    told = cluster.done(MODULE, check=True, pending=False, made_before=due)["actions"]
    for number in itertools.count(1):
        with pytest.MonkeyPatch.context() as patch:
            stop_after(patch, 1)
            try:
                cluster.done(MODULE, made_before=due)
            except Stopped:
                pass
            else:
                return number
        cluster.everybody_gets_in()
        now = cluster.done(MODULE, check=True, pending=False)["actions"]  # what is begun is finished, due or not
        assert rest(told, now), (told, now)
        told = now
    raise AssertionError


def finished(cluster: Cluster, before: str) -> None:
    """Everything goes by another CA, and nothing is left to be done by anybody."""
    cluster.everybody_gets_in()
    assert set(cluster.issuing) == {cluster.authority.fingerprint} != {before}
    for module in (MODULE, "talos_secrets", "talos_config", "talos_apply"):
        assert cluster.done(module)["actions"] == []


def test_stopped_after_every_single_write_it_goes_on(cluster: Cluster) -> None:
    before = cluster.authority.fingerprint
    # The bundle four times, the talosconfig twice; machines and their files at each of three steps.
    assert stopped_everywhere(cluster) == 4 + 2 + 3 * (3 + 3)
    finished(cluster, before)


def test_what_others_make_of_the_bundle_meanwhile_is_what_the_step_wants(cluster: Cluster) -> None:
    before, due = cluster.authority.fingerprint, cluster.due()
    for step, following in (("accept", "issue"), ("issue", "retire"), ("retire", "(none)")):
        with pytest.MonkeyPatch.context() as patch:
            stop_after(patch, 1)
            with pytest.raises(Stopped):
                cluster.done(MODULE, made_before=due)
        assert cluster.bundle["rotation"]["os"]["step"] == step
        for module in ("talos_secrets", "talos_config", "talos_apply"):
            cluster.done(module)
        cluster.everybody_gets_in()
        told = cluster.done(MODULE, check=True, pending=False)["actions"]
        first = next(each for each in told if f"rotation.os.step {step} → {following}" in each)
        assert told.index(first) == (1 if following == "issue" else 0), told
    cluster.done(MODULE)
    finished(cluster, before)


def test_a_killed_process_has_left_a_cluster_that_the_next_run_finishes(cluster: Cluster) -> None:
    before, due = cluster.authority.fingerprint, cluster.due()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", RUN], stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps({**cluster.options(MODULE), "made_before": due}).encode())
        process.stdin.close()
        until(lambda: cluster.issuing[0] != before, "the first machine with the new CA")
        process.kill()
    assert cluster.bundle["rotation"]["os"]["step"] == "issue"
    cluster.everybody_gets_in()
    done = cluster.done(MODULE)
    assert f"update secrets bundle {cluster.folder}/secrets.yaml: rotation.os.step retire → (none)" in done["actions"]
    finished(cluster, before)


def test_another_clusters_bundle_is_refused_and_nothing_is_written(cluster: Cluster, tmp_path: Path) -> None:
    stranger = Site(cluster.simulator, cluster.loop, tmp_path / "stranger")
    stranger.done("talos_secrets")
    foreign = str(stranger.folder / "secrets.yaml")
    for check in (True, False):
        error = cluster.refused(MODULE, check=check, pending=False, secrets=foreign, made_before=cluster.due())
        assert error["kind"] == "unauthenticated"
    talosconfig = str(stranger.folder / "talosconfig")
    error = cluster.refused(MODULE, talosconfig=talosconfig)
    assert (error["kind"], "another cluster" in error["reason"]) == ("conflict", True)
    assert cluster.done(MODULE)["actions"] == []


def test_a_machine_that_does_not_answer_stops_it_before_anything_is_written(cluster: Cluster) -> None:
    due, before = cluster.due(), (cluster.folder / "secrets.yaml").read_bytes()
    faults, name = cluster.simulator.faults, f"talos:{cluster.machines[2].spec.name}"

    async def switch(on: bool) -> None:
        (faults.switch_on if on else faults.switch_off)("refuse", name)

    cluster.loop.run(switch(True))
    error = cluster.refused(MODULE, made_before=due, reach_timeout=0)
    cluster.loop.run(switch(False))
    assert (error["kind"], error["object"]) == ("unreachable", f"node {cluster.addresses[2]}")
    assert (cluster.folder / "secrets.yaml").read_bytes() == before


def test_by_playbook_results_are_as_documented_and_keys_stay_hidden(cluster: Cluster, tmp_path: Path) -> None:
    due, name = cluster.due(), f"kubevim.nfvi.{MODULE}"
    options = {**cluster.options(MODULE), "made_before": due}
    tasks = [
        {"name": "done", name: options},
        {"name": "again", name: options},
        {"name": "refused", name: {**options, "made_before": "2100-01-01"}, "ignore_errors": True},
    ]
    keys = [cluster.bundle["certs"]["os"]["key"]]
    told = playbook.run(tmp_path / "check", tasks[:1], "--check", "--diff")
    done = playbook.run(tmp_path / "play", tasks, "--diff")
    assert told["done"]["actions"] == done["done"]["actions"]
    assert [done[task]["changed"] for task in ("done", "again")] == [True, False]
    for task in ("done", "again", "refused"):
        assert list(undocumented(MODULE, {"failed": False, **done[task]})) == []
    talosconfig = yaml.safe_load((cluster.folder / "talosconfig").read_text())["contexts"]["edge"]["key"]
    keys += [*(pair["key"] for pair in cluster.bundle["certs"].values()), talosconfig]
    shown = told.output + done.output + json.dumps(cluster.shown)
    assert [key for key in keys if key in shown] == []


def test_of_kubernetes_check_mode_tells_the_way_and_strangers_are_refused(cluster: Cluster, tmp_path: Path) -> None:
    kubeconfig, bundle = str(tmp_path / "kubeconfig"), (cluster.folder / "secrets.yaml").read_bytes()
    cluster.done("talos_kubeconfig", path=kubeconfig)
    options = {"authority": "kubernetes", "kubeconfig": kubeconfig}
    assert cluster.done(MODULE, **options)["actions"] == []
    told = cluster.done(MODULE, check=True, pending=False, made_before=cluster.due(), **options)
    assert told["pki"]["fingerprint"] not in (cluster.authority.fingerprint, "")
    assert (told["impact"], told["verified"]) == ("service_restart", True)
    assert told["actions"][0].endswith("rotation.k8s.step (none) → accept")
    assert [each for each in told["actions"] if "kubeconfig" in each] == [
        f'update kubeconfig {kubeconfig}: clusters.edge.certificate-authority-data ["old"] → ["new", "old"]',
        f'update kubeconfig {kubeconfig}: users["admin@edge"].client-certificate-data old → new',
        f'update kubeconfig {kubeconfig}: clusters.edge.certificate-authority-data ["new", "old"] → ["new"]',
    ]
    document = yaml.safe_load(Path(kubeconfig).read_text())
    document["clusters"][0]["cluster"]["certificate-authority-data"] = cluster.bundle["certs"]["os"]["crt"]
    Path(kubeconfig).write_text(yaml.safe_dump(document))
    error = cluster.refused(MODULE, made_before=cluster.due(), **options)
    assert (error["kind"], error["object"]) == ("conflict", f"kubeconfig {kubeconfig}")
    assert (cluster.folder / "secrets.yaml").read_bytes() == bundle


def test_three_members_one_after_the_other(three: Cluster) -> None:
    before = three.authority.fingerprint
    stopped_everywhere(three)
    finished(three, before)
    error = three.refused(MODULE, nodes=three.options(MODULE)["nodes"][:2], made_before=three.due())
    assert (error["kind"], error["path"], "e3" in error["reason"]) == ("precondition", "nodes", True)
