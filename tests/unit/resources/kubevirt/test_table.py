# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeVirt's kinds beside machines: copies, fleets, migrations, and what guests need of others."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY


def row(kind, version="v1", group="kubevirt.io"):
    found = REGISTRY.find(f"{group}/{version}", kind)
    assert found is not None
    return found


SNAPSHOT = row("VirtualMachineSnapshot", "v1beta1", "snapshot.kubevirt.io")
RESTORE = row("VirtualMachineRestore", "v1alpha1", "snapshot.kubevirt.io")
CLONE = row("VirtualMachineClone", "v1beta1", "clone.kubevirt.io")
EXPORT = row("VirtualMachineExport", "v1", "export.kubevirt.io")
POOL = row("VirtualMachinePool", "v1beta1", "pool.kubevirt.io")
VM, VMI, MIGRATION = row("VirtualMachine"), row("VirtualMachineInstance"), row("VirtualMachineInstanceMigration")


def thing(spec=None, **status):
    return {"metadata": {"name": "x", "namespace": "n"}, "spec": spec or {}, "status": status}


def condition(kind, status, reason="", message=""):
    return {"type": kind, "status": status, "reason": reason, "message": message}


@pytest.mark.parametrize(
    ("kind", "found", "verdict"),
    [
        (SNAPSHOT, thing(readyToUse=True, phase="Succeeded"), Ready()),
        (SNAPSHOT, thing(phase="InProgress"), NotYet("not ready to use yet")),
        (
            SNAPSHOT,
            thing(phase="Failed", conditions=[condition("Failure", "True", "", "snapshot deadline exceeded")]),
            Never("snapshot deadline exceeded"),
        ),
        (RESTORE, thing(complete=True), Ready()),
        (RESTORE, thing(complete=False), NotYet("not complete yet")),
        (RESTORE, thing(conditions=[condition("Failure", "True", "", "target runs")]), Never("target runs")),
        (CLONE, thing(phase="Succeeded"), Ready()),
        (CLONE, thing(phase="SnapshotInProgress"), NotYet("SnapshotInProgress")),
        (CLONE, thing(phase="Failed"), Never("Failed")),
        (EXPORT, thing(phase="Ready"), Ready()),
        (EXPORT, thing(phase="Skipped"), Never("Skipped")),
        (POOL, thing({"replicas": 3}, readyReplicas=3), Ready()),
        (POOL, thing({"replicas": 3}, readyReplicas=1), NotYet("1 of 3 replicas are ready")),
        (POOL, thing({"replicas": 1}, conditions=[condition("ReplicaFailure", "True", "FailedCreate", "no")]),
         Never("FailedCreate: no")),
        (MIGRATION, thing(phase="Succeeded"), Ready()),
        (MIGRATION, thing(phase="Scheduling"), NotYet("Scheduling")),
        (MIGRATION, thing(phase="Failed", migrationState={"failureReason": "target pod died"}),
         Never("Failed: target pod died")),
        (VMI, thing(phase="Failed"), Never("phase Failed")),
    ],
)  # fmt: skip
def test_readiness(kind, found, verdict):
    assert kind.judge(found) == verdict


GUEST = {
    "volumes": [
        {"name": "a", "persistentVolumeClaim": {"claimName": "root"}},
        {"name": "b", "cloudInitNoCloud": {"secretRef": {"name": "ci"}, "networkDataSecretRef": {"name": "net"}}},
        {"name": "c", "configMap": {"name": "settings"}},
        {"name": "d", "dataVolume": {"name": "made-by-itself"}},
    ],
    "networks": [{"name": "n6", "multus": {"networkName": "upf/n6"}}],
}
NEEDED = {
    ("PersistentVolumeClaim", "root"), ("Secret", "ci"), ("Secret", "net"), ("ConfigMap", "settings"),
    ("NetworkAttachmentDefinition", "upf/n6"),
}  # fmt: skip


def needed(kind, spec):
    return {
        (reference.kind, name)
        for reference in kind.refers_to
        if reference.required
        for _path, name in reference.names(thing(spec))
    }


def test_a_machine_needs_what_its_guest_and_its_types_name():
    """Missing ones are accepted by virt-api, and the machine says Starting or Stopped for ever (measured)."""
    spec = {"template": {"spec": GUEST}, "instancetype": {"name": "u1.small"},
            "preference": {"name": "p", "kind": "VirtualMachinePreference"}}  # fmt: skip
    types = {("VirtualMachineClusterInstancetype", "u1.small"), ("VirtualMachinePreference", "p")}
    assert needed(VM, spec) == NEEDED | types
    assert needed(POOL, {"virtualMachineTemplate": {"spec": spec}}) == NEEDED | types
    assert needed(VMI, GUEST) == NEEDED


def test_a_machine_holds_what_it_needs_and_its_instance_does_not():
    """It is the machine that is asked whether a Secret may go, not what KubeVirt made of it."""
    assert all(reference.holds for reference in VM.refers_to)
    assert not any(reference.holds for reference in VMI.refers_to)


def test_a_copy_does_not_hold_what_it_was_made_of():
    assert not any(reference.holds for kind in (SNAPSHOT, CLONE, EXPORT, RESTORE) for reference in kind.refers_to)
