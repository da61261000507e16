# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real talosctl judges what we make: the bundle, every configuration, every rule of patching, and our descriptors."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates, wire
from ansible_collections.kubevim.nfvi.plugins.module_utils.core import yaml_text
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import bundle as bundles
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import patch
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.cluster import Cluster, Node
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import contract_for
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import (
    Configuration,
    parse,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.generate import generate
from lab import programs
from tests.interop.test_descriptors import _run, compare

__all__ = ["compare"]

Talosctl = Callable[..., str]
CLUSTER: dict[str, Any] = {
    "name": "edge",
    "endpoint": "https://10.20.30.10:6443",
    "talos_version": "v1.13.0",
    "kubernetes_version": "v1.36.0",
    "discovery": True,
}
LINK = {
    "name": "mgmt0",
    "mac": "aa:bb:cc:dd:ee:01",
    "addresses": ["10.20.30.11/24", "fd00::11/64"],
    "gateway": "10.20.30.1",
    "mtu": 9000,
    "dhcp": True,
}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return bundles.generate(contract_for("v1.13.0"), certificates.now())


@pytest.fixture(scope="module")
def talosctl() -> Talosctl:
    program = programs.ensure(["talosctl"])["talosctl"]

    def run(*arguments: str) -> str:
        done = subprocess.run([str(program), *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def theirs(bundle: Bundle, talosctl: Talosctl, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what talosctl generates from our bundle."""
    folder = tmp_path_factory.mktemp("gen")
    (folder / "secrets.yaml").write_text(bundle.text())
    plain = (
        "--with-docs=false",
        "--with-examples=false",
        "--kubernetes-version",
        "1.36.0",
        "--install-disk",
        "/dev/sda",
    )
    named = ("gen", "config", CLUSTER["name"], CLUSTER["endpoint"], "--with-secrets", str(folder / "secrets.yaml"))
    talosctl(*named, *plain, "-o", str(folder / "out"))
    return folder / "out"


def _ours(bundle: Bundle, cluster: dict[str, Any] | None = None, **node: Any) -> Configuration:
    named = {"name": "e1", "install_disk": "/dev/sda", **node}
    return generate(Cluster.parse(Given({**CLUSTER, **(cluster or {})})), Node.parse(Given(named)), bundle)


@pytest.mark.parametrize("role", ["controlplane", "worker"])
def test_our_main_document_is_talosctls_byte_by_byte(bundle: Bundle, theirs: Path, role: str) -> None:
    wanted = (theirs / f"{role}.yaml").read_text().split("---\n")[0]
    assert yaml_text.dump(_ours(bundle, role=role).main) == wanted


def test_their_configurations_and_talosconfig_survive_our_reading_and_writing(theirs: Path) -> None:
    for name in ("controlplane.yaml", "worker.yaml"):
        text = (theirs / name).read_text()
        assert parse(text).text() == text
    text = (theirs / "talosconfig").read_text()
    assert yaml_text.dump(yaml_text.load(text)) == text


@pytest.mark.parametrize(
    ("cluster", "node"),
    [
        pytest.param({}, {}, id="plain"),
        pytest.param({}, {"role": "worker", "links": [LINK]}, id="worker"),
        pytest.param({}, {"links": [{**LINK, "vip": "10.20.30.10"}], "nameservers": ["10.1.1.53"]}, id="network"),
        pytest.param(
            {"cni": "none", "kube_proxy": False, "discovery": False, "allow_scheduling_on_control_planes": True},
            {"time_servers": ["10.1.1.123"], "search_domains": ["example.org"]},
            id="edge",
        ),
        pytest.param(
            {"api_server_args": {"v": "3"}, "cert_sans": ["api.example.org", "10.20.30.10"]},
            {"labels": {"zone": "de-be"}, "annotations": {"a/b": "c d"}, "taints": {"dedicated": "x:NoSchedule"}},
            id="names",
        ),
        pytest.param(
            {"images": {"etcd": "registry.k8s.io/etcd:v3.6.8", "coredns": "registry.k8s.io/coredns/coredns:v1.13.0"}},
            {"install_disk": None, "install_disk_selector": {"type": "nvme", "size": ">= 100GB"}, "wipe": True},
            id="install",
        ),
        pytest.param(
            {},
            {
                "patches": [
                    {"machine": {"sysctls": {"vm.nr_hugepages": "4"}, "kernel": {"modules": [{"name": "vfio_pci"}]}}},
                    {"machine": {"kubelet": {"extraConfig": {"cpuManagerPolicy": "static"}}}},
                    {
                        "apiVersion": "v1alpha1",
                        "kind": "PCIDriverRebindConfig",
                        "name": "0000:04:00.00",
                        "targetDriver": "vfio-pci",
                    },
                ]
            },
            id="tuning",
        ),
    ],
)
def test_talosctl_accepts_what_we_generate(
    bundle: Bundle, talosctl: Talosctl, tmp_path: Path, cluster: dict[str, Any], node: dict[str, Any]
) -> None:
    file = tmp_path / "e1.yaml"
    file.write_text(_ours(bundle, cluster, **node).text())
    assert "is valid for metal mode" in talosctl("validate", "-m", "metal", "--strict", "-c", str(file))


PATCHES = {
    "scalars": "machine: {type: controlplane, install: {disk: /dev/nvme0n1, wipe: true}}",
    "empty says nothing": "machine: {install: {disk: ''}, token: ''}",
    "false is a value": "machine: {features: {diskQuotaSupport: false}}",
    "lists": "machine: {certSANs: [a.example, b.example]}\ncluster: {apiServer: {certSANs: [c.example]}}",
    "maps": "machine: {nodeLabels: {zone: a}, sysctls: {'vm.nr_hugepages': '4'}}",
    "replaced lists": "cluster: {network: {podSubnets: [10.16.0.0/16], serviceSubnets: [10.17.0.0/16]}}",
    "admission by name": (
        "cluster: {apiServer: {admissionControl: [{name: Other, configuration: {a: 1}}, "
        "{name: PodSecurity, configuration: {exemptions: {namespaces: [kubevirt]}}}]}}"
    ),
    "audit policy": "cluster: {apiServer: {auditPolicy: {apiVersion: audit.k8s.io/v1, kind: Policy, rules: []}}}",
    "arguments": "cluster: {apiServer: {extraArgs: {v: '3', w: a}}}\n---\ncluster: {apiServer: {extraArgs: {v: '4'}}}",
    "free values": "machine: {kubelet: {extraConfig: {featureGates: {A: true}, allowedUnsafeSysctls: [a]}}}",
    "interfaces": (
        "machine: {network: {interfaces: [{interface: eth0, mtu: 1500}]}}\n---\n"
        "machine: {network: {interfaces: [{interface: eth0, dhcp: true, addresses: [10.0.0.1/24]}, {interface: eth1}]}}"
    ),
    "a new document": "apiVersion: v1alpha1\nkind: LinkConfig\nname: eth0\nmtu: 9000",
    "a known document": "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: e2",
    "delete a key": "machine: {install: {image: {$patch: delete}}, nodeLabels: {$patch: delete}}",
    "delete and set": "machine: {nodeLabels: {zone: b}, features: {kubePrism: {$patch: delete}}}",
    "delete a document": "apiVersion: v1alpha1\nkind: HostnameConfig\n$patch: delete",
    "delete an item": (
        "machine: {network: {interfaces: [{interface: eth0}, {interface: eth1}]}}\n---\n"
        "machine: {network: {interfaces: [{interface: eth0, $patch: delete}]}}"
    ),
}


@pytest.mark.parametrize("name", PATCHES)
def test_we_patch_as_talosctl_does(bundle: Bundle, talosctl: Talosctl, tmp_path: Path, name: str) -> None:
    """A patch may not hold one document twice, so that what stands behind ``---`` here is a second patch."""
    base = _ours(bundle)
    (tmp_path / "e1.yaml").write_text(base.text())
    wanted, ours = tmp_path / "wanted.yaml", base
    arguments: list[str] = []
    for index, text in enumerate(PATCHES[name].split("\n---\n")):
        (tmp_path / f"patch{index}.yaml").write_text(text)
        arguments += ["--patch", f"@{tmp_path}/patch{index}.yaml"]
        ours = patch.apply(ours, yaml_text.load_all(text))
    talosctl("machineconfig", "patch", str(tmp_path / "e1.yaml"), *arguments, "-o", str(wanted))
    assert _without_nothing(ours) == _without_nothing(parse(wanted.read_text()))


def _without_nothing(configuration: Configuration) -> Any:
    """Maps and lists that are empty, and texts in Talos' own fields, come and go when Go writes its types."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: bare(part) for key, part in value.items()}
            return {key: part for key, part in kept.items() if part not in ({}, [], "", None)}
        return [bare(part) for part in value] if isinstance(value, list) else value

    return {identity: bare(document) for identity, document in configuration.named().items()}


def test_the_clients_descriptors_are_upstreams(compare: Path, tmp_path: Path) -> None:
    """A client needs not know every method; whatever it knows must be upstream's."""
    *told, summary = _run(compare, tmp_path, wire.descriptors()).stdout.splitlines()
    assert [line for line in told if not re.search(r"upstream's method \w+ is missing$", line)] == []
    known = sum(len(service.method) for file in wire.descriptors().file for service in file.service)
    assert f"{known} methods compared" in summary


def test_a_wrong_number_of_ours_would_be_seen(compare: Path, tmp_path: Path) -> None:
    found = wire.descriptors()
    machine = next(file for file in found.file if file.package == "machine")
    request = next(message for message in machine.message_type if message.name == "ApplyConfigurationRequest")
    request.field[1].number = 2
    assert "ApplyConfigurationRequest" in _run(compare, tmp_path, found).stdout
