# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each contract has its own form of one and the same machine; tests/interop/test_talos_config.py asks talosctl.

What talosctl v1.13 cannot judge (contract 1.14) was compared with the files that Talos 1.14's own tests hold.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mask import Masker
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import parse as path_of
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import put, render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import disk_selector, since
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.check import findings
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.conflicts import _ROWS
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import (
    CONTRACTS,
    Minor,
    contract_for,
    needs_reboot,
    whole_needs_reboot,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import (
    Configuration,
    Identity,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.generate import generate
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.schema_documents import KINDS

from .conftest import Generate, cluster, node

VERSIONS = {
    "v1.10.0": "v1.33.0",
    "v1.11.0": "v1.34.0",
    "v1.12.0": "v1.35.0",
    "v1.13.0": "v1.36.0",
    "v1.14.0": "v1.37.0",
}
V1 = {"apiVersion": "v1alpha1"}
MACHINE: dict[str, Any] = {
    "links": [
        {
            "name": "mgmt0",
            "mac": "aa:bb:cc:dd:ee:01",
            "addresses": ["10.20.30.11/24"],
            "gateway": "10.20.30.1",
            "vip": "10.20.30.10",
            "mtu": 9000,
        }
    ],
    "nameservers": ["10.1.1.53"],
    "search_domains": ["example.org"],
    "time_servers": ["10.1.1.123"],
}


def _of(version: str) -> dict[str, Any]:
    return {"talos_version": version, "kubernetes_version": VERSIONS[version]}


def _found(configuration: Configuration, version: str) -> list[str]:
    return [render(finding.path) for finding in findings(configuration, contract_for(version))]


def test_every_contract_has_a_version_here() -> None:
    assert {contract_for(version) for version in VERSIONS} == set(CONTRACTS.values())


@pytest.mark.parametrize("role", ["controlplane", "worker"])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_we_generate_is_right(made: Generate, version: str, role: str) -> None:
    links = [{**MACHINE["links"][0], "vip": None}] if role == "worker" else MACHINE["links"]
    assert _found(made(_of(version), role=role, **{**MACHINE, "links": links}), version) == []


def test_what_an_upgraded_machine_still_has_is_no_mistake(made: Generate) -> None:
    """1.14 takes the style of 1.13; the other way round it cannot be."""
    assert _found(made(_of("v1.13.0")), "v1.14.0") == []
    assert "KubeletConfig" in _found(made(_of("v1.14.0")), "v1.13.0")


@pytest.mark.parametrize("version", ["v1.10.0", "v1.11.0"])
def test_the_network_was_a_section_of_the_only_document(made: Generate, version: str) -> None:
    found = made(_of(version), **MACHINE)
    assert [str(identity) for identity in found.named()] == ["v1alpha1"]
    assert found.get("machine", "network") == {
        "hostname": "e1",
        "interfaces": [
            {
                "deviceSelector": {"permanentAddr": "aa:bb:cc:dd:ee:01"},
                "addresses": ["10.20.30.11/24"],
                "routes": [{"network": "0.0.0.0/0", "gateway": "10.20.30.1"}],
                "mtu": 9000,
                "vip": {"ip": "10.20.30.10"},
            }
        ],
        "nameservers": ["10.1.1.53"],
        "searchDomains": ["example.org"],
    }
    assert found.get("machine", "time") == {"servers": ["10.1.1.123"]}
    assert found.get("cluster", "apiServer", "certSANs") == ["10.20.30.10"]
    assert found.get("machine", "features", "rbac") is True
    assert "grubUseUKICmdline" not in found.get("machine", "install")


def test_a_gateway_of_ipv6_leads_everywhere_too(made: Generate) -> None:
    link = {"name": "eth0", "addresses": ["fd00::11/64"], "gateway": "fd00::1"}
    interface = made(_of("v1.11.0"), links=[link]).get("machine", "network", "interfaces")[0]
    assert interface["interface"] == "eth0"
    assert interface["routes"] == [{"network": "::/0", "gateway": "fd00::1"}]


def test_the_section_stayed_for_one_contract_when_documents_came(made: Generate) -> None:
    assert made(_of("v1.12.0")).get("machine", "network") == {}
    assert "network" not in made(_of("v1.13.0")).main["machine"]


def test_kubernetes_is_documents_in_the_newest_contract(made: Generate, bundle: Bundle) -> None:
    choices = {
        "cni": "none",
        "kube_proxy": False,
        "discovery": True,
        "cert_sans": ["a.example"],
        "api_server_args": {"v": "3"},
    }
    found = made({**_of("v1.14.0"), **choices}, labels={"zone": "de-be"}, taints={"dedicated": "x:NoSchedule"})
    assert set(found.main["machine"]) == {"type", "token", "ca", "certSANs", "features"}
    assert set(found.main["cluster"]) == {"token", "etcd"}
    named = found.named()
    assert Identity("KubeFlannelCNIConfig") not in named
    assert named[Identity("KubeProxyConfig")]["enabled"] is False
    assert named[Identity("DiscoveryServiceConfig", "default")]["endpoint"] == "https://discovery.talos.dev/"
    assert named[Identity("KubeAPIServerConfig")]["certExtraSANs"] == ["a.example"]
    assert named[Identity("KubeAPIServerConfig")]["extraArgs"] == {"v": "3"}
    assert named[Identity("KubeNodeConfig")]["labels"]["zone"] == "de-be"
    assert named[Identity("KubeNodeConfig")]["taints"] == {
        "node-role.kubernetes.io/control-plane": "NoSchedule",
        "dedicated": "x:NoSchedule",
    }
    key = base64.b64decode(bundle.get("certs", "k8s", "key")).decode()
    assert named[Identity("KubeAPIServerCAConfig")]["issuingCA"]["key"] == key
    assert named[Identity("ResolverConfig")]["hostDNS"] == {"enabled": True, "forwardKubeDNSToHost": True}


def test_workloads_and_workers_in_the_newest_contract(made: Generate) -> None:
    schedulable = made({**_of("v1.14.0"), "allow_scheduling_on_control_planes": True})
    assert "taints" not in (schedulable.find(Identity("KubeNodeConfig")) or {})
    worker = made(_of("v1.14.0"), role="worker")
    assert worker.find(Identity("KubeAPIServerConfig")) is None
    assert set(worker.find(Identity("KubeAPIServerCAConfig")) or {}) == {"apiVersion", "kind", "acceptedCAs"}
    assert "PRIVATE KEY" not in worker.text()
    assert "labels" not in (worker.find(Identity("KubeNodeConfig")) or {})


def test_an_old_bundles_key_stays_what_it_was(bundle: Bundle) -> None:
    secrets = {"bootstraptoken": bundle.get("secrets", "bootstraptoken"), "aescbcencryptionsecret": "c2VjcmV0"}
    old = Bundle({**bundle.content, "secrets": secrets})
    made = generate(cluster(**_of("v1.14.0")), node(), old)
    encryption = made.find(Identity("KubeEtcdEncryptionConfig")) or {}
    assert encryption["config"]["resources"][0]["providers"] == [
        {"aescbc": {"keys": [{"name": "key1", "secret": "c2VjcmV0"}]}}
    ]


def test_no_secret_of_the_bundle_shows_in_the_newest_contract(made: Generate, bundle: Bundle) -> None:
    shown = made(_of("v1.14.0")).masked(Masker(b"key")).text()
    for name in ("os", "k8s", "etcd", "k8saggregator", "k8sserviceaccount"):
        key = bundle.get("certs", name, "key")
        assert key not in shown
        assert base64.b64decode(key).decode().splitlines()[1] not in shown
    for path in (("cluster", "secret"), ("secrets", "bootstraptoken"), ("secrets", "secretboxencryptionsecret")):
        assert bundle.get(*path) not in shown


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"size": "<= 256KiB"}, 'disk.size <= 262144u && disk.transport != "" && !disk.readonly && !disk.cdrom'),
        (
            {"type": "hdd", "size": "1MiB", "modalias": "pci:1234:5678*"},
            (
                'disk.size == 1048576u && glob("pci:1234:5678*", disk.modalias) && disk.transport != "" && '
                "disk.rotational && !disk.readonly && !disk.cdrom"
            ),
        ),
        (
            {"type": "nvme", "busPath": "/pci-*"},
            (
                'disk.transport != "" && disk.transport == "nvme" && glob("/pci-*", disk.bus_path) && '
                "!disk.readonly && !disk.cdrom"
            ),
        ),
    ],
)
def test_a_disk_selector_becomes_an_expression(selector: dict[str, Any], expected: str) -> None:
    assert disk_selector.expression(selector) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1GB", ("==", 10**9)), (">= 100 GB", (">=", 10**11)), ("< 1.5TiB", ("<", 3 * 2**39)), ("big", None)],
)
def test_a_size_with_its_operator(text: str, expected: Any) -> None:
    assert disk_selector.size(text) == expected


@pytest.mark.parametrize("selector", [{"name": "sda"}, {"size": "big"}, {"type": "tape"}])
def test_a_selector_that_cannot_be_an_expression_is_refused(made: Generate, selector: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        made(_of("v1.14.0"), install_disk=None, install_disk_selector=selector)
    assert caught.value.as_result()["path"] == f"nodes[0].install_disk_selector.{next(iter(selector))}"


@pytest.mark.parametrize(
    ("version", "document", "path"),
    [
        ("v1.10.0", {**V1, "kind": "SwapVolumeConfig", "name": "a"}, "SwapVolumeConfig.a"),
        ("v1.11.0", {**V1, "kind": "HostnameConfig", "hostname": "a"}, "HostnameConfig"),
        ("v1.12.0", {**V1, "kind": "KubeSpanConfig", "enabled": False}, "KubeSpanConfig"),
        ("v1.13.0", {**V1, "kind": "KubeletConfig", "image": "x"}, "KubeletConfig"),
        ("v1.14.0", {**V1, "kind": "UnicornConfig"}, "UnicornConfig"),
    ],
)
def test_a_document_of_a_later_contract_is_refused(
    made: Generate, version: str, document: dict[str, Any], path: str
) -> None:
    found = list(findings(Configuration((made(_of(version)).main, document)), contract_for(version)))
    assert render(found[0].path) == path
    assert f"Talos {contract_for(version).talos} does not know documents of this kind" in found[0].reason


@pytest.mark.parametrize(
    ("document", "path", "came"),
    [
        ({"kind": "VolumeConfig", "name": "STATE", "encryption": {"provider": "luks2"}}, "encryption", (1, 11)),
        ({"kind": "UserVolumeConfig", "name": "a", "volumeType": "disk"}, "volumeType", (1, 12)),
        ({"kind": "VolumeConfig", "name": "EPHEMERAL", "mount": {"secure": True}}, "mount", (1, 13)),
        ({"kind": "UserVolumeConfig", "name": "a", "trim": {"enabled": True}}, "trim", (1, 14)),
    ],
)
def test_a_key_of_a_later_contract_is_refused(
    made: Generate, document: dict[str, Any], path: str, came: tuple[int, int]
) -> None:
    before, then = (f"v1.{came[1] - step}.0" for step in (1, 0))
    named = f"{document['kind']}.{document['name']}.{path}"
    mains = {version: made(_of(version)).main for version in (before, then)}
    found = list(findings(Configuration((mains[before], {**V1, **document})), contract_for(before)))
    assert [render(finding.path) for finding in found] == [named]
    assert found[0].reason.endswith(f"it came with {Minor(*came)}")
    later = findings(Configuration((mains[then], {**V1, **document})), contract_for(then))
    assert not [finding for finding in later if "came with" in finding.reason]


def test_the_table_of_beginnings_names_what_there_is() -> None:
    assert set(since._OF_KIND) <= set(KINDS)
    for kind, *path in since._OF_KEY:
        assert kind == "v1alpha1" or (kind in KINDS and path[0] in KINDS[kind].shape.of)


@pytest.mark.parametrize("old", ["machine.kubelet", "machine.install", "cluster.network", "machine.nodeLabels"])
def test_the_old_style_beside_the_new_one_is_refused(made: Generate, old: str) -> None:
    value = made().get(*old.split("."))
    main, *others = made(_of("v1.14.0")).documents
    found = list(findings(Configuration((put(main, path_of(old), value), *others)), contract_for("v1.14.0")))
    assert [render(finding.path) for finding in found] == [f"v1alpha1.{old}"]
    assert "keep one of both" in found[0].reason


@pytest.mark.parametrize(
    ("document", "old", "value"),
    [
        ({"kind": "HostnameConfig", "hostname": "a"}, "machine.network.hostname", "b"),
        ({"kind": "HostnameConfig", "hostname": "a"}, "machine.features.stableHostname", True),
        ({"kind": "ResolverConfig"}, "machine.network.nameservers", ["10.0.0.1"]),
        ({"kind": "ResolverConfig"}, "machine.network.searchDomains", ["a.example"]),
        ({"kind": "ResolverConfig"}, "machine.network.disableSearchDomain", True),
        ({"kind": "TimeSyncConfig", "bootTimeout": "1m"}, "machine.time.servers", ["10.0.0.1"]),
        ({"kind": "TimeSyncConfig", "bootTimeout": "1m"}, "machine.time.disabled", True),
        ({"kind": "TimeSyncConfig", "enabled": True}, "machine.time.bootTimeout", "1m"),
        ({"kind": "KubeSpanConfig", "enabled": False}, "machine.network.kubespan", {"enabled": False}),
        (
            {"kind": "VolumeConfig", "name": "STATE", "encryption": {"provider": "luks2", "keys": [{"nodeID": {}}]}},
            "machine.systemDiskEncryption.state",
            {"provider": "luks2", "keys": [{"nodeID": {}, "slot": 0}]},
        ),
    ],
)
def test_the_same_said_twice_is_refused_where_the_old_one_says_it(
    made: Generate, document: dict[str, Any], old: str, value: Any
) -> None:
    main = put(made().main, path_of(old), value)
    assert _found(Configuration((main, {**V1, **document})), "v1.13.0") == [f"v1alpha1.{old}"]


def test_every_row_of_conflicts_names_a_kind_and_keys_that_there_are() -> None:
    for row in _ROWS:
        assert row.kind in KINDS
        assert not row.key or row.key in KINDS[row.kind].shape.of


@pytest.mark.parametrize(
    "kinds", [("UserVolumeConfig", "ExistingVolumeConfig"), ("LinkConfig", "VethConfig"), ("BondConfig", "VLANConfig")]
)
def test_one_name_for_two_things_is_refused(made: Generate, kinds: tuple[str, str]) -> None:
    more = {"links": ["a", "b"], "parent": "a", "vlanID": 5, "peer": {"name": "p"}}
    documents = [
        {**V1, "kind": kind, "name": "one", **{key: more[key] for key in more if key in KINDS[kind].shape.of}}
        for kind in kinds
    ]
    found = _found(Configuration((*made(_of("v1.14.0")).documents, *documents)), "v1.14.0")
    assert found == [f"{kinds[1]}.one"]


@pytest.mark.parametrize(
    ("kind", "change", "path"),
    [
        ("KubeletConfig", {"image": ""}, "image"),
        ("KubeletConfig", {"image": "ghcr.io/siderolabs/kubelet:v1.30.0"}, "image"),
        ("KubeletConfig", {"config": {"port": 1}}, "config.port"),
        ("KubeNetworkConfig", {"podSubnets": ["10.0.0.0"]}, "podSubnets[0]"),
        ("KubeNetworkConfig", {"podSubnets": ["10.0.0.0/8", "fd00::/56"]}, "serviceSubnets"),
        ("KubeNetworkConfig", {"nodeCIDRMaskSizeIPv4": 33}, "nodeCIDRMaskSizeIPv4"),
        ("KubeClusterConfig", {"endpoint": "10.0.0.1:6443"}, "endpoint"),
        ("KubeClusterConfig", {"clusterName": ""}, "clusterName"),
        ("KubeNodeConfig", {"labels": {"a b": "c"}}, 'labels["a b"]'),
        ("KubePrismConfig", {"port": 70000}, "port"),
        ("KubeProxyConfig", {"mode": "userspace"}, "mode"),
        ("KubeAPIServerCAConfig", {"issuingCA": {"cert": "x", "key": "y"}}, "issuingCA.cert"),
        ("KubeServiceAccountConfig", {"issuer": {"privateKey": "x", "issuerURL": "https://a"}}, "issuer.privateKey"),
        ("KubeEtcdEncryptionConfig", {"config": {}}, "config"),
        ("DiscoveryIdentityConfig", {"clusterSecret": ""}, "clusterSecret"),
        ("UnattendedInstallConfig", {"provisioning": {}}, "provisioning.diskSelector.match"),
    ],
)
def test_a_mistake_in_a_document_of_kubernetes_is_found(
    made: Generate, kind: str, change: dict[str, Any], path: str
) -> None:
    documents = made(_of("v1.14.0")).documents
    spoilt = [{**document, **change} if document.get("kind") == kind else document for document in documents]
    assert f"{kind}.{path}" in _found(Configuration(tuple(spoilt)), "v1.14.0")


def test_base64_where_pem_is_wanted_is_told(made: Generate, bundle: Bundle) -> None:
    change = {"issuingCA": {"cert": bundle.get("certs", "k8s", "crt"), "key": bundle.get("certs", "k8s", "key")}}
    documents = made(_of("v1.14.0")).documents
    spoilt = [
        {**document, **change} if document.get("kind") == "KubeAPIServerCAConfig" else document
        for document in documents
    ]
    found = findings(Configuration(tuple(spoilt)), contract_for("v1.14.0"))
    assert all("not its base64" in finding.reason for finding in found)


def test_a_worker_may_not_hold_what_the_control_plane_runs(made: Generate) -> None:
    proxy = {**V1, "kind": "KubeProxyConfig", "image": "registry.k8s.io/kube-proxy:v1.37.0"}
    worker = made(_of("v1.14.0"), role="worker")
    assert _found(Configuration((*worker.documents, proxy)), "v1.14.0") == ["KubeProxyConfig"]


@pytest.mark.parametrize("kind", ["DiscoveryIdentityConfig", "KubeClusterConfig", "KubeAPIServerCAConfig"])
def test_what_neither_the_main_document_nor_its_successor_has_is_missed(made: Generate, kind: str) -> None:
    documents = [document for document in made(_of("v1.14.0")).documents if document.get("kind") != kind]
    assert _found(Configuration(tuple(documents)), "v1.14.0")


@pytest.mark.parametrize(
    ("version", "kind", "path", "expected"),
    [
        ("v1.13.0", "v1alpha1", "cluster.etcd", False),
        ("v1.14.0", "v1alpha1", "cluster.etcd.extraArgs", True),
        ("v1.13.0", "v1alpha1", "machine.udev.rules", True),
        ("v1.14.0", "v1alpha1", "machine.udev.rules", False),
        ("v1.13.0", "VolumeConfig", "encryption", False),
        ("v1.14.0", "VolumeConfig", "encryption.keys", True),
        ("v1.14.0", "KernelModuleConfig", "parameters", True),
    ],
)
def test_what_waits_for_a_reboot_depends_on_the_contract(version: str, kind: str, path: str, expected: bool) -> None:
    assert needs_reboot(contract_for(version), kind, path_of(path)) is expected


def test_the_newest_installer_is_image_factorys() -> None:
    images = cluster(**_of("v1.14.0")).images
    assert images["installer"].startswith("factory.talos.dev/metal-installer/")
    assert images["installer"].endswith(":v1.14.0")
    assert cluster(**_of("v1.13.0")).images["installer"] == "ghcr.io/siderolabs/installer:v1.13.0"


def test_a_contract_is_found_by_the_users_input() -> None:
    with pytest.raises(InvalidInput) as caught:
        cluster(talos_version="v1.11.0", kubernetes_version="v1.36.0")
    assert caught.value.as_result()["path"] == "cluster.kubernetes_version"


@pytest.mark.parametrize(
    ("version", "kind", "document", "gone", "expected"),
    [
        ("v1.14.0", "KernelModuleConfig", {"name": "vfio_pci", "parameters": ["a=b"]}, False, False),
        ("v1.14.0", "KernelModuleConfig", {"name": "vfio_pci"}, True, True),
        ("v1.14.0", "EnvironmentConfig", {"variables": {"A": "b"}}, False, True),
        ("v1.14.0", "VolumeConfig", {"name": "EPHEMERAL", "encryption": {"provider": "luks2"}}, False, True),
        ("v1.14.0", "VolumeConfig", {"name": "EPHEMERAL"}, True, False),
        ("v1.14.0", "UserVolumeConfig", {"name": "a", "encryption": {"provider": "luks2"}}, False, False),
        ("v1.13.0", "EnvironmentConfig", {"variables": {"A": "b"}}, False, False),
    ],
)
def test_which_documents_wait_for_a_restart_when_they_come_or_go(
    version: str, kind: str, document: dict[str, object], gone: bool, expected: bool
) -> None:
    assert whole_needs_reboot(contract_for(version), kind, document, gone=gone) is expected
