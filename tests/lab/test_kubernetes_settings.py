# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab reads from a machine configuration without starting anything: capacity, taints, arguments."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from lab.config import default_server
from lab.kubernetes import node, recipes
from lab.kubernetes.arguments import ArgumentRefused, MergeRules, merge
from lab.kubernetes.capacity import allocatable, capacity, hugepages, quantity
from lab.kubernetes.kubelet import Identity
from lab.kubernetes.pki import CertificateRequest, issue
from lab.kubernetes.settings import Settings, image_tag, parse
from lab.kubernetes.site import Site
from tests.lab.machine_configuration import Authority, Bundle, control_plane

SPEC = default_server(1, 55)
GIB, MIB = 1024**3, 1024**2


def settings(machine: dict[str, Any], cluster: dict[str, Any] | None = None, kind: str = "worker") -> Settings:
    base = {"controlPlane": {"endpoint": "https://127.55.1.1:6443"}}
    parsed = parse([{"machine": {"type": kind, **machine}, "cluster": {**base, **(cluster or {})}}], "s1")
    assert parsed is not None
    return parsed


def test_a_partial_configuration_asks_for_nothing() -> None:
    assert parse([{"apiVersion": "v1alpha1", "kind": "HostnameConfig", "hostname": "e1"}], "s1") is None


@pytest.mark.parametrize(
    ("machine", "pages"),
    [
        ({}, {2 * MIB: 0, GIB: 0}),
        ({"sysctls": {"vm.nr_hugepages": "1024"}}, {2 * MIB: 1024, GIB: 0}),
        (
            {"install": {"extraKernelArgs": ["default_hugepagesz=1G", "hugepagesz=1G", "hugepages=16"]}},
            {2 * MIB: 0, GIB: 16},
        ),
        (
            {"install": {"extraKernelArgs": ["default_hugepagesz=1G"]}, "sysctls": {"vm.nr_hugepages": 4}},
            {2 * MIB: 0, GIB: 4},
        ),
        ({"sysfs": {"kernel.mm.hugepages.hugepages-2048kB.nr_hugepages": "8"}}, {2 * MIB: 8, GIB: 0}),
    ],
)
def test_hugepages_come_from_arguments_sysfs_and_sysctls(machine: dict[str, Any], pages: dict[int, int]) -> None:
    assert hugepages(settings(machine)) == pages


def test_allocatable_is_capacity_less_reservations_and_hugepages() -> None:
    tuned = settings({"install": {"extraKernelArgs": ["hugepagesz=1G hugepages=16"]}})

    assert capacity(SPEC, tuned)["hugepages-1Gi"] == allocatable(SPEC, tuned)["hugepages-1Gi"] == "16Gi"
    assert quantity(capacity(SPEC, tuned)["memory"]) == 128 * GIB
    assert quantity(allocatable(SPEC, tuned)["memory"]) == (128 - 16) * GIB - 384 * MIB - 100 * MIB
    assert allocatable(SPEC, tuned)["cpu"] == "31950m"


def test_a_control_plane_reserves_more_memory() -> None:
    assert quantity(allocatable(SPEC, settings({}, kind="controlplane"))["memory"]) == 128 * GIB - 612 * MIB


def test_reserved_cpus_win_over_reserved_cpu() -> None:
    extra = {"reservedSystemCPUs": "0-1,16-17", "systemReserved": {"cpu": "500m"}, "maxPods": 250}
    pinned = settings({"kubelet": {"extraConfig": extra}})

    assert allocatable(SPEC, pinned)["cpu"] == "28"
    assert capacity(SPEC, pinned)["pods"] == "250"


def test_taints_follow_role_and_configuration() -> None:
    own = {"key": node.CONTROL_PLANE, "effect": "NoSchedule"}
    tainted = {"nodeTaints": {"telco": "upf:NoExecute"}}

    assert node.taints(settings(tainted, kind="controlplane")) == [
        own,
        {"key": "telco", "value": "upf", "effect": "NoExecute"},
    ]
    assert node.taints(settings({}, {"allowSchedulingOnControlPlanes": True}, "controlplane")) == []
    assert node.taints(settings({})) == []


def test_a_label_that_is_no_longer_configured_is_removed_and_others_labels_stay() -> None:
    marks = {node.OWNED_LABELS: '["rack", "zone"]'}
    observed = {"metadata": {"labels": {"rack": "1", "zone": "a", "theirs": "x"}, "annotations": marks}}
    patch = node.owned_metadata(settings({"nodeLabels": {"zone": "b"}}), observed)["metadata"]

    assert patch["labels"] == {"rack": None, "zone": "b"}
    assert patch["annotations"][node.OWNED_LABELS] == '["zone"]'


def test_extra_arguments_are_merged_as_talos_merges_them() -> None:
    rules = MergeRules(additive={"controllers"}, appended={"issuer"}, denied={"ca"})
    own = {"controllers": "*", "issuer": "a", "port": "1"}
    extra = {"controllers": ("x",), "issuer": ("b",), "port": ("2",), "new": ("y", "z")}

    assert merge(own, extra, rules) == (
        "--controllers=*,x",
        "--issuer=a",
        "--issuer=b",
        "--new=y",
        "--new=z",
        "--port=2",
    )
    with pytest.raises(ArgumentRefused, match="'ca'"):
        merge(own, {"ca": ("mine",)}, rules)


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("ghcr.io/siderolabs/kubelet:v1.36.3", "v1.36.3"),
        ("registry:5000/kubelet", ""),
        ("registry:5000/kubelet:v1@sha256:0123", "v1"),
    ],
)
def test_the_tag_of_an_image(image: str, tag: str) -> None:
    assert image_tag(image) == tag


def test_while_a_ca_is_replaced_both_count_and_one_issues(tmp_path: Path) -> None:
    bundle, other = Bundle(), Authority("kubernetes").pair
    before, both, after = (
        parse(control_plane(bundle, "https://127.55.1.1:6443", **cluster), "s1")
        for cluster in ({"ca": other}, {"acceptedCAs": [{"crt": other["crt"]}]}, {})
    )
    assert before
    assert both
    assert after
    site, old, new = Site(SPEC, tmp_path), base64.b64decode(other["crt"]), bundle.ca()
    server, manager = (make(both, site) for make in (recipes.api_server, recipes.controller_manager))
    assert (server.files["ca.crt"], manager.files["ca.crt"]) == (new + old, new)
    assert base64.b64encode(new + old) in manager.files["kubeconfig"]
    assert {server.certificates[name].ca.crt for name in ("apiserver", "kubelet-client")} == {new}
    assert before.of_node != both.of_node != after.of_node
    # A kubelet keeps its certificate as long as the CA that issued it counts.
    kept, mine = Identity(tmp_path), issue(CertificateRequest(before.ca, "system:node:s1", client=True))
    kept.store(mine)
    assert [kept.load(each) for each in (before, both, after)] == [mine, mine, None]
