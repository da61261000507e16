# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual machine as its user sees it, written down for KubeVirt."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import dig, parse, render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.vm import Vm

DISK = {"name": "root", "container_disk": "registry.example/os@sha256:0"}
SPEC = ("spec", "template", "spec")


def vm(**options):
    return {"name": "fw", "memory": "2Gi", "disks": [DISK], **options}


def manifests(**options):
    return list(Vm.parse(Given(vm(**options), ("vms", 0))).manifests())


def refused(**options):
    with pytest.raises(InvalidInput) as caught:
        manifests(**options)
    return render(caught.value.path)


def test_the_smallest():
    (found,) = manifests()
    assert found["spec"]["runStrategy"] == "Always"
    assert dig(found, (*SPEC, "domain")) == {
        "cpu": {"cores": 1},
        "memory": {"guest": "2Gi"},
        "devices": {"disks": [{"name": "root", "disk": {"bus": "virtio"}}]},
    }
    assert dig(found, (*SPEC, "volumes")) == [{"name": "root", "containerDisk": {"image": DISK["container_disk"]}}]
    assert "networks" not in dig(found, SPEC)


def test_an_interface_is_told_to_kube_ovn_by_annotations():
    (found,) = manifests(interface={"name": "n3", "subnet": "ran-n3", "ip": "10.0.0.9", "mac": "02:00:00:00:00:AA"})
    annotations = dig(found, ("spec", "template", "metadata", "annotations"))
    assert annotations["ovn.kubernetes.io/logical_switch"] == "ran-n3"
    assert annotations["ovn.kubernetes.io/ip_address"] == "10.0.0.9"
    assert annotations["ovn.kubernetes.io/mac_address"] == "02:00:00:00:00:aa"
    assert dig(found, (*SPEC, "domain", "devices", "interfaces")) == [{"name": "n3", "bridge": {}}]
    assert dig(found, (*SPEC, "networks")) == [{"name": "n3", "pod": {}}]


def test_cloud_init_lies_in_a_secret_before_the_machine():
    secret, found = manifests(cloud_init={"user_data": "#cloud-config", "network_data": "version: 2"})
    decoded = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
    assert decoded == {"userdata": "#cloud-config", "networkdata": "version: 2"}
    name = {"name": secret["metadata"]["name"]}
    volume = dig(found, (*SPEC, "volumes", 1))
    assert volume["cloudInitNoCloud"] == {"secretRef": name, "networkDataSecretRef": name}
    assert "#cloud-config" not in str(found)


def test_cloud_init_shows_in_no_repr():
    assert "#cloud-config" not in repr(Vm.parse(Given(vm(cloud_init={"user_data": "#cloud-config"}))))


def test_huge_pages_and_dedicated_cpus():
    (found,) = manifests(hugepages="1Gi", dedicated_cpu=True, cores=4)
    assert dig(found, (*SPEC, "domain", "cpu")) == {"cores": 4, "dedicatedCpuPlacement": True}
    assert dig(found, (*SPEC, "domain", "memory")) == {"guest": "2Gi", "hugepages": {"pageSize": "1Gi"}}


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"name": "f" * 64}, "vms[0].name"),
        ({"memory": "2 GB"}, "vms[0].memory"),
        ({"memory": None}, "vms[0].memory"),
        ({"hugepages": "huge"}, "vms[0].hugepages"),
        ({"cores": 0}, "vms[0].cores"),
        ({"disks": [DISK, {"name": "two"}]}, "vms[0].disks[1]"),
        ({"disks": [{**DISK, "bus": "nvme"}]}, "vms[0].disks[0].bus"),
        ({"interface": {"name": "n3", "subnet": "s", "mac": "zz:00"}}, "vms[0].interface.mac"),
        ({"run_strategy": "Sometimes"}, "vms[0].run_strategy"),
    ],
)
def test_refusals_name_the_option(options, place):
    assert refused(**options) == place


def test_every_option_that_is_told_names_a_field_that_is_written():
    """Else a server's refusal would be told by a name that the user never gave."""
    from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt import vm as module

    full = vm(
        labels={"a": "b"}, node_selector={"a": "b"}, hugepages="1Gi", dedicated_cpu=True,
        disks=[DISK, {"name": "data", "pvc": "claim"}],
        interface={"name": "n3", "subnet": "s", "ip": "10.0.0.9", "mac": "02:00:00:00:00:aa"},
    )  # fmt: skip
    (found,) = Vm.parse(Given({**full, "namespace": "n"})).manifests()
    for field in module._OPTIONS.keys() - {module.REQUESTED}:
        paths = [tuple(index if step == "*" else step for step in parse(field)) for index in (0, 1)]
        assert any(dig(found, path) is not None for path in paths), field
