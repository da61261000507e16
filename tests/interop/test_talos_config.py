# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real talosctl judges what we make for every contract it knows: the bundle, every document, and our descriptors."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates, wire
from ansible_collections.kubevim.nfvi.plugins.module_utils.core import yaml_text
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.diff import differences
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import dig, render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle_import import (
    PKI_FILES,
    from_configuration,
    from_pki,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.cluster import Cluster, Node
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import contract_for
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import (
    Configuration,
    parse,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.generate import generate
from tests.interop.conftest import Talosctl
from tests.interop.test_descriptors import _run, compare

__all__ = ["compare"]

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


# What talosctl v1.13 can generate; newer contracts only those can judge who know them.
VERSIONS = {"1.10": "1.33.0", "1.11": "1.34.0", "1.12": "1.35.0", "1.13": "1.36.0"}
# Every difference to `talosctl gen config` that is meant: path → why.
DIFFERENCES = {
    "HostnameConfig.auto": "a machine of a site has a name of its own, not one made of its hardware's identity",
    "HostnameConfig.hostname": "see HostnameConfig.auto",
    "v1alpha1.machine.network.hostname": "the same, up to contract 1.11",
    "v1alpha1.machine.install.image": "we install the version asked for, talosctl the one it is itself",
}


@pytest.fixture(scope="module")
def theirs(bundle: Bundle, talosctl: Talosctl, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder with what talosctl generates from our bundle, by contract."""
    folder = tmp_path_factory.mktemp("gen")
    (folder / "secrets.yaml").write_text(bundle.text())
    named = ("gen", "config", CLUSTER["name"], CLUSTER["endpoint"], "--with-secrets", str(folder / "secrets.yaml"))
    plain = ("--with-docs=false", "--with-examples=false", "--install-disk", "/dev/sda")

    def generated(version: str) -> Path:
        out = folder / version
        if not out.exists():
            versions = ("--talos-version", f"v{version}", "--kubernetes-version", VERSIONS[version])
            talosctl(*named, *plain, *versions, "-o", str(out))
        return out

    return generated


def _ours(bundle: Bundle, cluster: dict[str, Any] | None = None, **node: Any) -> Configuration:
    named = {"name": "e1", "install_disk": "/dev/sda", **node}
    return generate(Cluster.parse(Given({**CLUSTER, **(cluster or {})})), Node.parse(Given(named)), bundle)


def _of(version: str) -> dict[str, Any]:
    return {"talos_version": f"v{version}.0", "kubernetes_version": f"v{VERSIONS[version]}"}


@pytest.mark.parametrize("role", ["controlplane", "worker"])
@pytest.mark.parametrize("version", VERSIONS)
def test_our_documents_are_talosctls(bundle: Bundle, theirs: Callable[[str], Path], version: str, role: str) -> None:
    wanted = parse((theirs(version) / f"{role}.yaml").read_text())
    ours = _ours(bundle, _of(version), role=role)
    assert set(_differing(wanted, ours)) - DIFFERENCES.keys() == set()
    assert ours.named().keys() == wanted.named().keys()


def test_every_difference_that_is_listed_is_one(bundle: Bundle, theirs: Callable[[str], Path]) -> None:
    found = set()
    for version in VERSIONS:
        wanted = parse((theirs(version) / "controlplane.yaml").read_text())
        found |= set(_differing(wanted, _ours(bundle, _of(version))))
    assert found == DIFFERENCES.keys()


def _differing(before: Configuration, after: Configuration) -> list[str]:
    old, new = ({str(identity): document for identity, document in each.named().items()} for each in (before, after))
    return [render(found.path) for found in differences(old, new)]


@pytest.mark.parametrize("role", ["controlplane", "worker"])
def test_our_main_document_is_talosctls_byte_by_byte(bundle: Bundle, theirs: Callable[[str], Path], role: str) -> None:
    wanted = (theirs("1.13") / f"{role}.yaml").read_text().split("---\n")[0]
    assert yaml_text.dump(_ours(bundle, role=role).main) == wanted


@pytest.mark.parametrize("version", VERSIONS)
def test_their_configurations_and_talosconfig_survive_our_reading_and_writing(
    theirs: Callable[[str], Path], version: str
) -> None:
    for name in ("controlplane.yaml", "worker.yaml"):
        text = (theirs(version) / name).read_text()
        assert parse(text).text() == text
    text = (theirs(version) / "talosconfig").read_text()
    assert yaml_text.dump(yaml_text.load(text)) == text


@pytest.mark.parametrize("version", VERSIONS)
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
    bundle: Bundle, talosctl: Talosctl, tmp_path: Path, version: str, cluster: dict[str, Any], node: dict[str, Any]
) -> None:
    file = tmp_path / "e1.yaml"
    file.write_text(_ours(bundle, {**_of(version), **cluster}, **node).text())
    assert "is valid for metal mode" in talosctl("validate", "-m", "metal", "--strict", "-c", str(file))


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


# ---- bundles taken over


def test_talosctl_takes_over_the_same_from_a_configuration(bundle: Bundle, talosctl: Talosctl, tmp_path: Path) -> None:
    file = tmp_path / "cp.yaml"
    file.write_text(_ours(bundle).text())
    talosctl("gen", "secrets", "--from-controlplane-config", str(file), "-o", str(tmp_path / "theirs.yaml"))
    ours = from_configuration(file.read_text(), object=str(file))
    assert ours.content == yaml_text.load((tmp_path / "theirs.yaml").read_text(), object="theirs")


def test_talosctl_takes_over_the_same_from_kubeadms_pki(bundle: Bundle, talosctl: Talosctl, tmp_path: Path) -> None:
    folder, token = tmp_path / "pki", "abcdef.0123456789abcdef"
    (folder / "etcd").mkdir(parents=True)
    files = {name: base64.b64decode(dig(bundle.content, place)) for name, place in PKI_FILES.items()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    talosctl("gen", "secrets", "-p", str(folder), "-t", token, "-o", str(tmp_path / "theirs.yaml"))
    theirs = yaml_text.load((tmp_path / "theirs.yaml").read_text(), object="theirs")
    ours = from_pki(files, contract_for("v1.13.0"), certificates.now(), token, object="pki").content
    assert {**ours["certs"], "os": None} == {**theirs["certs"], "os": None}
    assert ours["secrets"]["bootstraptoken"] == theirs["secrets"]["bootstraptoken"] == token
    assert {key: set(value) for key, value in ours.items()} == {key: set(value) for key, value in theirs.items()}
