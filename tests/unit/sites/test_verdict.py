# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a site works, and what is said of it when it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.verdict import Live, findings, told

EXPECTED = Given({"nodes": ["e1"], "vpcs": ["ran-up"], "subnets": ["n3"], "vnfs": ["fw"]})
LABELS = {"nfvi.kubevim.io/vnf-instance": "fw"}


def thing(api_version: str, kind: str, name: str, status: Any, **more: Any) -> dict[str, Any]:
    metadata = {"name": name, **more.pop("metadata", {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "status": status, **more}


def condition(kind: str, status: str = "True", **more: str) -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": status, **more}]}


REPLICAS = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
WHOLE = Live(
    nodes=[
        thing(
            "v1", "Node", "e1",
            {
                **condition("Ready"),
                "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
                "nodeInfo": {"osImage": "Talos (v1.13.0)", "kubeletVersion": "v1.36.3"},
            },
        )
    ],
    kube_ovn=[
        thing("apps/v1", "Deployment", "kube-ovn-controller", REPLICAS, spec={"replicas": 1}),
        thing(
            "apps/v1", "DaemonSet", "kube-ovn-cni",
            {"desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberAvailable": 1, "numberReady": 1},
        ),
    ],
    kubevirt=[
        thing(
            "kubevirt.io/v1", "KubeVirt", "kubevirt",
            {**condition("Available"), "phase": "Deployed", "observedKubeVirtVersion": "v1.8.4"},
        )
    ],
    vpcs=[thing("kubeovn.io/v1", "Vpc", "ran-up", {"standby": True, "router": "ran-up"})],
    subnets=[
        thing(
            "kubeovn.io/v1", "Subnet", "n3", condition("Ready"),
            spec={"vpc": "ran-up", "cidrBlock": "10.60.0.0/24", "gateway": "10.60.0.1"},
        )
    ],
    vms=[
        thing(
            "kubevirt.io/v1", "VirtualMachine", "fw-vm-0", {"ready": True, "printableStatus": "Running"},
            metadata={"namespace": "fw", "labels": LABELS},
        )
    ],
    guests=[
        thing(
            "kubevirt.io/v1", "VirtualMachineInstance", "fw-vm-0",
            {**condition("Ready"), "nodeName": "e1", "interfaces": [{"name": "n3", "ipAddress": "10.60.0.2"}]},
            metadata={"namespace": "fw", "labels": LABELS},
        )
    ],
)  # fmt: skip


def test_a_whole_site_has_no_findings() -> None:
    assert list(findings(EXPECTED, WHOLE)) == []


def test_a_site_is_told_in_few_words() -> None:
    assert told(WHOLE) == {
        "nodes": [{"name": "e1", "address": "10.0.0.1", "os": "Talos (v1.13.0)", "kubernetes": "v1.36.3"}],
        "kubevirt": "v1.8.4",
        "subnets": [{"name": "n3", "vpc": "ran-up", "cidr": "10.60.0.0/24", "gateway": "10.60.0.1"}],
        "vnfs": [{"vnf": "fw", "namespace": "fw", "vm": "fw-vm-0", "node": "e1", "addresses": {"n3": "10.60.0.2"}}],
    }


@pytest.mark.parametrize(
    ("part", "missing"),
    [
        ("nodes", ["Node e1: does not exist"]),
        ("kube_ovn", ["kube-ovn-controller: does not exist", "kube-ovn-cni: does not exist"]),
        ("kubevirt", ["KubeVirt: does not exist"]),
        ("vpcs", ["Vpc ran-up: does not exist"]),
        ("subnets", ["Subnet n3: does not exist"]),
        ("vms", ["VNF fw: has no virtual machine"]),
    ],
)
def test_what_is_missing_is_named(part: str, missing: list[str]) -> None:
    assert list(findings(EXPECTED, replace(WHOLE, **{part: []}))) == missing


@pytest.mark.parametrize(
    ("part", "status", "expected"),
    [
        ("nodes", condition("Ready", "False", reason="KubeletNotReady"), "Node e1: Ready=False KubeletNotReady"),
        ("kubevirt", {"phase": "Deploying"}, "KubeVirt kubevirt: Deploying"),
        ("vpcs", {"standby": False}, "Vpc ran-up: "),
        ("vms", {"printableStatus": "ErrorUnschedulable"}, "VirtualMachine fw/fw-vm-0: ErrorUnschedulable"),
    ],
)
def test_what_does_not_work_is_named_with_its_reason(part: str, status: Any, expected: str) -> None:
    broken = [{**found, "status": status} for found in getattr(WHOLE, part)]
    said = list(findings(EXPECTED, replace(WHOLE, **{part: broken})))
    assert len(said) == 1
    assert said[0].startswith(expected)
