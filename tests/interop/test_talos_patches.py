# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""We and `talosctl machineconfig patch` make the same of a patch, and refuse the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, refuse
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import patch
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.check import findings
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.cluster import Cluster, Node
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import contract_for
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import (
    Configuration,
    parse,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.generate import generate
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.patch_given import Patch
from tests.interop.conftest import Refused, Talosctl

# What stands behind ``---`` is a second patch, after the first.
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
    "delete an item and add another": (
        "machine: {network: {interfaces: [{interface: eth0}, {interface: eth1, mtu: 9000}]}}\n---\n"
        "machine: {network: {interfaces: [{interface: eth0, $patch: delete}, {interface: eth2}]}}"
    ),
    "delete what is empty": "machine: {install: {diskSelector: {$patch: delete}}, acceptedCAs: {$patch: delete}}",
    "delete in a section that is always there": "machine: {registries: {mirrors: {$patch: delete}}}",
    "delete in free values": (
        "machine: {kubelet: {extraConfig: {featureGates: {A: true, B: true}}}}\n---\n"
        "machine: {kubelet: {extraConfig: {featureGates: {A: {$patch: delete}}}}}"
    ),
    "delete an argument": (
        "cluster: {apiServer: {extraArgs: {v: '3', w: a}}}\n---\n"
        "cluster: {apiServer: {extraArgs: {v: {$patch: delete}}}}"
    ),
    "delete a whole section": "cluster: {discovery: {$patch: delete}}",
    "delete a list": "machine: {certSANs: {$patch: delete}}",
    "delete an admission plugin": "cluster: {apiServer: {admissionControl: [{name: PodSecurity, $patch: delete}]}}",
    "delete a key of another document": (
        "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: {$patch: delete}\nauto: stable"
    ),
    "delete an address": (
        "apiVersion: v1alpha1\nkind: LinkConfig\nname: eth0\naddresses: [{address: 10.0.0.1/24}]\n---\n"
        "apiVersion: v1alpha1\nkind: LinkConfig\nname: eth0\naddresses: [{address: 10.0.0.1/24, $patch: delete}]"
    ),
    "null": "machine: {install: {disk: null}, sysctls: {a: null}, certSANs: null, kubelet: null}",
    "empty maps and lists": "machine: {install: {}, certSANs: [], nodeLabels: {}}",
    "empty lists that replace": "cluster: {network: {podSubnets: []}}",
    "empty maps that replace": "cluster: {apiServer: {auditPolicy: {}}}",
    "zero": "machine: {features: {kubePrism: {port: 0}}}",
    "vlans by number": (
        "machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 5, mtu: 1500}]}]}}\n---\n"
        "machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 5, dhcp: true}, {vlanId: 6}]}]}}"
    ),
    "interfaces by selector": (
        "machine: {network: {interfaces: [{deviceSelector: {driver: ice}, mtu: 1500}]}}\n---\n"
        "machine: {network: {interfaces: "
        "[{deviceSelector: {driver: ice}, dhcp: true}, {deviceSelector: {driver: mlx}}]}}"
    ),
    "files of an extension by path": (
        "apiVersion: v1alpha1\nkind: ExtensionServiceConfig\nname: a\n"
        "configFiles: [{content: x, mountPath: /a}]\nenvironment: [A=1]\n---\n"
        "apiVersion: v1alpha1\nkind: ExtensionServiceConfig\nname: a\n"
        "configFiles: [{content: z, mountPath: /b}, {content: y, mountPath: /a}]\nenvironment: [B=2]"
    ),
    "rules of the firewall": (
        "apiVersion: v1alpha1\nkind: NetworkRuleConfig\nname: a\n"
        "portSelector: {ports: [10, 20], protocol: tcp}\ningress: [{subnet: 10.0.0.0/8}]\n---\n"
        "apiVersion: v1alpha1\nkind: NetworkRuleConfig\nname: a\n"
        "portSelector: {ports: [30-40]}\ningress: [{subnet: 192.168.0.0/16}]"
    ),
    "sizes": (
        "apiVersion: v1alpha1\nkind: VolumeConfig\nname: EPHEMERAL\nprovisioning: {minSize: 10GB, maxSize: 80%}\n---\n"
        "apiVersion: v1alpha1\nkind: VolumeConfig\nname: EPHEMERAL\nprovisioning: {minSize: 20GB, maxSize: 90%}"
    ),
    "images to verify": (
        "apiVersion: v1alpha1\nkind: ImageVerificationConfig\nrules: [{image: a, skip: true}, {image: b, deny: true}]\n"
        "---\napiVersion: v1alpha1\nkind: ImageVerificationConfig\n"
        "rules: [{image: b, skip: true}, {image: c, deny: true}]"
    ),
}
# Of several documents in one patch, each a part of it.
MULTI = {
    "three documents": (
        "machine: {sysctls: {a: '1'}}\n---\napiVersion: v1alpha1\nkind: LinkConfig\nname: eth0\nmtu: 9000\n---\n"
        "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: e3\n"
    ),
    "one goes and one comes": (
        "apiVersion: v1alpha1\nkind: HostnameConfig\n$patch: delete\n---\n"
        "apiVersion: v1alpha1\nkind: ResolverConfig\nnameservers: [{address: 10.1.1.53}]\n"
    ),
    "two of a kind": (
        "apiVersion: v1alpha1\nkind: LinkConfig\nname: eth0\n---\napiVersion: v1alpha1\nkind: LinkConfig\nname: eth1\n"
    ),
    "empty documents": "---\n---\nmachine: {sysctls: {a: '1'}}\n---\n",
}
# On a configuration of one document.
JSON = {
    "add": "[{op: add, path: /machine/sysctls, value: {a: '1'}}]",
    "add an item": "[{op: add, path: /machine/certSANs/-, value: a}, {op: add, path: /machine/certSANs/0, value: b}]",
    "add behind the last": "[{op: add, path: /machine/certSANs/1, value: c}]",
    "add to what is there": "[{op: add, path: /machine/type, value: worker}]",
    "the last item": (
        "[{op: add, path: /machine/certSANs/-, value: a}, {op: replace, path: /machine/certSANs/-1, value: b}]"
    ),
    "replace what is not there": "[{op: replace, path: /machine/sysctls, value: {a: '1'}}]",
    "replace": "[{op: replace, path: /machine/install/disk, value: /dev/vdb}]",
    "remove": "[{op: remove, path: /machine/install/wipe}, {op: remove, path: /machine/certSANs/0}]",
    "move": "[{op: move, from: /machine/certSANs, path: /cluster/apiServer/certSANs}]",
    "copy": "[{op: copy, from: /machine/install, path: /machine/install2}, {op: remove, path: /machine/install2}]",
    "test": "[{op: test, path: /machine/type, value: controlplane}, {op: remove, path: /machine/kubelet}]",
    "names with slashes": (
        "[{op: replace, path: /machine/nodeLabels/node.kubernetes.io~1exclude-from-external-load-balancers, value: x}]"
    ),
    "as JSON": '[{"op": "add", "path": "/machine/sysctls", "value": {"a": "1"}}]',
    "then a merge": "[{op: add, path: /machine/sysctls, value: {a: '1'}}]\n---\nmachine: {sysctls: {b: '2'}}",
    "a merge first": "machine: {sysctls: {b: '2'}}\n---\n[{op: remove, path: /machine/sysctls/b}]",
}
REFUSED = {
    "no such kind": "apiVersion: v1alpha1\nkind: UnicornConfig",
    "no apiVersion": "kind: HostnameConfig\nhostname: a",
    "another apiVersion": "apiVersion: v2\nkind: HostnameConfig\nhostname: a",
    "no kind": "apiVersion: v1alpha1\nhostname: a",
    "not even that": "hostname: a",
    "unknown key": "machine: {unicorn: 1}",
    "unknown key in a document": "apiVersion: v1alpha1\nkind: HostnameConfig\nhost: a",
    "a text for a list": "machine: {certSANs: a}",
    "a list for a map": "machine: {sysctls: [a]}",
    "a text for a map": "machine: {kubelet: a}",
    "another type in free values": (
        "machine: {kubelet: {extraConfig: {a: 1}}}\n---\nmachine: {kubelet: {extraConfig: {a: x}}}"
    ),
    "a document twice": "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: a\n---\n"
    "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: b",
    "delete the main document": "$patch: delete",
    "delete what is not there": "machine: {network: {hostname: {$patch: delete}}}",
    "delete a key that is not there": "machine: {nodeLabels: {zone: {$patch: delete}}}",
    "delete an unknown key": "machine: {unicorn: {$patch: delete}}",
    "delete no such item": "cluster: {apiServer: {admissionControl: [{name: Other, $patch: delete}]}}",
    "delete within an item": (
        "machine: {network: {interfaces: [{interface: eth0, mtu: 1500}]}}\n---\n"
        "machine: {network: {interfaces: [{interface: eth0, mtu: {$patch: delete}}]}}"
    ),
    "delete an item of an item": (
        "machine: {network: {interfaces: [{interface: eth0, routes: [{network: 10.0.0.0/8}]}]}}\n---\n"
        "machine: {network: {interfaces: [{interface: eth0, routes: [{network: 10.0.0.0/8, $patch: delete}]}]}}"
    ),
    "delete an item by its number": (
        "machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 5}]}]}}\n---\n"
        "machine: {network: {interfaces: [{vlans: [{vlanId: 5, $patch: delete}]}]}}"
    ),
    "delete an item that says nothing": "cluster: {apiServer: {admissionControl: [{$patch: delete}]}}",
    "another mark": "machine: {nodeLabels: {$patch: replace}, install: {$patch: replace}}",
    "JSON on several documents": "[{op: add, path: /machine/sysctls, value: {a: '1'}}]",
    "not YAML": "machine: {",
    "a text": "hello",
}
JSON_REFUSED = {
    "no such parent": "[{op: add, path: /machine/sysctls/a, value: '1'}]",
    "replace no such item": "[{op: replace, path: /machine/certSANs/7, value: '1'}]",
    "remove nothing": "[{op: remove, path: /machine/unicorn}]",
    "move nothing": "[{op: move, from: /machine/unicorn, path: /machine/x}]",
    "test fails": "[{op: test, path: /machine/type, value: worker}]",
    "test of nothing": "[{op: test, path: /machine/unicorn, value: worker}]",
    "no such item": "[{op: remove, path: /machine/certSANs/7}]",
    "no item's number": "[{op: add, path: /machine/certSANs/x, value: a}]",
    "below a text": "[{op: add, path: /machine/type/x, value: a}]",
    "no such operation": "[{op: merge, path: /machine/type, value: a}]",
    "no path": "[{op: add, value: a}]",
}


# Where we mean to differ, and why.
HARMLESS = {
    "{}": "an empty patch says nothing; talosctl does not find a configuration in it",
    "apiVersion: v1alpha1\nkind: LinkConfig\nname: eth9\n$patch: delete": (
        "what shall not be there is not there; talosctl v1.13 panics, v1.14 takes it"
    ),
}
COPY_OF_NOTHING = "[{op: copy, from: /machine/unicorn, path: /machine/nodeLabels/x}]"


@pytest.fixture(scope="module")
def several(bundle: Bundle) -> Configuration:
    """A configuration of several documents."""
    return _base(bundle, "v1.13.0", "v1.36.0")


@pytest.fixture(scope="module")
def single(bundle: Bundle) -> Configuration:
    """One of a single document, of which JSON patches can be made."""
    return _base(bundle, "v1.11.0", "v1.34.0", cert_sans=["edge.example"])


def _base(bundle: Bundle, talos: str, kubernetes: str, **options: Any) -> Configuration:
    versions = {"talos_version": talos, "kubernetes_version": kubernetes}
    cluster = {"name": "edge", "endpoint": "https://10.20.30.10:6443", **versions, **options}
    node = {"name": "e1", "install_disk": "/dev/sda"}
    return generate(Cluster.parse(Given(cluster)), Node.parse(Given(node)), bundle)


def _split(text: str) -> list[str]:
    """What stands behind ``---`` is a patch of its own."""
    return text.split("\n---\n")


def _theirs(talosctl: Talosctl, folder: Path, base: Configuration, patches: list[str]) -> Configuration:
    (folder / "e1.yaml").write_text(base.text())
    arguments: list[str] = []
    for index, text in enumerate(patches):
        (folder / f"patch{index}.yaml").write_text(text)
        arguments += ["--patch", f"@{folder}/patch{index}.yaml"]
    talosctl("machineconfig", "patch", str(folder / "e1.yaml"), *arguments, "-o", str(folder / "wanted.yaml"))
    return parse((folder / "wanted.yaml").read_text())


def _ours(base: Configuration, patches: list[str], version: str = "v1.13.0") -> Configuration:
    for index, text in enumerate(patches):
        base = patch.apply(base, Patch.parse(Given(text, ("patches", index))), contract_for(version))
    return base


def _agree(ours: Configuration, theirs: Configuration) -> None:
    assert _without_nothing(ours) == _without_nothing(theirs)


@pytest.mark.parametrize("name", PATCHES)
def test_we_merge_as_talosctl_does(several: Configuration, talosctl: Talosctl, tmp_path: Path, name: str) -> None:
    patches = _split(PATCHES[name])
    _agree(_ours(several, patches), _theirs(talosctl, tmp_path, several, patches))


@pytest.mark.parametrize("name", MULTI)
def test_we_merge_several_documents_as_talosctl_does(
    several: Configuration, talosctl: Talosctl, tmp_path: Path, name: str
) -> None:
    _agree(_ours(several, [MULTI[name]]), _theirs(talosctl, tmp_path, several, [MULTI[name]]))


@pytest.mark.parametrize("name", JSON)
def test_we_apply_json_patches_as_talosctl_does(
    single: Configuration, talosctl: Talosctl, tmp_path: Path, name: str
) -> None:
    patches = _split(JSON[name])
    _agree(_ours(single, patches, "v1.11.0"), _theirs(talosctl, tmp_path, single, patches))


@pytest.mark.parametrize("name", REFUSED)
def test_we_refuse_what_talosctl_refuses(several: Configuration, talosctl: Talosctl, tmp_path: Path, name: str) -> None:
    text = REFUSED[name]
    patches = [text] if name == "a document twice" else _split(text)
    with pytest.raises(Refused):
        _theirs(talosctl, tmp_path, several, patches)
    with pytest.raises(InvalidInput) as caught:
        refuse(findings(_ours(several, patches), contract_for("v1.13.0")))
    assert caught.value.path or "v1alpha1" in caught.value.reason


@pytest.mark.parametrize("name", JSON_REFUSED)
def test_we_refuse_json_patches_that_talosctl_refuses(
    single: Configuration, talosctl: Talosctl, tmp_path: Path, name: str
) -> None:
    patches = [JSON_REFUSED[name]]
    with pytest.raises(Refused):
        _theirs(talosctl, tmp_path, single, patches)
    with pytest.raises(InvalidInput) as caught:
        _ours(single, patches, "v1.11.0")
    assert caught.value.path[:2] == ("patches", 0)


@pytest.mark.parametrize("text", HARMLESS)
def test_a_patch_without_effect_is_no_mistake(
    several: Configuration, talosctl: Talosctl, tmp_path: Path, text: str
) -> None:
    with pytest.raises(Refused):
        _theirs(talosctl, tmp_path, several, [text])
    assert _ours(several, [text]) == several


def test_nothing_is_not_copied(single: Configuration, talosctl: Talosctl, tmp_path: Path) -> None:
    """talosctl makes null of it; the RFC wants that the source is there."""
    _theirs(talosctl, tmp_path, single, [COPY_OF_NOTHING])
    with pytest.raises(InvalidInput, match="unicorn"):
        _ours(single, [COPY_OF_NOTHING], "v1.11.0")


def _without_nothing(configuration: Configuration) -> Any:
    """Maps and lists that are empty, and texts in Talos' own fields, come and go when Go writes its types."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: bare(part) for key, part in value.items()}
            return {key: part for key, part in kept.items() if part not in ({}, [], "", None)}
        return [bare(part) for part in value] if isinstance(value, list) else value

    return {identity: bare(document) for identity, document in configuration.named().items()}
