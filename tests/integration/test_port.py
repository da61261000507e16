# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeovn_port where something runs: pods get what they are to have without a restart, and keep it when they move.
kubectl judges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules import kubeovn_port, kubevirt_vm_action
from lab import programs
from tests.lab.operators_behaviours import vm_from
from tests.promises.conftest import PROGRAMS
from tests.promises.site import Site, add_node, site

Obj = dict[str, Any]

SPACE = "ports"
RATE, MIRROR = "ovn.kubernetes.io/ingress_rate", "ovn.kubernetes.io/mirror"


def workload(kind: str, name: str, **spec: Any) -> Obj:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "example/c"}]}}
    body = {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": SPACE}, "spec": body}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two nodes, a virtual machine, a Deployment and a StatefulSet that run."""
    programs.ensure(PROGRAMS)
    with site(tmp_path_factory.mktemp("ports")) as running:
        add_node(running, "edge-2", {})
        running.kubectl("rollout", "status", "daemonset/virt-handler", "-n", "kubevirt", "--timeout=50s")
        running.kubectl("create", "namespace", SPACE)
        by_hand = {"serviceName": "db", "updateStrategy": {"type": "OnDelete"}}
        running.apply(
            [
                vm_from({"metadata": {"namespace": SPACE, "name": "fw"}}),
                workload("Deployment", "web"),
                workload("StatefulSet", "db", **by_hand),
            ]
        )
        running.kubectl("wait", "--for=condition=Ready", "vm", "--all", "-n", SPACE, "--timeout=50s")
        running.kubectl("wait", "--for=condition=Available", "deploy/web", "-n", SPACE, "--timeout=50s")
        running.kubectl("wait", "--for=jsonpath={.status.readyReplicas}=2", "sts/db", "-n", SPACE, "--timeout=50s")
        yield running


def call(cluster: Site, module: Any, *, check: bool = False, **options: Any) -> Obj:
    given = {"kubeconfig": str(cluster.kubeconfig_for("operator")), "wait_timeout": 40, **options}
    done = run_in_worker(module.CALL, given, environment={}, check=check, diff=True, progress=lambda _line: None)
    assert "failed" not in done, done["msg"]
    return done


def set_port(cluster: Site, kind: str, name: str, *, check: bool = False, live: bool = True, **port: Any) -> Obj:
    wanted = {"kind": kind, "name": name, "namespace": SPACE, "ports": [port] if port else []}
    return call(cluster, kubeovn_port, check=check, workloads=[wanted], live=live)


def shown(cluster: Site, what: str, *more: str) -> list[Obj]:
    found = json.loads(cluster.kubectl("get", what, "-n", SPACE, "-o", "json", *more))
    return [each for each in found["items"] if "deletionTimestamp" not in each["metadata"]]


def pods(cluster: Site, name: str) -> dict[str, Obj]:
    """Annotations of the workload's pods that run, by name."""
    label = "vm.kubevirt.io/name" if name == "fw" else "app"
    found = shown(cluster, "pods", "-l", f"{label}={name}", "--field-selector=status.phase=Running")
    return {each["metadata"]["name"]: each["metadata"].get("annotations", {}) for each in found}


def test_a_guest_that_runs_gets_it_and_takes_it_along(cluster: Site) -> None:
    before = pods(cluster, "fw")
    told = set_port(cluster, "VirtualMachine", "fw", check=True, ingress_rate=100, mirror=True)
    assert pods(cluster, "fw") == before
    done = set_port(cluster, "VirtualMachine", "fw", ingress_rate=100, mirror=True)
    assert (done["actions"], done["impact"]) == (told["actions"], "none")
    assert len(done["actions"]) == 6  # the guest, its pod, the template
    after = pods(cluster, "fw")
    assert set(after) == set(before)
    assert [(notes[RATE], notes[MIRROR]) for notes in after.values()] == [("100", "true")]
    [machine] = shown(cluster, "vm")
    assert machine["spec"]["template"]["metadata"]["annotations"][RATE] == "100"
    assert not [c for c in machine["status"]["conditions"] if c["type"] == "RestartRequired"]
    call(cluster, kubevirt_vm_action, action="migrate", vms=["fw"], namespace=SPACE)
    moved = pods(cluster, "fw")
    assert set(moved) != set(before)
    assert {notes[RATE] for notes in moved.values()} == {"100"}
    assert set_port(cluster, "VirtualMachine", "fw", ingress_rate=100, mirror=True)["actions"] == []


def test_what_is_not_asked_for_any_more_goes_everywhere(cluster: Site) -> None:
    set_port(cluster, "VirtualMachine", "fw", ingress_rate=100, egress_rate=50)
    done = set_port(cluster, "VirtualMachine", "fw", egress_rate=50)
    assert done["changed"] is True
    assert [RATE in notes for notes in pods(cluster, "fw").values()] == [False]
    [guest], [machine] = shown(cluster, "vmi"), shown(cluster, "vm")
    assert RATE not in guest["metadata"]["annotations"]
    assert "ovn.kubernetes.io/allocated" in next(iter(pods(cluster, "fw").values())), "what others wrote stays"
    template = machine["spec"]["template"]["metadata"]["annotations"]
    assert set(template) & {RATE, "ovn.kubernetes.io/egress_rate"} == {"ovn.kubernetes.io/egress_rate"}


def test_a_deployment_is_rolled_out_and_said_to_be(cluster: Site) -> None:
    before = pods(cluster, "web")
    done = set_port(cluster, "Deployment", "web", egress_rate=20)
    assert done["impact"] == "pod_restart"
    assert done["actions"] == [
        'update Deployment ports/web: spec.template.metadata.annotations["ovn.kubernetes.io/egress_rate"] (none) → 20'
    ]
    after = pods(cluster, "web")
    assert not set(after) & set(before)
    assert [notes["ovn.kubernetes.io/egress_rate"] for notes in after.values()] == ["20", "20"]
    assert set_port(cluster, "Deployment", "web", egress_rate=20)["actions"] == []


def test_pods_that_somebody_changed_are_brought_back(cluster: Site) -> None:
    set_port(cluster, "Deployment", "web", egress_rate=20)
    name = sorted(pods(cluster, "web"))[0]
    cluster.kubectl("annotate", "pod", name, "-n", SPACE, "--overwrite", "ovn.kubernetes.io/egress_rate=7")
    done = set_port(cluster, "Deployment", "web", egress_rate=20)
    assert done["actions"] == [f'update Pod ports/{name}: metadata.annotations["ovn.kubernetes.io/egress_rate"] 7 → 20']
    assert done["impact"] == "none"


def test_pods_that_nobody_replaces_get_it_where_they_are(cluster: Site) -> None:
    before = pods(cluster, "db")
    done = set_port(cluster, "StatefulSet", "db", latency=10)
    assert done["impact"] == "none"
    after = pods(cluster, "db")
    assert set(after) == set(before)
    assert [notes["ovn.kubernetes.io/latency"] for notes in after.values()] == ["10", "10"]


def test_what_runs_is_left_alone_if_so_wished(cluster: Site) -> None:
    set_port(cluster, "StatefulSet", "db", live=False, latency=30)
    assert [notes["ovn.kubernetes.io/latency"] for notes in pods(cluster, "db").values()] == ["10", "10"]
