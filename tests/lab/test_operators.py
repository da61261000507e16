# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's operators do what the real ones were seen to do: against a real control plane, looked at with kubectl, once
with upstream's CustomResourceDefinitions and once with our own."""

from __future__ import annotations

import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from _pytest.mark import ParameterSet

from lab.operators import kubeovn_addresses
from lab.operators.kubevirt_defaults import default_vm, default_vmi
from lab.operators.kubevirt_launcher import resources
from lab.operators.kubevirt_liveupdate import MEMORY, InTheWay, arrived, change, tell
from tests.lab.operators_behaviours import WORKING_VM, Play, at, vm_from
from tests.lab.operators_cluster import NODE, Cluster, Obj, add_node, cluster, restart

HERE = Path(__file__).parent
MANIFESTS = HERE.parents[1] / "extensions" / "lab" / "manifests"
UPSTREAM = Path(os.environ.get("NFVI_UPSTREAM_CRDS", HERE.parents[2] / "shared" / "crds"))
FOLDERS = {"kubeovn.io": "kube-ovn", "kubevirt.io": "kubevirt-v1.8.4"}


def cases(*stems: str) -> list[ParameterSet]:
    """The behaviours of these files, one parameter each."""
    files = [HERE / "behaviours" / f"{stem}.yaml" for stem in stems]
    return [pytest.param(case, id=f"{f.stem}: {case['behaviour']}") for f in files for case in _content(f)]


def _content(file: Path) -> Any:
    return yaml.load(file.read_text(), Loader=yaml.CSafeLoader)


def own_crds() -> list[Obj]:
    """The CustomResourceDefinitions the collection carries."""
    items = [item for name in ("kube-ovn", "kubevirt") for item in load(name)["items"]]
    virtual: list[Obj] = load("kubevirt-crds")["crds"]
    return [item for item in items if item["kind"] == "CustomResourceDefinition"] + virtual


def load(name: str) -> Obj:
    """One of the lab's manifests."""
    manifest: Obj = _content(MANIFESTS / f"{name}.yaml")
    return manifest


def upstream_crd(own: Obj) -> Obj:
    file = UPSTREAM / FOLDERS[own["spec"]["group"]] / f"{own['metadata']['name']}.yaml"
    crd: Obj = _content(file)
    return crd


@pytest.fixture(
    scope="module",
    params=["upstream", pytest.param("own", marks=pytest.mark.full)] if UPSTREAM.is_dir() else ["own"],
)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, lab_programs: object
) -> Iterator[Cluster]:
    """A cluster with Kube-OVN and KubeVirt installed from the lab's manifests."""
    crds = [upstream_crd(crd) for crd in own_crds()] if request.param == "upstream" else []
    with cluster(tmp_path_factory.mktemp(request.param), crds) as made:
        for name in ("kube-ovn", "kubevirt"):
            wanted = [item for item in load(name)["items"] if not (crds and item["kind"] == "CustomResourceDefinition")]
            made.kubectl("apply", "--server-side", "-f", "-", stdin=_list(wanted))
        made.kubectl("wait", "--for=condition=Established", "crd/kubevirts.kubevirt.io", "--timeout=20s")
        made.kubectl("apply", "--server-side", "-f", "-", stdin=load("kubevirt-cr"))
        made.wait("kubevirt", "kubevirt", lambda o: at(o, "status.phase") == "Deployed", "kubevirt", seconds=60)
        made.kubectl("create", "namespace", "t1")
        yield made


def _list(items: list[Obj]) -> Obj:
    return {"apiVersion": "v1", "kind": "List", "items": items}


@pytest.mark.parametrize("case", cases("kube-ovn-subnets", "kube-ovn-others", "kube-ovn-nat", "kubevirt-status"))
def test_behaviour(site: Cluster, case: Obj) -> None:
    Play(site, case).run()


@pytest.mark.parametrize("case", cases("kubevirt-admission"))
def test_admission(site: Cluster, case: Obj) -> None:
    code, status = _post(site, vm_from(case["vm"]))
    assert (code, status["reason"]) == (422, "Invalid")
    causes = status["details"]["causes"]
    for field, message in case.get("causes", {}).items():
        assert {"field": field, "message": message} in [{k: c[k] for k in ("field", "message")} for c in causes]
    for message in case.get("all_causes", []):
        assert message in [cause["message"] for cause in causes]


def _post(site: Cluster, vm: Obj) -> tuple[int, Obj]:
    """Try to create a VM without a Kubernetes client in between; nothing is stored (dryRun)."""
    tls = ssl.create_default_context(cafile=str(site.folder / "ca.crt"))
    tls.load_cert_chain(site.folder / "admin.crt", site.folder / "admin.key")
    url = f"https://{site.address}:6443/apis/kubevirt.io/v1/namespaces/t1/virtualmachines?dryRun=All"
    request = urllib.request.Request(url, json.dumps(vm).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, context=tls) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def test_the_working_vm_is_accepted(site: Cluster) -> None:
    """Else the refusals above would prove nothing."""
    assert _post(site, WORKING_VM)[0] == 201


def test_kubectl_prints_a_refusal_with_its_field(site: Cluster) -> None:
    done = site.kubectl("create", "-f", "-", stdin=vm_from({"spec": {"runStrategy": None}}), check=False)
    assert "The request is invalid: spec.running: RunStrategy must be specified" in done.stderr


def test_a_subnet_is_written_in_the_order_of_the_real_controller(site: Cluster) -> None:
    states = _from_now_on(site, "order", "ovn-default", "subnet")
    site.kubectl("create", "-f", "-", stdin=_subnet("order", cidrBlock="10.60.0.0/24"))
    seen: list[str] = []
    for state in states:
        seen += [step for step in _steps(state) if step not in seen]
        if at(state, "status.conditions.Ready") is not None:
            break
    site.kubectl("delete", "subnet", "order", "--timeout=20s")
    assert seen == ["defaults", "Validated", "counters", "finalizer", "Ready"]


def _from_now_on(site: Cluster, name: str, present: str, *selection: str) -> Iterator[Obj]:
    """States of an object still to be made: kubectl shows what is there, ``present``, then all that happens after."""
    stream = site.stream(*selection)
    assert any(obj["metadata"]["name"] == present for obj in stream)
    return (obj for obj in stream if obj["metadata"]["name"] == name)


def _steps(subnet: Obj) -> Iterator[str]:
    if subnet["metadata"]["generation"] == 2 and at(subnet, "spec.gateway"):
        yield "defaults"
    if at(subnet, "status.conditions.Validated.reason"):
        yield "Validated"
    if at(subnet, "status.v4availableIPs"):
        yield "counters"
    if at(subnet, "metadata.finalizers"):
        yield "finalizer"
    if (
        at(subnet, "status.conditions.Ready.status") == "True"
        and at(subnet, "status.conditions.Error.status") == "Unknown"
    ):
        yield "Ready"


def _subnet(name: str, **spec: object) -> Obj:
    return {"apiVersion": "kubeovn.io/v1", "kind": "Subnet", "metadata": {"name": name}, "spec": spec}


def test_controllers_write_as_update_under_their_own_name(site: Cluster) -> None:
    done = site.kubectl("get", "subnet", "ovn-default", "-o", "json", "--show-managed-fields")
    entries = json.loads(done.stdout)["metadata"]["managedFields"]
    assert {(e["manager"], e["operation"]) for e in entries} == {("kube-ovn-controller", "Update")}


def test_a_subnet_is_not_deleted_while_an_address_is_in_use(site: Cluster) -> None:
    site.kubectl("create", "-f", "-", stdin=_subnet("used", cidrBlock="10.61.0.0/24"))
    site.wait("subnet", "used", lambda o: at(o, "status.conditions.Ready") is not None)
    vip = {"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": "user"}, "spec": {"subnet": "used"}}
    site.kubectl("create", "-f", "-", stdin=vip)
    site.wait("subnet", "used", lambda o: at(o, "status.v4usingIPs") == 1)
    assert site.kubectl("delete", "subnet", "used", "--timeout=2s", check=False).returncode != 0
    site.kubectl("delete", "vip", "user", "--timeout=20s")
    site.kubectl("wait", "--for=delete", "subnet/used", "--timeout=20s")


def test_a_vpc_is_not_deleted_before_its_subnets(site: Cluster) -> None:
    site.kubectl(
        "create", "-f", "-", stdin={"apiVersion": "kubeovn.io/v1", "kind": "Vpc", "metadata": {"name": "full"}}
    )
    site.kubectl("create", "-f", "-", stdin=_subnet("full-a", vpc="full", cidrBlock="10.62.0.0/24"))
    site.wait("vpc", "full", lambda o: at(o, "status.subnets") == ["full-a"])
    assert site.kubectl("delete", "vpc", "full", "--timeout=2s", check=False).returncode != 0
    site.kubectl("delete", "subnet", "full-a", "--timeout=20s")
    site.kubectl("wait", "--for=delete", "vpc/full", "--timeout=20s")


@pytest.fixture
def vm(site: Cluster) -> Iterator[str]:
    """A running VM."""
    site.kubectl("apply", "--server-side", "-f", "-", stdin=vm_from({"metadata": {"name": "life"}}))
    site.wait("vm", "life", lambda o: at(o, "status.ready") is True, "t1")
    yield "life"
    site.kubectl("delete", "vm", "life", "-n", "t1", "--timeout=30s", "--ignore-not-found")
    site.kubectl("wait", "--for=delete", "ip/life.t1", "--timeout=20s")


def test_a_vm_says_stopped_then_starting_then_running_before_it_is_ready(site: Cluster) -> None:
    site.kubectl("create", "-f", "-", stdin=vm_from({"metadata": {"name": "there"}, "spec": {"runStrategy": "Halted"}}))
    states = _from_now_on(site, "shy", "there", "vm", "-n", "t1")
    site.kubectl("create", "-f", "-", stdin=vm_from({"metadata": {"name": "shy"}}))
    seen: list[tuple[object, bool]] = []
    for state in states:
        step = (at(state, "status.printableStatus"), at(state, "status.ready") is True)
        if at(state, "status") and step not in seen:
            seen.append(step)
        if step[1]:
            break
    site.kubectl("delete", "vm", "shy", "there", "-n", "t1", "--timeout=30s")
    assert seen == [("Stopped", False), ("Starting", False), ("Running", False), ("Running", True)]


def test_applying_a_vm_again_changes_nothing_and_conflicts_with_nobody(site: Cluster, vm: str) -> None:
    before = site.get("vm", vm, "t1") or {}
    site.kubectl("apply", "--server-side", "-f", "-", stdin=vm_from({"metadata": {"name": vm}}))
    after = site.get("vm", vm, "t1") or {}
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert after["spec"] == before["spec"]


def test_a_changed_template_requires_a_restart_until_it_is_taken_back(site: Cluster, vm: str) -> None:
    def patch(memory: str) -> None:
        change = {"spec": {"template": {"spec": {"domain": {"memory": {"guest": memory}}}}}}
        site.kubectl("patch", "vm", vm, "-n", "t1", "--type=merge", "-p", json.dumps(change))

    patch("128Mi")
    state = site.wait("vm", vm, lambda o: at(o, "status.conditions.RestartRequired") is not None, "t1")
    assert (
        at(state, "status.conditions.RestartRequired.message")
        == "memory updated in template spec. Memory-hotplug is not available for this VM configuration"
    )
    assert (state["status"]["observedGeneration"], state["metadata"]["generation"]) == (1, 2)
    patch("64Mi")
    state = site.wait("vm", vm, lambda o: at(o, "status.observedGeneration") == 3, "t1")
    assert at(state, "status.conditions.RestartRequired") is None


def test_a_vm_keeps_its_address_while_it_is_stopped(site: Cluster, vm: str) -> None:
    def run(strategy: str) -> None:
        site.kubectl(
            "patch", "vm", vm, "-n", "t1", "--type=merge", "-p", json.dumps({"spec": {"runStrategy": strategy}})
        )

    address = at(site.get("ip", "life.t1"), "spec.ipAddress")
    run("Halted")
    stopped = site.wait("vm", vm, _is_stopped, "t1")
    assert at(stopped, "status.conditions.LiveMigratable.status") == "True", "conditions of a stopped VM are stale"
    assert at(site.get("ip", "life.t1"), "spec.ipAddress") == address
    run("Always")
    site.wait("vm", vm, lambda o: at(o, "status.ready") is True, "t1")
    assert at(site.get("vmi", vm, "t1"), "status.interfaces")[0]["ipAddress"] == address


def _is_stopped(vm: Obj) -> bool:
    return at(vm, "status.printableStatus") == "Stopped" and not at(vm, "status.created")


def test_a_fault_makes_a_vm_unschedulable_while_it_is_on(site: Cluster) -> None:
    site.faults.active["vm-unschedulable", "t1/cursed"] = object()
    site.kubectl("create", "-f", "-", stdin=vm_from({"metadata": {"name": "cursed"}}))
    state = site.wait("vm", "cursed", lambda o: at(o, "status.printableStatus") == "ErrorUnschedulable", "t1")
    assert "didn't match Pod's node affinity/selector" in at(state, "status.conditions.PodScheduled.message")
    site.faults.active.clear()
    site.wait("vm", "cursed", lambda o: at(o, "status.ready") is True, "t1")
    site.kubectl("delete", "vm", "cursed", "-n", "t1", "--timeout=30s")


def _evict(site: Cluster, pod: Obj, *, dry_run: bool = False) -> str:
    """What kubectl says to an eviction that is withheld."""
    meta = {key: pod["metadata"][key] for key in ("name", "namespace")}
    options = {"dryRun": ["All"]} if dry_run else {}
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta, "deleteOptions": options}
    path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/eviction"
    done = site.kubectl("create", "--raw", path, "-f", "-", stdin=body, check=False)
    assert done.returncode != 0
    return done.stderr


def _launchers(site: Cluster, name: str) -> list[Obj]:
    """The pods of a virtual machine, the oldest first."""
    selection = ("pods", "-n", "t1", "-l", f"vm.kubevirt.io/name={name}", "--sort-by=.metadata.creationTimestamp")
    found: list[Obj] = json.loads(site.kubectl("get", *selection, "-o", "json").stdout)["items"]
    return found


@pytest.fixture
def migratable(site: Cluster) -> Iterator[str]:
    """A running VM that wants to migrate when it is evicted."""
    guest = {"evictionStrategy": "LiveMigrate"}
    site.kubectl(
        "create", "-f", "-", stdin=vm_from({"metadata": {"name": "mv"}, "spec": {"template": {"spec": guest}}})
    )
    site.wait("vm", "mv", lambda o: at(o, "status.ready") is True, "t1")
    yield "mv"
    site.kubectl("delete", "vmim", "--all", "-n", "t1", "--timeout=20s")
    site.kubectl("delete", "vm", "mv", "-n", "t1", "--timeout=30s")


def test_an_evicted_guest_is_marked_and_its_target_waits_for_a_node(site: Cluster, migratable: str) -> None:
    (pod,) = _launchers(site, migratable)
    denied = 'admission webhook "virt-launcher-eviction-interceptor.kubevirt.io" denied the request: '
    triggered = f'Eviction triggered evacuation of VMI "t1/{migratable}"'
    assert denied + triggered in _evict(site, pod, dry_run=True)
    assert at(site.get("vmi", migratable, "t1"), "status.evacuationNodeName") is None
    assert denied + triggered in _evict(site, pod)
    assert at(site.get("vmi", migratable, "t1"), "status.evacuationNodeName") == NODE
    assert f"{denied}Evacuation in progress: {triggered}" in _evict(site, pod)
    for event in site.stream("events", "-n", "t1"):
        if event["reason"] == "migrationTargetPodUnschedulable":
            break
    assert event["message"] == f"Migration target pod for VMI [t1/{migratable}] is currently unschedulable."
    (migration,) = json.loads(site.kubectl("get", "vmim", "-n", "t1", "-o", "json").stdout)["items"]
    assert migration["metadata"]["name"].startswith("kubevirt-evacuation-")
    assert migration["metadata"]["annotations"]["kubevirt.io/evacuationMigration"] == NODE
    assert migration["metadata"]["labels"]["kubevirt.io/vmi-name"] == migratable
    assert migration["status"]["phase"] == "Scheduling"


def test_a_guest_migrates_in_upstreams_phases_and_leaves_a_finished_pod(site: Cluster, migratable: str) -> None:
    add_node(site, "edge-2", control_plane=False)
    site.wait("node", "edge-2", lambda o: o["metadata"]["labels"].get("kubevirt.io/schedulable") == "true")
    (pod,) = _launchers(site, migratable)
    _evict(site, pod)
    ended = (state for state in site.stream("vmim", "-n", "t1") if at(state, "status.phase") in ("Succeeded", "Failed"))
    phases = [stamp["phase"] for stamp in next(ended)["status"]["phaseTransitionTimestamps"]]
    order = ["Pending", "Scheduling", "Scheduled", "PreparingTarget", "TargetReady", "Running", "Succeeded"]
    assert phases == order
    vmi = site.wait("vmi", migratable, lambda o: at(o, "status.nodeName") == "edge-2", "t1")
    assert at(vmi, "status.migrationState.completed") is True
    assert vmi["metadata"]["labels"]["kubevirt.io/nodeName"] == "edge-2"
    assert at(vmi, "status.evacuationNodeName") is None
    site.wait("pod", pod["metadata"]["name"], lambda o: at(o, "status.phase") == "Succeeded", "t1")
    old, new = _launchers(site, migratable)
    assert (
        at(old, "metadata.annotations")["ovn.kubernetes.io/ip_address"]
        == (at(new, "metadata.annotations")["ovn.kubernetes.io/ip_address"])
    )
    assert site.get("vm", migratable, "t1")["status"]["ready"] is True  # type: ignore[index]


def test_the_node_offers_what_launchers_ask_for(site: Cluster) -> None:
    node = site.get("node", NODE) or {}
    assert node["metadata"]["labels"]["kubevirt.io/schedulable"] == "true"
    assert node["status"]["allocatable"]["devices.kubevirt.io/kvm"] == "1k"


def test_kubevirt_is_deployed_and_its_observed_generation_lags(site: Cluster) -> None:
    change = {"spec": {"configuration": {"developerConfiguration": {"featureGates": ["CPUManager", "Sidecar"]}}}}
    site.kubectl("patch", "kubevirt", "kubevirt", "-n", "kubevirt", "--type=merge", "-p", json.dumps(change))
    kubevirt = site.wait("kubevirt", "kubevirt", lambda o: o["metadata"]["generation"] > 1, "kubevirt")
    status = kubevirt["status"]
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Available": "True", "Progressing": "False", "Degraded": "False", "Created": "True",
    }  # fmt: skip
    assert status["observedGeneration"] < kubevirt["metadata"]["generation"]
    assert status["observedKubeVirtVersion"] == status["targetKubeVirtVersion"] == "v1.8.4"


def test_kubevirt_needs_a_control_plane_node(site: Cluster) -> None:
    label = "node-role.kubernetes.io/control-plane"
    site.kubectl("label", "node", NODE, f"{label}-")
    site.kubectl("delete", "pod", "-n", "kubevirt", "-l", "kubevirt.io=virt-api", "--timeout=20s")
    site.wait("kubevirt", "kubevirt", lambda o: at(o, "status.conditions.Available.status") == "False", "kubevirt")
    site.kubectl("label", "node", NODE, f"{label}=")
    site.wait("kubevirt", "kubevirt", lambda o: at(o, "status.conditions.Available.status") == "True", "kubevirt")


def test_nothing_reconciles_without_its_deployment(site: Cluster) -> None:
    deployment = ("deployment/kube-ovn-controller", "-n", "kube-system")
    site.kubectl("scale", *deployment, "--replicas=0")
    site.wait("deployment", "kube-ovn-controller", lambda o: not at(o, "status.availableReplicas"), "kube-system")
    site.kubectl("create", "-f", "-", stdin=_subnet("unheard", cidrBlock="10.63.0.0/24"))
    assert (
        site.kubectl("wait", "--for=jsonpath={.status}", "subnet/unheard", "--timeout=2s", check=False).returncode != 0
    )
    site.kubectl("scale", *deployment, "--replicas=1")
    site.wait("subnet", "unheard", lambda o: at(o, "status.conditions.Ready.status") == "True")
    site.kubectl("delete", "subnet", "unheard", "--timeout=20s")


def test_operators_go_on_when_the_api_server_comes_back(site: Cluster) -> None:
    restart(site, "kube-apiserver")
    site.kubectl("create", "-f", "-", stdin=_subnet("after", cidrBlock="10.64.0.0/24"))
    site.wait("subnet", "after", lambda o: at(o, "status.conditions.Ready.status") == "True")
    site.kubectl("delete", "subnet", "after", "--timeout=20s")


def test_what_was_made_goes_away_again(site: Cluster) -> None:
    """Finalizers of all kinds are taken off: nothing is left but what Kube-OVN made for itself."""
    kinds = "vm,vmi,subnet,vpc,vip,ippool,qos-policies,security-groups"
    own = ("ovn-cluster", "ovn-default", "join")
    made = site.kubectl("get", kinds, "-A", "-o", "json", "--ignore-not-found").stdout
    left = [o for o in json.loads(made or '{"items": []}')["items"] if o["metadata"]["name"] not in own]
    assert [o["metadata"]["name"] for o in left if "deletionTimestamp" not in o["metadata"]] == []
    if left:
        site.kubectl("wait", "--for=delete", "--timeout=60s", "-f", "-", stdin=_list(left))


def test_nothing_the_operators_wrote_was_dropped(site: Cluster) -> None:
    """Stands last: by now they have written everything they write."""
    assert site.pruned == []


def test_uninstalling_kubevirt_takes_its_kinds_and_webhooks_along(site: Cluster) -> None:
    site.kubectl("delete", "kubevirt", "kubevirt", "-n", "kubevirt", "--timeout=30s")
    assert site.get("validatingwebhookconfiguration", "virt-api-validator") is None
    assert site.get("deployment", "virt-api", "kubevirt") is None


# -- pure -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", own_crds() if UPSTREAM.is_dir() else [], ids=lambda crd: crd["metadata"]["name"])
def test_our_crds_declare_nothing_that_upstream_does_not(own: Obj) -> None:
    theirs = upstream_crd(own)
    mine, version = own["spec"]["versions"][0], next(v for v in theirs["spec"]["versions"] if v["name"] == "v1")
    assert own["spec"]["scope"] == theirs["spec"]["scope"]
    assert mine.get("subresources", {}) == (version.get("subresources") or {})
    properties = [v["schema"]["openAPIV3Schema"]["properties"] for v in (mine, version)]
    assert [
        line for part in properties[0] for line in _schema_differences(properties[0][part], properties[1][part], part)
    ] == []


def _schema_differences(own: Obj, theirs: Obj, path: str) -> Iterator[str]:
    if own.get("x-kubernetes-preserve-unknown-fields"):
        return
    for key in ("type", "format", "nullable", "default", "enum", "pattern", "required", "x-kubernetes-list-type"):
        if own.get(key) != theirs.get(key):
            yield f"{path} {key}: {own.get(key)} instead of {theirs.get(key)}"
    for name, child in own.get("properties", {}).items():
        if name not in theirs.get("properties", {}):
            yield f"{path}.{name} is not upstream's"
        else:
            yield from _schema_differences(child, theirs["properties"][name], f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(own.get(key), dict):
            yield from _schema_differences(own[key], theirs[key], f"{path}[]")


def test_free_ranges_leave_out_exclusions_and_used_addresses() -> None:
    network = kubeovn_addresses.parse_network("10.0.0.0/29")
    free = kubeovn_addresses.free_ranges(network, ["10.0.0.1", "10.0.0.3..10.0.0.4"], ["10.0.0.6"])
    assert kubeovn_addresses.describe(free, 4) == "10.0.0.2,10.0.0.5"
    assert kubeovn_addresses.count_free(network, ["10.0.0.1", "10.0.0.3..10.0.0.4"], 1) == 2


def test_used_neighbours_are_shown_as_one_range() -> None:
    assert kubeovn_addresses.describe_used(["10.0.0.3", "10.0.0.2", "10.0.0.9"], 4) == "10.0.0.2-10.0.0.3,10.0.0.9"


def test_defaults_of_a_vm_are_stable() -> None:
    once = default_vm(WORKING_VM, create=True)
    assert default_vm(once, create=False) == once


def test_isolated_emulator_threads_cost_a_cpu() -> None:
    vmi = {
        "domain": {
            "cpu": {"cores": 4, "dedicatedCpuPlacement": True, "isolateEmulatorThread": True},
            "memory": {"guest": "1Gi"},
        }
    }
    assert resources(vmi)["requests"]["cpu"] == resources(vmi)["limits"]["cpu"] == "5"


def _growing() -> tuple[Obj, Obj, Obj]:
    """A machine whose guest is to grow from 1 to 2 GiB, its spec before, and the guest's VMI as it was asked to."""
    vm = vm_from({"spec": {"template": {"spec": {"domain": {"memory": {"guest": "2Gi"}}}}}})
    began = vm_from({"spec": {"template": {"spec": {"domain": {"memory": {"guest": "1Gi"}}}}}})["spec"]
    vmi = default_vmi({"metadata": {"name": "a"}, "spec": began["template"]["spec"]})
    vmi["status"]["conditions"] = [{"type": "LiveMigratable", "status": "True"}]
    return vm, began, vmi


def test_a_guest_that_has_migrated_has_the_memory_it_was_given() -> None:
    vm, began, vmi = _growing()
    assert change(vm, began, vmi) == ("", {"domain": {"memory": {"guest": "2Gi"}}})
    vmi["spec"]["domain"]["memory"]["guest"] = "2Gi"
    tell(vmi)
    assert at(vmi, f"status.conditions.{MEMORY}.status") == "True"
    arrived(vmi)
    assert at(vmi, f"status.conditions.{MEMORY}") is None
    assert vmi["status"]["memory"] == {"guestAtBoot": "1Gi", "guestCurrent": "2Gi", "guestRequested": "2Gi"}


def test_another_change_waits_for_the_one_under_way() -> None:
    vm, began, vmi = _growing()
    vmi["spec"]["domain"]["memory"]["guest"] = "3Gi"
    tell(vmi)
    with pytest.raises(InTheWay, match="another memory hotplug is in progress"):
        change(vm, began, vmi)
