# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubevirt_vm_action where it takes two nodes, or somebody else's doings: migrations, and waiting for many at once.
kubectl and the audit log judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules.kubevirt_vm_action import CALL
from lab import programs
from tests.lab.operators_behaviours import vm_from
from tests.promises.conftest import PROGRAMS
from tests.promises.site import Site, add_node, site

Obj = dict[str, Any]

OTHER = "edge-2"
SPACE = "actions"
MACHINES = ["fw", "nat", "upf"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two nodes, and three virtual machines that run."""
    programs.ensure(PROGRAMS)
    with site(tmp_path_factory.mktemp("actions")) as running:
        add_node(running, OTHER, {})
        running.kubectl("rollout", "status", "daemonset/virt-handler", "-n", "kubevirt", "--timeout=50s")
        running.kubectl("create", "namespace", SPACE)
        meta = {"namespace": SPACE, "labels": {"app": "all"}}
        running.apply([vm_from({"metadata": {**meta, "name": name}}) for name in MACHINES])
        running.kubectl("wait", "--for=condition=Ready", "vm", "--all", "-n", SPACE, "--timeout=50s")
        yield running
        running.faults.on.clear()


def call(cluster: Site, *, check: bool = False, user: str = "operator", **options: Any) -> Obj:
    given = {"kubeconfig": str(cluster.kubeconfig_for(user)), "namespace": SPACE, "wait_timeout": 40, **options}
    return run_in_worker(CALL, given, environment={}, check=check, diff=True, progress=lambda _line: None)


def place(cluster: Site, name: str) -> str:
    shown = cluster.kubectl("get", "vmi", name, "-n", SPACE, "-o", "json")
    return str(json.loads(shown)["status"]["nodeName"])


def test_guests_move_and_the_result_says_where_they_are(cluster: Site) -> None:
    before = {name: place(cluster, name) for name in MACHINES}
    told = call(cluster, action="migrate", vms=MACHINES[:2], check=True)
    assert {name: place(cluster, name) for name in MACHINES} == before
    done = call(cluster, action="migrate", vms=MACHINES[:2])
    assert "failed" not in done, done["msg"]
    assert done["actions"] == told["actions"] == [f"migrate VirtualMachine {SPACE}/{name}" for name in MACHINES[:2]]
    assert done["impact"] == "none"
    after = {name: place(cluster, name) for name in MACHINES}
    assert [name for name in MACHINES if after[name] != before[name]] == MACHINES[:2]
    assert [vm["node"] for vm in done["vms"]] == [after[name] for name in MACHINES[:2]]


def test_a_guest_that_is_on_the_named_node_stays_there(cluster: Site) -> None:
    target = OTHER if place(cluster, "upf") != OTHER else "edge-1"
    moved = call(cluster, action="migrate", vms=["upf"], node=target)
    assert "failed" not in moved, moved["msg"]
    assert place(cluster, "upf") == target
    assert call(cluster, action="migrate", vms=["upf"], node=target)["actions"] == []


def test_a_failed_migration_names_the_machine_and_what_its_node_said(cluster: Site) -> None:
    cluster.faults.on.add(("vm-migration-fails", f"{SPACE}/nat"))
    failed = call(cluster, action="migrate", vms=["nat"])
    assert failed["error"]["kind"] == "never_ready"
    assert failed["error"]["object"].startswith(f"VirtualMachine {SPACE}/nat (")
    assert "migration Failed" in failed["error"]["reason"]
    assert "Live migration failed." in failed["error"]["reason"]
    assert failed["error"]["path"] == "vms[0]"
    assert failed["actions"] == [f"migrate VirtualMachine {SPACE}/nat"]


def test_many_machines_are_awaited_by_one_watch(cluster: Site) -> None:
    since = cluster.mark()
    done = call(cluster, action="stop", label_selectors=["app=all"], user="bulk")
    assert "failed" not in done, done["msg"]
    assert [(vm["name"], vm["status"]) for vm in done["vms"]] == [(name, "Stopped") for name in MACHINES]
    asked = [each for each in cluster.server.audit()[since:] if each["user"]["username"] == "bulk"]
    assert sum(each["verb"] == "watch" for each in asked) == 1
    assert sum(each["verb"] == "update" for each in asked) == len(MACHINES)
    shown = cluster.kubectl("get", "vmi", "-n", SPACE, "-o", "name")
    assert shown == ""
