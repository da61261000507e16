# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeVirt's own virt-api and virt-controller judge what the modules do and what the table of kinds says."""

from __future__ import annotations

import json
import re
import shlex
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules import k8s_objects, kubevirt_info, kubevirt_vm, kubevirt_vm_action
from tests.lab.operators_behaviours import at, vm_from
from tests.lab.operators_cluster import Obj, add_node
from tests.promises import judge
from tests.promises.case import Case, cases

from .kubevirt_control_plane import OTHER_NODE, Site

pytestmark = [pytest.mark.full, pytest.mark.timeout(2400)]  # the programs may have to be built

MODULES: dict[str, ModuleType] = {
    each.__name__.rpartition(".")[2]: each for each in (kubevirt_vm, kubevirt_vm_action, kubevirt_info)
}
IMAGE = f"registry.example/os@sha256:{'0' * 64}"
ROOT = {"name": "root", "container_disk": IMAGE}
PATIENCE = 40


def call(kubevirt: Site, module: ModuleType, *, check: bool = False, **options: Any) -> Obj:
    """The module as a task calls it."""
    base: Obj = {"kubeconfig": str(kubevirt.kubeconfig), "digest_key": str(kubevirt.server.folder / "digest-key")}
    waiting = {} if module is kubevirt_info else {"wait_timeout": PATIENCE}
    environment = {"HOME": str(kubevirt.server.folder)}
    given = {**base, **waiting, **options}
    return run_in_worker(
        module.CALL, given, environment=environment, check=check, diff=True, progress=lambda _line: None
    )


def done(kubevirt: Site, module: ModuleType, **options: Any) -> Obj:
    result = call(kubevirt, module, **options)
    assert "failed" not in result, result["msg"]
    return result


def truly(kubevirt: Site, module: ModuleType, **options: Any) -> Obj:
    """Done as check mode told; and when it is done again nothing is written, even if the server is asked."""
    since = kubevirt.writes()
    told = done(kubevirt, module, check=True, **options)
    assert kubevirt.writes() == since
    first = done(kubevirt, module, **options)
    assert told["actions"] == first["actions"]
    since = kubevirt.writes()
    asked = {"verify_unchanged": "server"} if module is k8s_objects else {}
    for more in ({}, {"check": True}, asked):
        again = done(kubevirt, module, **options, **more)
        assert (again["changed"], again["actions"], again["diff"]) == (False, [], [])
    assert kubevirt.writes() == since
    return first


def refused(kubevirt: Site, module: ModuleType, **options: Any) -> Obj:
    """Refused in check mode as it is without it; nothing is written."""
    since, errors = kubevirt.writes(), []
    for check in (True, False):
        result = call(kubevirt, module, check=check, **options)
        assert result.get("failed"), result
        errors.append(result["error"])
    assert errors[0] == errors[1]
    assert kubevirt.writes() == since
    error: Obj = errors[0]
    return error


def machine(name: str, **changes: Any) -> Obj:
    """A virtual machine that works, with changes put on top."""
    vm = vm_from({"spec": changes})
    return {**vm, "metadata": {"name": name, "namespace": "t1"}}


def template(**changes: Any) -> Obj:
    return {"template": {"spec": changes}}


def _of(api: str, kind: str, name: str, **spec: Any) -> Obj:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "t1"}, "spec": spec}


# -- the modules' own cases --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [each for each in cases() if each.module in MODULES], ids=lambda case: case.id)
def test_case(kubevirt: Site, case: Case) -> None:
    """As tests/promises plays it at the lab: check, apply, again; predicted is what was done, and again nothing is."""
    module = MODULES[case.module]
    _prepared(kubevirt, case)
    since = len(kubevirt.writes())
    told = call(kubevirt, module, check=True, **case.given)
    assert kubevirt.writes()[since:] == []
    _is_as_expected(case, told, case.refused, case.checked)
    result = call(kubevirt, module, **case.given)
    _is_as_expected(case, result, not case.works, case.result)
    assert len(kubevirt.writes()) - since == sum(1 if isinstance(each, str) else len(each) for each in case.writes)
    for command in case.meanwhile:
        kubevirt.cluster.kubectl(*shlex.split(command))
    since = len(kubevirt.writes())
    again = call(kubevirt, module, **case.given)
    assert (bool(again.get("changed")), kubevirt.writes()[since:]) == (False, [])


def _prepared(kubevirt: Site, case: Case) -> None:
    for thing in case.world:
        kubevirt.cluster.kubectl("apply", "--server-side", "-f", "-", stdin=thing)
    if case.first:
        done(kubevirt, MODULES[case.module], **case.first)
    for command in case.drift:
        kubevirt.cluster.kubectl(*shlex.split(command))


def _is_as_expected(case: Case, result: Obj, fails: bool, values: Obj) -> None:
    if not fails:
        assert "failed" not in result, result["msg"]
        assert result.get("actions", []) == case.actions
        assert {path: judge.at(result, path) for path in values} == values
        return
    assert result.get("failed")
    assert case.fails is not None
    error = result["error"]
    assert (error["kind"], error["path"]) == (case.fails["kind"], case.fails["path"])
    assert re.search(case.fails["reason"], error["reason"]), error


# -- defaults are no drift ---------------------------------------------------------------------------------------------


SPELLINGS: dict[str, Obj] = {
    "an empty list": {"domain": {"devices": {"disks": [], "interfaces": [{"name": "default", "masquerade": {}}]}}},
    "false": {"domain": {"cpu": {"cores": 2, "dedicatedCpuPlacement": False, "isolateEmulatorThread": False}}},
    "nought": {"domain": {"cpu": {"cores": 0}}},
    "another amount": {"domain": {"memory": {"guest": "1024Mi"}, "resources": {"requests": {"cpu": "1000m"}}}},
    "a number": {"domain": {"resources": {"limits": {"cpu": 2, "memory": "2.5Gi"}}}},
    "an address in capitals": {
        "domain": {
            "devices": {"interfaces": [{"name": "default", "masquerade": {}, "macAddress": "02-00-00-AA-BB-CC"}]}
        }
    },
    "nothing in it": {"hostname": "", "nodeSelector": {}, "tolerations": []},
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_what_the_webhooks_write_otherwise_is_no_drift(kubevirt: Site, name: str) -> None:
    vm = machine(f"spelled-{list(SPELLINGS).index(name)}", runStrategy="Halted", **template(**SPELLINGS[name]))
    truly(kubevirt, k8s_objects, objects=[vm])


def test_a_machine_of_kubevirt_vm_runs_in_a_launcher_of_its_own(kubevirt: Site) -> None:
    vm = {"name": "whole", "namespace": "t1", "memory": "1Gi", "cores": 2, "disks": [ROOT]}
    vm |= {"interface": {"name": "n3", "subnet": "ovn-default"}, "cloud_init": {"user_data": "#cloud-config"}}
    truly(kubevirt, kubevirt_vm, vms=[vm])
    vmi, (pod,) = kubevirt.cluster.get("vmi", "whole", "t1"), _launchers(kubevirt, "whole")
    assert at(vmi, "status.phase") == "Running"
    assert at(pod, "metadata.annotations")["ovn.kubernetes.io/logical_switch"] == "ovn-default"
    (found,) = done(kubevirt, kubevirt_info, vms=["whole"], namespace="t1")["vms"]
    assert (found["status"], found["ready"], found["live_migratable"]) == ("Running", True, True)
    assert found["interfaces"][0]["addresses"] == [at(pod, "status.podIP")]


def _launchers(kubevirt: Site, name: str) -> list[Obj]:
    selector = ("-n", "t1", "-l", f"vm.kubevirt.io/name={name}")
    found: list[Obj] = json.loads(kubevirt.cluster.kubectl("get", "pods", *selector, "-o", "json").stdout)["items"]
    return found


def test_a_guest_without_a_machine_is_applied_twice_and_never_changed(kubevirt: Site) -> None:
    guest = {"memory": {"guest": "64Mi"}, "devices": {"disks": []}}
    volumes = [{"name": "d", "containerDisk": {"image": IMAGE}}]
    vmi = _of("kubevirt.io/v1", "VirtualMachineInstance", "alone", domain=guest, volumes=volumes)
    truly(kubevirt, k8s_objects, objects=[vmi])
    guest["memory"]["guest"] = "128Mi"
    assert refused(kubevirt, k8s_objects, objects=[vmi])["reason"] == "update of VMI object is restricted"


def test_a_machine_takes_its_size_from_its_type(kubevirt: Site) -> None:
    """The controller keeps in the status which revision of them it took: nothing of the spec is expanded."""
    meta = {"name": "small", "namespace": "t1"}
    api = "instancetype.kubevirt.io/v1beta1"
    size = {"cpu": {"guest": 2}, "memory": {"guest": "256Mi"}}
    taste = {"devices": {"preferredDiskBus": "scsi"}, "cpu": {"preferredCPUTopology": "cores"}}
    objects = [
        {"apiVersion": api, "kind": "VirtualMachineInstancetype", "metadata": meta, "spec": size},
        {"apiVersion": api, "kind": "VirtualMachinePreference", "metadata": meta, "spec": taste},
        machine(
            "typed",
            instancetype={"name": "small", "kind": "VirtualMachineInstancetype"},
            preference={"name": "small", "kind": "VirtualMachinePreference"},
            **template(domain={"memory": None, "devices": {"disks": [{"name": "d"}]}}),
        ),
    ]
    truly(kubevirt, k8s_objects, objects=objects)
    domain = (kubevirt.cluster.get("vmi", "typed", "t1") or {})["spec"]["domain"]
    assert (domain["cpu"]["cores"], domain["memory"]["guest"]) == (2, "256Mi")
    assert domain["devices"]["disks"] == [{"name": "d", "disk": {"bus": "scsi"}}]
    size["cpu"]["guest"] = 4
    actions = truly(kubevirt, k8s_objects, objects=objects)["actions"]
    assert actions == ["update VirtualMachineInstancetype t1/small: spec.cpu.guest 2 → 4"]


@pytest.mark.parametrize(
    ("api", "kind", "field"),
    [
        ("pool.kubevirt.io/v1beta1", "VirtualMachinePool", "virtualMachineTemplate"),
        ("kubevirt.io/v1", "VirtualMachineInstanceReplicaSet", "template"),
    ],
)
def test_a_fleet_is_ready_when_all_of_it_is(kubevirt: Site, api: str, kind: str, field: str) -> None:
    labels = {"fleet": kind.lower()}
    spec = vm_from({"spec": {"template": {"metadata": {"labels": labels}}}})["spec"]
    made = {"metadata": {"labels": labels}, "spec": spec} if field == "virtualMachineTemplate" else spec["template"]
    fleet = {
        "apiVersion": api, "kind": kind, "metadata": {"name": "fleet", "namespace": "t1"},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, field: made},
    }  # fmt: skip
    truly(kubevirt, k8s_objects, objects=[fleet])
    assert at(kubevirt.cluster.get(kind, "fleet", "t1"), "status.readyReplicas") == 2


# -- what waits for a restart, what does not ---------------------------------------------------------------------------


def test_more_memory_is_given_live_and_not_waited_for(kubevirt: Site) -> None:
    vm = {"name": "grows", "namespace": "t1", "memory": "1Gi", "disks": [ROOT]}
    vm |= {"interface": {"name": "n3", "subnet": "ovn-default"}}
    done(kubevirt, kubevirt_vm, vms=[vm])
    actions = truly(kubevirt, kubevirt_vm, vms=[{**vm, "memory": "2Gi"}])["actions"]
    assert actions == ["update VirtualMachine t1/grows: spec.template.spec.domain.memory.guest 1Gi → 2Gi"]
    (found,) = done(kubevirt, kubevirt_info, vms=["grows"], namespace="t1")["vms"]
    assert (found["ready"], found["restart_required"]) == (True, False)
    kubevirt.cluster.wait("vm", "grows", lambda o: at(o, "status.conditions.HotMemoryChange.status") == "True", "t1")


def test_other_cores_wait_for_a_restart_which_brings_them(kubevirt: Site) -> None:
    vm = {"name": "waits", "namespace": "t1", "memory": "1Gi", "cores": 1, "disks": [ROOT]}
    done(kubevirt, kubevirt_vm, vms=[vm])
    truly(kubevirt, kubevirt_vm, vms=[{**vm, "cores": 2}])
    asked = {"vms": ["waits"], "namespace": "t1"}
    assert done(kubevirt, kubevirt_info, **asked)["vms"][0]["restart_required"] is True
    restarted = done(kubevirt, kubevirt_vm_action, action="restart", if_required=True, **asked)
    assert restarted["actions"] == ["restart VirtualMachine t1/waits"]
    assert restarted["vms"][0]["restart_required"] is False
    assert at(kubevirt.cluster.get("vmi", "waits", "t1"), "spec.domain.cpu")["cores"] == 2


def test_a_guest_is_asked_to_boot_anew(kubevirt: Site) -> None:
    vm = {"name": "boots", "namespace": "t1", "memory": "1Gi", "disks": [ROOT]}
    done(kubevirt, kubevirt_vm, vms=[vm])
    result = done(kubevirt, kubevirt_vm_action, action="soft_reboot", vms=["boots"], namespace="t1")
    assert result["actions"] == ["soft_reboot VirtualMachine t1/boots"]


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "path", "reason"),
    [
        ({"memory": "1500Mi", "hugepages": "1Gi"}, "memory", "is not a multiple of the page size"),
        ({"disks": [ROOT, ROOT]}, "disks[1].name", "must not have the same Name"),
        ({"labels": {"a": "b c"}}, "labels", "a valid label must be"),
    ],
)
def test_a_refusal_is_told_by_the_users_option(kubevirt: Site, options: Obj, path: str, reason: str) -> None:
    vm = {"name": "refused", "namespace": "t1", "memory": "1Gi", "disks": [ROOT], **options}
    error = refused(kubevirt, kubevirt_vm, vms=[vm])
    assert (error["kind"], error["path"], error["retryable"]) == ("invalid_input", f"vms[0].{path}", False)
    assert reason in error["reason"]


_SOURCE = {"apiGroup": "kubevirt.io", "kind": "VirtualMachine", "name": "source"}
REFUSED = {
    "a machine": (
        machine("refused", runStrategy="Sometimes"), ".spec.runStrategy", "Invalid RunStrategy (Sometimes)"
    ),
    "a size of its own": (
        machine("refused", instancetype={"name": "wide", "kind": "VirtualMachineInstancetype"}),
        ".spec.template.spec.domain.memory.guest", "conflicts with selected instance type",
    ),
    "a type": (
        _of("instancetype.kubevirt.io/v1beta1", "VirtualMachineInstancetype", "refused", cpu={"guest": 1},
            memory={"guest": "1Gi", "overcommitPercent": 20, "hugepages": {"pageSize": "1Gi"}}),
        ".spec.memory.overcommitPercent", "should not be requested together",
    ),
    "a migration": (
        _of("kubevirt.io/v1", "VirtualMachineInstanceMigration", "refused", vmiName="nobody"), "", "does not exist"
    ),
    "a snapshot": (
        _of("snapshot.kubevirt.io/v1beta1", "VirtualMachineSnapshot", "refused", source=_SOURCE), "",
        "snapshot feature gate not enabled",
    ),
    "an export": (
        _of("export.kubevirt.io/v1beta1", "VirtualMachineExport", "refused", source=_SOURCE), "",
        "vm export feature gate not enabled",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def source(kubevirt: Site) -> None:
    """What the refused ones refer to."""
    size = {"cpu": {"guest": 1}, "memory": {"guest": "1Gi"}}
    wide = _of("instancetype.kubevirt.io/v1beta1", "VirtualMachineInstancetype", "wide", **size)
    done(kubevirt, k8s_objects, objects=[wide, machine("source", runStrategy="Halted")])


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_told_by_its_field(kubevirt: Site, source: None, name: str) -> None:
    wanted, path, reason = REFUSED[name]
    error = refused(kubevirt, k8s_objects, objects=[wanted])
    assert (error["kind"], error["path"], error["retryable"]) == ("invalid_input", f"objects[0]{path}", False)
    assert reason in error["reason"]
    assert re.search(r"refused by admission webhook \S+\.kubevirt\.io", error["hint"])


def test_all_that_is_wrong_is_told_at_once(kubevirt: Site) -> None:
    disks = [{"name": "d", "disk": {"bus": "nvme"}}, {"name": "other", "disk": {}}]
    vm = machine("refused", runStrategy="Sometimes", **template(domain={"devices": {"disks": disks}}))
    error = refused(kubevirt, k8s_objects, objects=[vm])
    assert error["path"] == "objects[0]"
    for field in ("spec.runStrategy: ", "devices.disks[0].disk.bus: ", "devices.disks[1].name: "):
        assert field in error["reason"]


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_without_virt_api_nothing_is_written_and_it_is_said_who_is_missing(kubevirt: Site) -> None:
    vm = {"name": "later", "namespace": "t1", "memory": "1Gi", "disks": [ROOT], "run_strategy": "Halted"}
    done(kubevirt, kubevirt_vm, vms=[{**vm, "name": "there"}])
    kubevirt.kill("virt-api")
    try:
        error = refused(kubevirt, kubevirt_vm, vms=[vm])
        verb = call(kubevirt, kubevirt_vm_action, action="start", vms=["there"], namespace="t1")["error"]
    finally:
        kubevirt.start("virt-api")
        kubevirt.until_admitting()
    assert "virtualmachines-mutator.kubevirt.io" in f"{error['reason']} {error['hint']}"
    assert (error["retryable"], verb["retryable"]) == (True, True)
    truly(kubevirt, kubevirt_vm, vms=[vm])


def test_without_virt_controller_nothing_is_ready(kubevirt: Site) -> None:
    vm = {"name": "unseen", "namespace": "t1", "memory": "1Gi", "disks": [ROOT]}
    kubevirt.kill("virt-controller")
    try:
        result = call(kubevirt, kubevirt_vm, vms=[vm], wait_timeout=3)
    finally:
        kubevirt.start("virt-controller")
    assert (result["error"]["kind"], result["error"]["retryable"]) == ("timeout", True)
    assert "no status yet" in result["error"]["reason"]
    assert done(kubevirt, kubevirt_vm, vms=[vm], wait_timeout=90)["changed"] is False


# -- migration: the last, as there is a second node then ---------------------------------------------------------------


def test_a_guest_migrates_and_takes_its_new_memory_along(kubevirt: Site) -> None:
    vm = {"name": "moves", "namespace": "t1", "memory": "1Gi", "disks": [ROOT]}
    vm |= {"interface": {"name": "n3", "subnet": "ovn-default"}}
    done(kubevirt, kubevirt_vm, vms=[vm])
    done(kubevirt, kubevirt_vm, vms=[{**vm, "memory": "2Gi"}])
    add_node(kubevirt.cluster, OTHER_NODE, control_plane=False)
    schedulable = ("node", OTHER_NODE, lambda o: o["metadata"]["labels"].get("kubevirt.io/schedulable") == "true")
    kubevirt.cluster.wait(*schedulable)
    asked = {"action": "migrate", "vms": ["moves"], "namespace": "t1", "node": OTHER_NODE}
    moved = done(kubevirt, kubevirt_vm_action, **asked)
    assert (moved["actions"], moved["vms"][0]["node"]) == (["migrate VirtualMachine t1/moves"], OTHER_NODE)
    assert done(kubevirt, kubevirt_vm_action, **asked)["changed"] is False
    vmi = kubevirt.cluster.wait("vmi", "moves", lambda o: at(o, "status.conditions.HotMemoryChange") is None, "t1")
    assert vmi["status"]["memory"]["guestCurrent"] == "2Gi"
    truly(kubevirt, kubevirt_vm, vms=[{**vm, "memory": "2Gi"}])
