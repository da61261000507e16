# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubevirt_hotplug where it takes two nodes: guests are migrated, or restarted, to get what was plugged. kubectl
judges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules.kubevirt_hotplug import CALL
from lab import programs
from tests.lab.operators_behaviours import vm_from
from tests.promises.conftest import PROGRAMS
from tests.promises.site import Site, add_node, site

Obj = dict[str, Any]

SPACE = "plugs"
N3 = {"name": "n3", "network": "n3"}
ATTACHMENT = {
    "apiVersion": "k8s.cni.cncf.io/v1",
    "kind": "NetworkAttachmentDefinition",
    "metadata": {"name": "n3", "namespace": SPACE},
    "spec": {"config": json.dumps({"cniVersion": "1.0.0", "type": "bridge", "name": "n3"})},
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two nodes without a dynamic networks controller, and two virtual machines that run."""
    programs.ensure(PROGRAMS)
    with site(tmp_path_factory.mktemp("plugs")) as running:
        add_node(running, "edge-2", {})
        running.kubectl("rollout", "status", "daemonset/virt-handler", "-n", "kubevirt", "--timeout=50s")
        running.kubectl("create", "namespace", SPACE)
        running.apply([ATTACHMENT, *(vm_from({"metadata": {"namespace": SPACE, "name": n}}) for n in ("fw", "upf"))])
        running.kubectl("wait", "--for=condition=Ready", "vm", "--all", "-n", SPACE, "--timeout=50s")
        yield running


def call(cluster: Site, name: str, policy: str, *, check: bool = False, **what: Any) -> Obj:
    given = {
        "kubeconfig": str(cluster.kubeconfig_for("operator")),
        "namespace": SPACE,
        "wait_timeout": 40,
        "pending_policy": policy,
        "vms": [{"name": name, **what}],
    }
    return run_in_worker(CALL, given, environment={}, check=check, diff=True, progress=lambda _line: None)


def guest(cluster: Site, name: str) -> Obj:
    found: Obj = json.loads(cluster.kubectl("get", "vmi", name, "-n", SPACE, "-o", "json"))
    return found


def names(cluster: Site, name: str) -> list[str]:
    return [each["name"] for each in guest(cluster, name)["status"]["interfaces"]]


def test_a_guest_is_migrated_to_get_an_interface_and_keeps_itself(cluster: Site) -> None:
    before = guest(cluster, "fw")
    waiting = call(cluster, "fw", "report", interfaces=[N3])
    assert "failed" not in waiting, waiting["msg"]
    assert waiting["vms"][0]["migration_required"] is True
    assert names(cluster, "fw") == ["default"]
    done = call(cluster, "fw", "migrate", interfaces=[N3])
    assert "failed" not in done, done["msg"]
    assert done["actions"] == [f"migrate VirtualMachine {SPACE}/fw"]
    assert (done["impact"], done["vms"][0]["pending"], done["vms"][0]["interfaces"][0]["plugged"]) == ("none", [], True)
    after = guest(cluster, "fw")
    assert names(cluster, "fw") == ["default", "n3"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["status"]["nodeName"] != before["status"]["nodeName"]
    assert call(cluster, "fw", "migrate", interfaces=[N3])["actions"] == []


def test_a_guest_is_restarted_to_get_an_interface(cluster: Site) -> None:
    before = guest(cluster, "upf")
    done = call(cluster, "upf", "restart", interfaces=[N3])
    assert "failed" not in done, done["msg"]
    assert done["actions"][-1] == f"restart VirtualMachine {SPACE}/upf"
    assert done["impact"] == "vm_restart"
    assert names(cluster, "upf") == ["default", "n3"]
    assert guest(cluster, "upf")["metadata"]["uid"] != before["metadata"]["uid"]


def test_check_mode_asks_and_changes_nothing(cluster: Site) -> None:
    before = cluster.kubectl("get", "vm", "upf", "-n", SPACE, "-o", "jsonpath={.spec}")
    told = call(cluster, "upf", "migrate", check=True, interfaces=[{"name": "n3", "state": "absent"}])
    assert [action.split()[0] for action in told["actions"]] == ["unplug", "unplug"]
    assert cluster.kubectl("get", "vm", "upf", "-n", SPACE, "-o", "jsonpath={.spec}") == before
