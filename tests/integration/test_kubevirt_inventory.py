# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ansible-inventory on virtual machines of the lab: found, grouped, kept, and never taken for templates."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ansible_collections
from lab import programs
from tests.lab.operators_behaviours import vm_from
from tests.promises.conftest import PROGRAMS
from tests.promises.site import Site, site

Obj = dict[str, Any]

COLLECTIONS = Path(next(iter(ansible_collections.__path__))).parent
ANSIBLE_INVENTORY = Path(sys.executable).with_name("ansible-inventory")
SPACE = "found"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One machine that runs, whose owner writes templates into labels' neighbours, and one that does not."""
    programs.ensure(PROGRAMS)
    with site(tmp_path_factory.mktemp("found")) as running:
        running.kubectl("create", "namespace", SPACE)
        meta = {"namespace": SPACE, "labels": {"app": "upf"}, "annotations": {"note": "{{ 7 * 6 }}"}}
        running.apply([
            vm_from({"metadata": {**meta, "name": "fw"}}),
            vm_from({"metadata": {"namespace": SPACE, "name": "off"}, "spec": {"runStrategy": "Halted"}}),
        ])  # fmt: skip
        running.kubectl("wait", "--for=condition=Ready", "vm/fw", "-n", SPACE, "--timeout=50s")
        yield running


def listed(cluster: Site, folder: Path, *lines: str, fails: bool = False) -> Obj:
    """What ansible-inventory makes of a file with these lines, next to a kubeconfig."""
    (folder / "admin.conf").write_bytes(cluster.kubeconfig_for("reader").read_bytes())
    file = folder / "kubevirt.yml"
    file.write_text("\n".join(["plugin: kubevim.nfvi.kubevirt", *lines]))
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    environment["ANSIBLE_INVENTORY_UNPARSED_FAILED"] = "true"
    command = [ANSIBLE_INVENTORY, "-i", file, "--list"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) is fails, done.stderr
    return {"stderr": done.stderr} if fails else json.loads(done.stdout)  # type: ignore[no-any-return]


def plain(value: Any) -> Any:
    """How ansible-inventory writes a text that is never a template."""
    return value.get("__ansible_unsafe", value) if isinstance(value, dict) else value


def test_machines_are_hosts_at_their_guests_addresses(cluster: Site, tmp_path: Path) -> None:
    found = listed(
        cluster, tmp_path, "kubeconfig: admin.conf", f"namespaces: [{SPACE}]",
        "compose: {ansible_user: \"'cloud-user'\"}", "keyed_groups: [{key: kubevirt_run_strategy, prefix: by}]",
        "groups: {up: kubevirt_ready}",
    )  # fmt: skip
    hosts = found["_meta"]["hostvars"]
    guest = json.loads(cluster.kubectl("get", "vmi", "fw", "-n", SPACE, "-o", "json"))
    assert set(hosts) == {f"fw.{SPACE}", f"off.{SPACE}"}
    assert plain(hosts[f"fw.{SPACE}"]["ansible_host"]) == guest["status"]["interfaces"][0]["ipAddress"]
    assert "ansible_host" not in hosts[f"off.{SPACE}"]
    assert plain(hosts[f"fw.{SPACE}"]["kubevirt_annotations"]["note"]) == "{{ 7 * 6 }}"
    assert plain(hosts[f"fw.{SPACE}"]["ansible_user"]) == "cloud-user"
    groups = {name for name, group in found.items() if f"fw.{SPACE}" in group.get("hosts", [])}
    assert groups == {
        "kubevirt", f"namespace_{SPACE}", "node_edge_1", "status_running", "label_app_upf", "by_Always", "up",
    }  # fmt: skip


def test_what_was_found_is_kept_until_something_else_is_asked_for(cluster: Site, tmp_path: Path) -> None:
    cache = ("cache: true", "cache_plugin: ansible.builtin.jsonfile", f"cache_connection: {tmp_path}/kept")
    asked = ("kubeconfig: admin.conf", f"namespaces: [{SPACE}]", "only_running: true", "hostname: name", *cache)
    first = listed(cluster, tmp_path, *asked)
    assert set(first["_meta"]["hostvars"]) == {"fw"}
    (file,) = (tmp_path / "kept").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    since = cluster.mark()
    assert listed(cluster, tmp_path, *asked) == first
    assert not [each for each in cluster.server.audit()[since:] if each["user"]["username"] == "reader"]
    anew = listed(cluster, tmp_path, *(each for each in asked if "running" not in each))
    assert set(anew["_meta"]["hostvars"]) == {"fw", "off"}


def test_a_cluster_that_does_not_answer_is_told(cluster: Site, tmp_path: Path) -> None:
    told = listed(cluster, tmp_path, "host: https://127.0.0.1:1", "api_key: hunter2hunter2", fails=True)["stderr"]
    assert "connection refused" in told
    assert "hunter2hunter2" not in told
