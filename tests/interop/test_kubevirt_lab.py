# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's KubeVirt does what KubeVirt's own virt-api and virt-controller do: the same behaviours, played by them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab.operators.kubevirt_defaults import default_vm, default_vmi
from tests.lab.operators_behaviours import WORKING_VM, Play, vm_from
from tests.lab.operators_cluster import Obj
from tests.lab.test_operators import cases

from .kubevirt_control_plane import Site

pytestmark = [pytest.mark.full, pytest.mark.timeout(2400)]  # the programs may have to be built


@pytest.mark.parametrize("case", cases("kubevirt-status"))
def test_behaviour(kubevirt: Site, case: Obj) -> None:
    Play(kubevirt.cluster, case).run()


@pytest.mark.parametrize("case", cases("kubevirt-admission"))
def test_admission(kubevirt: Site, case: Obj) -> None:
    said = kubevirt.cluster.kubectl(
        "create", "--dry-run=server", "-f", "-", stdin=vm_from(case["vm"]), check=False
    ).stderr
    for field, message in case.get("causes", {}).items():
        assert f"{field}: {message}" in said
    for message in case.get("all_causes", []):
        assert message in said


def test_the_working_vm_is_accepted(kubevirt: Site) -> None:
    """Else the refusals above would prove nothing."""
    kubevirt.cluster.kubectl("create", "--dry-run=server", "-f", "-", stdin=WORKING_VM)


GUESTS: dict[str, Obj] = {
    "plain": {},
    "of 1 GiB": {"domain": {"memory": {"guest": "1Gi"}}},
    "with a topology": {"domain": {"cpu": {"cores": 2, "sockets": 3}}},
    "with many sockets": {"domain": {"cpu": {"cores": 8, "sockets": 32, "threads": 1}}},
    "on huge pages": {"domain": {"memory": {"guest": "1500Mi", "hugepages": {"pageSize": "2Mi"}}}},
    "of requests": {"domain": {"memory": None, "resources": {"requests": {"memory": "2Gi", "cpu": "2"}}}},
    "of limits": {"domain": {"memory": None, "resources": {"limits": {"memory": "2Gi", "cpu": "1500m"}}}},
    "pinned": {
        "domain": {
            "cpu": {"cores": 4, "dedicatedCpuPlacement": True, "numa": {"guestMappingPassthrough": {}}},
            "memory": {"guest": "2Gi", "hugepages": {"pageSize": "1Gi"}},
        }
    },
    "without a network": {"domain": {"devices": {"interfaces": None}}, "networks": None},
    "with a moving image": {"volumes": [{"name": "d", "containerDisk": {"image": "registry.example/os:latest"}}]},
    "without disks": {"domain": {"devices": {"disks": None}}},
}


@pytest.mark.parametrize("guest", GUESTS.values(), ids=GUESTS)
def test_the_lab_defaults_as_virt_api_does(kubevirt: Site, guest: Obj) -> None:
    vm = vm_from({"spec": {"runStrategy": "Halted", "template": {"spec": guest}}})
    alone = {"apiVersion": vm["apiVersion"], "kind": "VirtualMachineInstance", "metadata": vm["metadata"]}
    vmi = {**alone, "spec": vm["spec"]["template"]["spec"]}
    assert _unlike(default_vm(copy.deepcopy(vm), True), _admitted(kubevirt, vm), "spec") == []
    assert _unlike(default_vmi(copy.deepcopy(vmi)), _admitted(kubevirt, vmi), "spec", "status") == []


def _admitted(kubevirt: Site, wanted: Obj) -> Obj:
    created = kubevirt.cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=wanted).stdout
    admitted: Obj = json.loads(created)
    return admitted


def _unlike(ours: Obj, theirs: Obj, *parts: str) -> list[str]:
    """Where they differ but in times and in identities, which are made up."""
    made_up = ("uuid", "serial", "phaseTransitionTimestamp")
    return list(_differences({p: ours[p] for p in parts}, {p: theirs[p] for p in parts}, made_up))


def _differences(ours: Any, theirs: Any, without: tuple[str, ...], path: str = "") -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted((ours.keys() | theirs.keys()) - set(without)):
            yield from _differences(ours.get(key), theirs.get(key), without, f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(one, other, without, f"{path}[{index}]")
    elif ours != theirs:
        yield f"{path}: the lab says {ours!r}, virt-api {theirs!r}"
