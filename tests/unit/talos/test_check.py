# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mistake that talosctl refuses, and those that it was seen to take silently, is found with its path."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import parse as path_of
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import put, render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.check import findings
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import contract_for
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import (
    Configuration,
    parse,
)

from .conftest import Generate

CONTRACT = contract_for("v1.13.0")
LINK = {"apiVersion": "v1alpha1", "kind": "LinkConfig", "name": "eth0"}


def _found(configuration: Configuration) -> list[str]:
    return [render(finding.path) for finding in findings(configuration, CONTRACT)]


def _spoilt(configuration: Configuration, path: str, value: Any) -> Configuration:
    main, *others = configuration.documents
    return Configuration((put(main, path_of(path), value), *others))


@pytest.mark.parametrize("role", ["controlplane", "worker"])
def test_what_we_generate_is_right(made: Generate, role: str) -> None:
    assert _found(made(role=role)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", "v1beta1"),
        ("persist", False),
        ("machine.type", "master"),
        ("machine.type", None),
        ("machine.ca.key", ""),
        ("machine.install.disk", ""),
        ("machine.unknown", 1),
        ("machine.kubelet.extraConfig.port", 1),
        ("machine.kubelet.image", "ghcr.io/siderolabs/kubelet:v1.20.0"),
        ("machine.kubelet.clusterDNS", "10.96.0.10"),
        ("machine.kubelet.extraArgs", {"v": ["1", "2"]}),
        ("machine.nodeLabels", {"bad label!": "x"}),
        ("machine.token", "abcde"),
        ("machine.token", ""),
        ("machine.ca.crt", base64.b64encode(b"not PEM").decode()),
        ("machine.ca.crt", "not base64!"),
        ("machine.sysctls", {"vm.nr_hugepages": 4}),
        ("machine.features.diskQuotaSupport", "yes"),
        ("machine.install.extraKernelArgs", ["a=b"]),
        ("cluster.controlPlane.endpoint", None),
        ("cluster.controlPlane.endpoint", "10.0.0.1:6443"),
        ("cluster.network.cni", {"name": "calico"}),
        ("cluster.network.cni", {"name": "custom"}),
        ("cluster.network.podSubnets", ["10.244.0.0"]),
        ("cluster.network.serviceSubnets", ["10.96.0.1/12"]),
        ("cluster.token", ""),
        ("cluster.id", ""),
        ("cluster.ca.key", ""),
        ("cluster.etcd.ca.key", ""),
        ("cluster.serviceAccount.key", ""),
        ("cluster.secretboxEncryptionSecret", ""),
    ],
)
def test_a_mistake_in_the_main_document_is_found(made: Generate, path: str, value: Any) -> None:
    found = _found(_spoilt(made(), path, value))
    assert any(where.startswith("v1alpha1." + path.split(".")[0]) for where in found), found


def test_the_place_is_exact_and_a_near_key_is_named(made: Generate) -> None:
    found = list(findings(_spoilt(made(), "machine.kubelet.imagee", "x"), CONTRACT))
    assert [str(finding) for finding in found] == ["v1alpha1.machine.kubelet.imagee: unknown key; did you mean image?"]
    hidden = _spoilt(made(), "machine.kernel", {"modules": [{"name": "vfio_pci"}, {"parameters": ["a=b"]}]})
    assert _found(hidden) == ["v1alpha1.machine.kernel.modules[1].name"]


@pytest.mark.parametrize("path", ["machine.ca.key", "cluster.ca.key", "cluster.etcd"])
def test_a_worker_holds_no_key_of_the_cluster(made: Generate, path: str) -> None:
    leading = made()
    value = leading.get(*path.split("."))
    assert _found(_spoilt(made(role="worker"), path, value)) == [f"v1alpha1.{path}"]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"apiVersion": "v1alpha1", "kind": "Foo"}, "Foo"),
        ({**LINK, "apiVersion": "v1beta1"}, "LinkConfig.eth0.apiVersion"),
        ({"apiVersion": "v1alpha1", "kind": "LinkConfig"}, "LinkConfig.name"),
        ({**LINK, "mtu": "9000"}, "LinkConfig.eth0.mtu"),
        ({**LINK, "adresses": []}, "LinkConfig.eth0.adresses"),
        ({**LINK, "addresses": [{"address": "10.0.0.1"}]}, "LinkConfig.eth0.addresses[0].address"),
        ({**LINK, "routes": [{"gateway": "10.0.0.300"}]}, "LinkConfig.eth0.routes[0].gateway"),
        (
            {"apiVersion": "v1alpha1", "kind": "Layer2VIPConfig", "name": "vip", "link": "eth0"},
            "Layer2VIPConfig.vip.name",
        ),
        (
            {"apiVersion": "v1alpha1", "kind": "VLANConfig", "name": "v", "parent": "eth0", "vlanID": 5000},
            "VLANConfig.v.vlanID",
        ),
        ({"apiVersion": "v1alpha1", "kind": "PCIDriverRebindConfig", "name": 240.0, "targetDriver": "x"}, "240.0"),
    ],
)
def test_a_mistake_in_another_document_is_found(made: Generate, document: dict[str, Any], path: str) -> None:
    found = _found(Configuration((*made().documents, document)))
    assert any(path in where for where in found), found


@pytest.mark.parametrize(
    ("hostname", "path"),
    [
        ({"hostname": "a_b!"}, "HostnameConfig.hostname"),
        ({"hostname": "e1", "auto": "stable"}, "HostnameConfig.auto"),
        ({"auto": "address"}, "HostnameConfig.auto"),
        ({"auto": False}, "HostnameConfig.auto"),
        ({}, "HostnameConfig"),
    ],
)
def test_a_wrong_host_name_is_found(made: Generate, hostname: dict[str, Any], path: str) -> None:
    document = {"apiVersion": "v1alpha1", "kind": "HostnameConfig", **hostname}
    assert path in _found(Configuration((made().main, document)))


def test_a_name_that_is_set_twice_and_a_link_that_two_documents_claim_are_found(made: Generate) -> None:
    assert _found(_spoilt(made(), "machine.network", {"hostname": "e2"})) == ["v1alpha1.machine.network.hostname"]
    bond = {"apiVersion": "v1alpha1", "kind": "BondConfig", "name": "eth0", "links": ["a", "b"]}
    assert _found(Configuration((*made().documents, LINK, bond))) == ["BondConfig.eth0"]


@pytest.mark.parametrize("text", ["", "- a\n", "a\n", "version: v1alpha1\n---\nversion: v1alpha1\n"])
def test_a_text_that_is_no_configuration_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(text)
