# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Kubernetes' own kinds say that they work (the rules of `kubectl rollout status` and `kubectl wait`)."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY


def judged(api_version, kind, spec=None, generation=1, **status):
    row = REGISTRY.find(api_version, kind)
    return row.judge({"metadata": {"name": "x", "generation": generation}, "spec": spec or {}, "status": status})


def condition(kind, status, reason=""):
    return {"type": kind, "status": status, "reason": reason}


@pytest.mark.parametrize(
    ("spec", "generation", "status", "verdict"),
    [
        ({"replicas": 2}, 1, {"observedGeneration": 1, "updatedReplicas": 2, "availableReplicas": 2}, Ready),
        ({"replicas": 2}, 2, {"observedGeneration": 1, "updatedReplicas": 2, "availableReplicas": 2}, NotYet),
        ({"replicas": 2}, 1, {"observedGeneration": 1, "updatedReplicas": 2, "availableReplicas": 1}, NotYet),
        ({}, 1, {"observedGeneration": 1}, NotYet),
        ({"replicas": 0}, 1, {"observedGeneration": 1}, Ready),
    ],
)
def test_a_deployment_is_rolled_out(spec, generation, status, verdict):
    assert isinstance(judged("apps/v1", "Deployment", spec, generation, **status), verdict)


def test_a_deployment_that_ran_out_of_time_never_will_be():
    late = condition("Progressing", "False", "ProgressDeadlineExceeded")
    assert isinstance(judged("apps/v1", "Deployment", observedGeneration=1, conditions=[late]), Never)


@pytest.mark.parametrize(
    ("kind", "status", "verdict"),
    [
        ("Pod", {"phase": "Succeeded"}, Ready),
        ("Pod", {"phase": "Failed"}, Never),
        ("Pod", {"phase": "Running", "conditions": [condition("Ready", "True")]}, Ready),
        ("Pod", {"phase": "Running"}, NotYet),
        ("Namespace", {"phase": "Active"}, Ready),
        ("Namespace", {}, NotYet),
        ("ConfigMap", {}, Ready),
    ],
)
def test_core_kinds(kind, status, verdict):
    assert isinstance(judged("v1", kind, **status), verdict)


@pytest.mark.parametrize(
    ("conditions", "verdict"),
    [
        ([condition("Established", "True")], Ready),
        ([condition("Established", "False")], NotYet),
        ([condition("NamesAccepted", "False", "ListKindConflict")], Never),
        ([], NotYet),
    ],
)
def test_a_definition_is_established(conditions, verdict):
    found = judged("apiextensions.k8s.io/v1", "CustomResourceDefinition", conditions=conditions)
    assert isinstance(found, verdict)


@pytest.mark.parametrize(
    ("conditions", "verdict"),
    [([condition("Complete", "True")], Ready), ([condition("Failed", "True")], Never), ([], NotYet)],
)
def test_a_job_is_done(conditions, verdict):
    assert isinstance(judged("batch/v1", "Job", conditions=conditions), verdict)


def test_what_is_being_deleted_is_not_ready():
    row = REGISTRY.find("v1", "ConfigMap")
    assert isinstance(row.judge({"metadata": {"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"}}), NotYet)
