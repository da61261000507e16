# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is given for boot media, and the files that come of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.boot.pxe_wanted import Wanted
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.boot import nocloud
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.boot.machine import Machine

E1 = {"name": "e1", "macs": ["AA-BB-CC-DD-EE-01", "aa:bb:cc:dd:ee:02"]}
E2 = {
    "name": "e2",
    "macs": ["aa:bb:cc:dd:ee:03"],
    "address": "10.20.30.12/24",
    "gateway": "10.20.30.1",
    "link": "enp1s0f0",
    "nameservers": ["10.1.1.53"],
}
SERVER: dict[str, Any] = {
    "folder": "/srv/pxe",
    "interface": "eth1",
    "address": "10.20.30.5/24",
    "talos_version": "v1.13.0",
    "kernel": "/srv/pxe/http/v1/kernel-amd64",
    "initramfs": "https://images.example.com/initramfs-amd64.xz",
    "machines": [E1, E2],
}


def rendered(**change: Any) -> dict[str, str]:
    """The files by their path below the folder."""
    files = Wanted.parse(Given({**SERVER, **change})).rendered()
    return {str(path.relative_to("/srv/pxe")): content.decode() for path, content in files.items()}


def test_only_machines_that_are_named_are_answered() -> None:
    lines = rendered()["dnsmasq.conf"].splitlines()
    assert "dhcp-ignore=tag:!known" in lines
    hosts = [line for line in lines if line.startswith("dhcp-host=")]
    assert hosts == ["dhcp-host=aa:bb:cc:dd:ee:01,aa:bb:cc:dd:ee:02", "dhcp-host=aa:bb:cc:dd:ee:03"]
    assert "dhcp-range=10.20.30.0,proxy,255.255.255.0" in lines
    assert "port=0" in lines


@pytest.mark.parametrize(
    ("arch", "answers"),
    [
        ("amd64", {"0": "undionly.kpxe", "7": "snponly.efi", "9": "snponly.efi"}),
        ("arm64", {"11": "ipxe-arm64.efi"}),
    ],
)
def test_every_firmware_gets_the_ipxe_that_it_runs(arch: str, answers: dict[str, str]) -> None:
    text = rendered(arch=arch, loaders={"efi_arm64": "/usr/lib/ipxe/ipxe-arm64.efi"})["dnsmasq.conf"]
    services = [line.split(",") for line in text.splitlines() if line.startswith("pxe-service=tag:!ipxe,")]
    assert {fields[1]: fields[-1] for fields in services} == answers
    scripts = [line.split(",") for line in text.splitlines() if line.startswith("pxe-service=tag:ipxe,")]
    assert {fields[1]: fields[-1] for fields in scripts} == dict.fromkeys(answers, "http://10.20.30.5:8080/boot.ipxe")


def test_a_machine_has_a_script_for_each_of_its_cards() -> None:
    files = rendered(kernel_args=["isolcpus=2-3"])
    assert files["http/machines/aa-bb-cc-dd-ee-01.ipxe"] == files["http/machines/aa-bb-cc-dd-ee-02.ipxe"]
    lines = files["http/machines/aa-bb-cc-dd-ee-03.ipxe"].splitlines()
    kernel = next(line for line in lines if line.startswith("kernel "))
    assert kernel.startswith("kernel http://10.20.30.5:8080/v1/kernel-amd64 initrd=initramfs talos.platform=metal ")
    fixed = "ip=10.20.30.12::10.20.30.1:255.255.255.0:e2:enp1s0f0:none:10.1.1.53"
    assert kernel.endswith(f" isolcpus=2-3 {fixed}")
    assert "initrd --name initramfs https://images.example.com/initramfs-amd64.xz" in lines
    assert "ip=" not in files["http/machines/aa-bb-cc-dd-ee-01.ipxe"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"machines": []}, "machines"),
        ({"machines": [{"name": "e1", "macs": []}]}, "machines[0].macs"),
        ({"machines": [{"name": "e1", "macs": ["aa:bb"]}]}, "machines[0].macs[0]"),
        ({"machines": [E1, {**E2, "macs": ["aa:bb:cc:dd:ee:02"]}]}, "machines[1].macs"),
        ({"machines": [E1, {**E1, "macs": ["aa:bb:cc:dd:ee:09"]}]}, "machines[1].name"),
        ({"machines": [{**E2, "address": "10.20.30.12"}]}, "machines[0].address"),
        ({"machines": [{**E2, "address": "2001:db8::1/64", "gateway": None}]}, "machines[0].address"),
        ({"machines": [{**E2, "gateway": "10.9.9.1"}]}, "machines[0].gateway"),
        ({"machines": [{**E2, "link": None}]}, "machines[0].link"),
        ({"address": "10.20.30.5"}, "address"),
        ({"address": None}, "address"),
        ({"address": "2001:db8::5/64"}, "address"),
        ({"interface": "eth1,eth2"}, "interface"),
        ({"folder": "/"}, "folder"),
        ({"folder": "/srv/a b"}, "folder"),
        ({"kernel": "/etc/passwd"}, "kernel"),
        ({"kernel": "/srv/pxe/http/../../../etc/passwd"}, "kernel"),
        ({"kernel": "http://user:word@example.com/kernel"}, "kernel"),
        ({"kernel_args": ["talos.config=http://10.20.30.5/c.yaml"]}, "kernel_args[0]"),
        ({"kernel_args": ["x" * 2000]}, "machines[0]"),
        ({"arch": "arm64"}, "loaders.efi_arm64"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(change: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Wanted.parse(Given({**SERVER, **change}))
    assert path in str(refused.value)


def test_a_seed_has_a_name_and_a_network_and_nothing_else() -> None:
    files = nocloud.files(Machine.parse(Given(E2)))
    assert sorted(files) == ["meta-data", "network-config"]
    assert yaml.safe_load(files["meta-data"]) == {"instance-id": "e2", "hostname": "e2"}
    card = {
        "match": {"macaddress": "aa:bb:cc:dd:ee:03"},
        "addresses": ["10.20.30.12/24"],
        "gateway4": "10.20.30.1",
        "nameservers": {"addresses": ["10.1.1.53"]},
    }
    assert yaml.safe_load(files["network-config"]) == {"version": 2, "ethernets": {"eth0": card}}


def test_a_seed_without_an_address_asks_the_sites_dhcp_server() -> None:
    network = yaml.safe_load(nocloud.files(Machine.parse(Given(E1)))["network-config"])
    assert network["ethernets"]["eth0"] == {"match": {"macaddress": "aa:bb:cc:dd:ee:01"}, "dhcp4": True}


def test_a_seed_may_be_of_the_newer_protocol() -> None:
    six = {**E2, "address": "2001:db8::12/64", "gateway": "2001:db8::1", "nameservers": []}
    card = yaml.safe_load(nocloud.files(Machine.parse(Given(six)))["network-config"])["ethernets"]["eth0"]
    assert card["addresses"] == ["2001:db8::12/64"]
    assert card["gateway6"] == "2001:db8::1"
