# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What virt-api would say to a verb, and what has to be seen before it is done."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import NfviError, Precondition, Unsupported
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.goals import goals
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.lifecycle import (
    RULES,
    How,
    Seen,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.summary import predicted

MIGRATABLE = {"type": "LiveMigratable", "status": "True"}
PAUSED = {"type": "Paused", "status": "True"}


def vm(strategy="Always", *conditions, shown="Running", **status):
    return {
        "metadata": {"name": "fw", "namespace": "n"},
        "spec": {"runStrategy": strategy},
        "status": {"printableStatus": shown, "conditions": list(conditions), **status},
    }


def vmi(phase="Running", *conditions, uid="1", leaving=False, spec=None, **status):
    meta = {"name": "fw", "namespace": "n", "uid": uid}
    if leaving:
        meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {
        "metadata": meta,
        "spec": spec or {},
        "status": {"phase": phase, "nodeName": "e1", "conditions": list(conditions), **status},
    }


def act(verb, machine, guest=None, migrations=(), **how):
    return RULES[verb](Seen(machine, guest, migrations), How(**how))


@pytest.mark.parametrize(
    ("verb", "machine", "guest"),
    [
        ("start", vm(), vmi()),
        ("start", vm(), None),  # KubeVirt is about to
        ("start", vm(), vmi("Failed")),
        ("start", vm(), vmi(leaving=True)),
        ("start", vm("Manual"), vmi("Scheduling")),
        ("start", vm("Once"), None),
        ("start", vm("RerunOnFailure"), vmi("Failed")),
        ("stop", vm("Halted"), vmi()),  # about to end
        ("stop", vm("RerunOnFailure"), vmi(leaving=True)),
        ("pause", vm(), vmi("Running", PAUSED)),
        ("unpause", vm(), vmi()),
    ],
)
def test_what_is_so_or_about_to_be_is_left_alone(verb, machine, guest):
    step = act(verb, machine, guest)
    assert step.change is None
    assert step.waits


@pytest.mark.parametrize(
    ("verb", "machine", "guest", "impact", "shown", "strategy"),
    [
        ("start", vm("Halted", shown="Stopped"), None, Impact.NONE, "Running", "Always"),
        ("start", vm("Manual", shown="Stopped"), None, Impact.NONE, "Running", None),
        ("start", vm("Manual", shown="Stopped"), vmi("Succeeded"), Impact.NONE, "Running", None),
        ("stop", vm(), vmi(), Impact.OUTAGE, "Stopped", "Halted"),
        ("stop", vm(), None, Impact.OUTAGE, "Stopped", "Halted"),  # else KubeVirt makes a guest
        ("stop", vm("Once"), vmi(), Impact.OUTAGE, "Stopped", "Halted"),
        ("stop", vm("RerunOnFailure"), vmi(), Impact.OUTAGE, "Stopped", None),
        ("pause", vm(), vmi(), Impact.OUTAGE, "Paused", None),
        ("unpause", vm(shown="Paused"), vmi("Running", PAUSED), Impact.NONE, "Running", None),
    ],
)
def test_what_is_done_and_what_will_be_seen(verb, machine, guest, impact, shown, strategy):
    step = act(verb, machine, guest)
    assert str(step.change) == f"{verb} VirtualMachine n/fw"
    assert step.change.impact is impact
    assert step.change.after["status.printableStatus"] == shown
    assert step.change.after.get("spec.runStrategy") == strategy
    assert predicted(step)["status"] == shown


@pytest.mark.parametrize(
    ("verb", "machine", "guest", "reason", "retryable"),
    [
        ("start", vm("Once"), vmi("Succeeded"), "Once does not support manual start requests", False),
        ("start", vm("Halted"), vmi(leaving=True), "is being stopped", True),
        ("stop", vm("RerunOnFailure"), vmi("Failed"), "about to be run again", True),
        ("restart", vm("Halted"), None, "RunStrategy Halted does not support manual restart requests", False),
        ("restart", vm("Once"), vmi(), "RunStrategy Once does not support manual restart requests", False),
        ("restart", vm(), None, "VM is not running", True),
        ("restart", vm("Manual"), None, "VM is not running", False),
        ("pause", vm("Halted"), None, "VM is not running", False),
        ("pause", vm(), vmi("Scheduling"), "VM is not running", True),
        ("pause", vm(), vmi(spec={"livenessProbe": {"tcpSocket": {}}}), "non-GuestAgentPing LivenessProbe", False),
        ("unpause", vm(snapshotInProgress="s"), vmi("Running", PAUSED), "VM snapshot is in progress", True),
        ("soft_reboot", vm(), vmi("Running", PAUSED), "VMI is paused", False),
        ("soft_reboot", vm(), vmi(spec={"domain": {"features": {"acpi": {"enabled": False}}}}), "ACPI", False),
        ("migrate", vm("Manual"), None, "VM is not running", False),
    ],
)
def test_what_virt_api_refuses_is_refused_in_its_words(verb, machine, guest, reason, retryable):
    with pytest.raises(Precondition) as refused:
        act(verb, machine, guest)
    assert reason in refused.value.reason
    assert refused.value.object == "VirtualMachine n/fw"
    assert refused.value.retryable is retryable


def test_a_guest_that_cannot_migrate_is_told_with_its_condition():
    obstacle = {
        "type": "LiveMigratable",
        "status": "False",
        "reason": "DisksNotLiveMigratable",
        "message": "PVC is RWO",
    }
    with pytest.raises(Unsupported, match="DisksNotLiveMigratable: PVC is RWO"):
        act("migrate", vm(), vmi("Running", obstacle))


def test_a_migration_goes_to_the_named_node_and_not_to_where_the_guest_is():
    assert act("migrate", vm(), vmi("Running", MIGRATABLE), node="e1").change is None
    step = act("migrate", vm(), vmi("Running", MIGRATABLE), node="e2")
    assert step.body == {"addedNodeSelector": {"kubernetes.io/hostname": "e2"}}
    assert step.change.impact is Impact.NONE


def test_a_migration_under_way_is_joined_unless_it_leads_elsewhere():
    moving = {
        "metadata": {"name": "m"},
        "spec": {"vmiName": "fw", "addedNodeSelector": {"kubernetes.io/hostname": "e2"}},
    }
    guest = vmi("Running", MIGRATABLE)
    for node in ("", "e2"):
        step = act("migrate", vm(), guest, [moving], node=node)
        assert (step.change, step.migration) == (None, moving)
    with pytest.raises(NfviError, match="m leads to e2"):
        act("migrate", vm(), guest, [moving], node="e3")


@pytest.mark.parametrize("strategy", ["Manual", "Once", "RerunOnFailure"])
def test_a_guest_that_ended_by_itself_need_not_be_stopped(strategy):
    step = act("stop", vm(strategy), vmi("Succeeded"))
    assert (step.change, step.waits) == (None, False)
    assert act("stop", vm("Halted"), None).change is None


def test_a_restart_if_required_leaves_others_alone():
    due = {"type": "RestartRequired", "status": "True"}
    assert act("restart", vm(), vmi(), if_required=True).change is None
    assert act("restart", vm("Always", due), vmi(), if_required=True).change.impact is Impact.VM_RESTART


def test_grace_goes_under_virt_apis_names():
    assert act("stop", vm(), vmi(), grace=5).body == {"gracePeriod": 5}
    assert act("restart", vm(), vmi(), grace=0).body == {"gracePeriodSeconds": 0}
    ending = vmi(spec={"terminationGracePeriodSeconds": 180})
    assert act("stop", vm("Halted"), ending, grace=5).change is not None
    assert act("stop", vm("Halted"), ending, grace=180).change is None


FAILED = {"type": "Failure", "status": "True", "reason": "FailedCreate"}
READY = {"type": "Ready", "status": "True"}
UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node"}


@pytest.mark.parametrize(
    ("verb", "live", "verdict"),
    [
        ("start", vm(shown="Running"), NotYet),
        ("start", vm(shown="Running", ready=True), Ready),
        ("start", vm(shown="ErrorUnschedulable"), Never),
        ("start", vm("Manual", shown="Stopped"), NotYet),
        (
            "start",
            vm("Always", {"type": "Failure", "status": "True", "reason": "FailedCreate"}, shown="Stopped"),
            Never,
        ),
        ("stop", vm("Halted", shown="Stopping"), NotYet),
        ("stop", vm("Halted", shown="Stopped"), Ready),
        ("stop", vm("Halted", shown="Stopped", created=True), NotYet),
        ("stop", vm("Manual", shown="Stopped", stateChangeRequests=[{"action": "Stop"}]), NotYet),
        ("restart", vmi("Running", READY, uid="1"), NotYet),
        ("restart", vmi("Running", READY, uid="2"), Ready),
        ("restart", vmi("Scheduling", UNSCHEDULABLE, uid="2"), Never),
        ("pause", vm(), NotYet),
        ("pause", vm("Always", PAUSED, shown="Paused"), Ready),
        ("pause", vm("Halted", PAUSED, shown="Stopped"), Never),  # what a VM without a guest says is stale
        ("unpause", vm("Always", PAUSED, shown="Paused"), NotYet),
        ("unpause", vm(), Ready),
        ("migrate", {"status": {"phase": "Running"}}, NotYet),
        ("migrate", {"status": {"phase": "Succeeded"}}, Ready),
        ("migrate", {"status": {"phase": "Failed", "migrationState": {"failureReason": "no luck"}}}, Never),
    ],
)
def test_when_it_is_really_done(verb, live, verdict):
    kind = goals(verb, {("n", "fw"): "1"})[0]
    found = kind.judge(live)
    assert isinstance(found, verdict), found


def test_a_failed_migration_says_why():
    failed = {"status": {"phase": "Failed", "migrationState": {"failureReason": "no luck"}}}
    assert goals("migrate", {})[0].judge(failed) == Never("migration Failed: no luck")
