# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd comes back from a backup on a real machine of the lab, with every object; what goes wrong on the way is one
error, and the next call goes on.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab import programs
from tests.lab.conftest import lab_programs, until

from .cluster_dump import differences_after_a_while, dump
from .test_talos import new_site
from .test_talos_nodes import Rack

__all__ = ["lab_programs"]

# The file takes minutes, on a cluster of its own.
pytestmark = pytest.mark.full

WIPE = {"system_labels_to_wipe": ["EPHEMERAL"], "graceful": False, "force": True, "control_plane_limit": 3}
OBJECTS = """
apiVersion: v1
kind: Namespace
metadata: {name: ran}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: plan, namespace: ran}
data: {cells: "3"}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: ran}
stringData: {psk: for-this-test-only}
"""
AFTERWARDS = """
apiVersion: v1
kind: Namespace
metadata: {name: afterwards}
"""


class Cluster(Rack):
    """A cluster of control-plane machines that loses its etcd and gets it back."""

    @property
    def backup(self) -> Path:
        return self.folder / "backup" / "etcd.snapshot"

    def options(self, module: str) -> dict[str, Any]:
        if module != "talos_etcd_restore":
            return super().options(module)
        return {
            "talosconfig": str(self.folder / "talosconfig"),
            "node": self.address,
            "control_plane": self.addresses,
            "path": str(self.backup),
            "wait_timeout": 120,
            "reach_timeout": 0,
        }

    def restore(self, **changes: Any) -> dict[str, Any]:
        return self.done("talos_etcd_restore", pending=False, **changes)

    def refused_restore(self, **changes: Any) -> dict[str, Any]:
        return self.refused("talos_etcd_restore", pending=False, **changes)

    def wipe(self, *addresses: str) -> None:
        self.done("talos_reset", nodes=list(addresses or self.addresses), **WIPE)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        folder = self.folder
        command = [programs.path("kubectl"), f"--kubeconfig={folder}/kubeconfig", f"--cache-dir={folder}/k", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def keep_out(self, number: int, *, on: bool = True) -> None:
        """From now on, or no longer, the machine's etcd joins no other one."""

        async def switch() -> None:
            faults = self.simulator.faults
            (faults.switch_on if on else faults.switch_off)("no-join", self.machines[number].spec.name)

        self.loop.run(switch())

    def assemble(self, control_planes: int) -> None:
        super().assemble(control_planes)
        self.done("talos_kubeconfig")
        self.kubectl("apply", "-f", "-", stdin=OBJECTS)
        self.done("talos_etcd_snapshot", path=str(self.backup))


@pytest.fixture(scope="module")
def edge(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of one machine, and a backup of it."""
    with new_site(tmp_path_factory.mktemp("edge"), Cluster) as made:
        made.assemble(control_planes=1)
        yield made


@contextmanager
def changed(path: Path, content: bytes) -> Iterator[None]:
    """A file with another content, for as long as the block lasts."""
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


def test_every_object_comes_back_whatever_goes_wrong_on_the_way(edge: Cluster) -> None:
    before = dump(edge.kubectl)
    edge.kubectl("delete", "namespace", "ran", "--wait=false")
    edge.kubectl("apply", "-f", "-", stdin=AFTERWARDS)
    edge.wipe()
    told = edge.restore(check=True)
    refuse_an_upload_that_is_cut(edge)
    refuse_a_backup_that_etcd_cannot_read(edge)

    done = edge.restore()
    assert told["actions"] == done["actions"] == [f"restore etcd on node {edge.address} from {edge.backup}"]
    assert told["etcd"]["found"] == [{"address": edge.address, "etcd": "empty"}]
    assert done["etcd"]["found"] == [{"address": edge.address, "etcd": "failed"}]
    assert (done["etcd"]["restored"], done["impact"]) == (True, "none")
    assert [member["hostname"] for member in done["etcd"]["members"]] == [edge.machine.hostname]
    assert done["snapshot"]["sha256"] == hashlib.sha256(edge.backup.read_bytes()[:-32]).hexdigest()
    assert differences_after_a_while(before, edge.kubectl) == ""


def refuse_an_upload_that_is_cut(edge: Cluster) -> None:
    edge.switch("cut-upload", on=True)
    refused = edge.refused_restore()
    assert (refused["kind"], refused["retryable"]) == ("unreachable", True)
    assert refused["object"] == f"node {edge.address}"
    edge.switch("cut-upload", on=False)
    assert not edge.simulator.kubernetes.etcd_snapshot(edge.machine.spec).exists()
    assert edge.machine.services.now["etcd"].state == "Preparing"


def refuse_a_backup_that_etcd_cannot_read(edge: Cluster) -> None:
    """Whole by its digest, and no tree inside: only the machine finds that out."""
    database = edge.backup.read_bytes()[:8192]
    with changed(edge.backup, database + hashlib.sha256(database).digest()):
        refused = edge.refused_restore(any_cluster=True)
    assert (refused["kind"], refused["object"]) == ("never_ready", f"node {edge.address}")
    assert "etcd failed: Failed to run pre stage: error verifying snapshot: " in refused["reason"]


def test_an_etcd_that_works_is_left_alone(edge: Cluster) -> None:
    for check in (True, False):
        found = edge.restore(check=check, path=str(edge.backup.parent))
        assert (found["changed"], found["etcd"]["restored"]) == (False, False)
        assert found["snapshot"]["path"] == str(edge.backup)


def test_machines_that_this_very_run_wipes_are_planned_for(edge: Cluster) -> None:
    told = edge.done("talos_etcd_restore", check=True)
    assert (told["actions"], told["verified"]) == ([f"restore etcd on node {edge.address} from {edge.backup}"], False)
    assert told["etcd"]["found"] == [{"address": edge.address, "etcd": "works"}]


@pytest.mark.parametrize(
    ("harm", "kind", "told"),
    [
        ("cut", "invalid_input", "cut short"),
        ("changed", "invalid_input", "damaged"),
        ("text", "invalid_input", "no database|not a database"),
        ("absent", "not_found", "no such file"),
        ("nothing", "not_found", r"no file \*.snapshot"),
    ],
)
def test_a_bad_backup_is_refused_before_anything_is_sent(
    edge: Cluster, tmp_path: Path, harm: str, kind: str, told: str
) -> None:
    content, text = edge.backup.read_bytes(), bytes(512)
    contents = {
        "cut": content[:-7],
        "changed": content[:9000] + b"?" + content[9001:],
        "text": text + hashlib.sha256(text).digest(),
    }
    file = tmp_path / "etcd.snapshot"
    if harm in contents:
        file.write_bytes(contents[harm])
    for check in (True, False):
        path = str(tmp_path if harm == "nothing" else file)
        refused = edge.refused("talos_etcd_restore", check=check, path=path)
        assert (refused["kind"], refused["path"], refused["retryable"]) == (kind, "path", False)
        assert re.search(told, refused["reason"])


def test_a_backup_of_another_cluster_is_refused(edge: Cluster) -> None:
    """Another CA in its place is all that tells the clusters apart here: same names, same addresses."""
    assert edge.machine.active
    line = edge.machine.active.pem("cluster.ca.crt").splitlines()[2]
    content = edge.backup.read_bytes()
    assert line in content
    database = content[:-32].replace(line, line[::-1])
    with changed(edge.backup, database + hashlib.sha256(database).digest()):
        refused = edge.refused_restore()
        assert (refused["kind"], refused["path"]) == ("invalid_input", "path")
        assert "another cluster" in refused["reason"]
        assert edge.restore(any_cluster=True)["actions"] == []


# ---- three machines


@pytest.fixture(scope="module")
def core(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of three, and a backup of it."""
    with new_site(tmp_path_factory.mktemp("core"), Cluster, servers=3) as made:
        made.assemble(control_planes=3)
        yield made


def test_a_forced_restore_leaves_the_others_as_they_are(core: Cluster) -> None:
    first, *others = core.addresses
    core.wipe(first, others[0])
    until(lambda: core.machines[2].services.now["etcd"].healthy is False, "an etcd that has noticed that it is alone")
    done = core.restore(force=True)
    assert (done["changed"], [found["etcd"] for found in done["etcd"]["found"]]) == (True, ["empty", "empty", "broken"])
    assert len(done["etcd"]["members"]) == 2
    assert [warning.split(" still")[0] for warning in done["warnings"]] == [f"node {others[1]}"]
    core.wipe(others[1])
    assert len(core.restore()["etcd"]["members"]) == 3


def test_three_machines_lose_etcd_one_by_one_and_get_it_back(core: Cluster) -> None:
    before = dump(core.kubectl)
    first, second, third = core.addresses

    core.wipe(first)
    until(lambda: core.machine.stage == "running", "the first machine, which joins the others again")
    core.loop.run(core.machines[0].power_off(graceful=False))
    error = core.refused_restore(node=second)  # who does not answer may still have an etcd
    assert (error["kind"], error["object"]) == ("unreachable", f"node {first}")
    core.loop.run(core.machines[0].power_on())
    until(lambda: core.machine.stage == "running", "the first machine again")

    core.keep_out(0)
    core.wipe(first)
    error = core.refused_restore()
    assert (error["kind"], error["object"]) == ("precondition", f"nodes {second}, {third}")
    assert "works" in error["reason"]
    core.keep_out(0, on=False)
    until(lambda: core.machine.stage == "running", "the first machine once more")

    core.wipe(first, second)
    until(lambda: core.machines[2].services.now["etcd"].healthy is False, "an etcd that has noticed that it is alone")
    error = core.refused_restore()
    assert (error["kind"], error["object"]) == ("precondition", f"node {third}")
    assert "data" in error["reason"]
    core.wipe(third)

    core.keep_out(2)
    error = core.refused_restore(wait_timeout=15)
    assert (error["kind"], error["object"]) == ("timeout", f"node {third}")
    assert "Preparing" in error["reason"]
    core.keep_out(2, on=False)
    done = core.restore(reach_timeout=30)
    assert (done["changed"], len(done["etcd"]["members"])) == (False, 3)
    assert not any(member["learner"] for member in done["etcd"]["members"])
    assert differences_after_a_while(before, core.kubectl) == ""
