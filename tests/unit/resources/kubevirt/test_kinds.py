# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a virtual machine works, and when it never will: states seen on real KubeVirt."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.kinds import KUBEVIRT, VM


def condition(kind, status, reason="", message=""):
    return {"type": kind, "status": status, "reason": reason, "message": message}


def vm(*conditions, strategy="Always", generation=1, **status):
    return {
        "kind": "VirtualMachine",
        "metadata": {"name": "fw", "namespace": "n", "generation": generation},
        "spec": {"runStrategy": strategy},
        "status": {"conditions": list(conditions), **status},
    }


RUNNING = {"ready": True, "printableStatus": "Running", "observedGeneration": 1}


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (vm(**RUNNING), Ready),
        (vm(printableStatus="Running"), NotYet),
        (vm(printableStatus="Stopped"), NotYet),
        (vm(printableStatus="Starting"), NotYet),
        (vm(**RUNNING, generation=2), NotYet),
        (vm(condition("RestartRequired", "True"), **RUNNING, desiredGeneration=2, generation=2), Ready),
        (vm(condition("HotMemoryChange", "True"), **RUNNING, desiredGeneration=2, generation=2), Ready),
        (vm(condition("RestartRequired", "True"), **RUNNING, desiredGeneration=2, generation=3), NotYet),
        (vm(strategy="Halted", printableStatus="Stopped"), Ready),
        (vm(printableStatus="ErrorPvcNotFound"), Never),
        (vm(condition("Failure", "True", "FailedFindInstancetype", "x"), printableStatus="Stopped"), Never),
        (vm(condition("Synchronized", "False", "FailedCreate", "y"), printableStatus="Starting"), Never),
    ],
)
def test_a_virtual_machine_is_judged(found, verdict):
    assert isinstance(VM.judge(found), verdict), VM.judge(found)


def test_an_unschedulable_one_is_told_in_the_schedulers_words():
    scheduled = condition("PodScheduled", "False", "Unschedulable", "0/1 nodes are available: 1 Insufficient memory.")
    ready = condition("Ready", "False", "GuestNotRunning", "Guest VM is not reported as running")
    verdict = VM.judge(vm(ready, scheduled, printableStatus="ErrorUnschedulable"))
    assert verdict == Never("ErrorUnschedulable: 0/1 nodes are available: 1 Insufficient memory.")


def test_unschedulable_must_last_before_it_counts():
    """It shows in the first moments of healthy machines too."""
    assert VM.grace > 0


def test_what_would_be_refused_later_is_refused_now():
    (check,) = VM.checks
    assert list(check({"metadata": {"name": "f" * 63}})) == []
    (finding,) = check({"metadata": {"name": "f" * 64}})
    assert finding.path == ("metadata", "name")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({}, NotYet),
        ({"phase": "Deploying"}, NotYet),
        ({"phase": "Deployed", "conditions": [condition("Available", "True")], "observedGeneration": 1}, Ready),
        ({"phase": "Deployed", "conditions": [condition("Available", "False", "x")]}, NotYet),
    ],
)
def test_kubevirt_goes_by_its_phase(status, verdict):
    """Its observedGeneration lags behind for ever."""
    found = {"kind": "KubeVirt", "metadata": {"name": "k", "generation": 4}, "status": status}
    assert isinstance(KUBEVIRT.judge(found), verdict)
