# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the user says to documents; tests/interop/test_talos_config.py compares them with talosctl's."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, Unsupported
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import Identity

from .conftest import Generate, cluster, node

LINK: dict[str, Any] = {
    "name": "mgmt0",
    "mac": "AA-BB-CC-DD-EE-01",
    "addresses": ["10.20.30.11/24"],
    "gateway": "10.20.30.1",
    "vip": "10.20.30.10",
}

OLD = {"talos_version": "v1.11.6", "kubernetes_version": "v1.34.0"}


def test_a_link_becomes_an_alias_its_addresses_and_the_shared_address(made: Generate) -> None:
    found = made(links=[LINK])
    alias = found.find(Identity("LinkAliasConfig", "mgmt0"))
    assert alias is not None
    assert alias["selector"]["match"] == 'mac(link.permanent_addr) == "aa:bb:cc:dd:ee:01"'
    link = found.find(Identity("LinkConfig", "mgmt0"))
    assert link is not None
    assert link["addresses"] == [{"address": "10.20.30.11/24"}]
    assert link["routes"] == [{"gateway": "10.20.30.1"}]
    assert found.find(Identity("Layer2VIPConfig", "10.20.30.10")) is not None


def test_what_a_site_asks_for_reaches_the_documents(made: Generate) -> None:
    choices = {
        "cni": "none",
        "kube_proxy": False,
        "allow_scheduling_on_control_planes": True,
        "cert_sans": ["a.example"],
    }
    found = made(choices, labels={"zone": "de-be"}, nameservers=["10.1.1.53"], time_servers=["ntp.example"])
    assert found.get("cluster", "network", "cni") == {"name": "none"}
    assert found.get("cluster", "proxy", "disabled") is True
    assert found.get("cluster", "allowSchedulingOnControlPlanes") is True
    assert found.get("cluster", "apiServer", "certSANs") == ["a.example"]
    assert found.get("machine", "certSANs") == ["a.example"]
    assert found.get("machine", "nodeLabels", "zone") == "de-be"
    assert found.get("cluster", "discovery", "enabled") is False
    assert [str(identity) for identity in found.named()] == [
        "v1alpha1",
        "HostnameConfig",
        "ResolverConfig",
        "TimeSyncConfig",
    ]


def test_patches_of_the_machine_come_after_those_of_the_cluster(made: Generate) -> None:
    of_cluster = {"patches": [{"machine": {"sysctls": {"a": "1", "b": "1"}}}]}
    of_node = [
        "machine: {sysctls: {b: '2'}}\n---\napiVersion: v1alpha1\nkind: WatchdogTimerConfig\ndevice: /dev/watchdog0\n"
    ]
    found = made(of_cluster, patches=of_node)
    assert found.get("machine", "sysctls") == {"a": "1", "b": "2"}
    assert found.find(Identity("WatchdogTimerConfig")) is not None


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"talos_version": "1.x"}, "cluster.talos_version"),
        ({"kubernetes_version": "v1.20.0"}, "cluster.kubernetes_version"),
        ({"endpoint": "10.0.0.1:6443"}, "cluster.endpoint"),
        ({"pod_subnets": ["10.244.0.0"]}, "cluster.pod_subnets[0]"),
        ({"name": "Edge_1"}, "cluster.name"),
    ],
)
def test_a_wrong_cluster_is_refused_where_it_is_wrong(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        cluster(**changes)
    assert caught.value.as_result()["path"] == path


@pytest.mark.parametrize("version", ["v1.9.5", "v1.15.0", "v2.0.0"])
def test_an_unknown_contract_is_unsupported(version: str) -> None:
    with pytest.raises(Unsupported) as caught:
        cluster(talos_version=version)
    assert caught.value.as_result()["path"] == "cluster.talos_version"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": "e_1"}, "nodes[0].name"),
        ({"install_disk": None}, "nodes[0].install_disk"),
        ({"labels": {"a b": "c"}}, 'nodes[0].labels["a b"]'),
        ({"links": [{**LINK, "addresses": ["10.20.30.11"]}]}, "nodes[0].links[0].addresses[0]"),
        ({"links": [{**LINK, "mac": "aa:bb"}]}, "nodes[0].links[0].mac"),
        ({"links": [LINK], "role": "worker"}, "nodes[0].links"),
        ({"patches": ["- op: add\n  path: /machine\n"]}, "nodes[0].patches[0][0].value"),
        ({"patches": [[{"op": "merge", "path": "/machine"}]]}, "nodes[0].patches[0][0].op"),
        ({"patches": [[{"op": "move", "path": "/a", "from": "b"}]]}, "nodes[0].patches[0][0].from"),
        ({"patches": [[7]]}, "nodes[0].patches[0][0]"),
        ({"patches": [7]}, "nodes[0].patches[0]"),
        ({"patches": [""]}, "nodes[0].patches[0]"),
        ({"patches": ["{"]}, "nodes[0].patches[0]"),
        ({"patches": ["machine: {}\n---\nhello"]}, "nodes[0].patches[0][1]"),
        ({"patches": [{"kind": "LinkConfig", "name": "a"}]}, "nodes[0].patches[0].apiVersion"),
        ({"patches": [{"apiVersion": "v1alpha1", "name": "a"}]}, "nodes[0].patches[0].kind"),
    ],
)
def test_a_wrong_machine_is_refused_where_it_is_wrong(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        node(**changes)
    assert caught.value.as_result()["path"] == path


V1 = {"apiVersion": "v1alpha1"}


@pytest.mark.parametrize(
    ("patches", "path"),
    [
        pytest.param(
            [{"machine": {"sysctls": {"vm.nr_hugepages": 4}}}],
            'nodes[0].patches[0].machine.sysctls["vm.nr_hugepages"]',
            id="a value of the main document",
        ),
        pytest.param(
            [{"machine": {"kubelet": {"imagee": "x"}}}], "nodes[0].patches[0].machine.kubelet.imagee", id="a key"
        ),
        pytest.param(
            [{"machine": {"nodeLabels": {"a": "b"}}}, {"machine": {"kernel": {"modules": [{"parameters": ["a=b"]}]}}}],
            "nodes[0].patches[1].machine.kernel.modules",
            id="an item of a list",
        ),
        pytest.param(
            ["machine: {sysctls: {a: '1'}}\n---\napiVersion: v1alpha1\nkind: VLANConfig\nname: v\nparent: eth0"],
            "nodes[0].patches[0][1].vlanID",
            id="what a document lacks",
        ),
        pytest.param([{**V1, "kind": "UnicornConfig"}], "nodes[0].patches[0].kind", id="a kind"),
        pytest.param(
            [{**V1, "kind": "SysctlConfig", "params": {"a": "1"}}], "nodes[0].patches[0]", id="a later contract's kind"
        ),
        pytest.param(
            [{**V1, "kind": "DHCPv4Config", "name": "a", "ignoreRoutes": True}],
            "nodes[0].patches[0].ignoreRoutes",
            id="a later contract's key",
        ),
        pytest.param(
            [{"machine": {"network": {"hostname": "e2"}}}],
            "nodes[0].patches[0].machine.network.hostname",
            id="the old style of what is new",
        ),
        pytest.param(
            [{"cluster": {"token": {"$patch": "delete"}}}], "nodes[0].patches[0].cluster.token", id="a deleted value"
        ),
        pytest.param(
            [{"machine": {"install": {"$patch": "delete"}}}, {"machine": {"sysctls": {"a": "1"}}}],
            "nodes[0].patches[0].machine.install",
            id="a deleted section",
        ),
        pytest.param(
            ["apiVersion: v1alpha1\nkind: LinkConfig\nname: a\n---\napiVersion: v1alpha1\nkind: LinkConfig\nname: a"],
            "nodes[0].patches[0][1]",
            id="a document twice",
        ),
        pytest.param([[{"op": "add", "path": "/a", "value": 1}]], "nodes[0].patches[0]", id="JSON on two documents"),
    ],
)
def test_a_mistake_that_a_patch_brings_in_is_refused_where_it_is(made: Generate, patches: list[Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        made(patches=patches)
    assert caught.value.object == "node e1"
    assert caught.value.as_result()["path"] == path


def test_a_mistake_of_the_clusters_patch_is_refused_there(made: Generate) -> None:
    with pytest.raises(InvalidInput) as caught:
        made({"patches": [{"cluster": {"network": {"podSubnets": ["10.0.0.0"]}}}]}, patches=[{"machine": {}}])
    assert caught.value.as_result()["path"] == "cluster.patches[0].cluster.network.podSubnets"


def test_a_json_patch_works_on_a_configuration_of_one_document(made: Generate) -> None:
    patches = [[{"op": "add", "path": "/machine/sysctls", "value": {"a": "1"}}]]
    assert made(OLD, patches=patches).get("machine", "sysctls") == {"a": "1"}
    with pytest.raises(InvalidInput) as caught:
        made(OLD, patches=[[{"op": "add", "path": "/machine/unicorn", "value": 1}]])
    assert caught.value.as_result()["path"] == "nodes[0].patches[0]"
    assert "v1alpha1.machine.unicorn" in caught.value.reason
