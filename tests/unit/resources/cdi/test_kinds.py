# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a volume is filled, and what is no source."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.cdi.kinds import CDI, DATA_IMPORT_CRON, DATA_VOLUME


def volume(spec=None, **status):
    return {"metadata": {"name": "x", "namespace": "n"}, "spec": spec or {}, "status": status}


def condition(kind, status, reason="", message=""):
    return {"type": kind, "status": status, "reason": reason, "message": message}


PULLING = condition("Running", "False", "Error", "Unable to process data: 404 Not Found")


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (volume(phase="Succeeded", progress="100.0%"), Ready()),
        (volume(phase="WaitForFirstConsumer"), Ready()),
        (volume(phase="PendingPopulation"), Ready()),
        (volume({"source": {"upload": {}}}, phase="UploadReady"), Ready()),
        (volume({"source": {"http": {}}}, phase="UploadReady"), NotYet("UploadReady")),
        (volume(phase="ImportInProgress", progress="42.10%"), NotYet("ImportInProgress 42.10%")),
        (volume(phase="ImportInProgress", progress="N/A", restartCount=1, conditions=[PULLING]),
         NotYet("ImportInProgress: Error: Unable to process data: 404 Not Found")),
        (volume(phase="ImportInProgress", restartCount=3, conditions=[PULLING]),
         Never("ImportInProgress: Error: Unable to process data: 404 Not Found")),
        (volume(phase="Failed"), Never("Failed")),
        (volume(), NotYet("no phase yet")),
    ],
)  # fmt: skip
def test_a_volume_is_judged(found, verdict):
    assert DATA_VOLUME.judge(found) == verdict


def test_a_deployment_is_judged_by_its_phase_and_then_by_its_conditions():
    assert CDI.judge(volume(phase="Deploying")) == NotYet("Deploying")
    assert CDI.judge(volume(phase="Deployed", conditions=[condition("Available", "True")])) == Ready()
    assert isinstance(CDI.judge(volume(phase="Deployed")), NotYet)


def test_an_import_that_does_not_proceed_says_why():
    stopped = condition("Progressing", "False", "ImportFailed", "no such image")
    outdated = condition("UpToDate", "False", "NoImport", "")
    assert DATA_IMPORT_CRON.judge(volume(conditions=[outdated, stopped])) == NotYet(
        "ImportFailed: no such image; NoImport"
    )
    assert DATA_IMPORT_CRON.judge(volume(conditions=[condition("UpToDate", "True")])) == Ready()


@pytest.mark.parametrize(
    ("spec", "places"),
    [
        ({"source": {"blank": {}}, "storage": {}}, []),
        ({"source": {"blank": {}}, "storage": {}, "pvc": {}}, ["spec"]),
        ({"source": {"blank": {}}}, ["spec"]),
        ({"source": {"blank": {}, "http": {}}, "storage": {}}, ["spec.source"]),
        ({"source": {"blank": {}}, "sourceRef": {"name": "x"}, "storage": {}}, ["spec.sourceRef"]),
    ],
)
def test_one_source_and_one_claim(spec, places):
    found = [finding for check in DATA_VOLUME.checks for finding in check(volume(spec))]
    assert [render(finding.path) for finding in found] == places


def test_a_golden_image_may_lie_in_another_namespace():
    spec = {"source": {"pvc": {"name": "debian", "namespace": "images"}}}
    named = {name for reference in DATA_VOLUME.refers_to for _path, name in reference.names(volume(spec))}
    assert named == {"images/debian"}
