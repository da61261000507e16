# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""k8s_drain against a real control plane with two workers: its eviction API, its budgets' controller, its scheduler,
and the lab's KubeVirt. kubectl and the audit log judge."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules.k8s_drain import CALL
from lab import programs
from tests.lab.operators_behaviours import vm_from
from tests.promises import playbook
from tests.promises.conftest import PROGRAMS
from tests.promises.site import Site, add_node, listed, site

Obj = dict[str, Any]

OURS, OTHER = "edge-2", "edge-3"
EXCLUDE = "node.kubernetes.io/exclude-from-external-load-balancers"
DIGEST = "@sha256:" + "0" * 64


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A control-plane node with all that has to run, and two workers for what the tests run."""
    programs.ensure(PROGRAMS)
    with site(tmp_path_factory.mktemp("drain")) as running:
        for name in (OURS, OTHER):
            add_node(running, name, {})
        running.kubectl("rollout", "status", "daemonset/virt-handler", "-n", "kubevirt", "--timeout=50s")
        running.kubectl("rollout", "status", "daemonset", "-n", "kube-system", "--timeout=50s")
        yield running


class Nodes:
    """The module as a task calls it, and what kubectl sees of its doings in a namespace of one's own."""

    def __init__(self, cluster: Site, space: str) -> None:
        self.cluster, self.space = cluster, space
        self.user = f"drainer-{space}"[:60].strip("-")
        self._options = {"kubeconfig": str(cluster.kubeconfig_for(self.user)), "nodes": [OURS], "wait_timeout": 50}
        self.said: list[str] = []

    def call(self, *, check: bool = False, **options: Any) -> Obj:
        return run_in_worker(
            CALL, {**self._options, **options}, environment={}, check=check, diff=True, progress=self.said.append
        )

    def ok(self, *, check: bool = False, **options: Any) -> Obj:
        result = self.call(check=check, **options)
        assert "failed" not in result, result["msg"]
        return result

    def refused(self, **options: Any) -> Obj:
        result = self.call(**options)
        assert result.get("failed"), result
        return {**result["error"], "actions": result["actions"]}

    def apply(self, *objects: Obj) -> None:
        flags = ["--server-side", "-n", self.space, "-f", "-"]
        self.cluster.kubectl("apply", *flags, stdin=json.dumps(listed(objects)))

    def get(self, kind: str, name: str, *more: str) -> Obj:
        found: Obj = json.loads(self.cluster.kubectl("get", kind, name, *more, "-o", "json"))
        return found

    def pods(self, node: str = OURS) -> list[str]:
        """Names of the pods of this namespace on a node."""
        shown = json.loads(self.cluster.kubectl("get", "pods", "-n", self.space, "-o", "json"))
        return sorted(pod["metadata"]["name"] for pod in shown["items"] if pod["spec"].get("nodeName") == node)

    def until_ready(self, *what: str) -> None:
        self.cluster.kubectl("wait", "--for=condition=Ready", *what, "-n", self.space, "--timeout=50s")

    def writes(self, since: int) -> list[str]:
        return self.cluster.writes(self.user, since, self.cluster.mark())


@pytest.fixture
def nodes(cluster: Site, request: pytest.FixtureRequest) -> Iterator[Nodes]:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_"))[:40].strip("-")
    cluster.kubectl("create", "namespace", name)
    made = Nodes(cluster, name)
    yield made
    cluster.faults.on.clear()
    cluster.kubectl("delete", "pdb,deployments,vm,vmim,pods", "--all", "-n", name, "--timeout=50s", "--grace-period=0")
    for node in (OURS, OTHER):
        cluster.kubectl("uncordon", node)
        cluster.kubectl("label", "node", node, f"{EXCLUDE}-")
        cluster.kubectl("annotate", "node", node, *(f"{mark}-" for mark in marks(made.get("node", node))))


def marks(node: Obj) -> list[str]:
    """Our annotations, one that nobody has among them so that kubectl always has one to take away."""
    found = node["metadata"].get("annotations") or {}
    return ["nobodys", *(key for key in found if key.startswith("nfvi.kubevim.io/"))]


def prefer(node: str) -> Obj:
    """Rather there, but anywhere if need be."""
    wanted = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}
    never = {"key": "node-role.kubernetes.io/control-plane", "operator": "DoesNotExist"}
    return {
        "nodeAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": wanted}],
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [never]}]},
        }
    }


def deployment(name: str, replicas: int = 1, node: str = OURS, **spec: Any) -> Obj:
    container = {"name": "a", "image": f"registry.example/a{DIGEST}"}
    pod = {"affinity": prefer(node), "containers": [container], "terminationGracePeriodSeconds": 1, **spec}
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    wanted = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": wanted}


def budget(name: str, least: int) -> Obj:
    spec = {"minAvailable": least, "selector": {"matchLabels": {"app": name}}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec}


def bare(name: str, **spec: Any) -> Obj:
    """A pod that nobody makes anew."""
    container = {"name": "a", "image": f"registry.example/a{DIGEST}"}
    pod = {"affinity": prefer(OURS), "containers": [container], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": pod}


def vm(nodes: Nodes, name: str, strategy: str, *, bridged: bool = False) -> Obj:
    """A running virtual machine that is rather on our node."""
    nic = [{"name": "default", "bridge": {}}] if bridged else [{"name": "default", "masquerade": {}}]
    guest = {"evictionStrategy": strategy, "affinity": prefer(OURS), "domain": {"devices": {"interfaces": nic}}}
    made = vm_from({"metadata": {"name": name, "namespace": nodes.space}, "spec": {"template": {"spec": guest}}})
    nodes.apply(made)
    nodes.until_ready("vm", name)
    return made


def until(true: Callable[[], object], what: str, seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, what
        time.sleep(0.1)


def place(nodes: Nodes, name: str) -> str:
    return str(nodes.get("vmi", name, "-n", nodes.space)["status"]["nodeName"])


def is_excluded(node: Obj) -> bool:
    return EXCLUDE in node["metadata"]["labels"]


def test_a_drain_empties_the_node_and_an_uncordon_gives_it_back(nodes: Nodes) -> None:
    nodes.apply(deployment("web", replicas=3))
    nodes.cluster.kubectl("rollout", "status", "deployment/web", "-n", nodes.space, "--timeout=50s")
    before = nodes.get("node", OURS)
    there = nodes.pods()
    assert there
    told_before = nodes.ok(check=True)
    assert nodes.pods() == there
    done = nodes.ok()
    assert done["actions"] == told_before["actions"]
    assert done["diff"] == told_before["diff"]
    assert done["nodes"] == told_before["nodes"]
    assert done["actions"] == [
        f"cordon Node {OURS}",
        f"exclude from load balancers Node {OURS}",
        *(f"evict Pod {nodes.space}/{name}" for name in there),
    ]
    assert done["nodes"][0]["evicted"] == [f"{nodes.space}/{name}" for name in there]
    assert any(name.startswith("kubevirt/virt-handler-") for name in done["nodes"][0]["left"])
    assert done["impact"] == "pod_restart"
    assert nodes.pods() == []
    live = nodes.get("node", OURS)
    assert live["spec"]["unschedulable"] is True
    assert is_excluded(live)
    back = nodes.ok(state="uncordoned")
    assert back["actions"] == [f"uncordon Node {OURS}", f"include in load balancers Node {OURS}"]
    live = nodes.get("node", OURS)
    assert live["spec"] == before["spec"]
    assert live["metadata"]["labels"] == before["metadata"]["labels"]
    assert live["metadata"].get("annotations") == before["metadata"].get("annotations")


def test_a_second_drain_and_a_check_write_nothing(nodes: Nodes) -> None:
    nodes.apply(deployment("web"))
    nodes.until_ready("pods", "-l", "app=web")
    since = nodes.cluster.mark()
    nodes.ok(check=True)
    assert nodes.writes(since) == []
    nodes.ok()
    assert len(nodes.writes(since)) == 3
    since = nodes.cluster.mark()
    again = nodes.ok()
    assert (again["changed"], again["actions"], again["diff"]) == (False, [], [])
    nodes.ok(state="cordoned")
    assert nodes.writes(since) == []


def test_budgets_are_waited_for(nodes: Nodes) -> None:
    """Two pods that both have to be there: they go, one after the other, as soon as there is a third."""
    nodes.apply(deployment("web", replicas=2), budget("web", 2))
    nodes.cluster.kubectl("rollout", "status", "deployment/web", "-n", nodes.space, "--timeout=50s")
    assert len(nodes.pods()) == 2
    until(lambda: nodes.get("pdb", "web", "-n", nodes.space)["status"].get("currentHealthy") == 2, "no budget yet")
    results: list[Obj] = []
    drain = threading.Thread(target=lambda: results.append(nodes.call()))
    drain.start()
    until(lambda: len([line for line in nodes.said if "disruption budget web" in line]) == 2, "nothing was withheld")
    assert len(nodes.pods()) == 2
    nodes.cluster.kubectl("scale", "deployment/web", "-n", nodes.space, "--replicas=3")
    drain.join(60)
    assert "failed" not in results[0], results[0]["msg"]
    assert len(results[0]["nodes"][0]["evicted"]) == 2
    assert nodes.pods() == []


def test_one_that_is_held_up_holds_up_no_other_and_is_named(nodes: Nodes) -> None:
    """`a` comes first by name, and never goes."""
    nodes.apply(deployment("a"), deployment("b"), budget("a", 1))
    for name in ("a", "b"):
        nodes.cluster.kubectl("rollout", "status", f"deployment/{name}", "-n", nodes.space, "--timeout=50s")
    until(lambda: nodes.get("pdb", "a", "-n", nodes.space)["status"].get("currentHealthy") == 1, "no budget yet")
    (held,) = (name for name in nodes.pods() if name.startswith("a-"))
    assert any("allows 0 disruptions" in line for line in nodes.ok(check=True)["warnings"])
    error = nodes.refused(wait_timeout=4)
    assert (error["kind"], error["object"], error["retryable"]) == ("timeout", f"Node {OURS}", True)
    assert f"Pod {nodes.space}/{held} is not evicted: " in error["reason"]
    assert "The disruption budget a needs 1 healthy pods and has 1 currently" in error["reason"]
    assert f"PodDisruptionBudget {nodes.space}/a allows 0 disruptions" in error["reason"]
    assert f"half drained: {OURS}" in error["hint"]
    assert nodes.pods() == [held]
    assert [line for line in error["actions"] if line.startswith("evict")] != []
    assert not any(held in line for line in error["actions"])
    nodes.cluster.kubectl("delete", "pdb", "a", "-n", nodes.space)
    assert nodes.ok()["actions"] == [f"evict Pod {nodes.space}/{held}"]


def test_after_a_failure_nodes_can_be_given_back(nodes: Nodes) -> None:
    nodes.apply(deployment("a"), budget("a", 1))
    nodes.cluster.kubectl("rollout", "status", "deployment/a", "-n", nodes.space, "--timeout=50s")
    until(lambda: nodes.get("pdb", "a", "-n", nodes.space)["status"].get("currentHealthy") == 1, "no budget yet")
    error = nodes.refused(nodes=[OURS, OTHER], wait_timeout=2, on_failure="uncordon")
    assert f"uncordoned again: {OURS}, {OTHER}" in error["hint"]
    for name in (OURS, OTHER):
        live = nodes.get("node", name)
        assert "unschedulable" not in live["spec"]
        assert not is_excluded(live)
        assert marks(live) == ["nobodys"]


def test_what_would_be_lost_is_refused_before_anything_is_touched(nodes: Nodes) -> None:
    nodes.apply(bare("alone"), deployment("cache", volumes=[{"name": "tmp", "emptyDir": {}}]))
    nodes.until_ready("pods", "--all")
    (cache,) = (name for name in nodes.pods() if name.startswith("cache-"))
    since = nodes.cluster.mark()
    error = nodes.refused()
    assert error["kind"] == "precondition"
    assert f"Pod {nodes.space}/alone has no controller" in error["reason"]
    assert f"Pod {nodes.space}/{cache} keeps data in an emptyDir" in error["reason"]
    assert "force: true" in error["hint"]
    assert "delete_emptydir_data: true" in error["hint"]
    assert nodes.refused(force=True)["reason"].startswith(f"Pod {nodes.space}/{cache} keeps")
    assert nodes.writes(since) == []
    done = nodes.ok(force=True, delete_emptydir_data=True)
    assert done["impact"] == "outage"
    assert nodes.pods() == []


def test_two_budgets_for_one_pod_are_refused(nodes: Nodes) -> None:
    nodes.apply(deployment("web"), budget("web", 0), {**budget("web", 0), "metadata": {"name": "more"}})
    nodes.until_ready("pods", "-l", "app=web")
    error = nodes.refused()
    assert "guarded by more than one PodDisruptionBudget (more, web)" in error["reason"]


def test_virtual_machines_migrate_before_anything_else_is_touched(nodes: Nodes) -> None:
    vm(nodes, "fw", "LiveMigrate")
    vm(nodes, "ids", "LiveMigrateIfPossible")
    nodes.apply(deployment("web"))
    nodes.until_ready("pods", "-l", "app=web")
    assert [place(nodes, name) for name in ("fw", "ids")] == [OURS, OURS]
    before = nodes.get("vmi", "fw", "-n", nodes.space)
    told_before = nodes.ok(check=True)
    since = nodes.cluster.mark()
    done = nodes.ok()
    assert done["actions"] == told_before["actions"]
    assert done["actions"][2:4] == [f"migrate VirtualMachineInstance {nodes.space}/{name}" for name in ("fw", "ids")]
    assert done["nodes"][0]["migrated"] == [f"{nodes.space}/fw", f"{nodes.space}/ids"]
    after = nodes.get("vmi", "fw", "-n", nodes.space)
    assert after["metadata"]["uid"] == before["metadata"]["uid"], "it was started anew"
    assert after["status"]["nodeName"] == OTHER
    assert after["status"]["interfaces"][0]["ipAddress"] == before["status"]["interfaces"][0]["ipAddress"]
    assert "evacuationNodeName" not in after["status"]
    assert nodes.pods() == []
    evictions = [line for line in nodes.writes(since) if "eviction" in line]
    first_other = next(index for index, line in enumerate(evictions) if "virt-launcher" not in line)
    assert all("virt-launcher" not in line for line in evictions[first_other:])


def test_a_machine_that_cannot_migrate_is_refused_with_its_reason_or_restarted(nodes: Nodes) -> None:
    vm(nodes, "bound", "LiveMigrate", bridged=True)
    vm(nodes, "still", "None")
    since = nodes.cluster.mark()
    error = nodes.refused()
    assert error["kind"] == "precondition"
    assert f"VirtualMachineInstance {nodes.space}/bound does not migrate" in error["reason"]
    assert "InterfaceNotLiveMigratable: cannot migrate VMI which does not use masquerade" in error["reason"]
    assert (
        f"{nodes.space}/still does not migrate, so that a drain restarts it: its evictionStrategy is None"
        in (error["reason"])
    )
    assert "unmigratable_vms: restart" in error["hint"]
    assert nodes.writes(since) == []
    old = nodes.get("vmi", "bound", "-n", nodes.space)["metadata"]["uid"]
    done = nodes.ok(unmigratable_vms="restart")
    assert done["actions"][2:] == [
        f"restart VirtualMachineInstance {nodes.space}/{name}" for name in ("bound", "still")
    ]
    assert done["impact"] == "vm_restart"
    assert nodes.pods() == []
    for name in ("bound", "still"):
        nodes.until_ready("vm", name)
        assert place(nodes, name) == OTHER
    assert nodes.get("vmi", "bound", "-n", nodes.space)["metadata"]["uid"] != old


@pytest.mark.full
def test_a_migration_that_fails_is_named(nodes: Nodes) -> None:
    nodes.cluster.faults.on.add(("vm-migration-fails", f"{nodes.space}/fw"))
    vm(nodes, "fw", "LiveMigrate")
    nodes.apply(deployment("web"))
    nodes.until_ready("pods", "-l", "app=web")
    error = nodes.refused(wait_timeout=8)
    assert error["kind"] == "timeout"
    assert f"VirtualMachineInstance {nodes.space}/fw is still on {OURS}" in error["reason"]
    assert re.search(
        r"VirtualMachineInstanceMigration \S+/kubevirt-evacuation-\S+ is (Failed|Pending)", error["reason"]
    )
    assert "the last one failed: Live migration failed." in error["reason"]
    assert any(name.startswith("web-") for name in nodes.pods()), "pods were touched though the guest is still there"


def test_what_others_cordoned_stays_cordoned(nodes: Nodes) -> None:
    nodes.cluster.kubectl("cordon", OURS)
    nodes.cluster.kubectl("label", "node", OURS, f"{EXCLUDE}=")
    done = nodes.ok()
    assert done["actions"] == []
    assert done["nodes"][0]["cordoned_by_others"] is True
    back = nodes.ok(state="uncordoned")
    assert (back["changed"], back["nodes"][0]["schedulable"]) == (False, False)
    assert back["warnings"] == [f"Node {OURS} was cordoned by somebody else, and stays so"]
    live = nodes.get("node", OURS)
    assert live["spec"]["unschedulable"] is True
    assert is_excluded(live)


def test_a_node_that_was_cordoned_and_then_drained_is_given_back_whole(nodes: Nodes) -> None:
    assert nodes.ok(state="cordoned")["actions"] == [f"cordon Node {OURS}"]
    assert nodes.ok(state="drained")["actions"] == [f"exclude from load balancers Node {OURS}"]
    assert len(nodes.ok(state="uncordoned")["actions"]) == 2
    assert "unschedulable" not in nodes.get("node", OURS)["spec"]


def test_no_pod_moves_from_one_node_to_another_that_is_drained_as_well(nodes: Nodes) -> None:
    """All are cordoned first, so that what leaves the first waits for a place instead of moving twice."""
    nodes.apply(deployment("web"), deployment("api", node=OTHER))
    for name in ("web", "api"):
        nodes.cluster.kubectl("rollout", "status", f"deployment/{name}", "-n", nodes.space, "--timeout=50s")
    done = nodes.ok(nodes=[OURS, OTHER])
    assert done["actions"][:2] == [f"cordon Node {OURS}", f"cordon Node {OTHER}"]
    assert [len(each["evicted"]) for each in done["nodes"]] == [1, 1]
    assert nodes.pods(OURS) == nodes.pods(OTHER) == []


def test_a_node_that_does_not_exist_is_named(nodes: Nodes) -> None:
    error = nodes.refused(nodes=[OURS, "edge-9"])
    assert (error["kind"], error["path"], error["object"]) == ("not_found", "nodes[1]", "Node edge-9")
    assert nodes.refused(nodes=[OURS, OURS])["path"] == "nodes[1]"


def test_a_pod_made_anew_under_its_name_is_another(nodes: Nodes) -> None:
    """What has the name of an evicted pod, on another node, is not waited for."""
    made = deployment("set", replicas=1)
    stateful = {**made, "kind": "StatefulSet", "spec": {**made["spec"], "serviceName": "set"}}
    nodes.apply(stateful)
    nodes.cluster.kubectl("rollout", "status", "statefulset/set", "-n", nodes.space, "--timeout=50s")
    assert nodes.ok()["actions"][-1] == f"evict Pod {nodes.space}/set-0"
    nodes.until_ready("pod", "set-0")
    assert nodes.pods(OTHER) == ["set-0"]
    nodes.cluster.kubectl("delete", "statefulset", "set", "-n", nodes.space)


@pytest.mark.full
def test_an_api_server_that_is_away_for_a_moment_is_endured(nodes: Nodes) -> None:
    nodes.apply(deployment("a"), budget("a", 1))
    nodes.cluster.kubectl("rollout", "status", "deployment/a", "-n", nodes.space, "--timeout=50s")
    until(lambda: nodes.get("pdb", "a", "-n", nodes.space)["status"].get("currentHealthy") == 1, "no budget yet")
    results: list[Obj] = []
    drain = threading.Thread(target=lambda: results.append(nodes.call()))
    drain.start()
    until(lambda: any("disruption budget" in line for line in nodes.said), "nothing was withheld")
    nodes.cluster.server.kill()
    nodes.cluster.server.start()
    nodes.cluster.kubectl("delete", "pdb", "a", "-n", nodes.space)
    drain.join(60)
    assert "failed" not in results[0], results[0]["msg"]
    assert nodes.pods() == []


@pytest.mark.full
def test_kubectl_drains_the_same_lab(nodes: Nodes) -> None:
    """The outsider: kubectl's own drain waits for the migration too, and its uncordon is honoured by ours."""
    vm(nodes, "fw", "LiveMigrate")
    nodes.apply(deployment("web"))
    nodes.until_ready("pods", "-l", "app=web")
    flags = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout=50s"]
    shown = nodes.cluster.kubectl("drain", OURS, *flags)
    assert f"node/{OURS} drained" in shown
    assert place(nodes, "fw") == OTHER
    assert nodes.pods() == []
    assert nodes.ok(check=True)["actions"] == [f"exclude from load balancers Node {OURS}"]


@pytest.mark.full
def test_the_role_drains_and_gives_back(nodes: Nodes, tmp_path: Path) -> None:
    nodes.apply(deployment("web"))
    nodes.until_ready("pods", "-l", "app=web")
    common = {"k8s_drain_kubeconfig": str(nodes.cluster.server.kubeconfig), "k8s_drain_nodes": [OURS]}
    steps = [
        {
            "name": f"Node {state}",
            "ansible.builtin.import_role": {"name": "kubevim.nfvi.k8s_drain"},
            "vars": {**common, "k8s_drain_state": state},
        }
        for state in ("drained", "uncordoned")
    ]
    show = {"name": "Told", "ansible.builtin.set_fact": {"told": "{{ k8s_drain_actions }}"}}
    done = playbook.run(tmp_path, [steps[0], show])
    assert done["Told"]["ansible_facts"]["told"][:2] == [
        f"cordon Node {OURS}",
        f"exclude from load balancers Node {OURS}",
    ]
    assert nodes.pods() == []
    playbook.run(tmp_path / "back", [steps[1]])
    assert "unschedulable" not in nodes.get("node", OURS)["spec"]
