# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The KubeVirt object: from options to its spec, and when it is deployed."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.cluster import (
    Cluster,
    observed,
    operators_version,
    summary,
)

NAMES = {"name": "kubevirt", "namespace": "kubevirt"}


def spec(**options):
    return Cluster.parse(Given({**NAMES, **options})).spec


def kubevirt(generation=2, seen=2, version="v1.8.4", **conditions):
    found = [
        {"type": kind, "status": status, "reason": kind, "message": "words"} for kind, status in conditions.items()
    ]
    status = {
        "phase": "Deployed", "observedGeneration": seen, "targetKubeVirtVersion": "v1.8.4",
        "observedKubeVirtVersion": version, "conditions": found,
    }  # fmt: skip
    return {"metadata": {"name": "kubevirt", "namespace": "kubevirt", "generation": generation}, "status": status}


def test_only_what_is_said_is_written():
    assert spec() == {}
    assert spec(use_emulation=False) == {"configuration": {"developerConfiguration": {"useEmulation": False}}}
    assert spec(feature_gates=[]) == {"configuration": {"developerConfiguration": {"featureGates": []}}}


def test_options_lie_over_the_raw_spec():
    raw = {"configuration": {"migrations": {"nodeDrainTaintKey": "drain"}}, "monitorNamespace": "m"}
    assert spec(spec=raw, migrations={"per_node": 2}) == {
        "configuration": {"migrations": {"nodeDrainTaintKey": "drain", "parallelOutboundMigrationsPerNode": 2}},
        "monitorNamespace": "m",
    }
    assert raw["configuration"]["migrations"] == {"nodeDrainTaintKey": "drain"}


def test_devices_of_all_sorts():
    devices = {
        "pci": [{"selector": "8086:0d5c", "resource": "intel.com/acc100", "external": True}],
        "mediated": [{"selector": "GRID T4-1Q", "resource": "nvidia.com/t4", "external": False}],
        "usb": [{"selectors": [{"vendor": "0951", "product": "1666"}], "resource": "kingston.com/stick"}],
    }
    assert spec(permitted_host_devices=devices)["configuration"]["permittedHostDevices"] == {
        "pciHostDevices": [
            {"pciVendorSelector": "8086:0d5c", "resourceName": "intel.com/acc100", "externalResourceProvider": True}
        ],
        "mediatedDevices": [{"mdevNameSelector": "GRID T4-1Q", "resourceName": "nvidia.com/t4"}],
        "usb": [{"selectors": [{"vendor": "0951", "product": "1666"}], "resourceName": "kingston.com/stick"}],
    }


def test_a_gate_named_twice_is_refused():
    with pytest.raises(InvalidInput, match="Sidecar was named before"):
        spec(feature_gates=["Sidecar", "Sidecar"])


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (kubevirt(Available="True", Progressing="False"), Ready()),
        (kubevirt(Available="False"), NotYet("Deployed: Available: words")),
        (kubevirt(), NotYet("Deployed")),
        (kubevirt(Available="True", Progressing="True"), NotYet("Progressing: words")),
        (kubevirt(Available="True", version="v1.7.0"), NotYet("v1.7.0 runs, v1.8.4 is being installed")),
        (kubevirt(seen=1, Available="True"), NotYet("generation 2 has not been observed yet")),
        (kubevirt(Available="True", Synchronized="False"), NotYet("Synchronized: words")),
        ({"metadata": {"name": "k"}}, NotYet("no phase yet")),
    ],
)
def test_when_it_is_deployed(found, verdict):
    assert observed(found) == verdict


def test_a_second_installation_is_never_ready():
    found = kubevirt()
    found["status"]["conditions"] = [{"type": "Synchronized", "status": "False", "reason": "ExistingDeployment"}]
    assert observed(found) == Never("ExistingDeployment")


@pytest.mark.parametrize(
    ("container", "version"),
    [
        ({"image": "r/virt-operator@sha256:00", "env": [{"name": "KUBEVIRT_VERSION", "value": "v1.8.4"}]}, "v1.8.4"),
        ({"image": "r:5000/kubevirt/virt-operator:v1.9.1"}, "v1.9.1"),
        ({"image": "r:5000/kubevirt/virt-operator"}, ""),
        ({}, ""),
    ],
)
def test_an_operator_tells_its_version(container, version):
    assert operators_version({"spec": {"template": {"spec": {"containers": [container]}}}}) == version


def test_nothing_is_nothing():
    assert summary({}) == {"version": "", "phase": "", "ready": False, "feature_gates": [], "outdated_workloads": 0}
