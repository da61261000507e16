# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node of the lab refuses what `talosctl validate` refuses, in the same words, and takes what it takes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import programs
from lab.talos.configuration.errors import ConfigurationError
from lab.talos.configuration.loader import load
from lab.talos.configuration.validation import validate

Documents = list[dict[str, Any]]
ABSENT = object()
V1 = {"apiVersion": "v1alpha1"}


def put(path: str, value: Any) -> Callable[[Documents], None]:
    """Set a value of the v1alpha1 document, or remove it."""

    def change(documents: Documents) -> None:
        *parents, last = path.split(".")
        place = documents[0]
        for key in parents:
            place = place.setdefault(key, {})
        if value is ABSENT:
            del place[last]
        else:
            place[last] = value

    return change


def add(**document: Any) -> Callable[[Documents], None]:
    """Add a document; a HostnameConfig takes the place of the one that is there."""

    def change(documents: Documents) -> None:
        documents[:] = [other for other in documents if other.get("kind") != document["kind"]]
        documents.append({**V1, **document})

    return change


CONTROL_PLANE = [
    put("debug", True),
    put("cluster.controlPlane", ABSENT),
    put("cluster.controlPlane.endpoint", "https://:6443"),
    put("cluster.controlPlane.endpoint", "10.0.0.1:6443"),
    put("cluster.etcd.ca", ABSENT),
    put("cluster.id", ABSENT),
    put("cluster.secret", ABSENT),
    put("cluster.network.cni", {"name": "calico"}),
    put("cluster.network.cni", {"name": "none", "urls": ["https://x"]}),
    put("cluster.inlineManifests", [{"name": "a", "contents": "x"}, {"name": "a", "contents": "y"}]),
    put("cluster.adminKubeconfig", {"certLifetime": "1x"}),
    put("cluster", ABSENT),
    put("machine", ABSENT),
    put("machine.ca", ABSENT),
    put("machine.ca", "text"),
    put("machine.ca.key", ""),
    put("machine.ca.crt", "!!!"),
    put("machine.install", ABSENT),
    put("machine.install.disk", ""),
    put("machine.install.extraKernelArgs", ["a"]),
    put("machine.type", "master"),
    put("machine.type", ["controlplane"]),
    put("machine.nodeLabels", {"bad label!": "x", "a/b/c": "y", "ok": "no!"}),
    put("machine.nodeTaints", {"a": "Bad", "b": "x:NoSchedule"}),
    put("machine.kubelet", "text"),
    put("machine.kubelet.extraConfig", {"port": 1, "kind": "x", "cpuManagerPolicy": "static"}),
    put("machine.kubelet.nodeIP", {"validSubnets": ["rack", "!10.0.0.0/8"]}),
    put("machine.features.hostDNS", {"forwardKubeDNSToHost": True}),
    put("machine.features.kubePrism.port", "many"),
    put("machine.network", {"hostname": "x"}),
    put("machine.sysctls", {"vm.nr_hugepages": 1}),
    put("machine.kubelett", {"image": "x"}),
    put("machine.kubelet.deep", {"er": {"still": 1}}),
    put("persist", False),
    add(kind="HostnameConfig", auto="stable", hostname="a"),
    add(kind="HostnameConfig"),
    add(kind="HostnameConfig", hostname="a" * 64),
    add(kind="LinkConfig"),
    add(kind="LinkConfig", name="eno1", addresses=[{"address": "10.0.0.1/24"}]),
    add(kind="LinkConfig", name="eno1", addresses=[{"address": "10.0.0.1"}]),
    add(kind="VLANConfig", name="v"),
    add(kind="BondConfig", name="b"),
    add(kind="Layer2VIPConfig", name="v"),
    add(kind="UserVolumeConfig", name="u_"),
    add(kind="VolumeConfig", name="OTHER"),
    add(kind="EthernetConfig"),
    add(kind="TimeSyncConfig", ntp={"servers": ["a"]}, ptp={"devices": ["/dev/ptp0"]}),
    add(kind="PCIDriverRebindConfig", name="0000:3b:00.0", targetDriver="vfio-pci"),
    add(kind="SysctlConfig", params={"a": "b"}),
    add(kind="Unicorn"),
]
WORKER = [
    put("debug", True),
    put("machine.ca.key", "YWJj"),
    put("cluster.ca.key", "YWJj"),
    put("cluster.etcd", {}),
    put("machine.ca", ABSENT),
]
TEXTS = ["", "hello\n", "- a\n", "foo: 1\n", "kind: Foo\n", "---\n", "a:\n\t- b\n"]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which talosctl generated a control plane and a worker."""
    folder = tmp_path_factory.mktemp("generated")
    _talosctl("gen", "config", "edge", "https://10.0.0.1:6443", "-o", str(folder))
    return folder


def _talosctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    talosctl = programs.ensure(["talosctl"])["talosctl"]
    return subprocess.run([str(talosctl), *arguments], capture_output=True, text=True, timeout=60, check=False)


def _compare(folder: Path, text: str) -> None:
    """Both say the same about a text."""
    file = folder / "candidate.yaml"
    file.write_text(text)
    said = _talosctl("validate", "-m", "metal", "--config", str(file))
    verdict = "" if said.returncode == 0 else said.stderr.strip()
    assert _own_verdict(text).strip() == verdict


def _own_verdict(text: str) -> str:
    try:
        validate(load(text.encode()), installed=False)
    except ConfigurationError as problem:
        return str(problem)
    return ""


def _check(folder: Path, base: str, change: Callable[[Documents], None]) -> None:
    documents = [document for document in yaml.safe_load_all((folder / base).read_text()) if document]
    change(documents)
    _compare(folder, yaml.safe_dump_all(documents, sort_keys=False))


@pytest.mark.parametrize("number", range(len(CONTROL_PLANE)))
def test_control_planes(generated: Path, number: int) -> None:
    _check(generated, "controlplane.yaml", CONTROL_PLANE[number])


@pytest.mark.parametrize("number", range(len(WORKER)))
def test_workers(generated: Path, number: int) -> None:
    _check(generated, "worker.yaml", WORKER[number])


@pytest.mark.parametrize("text", TEXTS)
def test_texts_that_are_no_configuration(generated: Path, text: str) -> None:
    _compare(generated, text)


def test_the_same_document_twice(generated: Path) -> None:
    text = (generated / "controlplane.yaml").read_text()
    _compare(generated, f"{text}---\napiVersion: v1alpha1\nkind: HostnameConfig\nhostname: a\n")


def test_generated_configurations_as_they_are(generated: Path) -> None:
    for name in ("controlplane.yaml", "worker.yaml"):
        _compare(generated, (generated / name).read_text())
