# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the user says to documents; tests/interop/test_talos_config.py compares them with talosctl's."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, NfviError, Unsupported
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import Identity

from .conftest import Generate, cluster, node

LINK: dict[str, Any] = {
    "name": "mgmt0",
    "mac": "AA-BB-CC-DD-EE-01",
    "addresses": ["10.20.30.11/24"],
    "gateway": "10.20.30.1",
    "vip": "10.20.30.10",
}


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
        ({"patches": ["- op: add\n  path: /machine\n"]}, "nodes[0].patches[0]"),
    ],
)
def test_a_wrong_machine_is_refused_where_it_is_wrong(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        node(**changes)
    assert caught.value.as_result()["path"] == path


def test_a_mistake_that_a_patch_brings_in_is_found(made: Generate) -> None:
    with pytest.raises(NfviError) as caught:
        made(patches=[{"machine": {"sysctls": {"vm.nr_hugepages": 4}}}])
    assert caught.value.object == "node e1"
    assert caught.value.as_result()["path"] == 'nodes[0].v1alpha1.machine.sysctls["vm.nr_hugepages"]'
