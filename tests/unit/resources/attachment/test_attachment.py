# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a user's options to the configuration of a CNI plugin, and what is refused on the way."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.core import json_text
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.attachment.attachment import (
    parse,
    without_addresses,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.attachment.kinds import NAD


def parsed(kind, **options):
    return parse(Given({"name": "n6", "namespace": "upf", "type": kind, **options}, ("attachments", 0)))


def config(kind, **options):
    found = json.loads(parsed(kind, **options).manifest["spec"]["config"])
    assert (found.pop("cniVersion"), found.pop("name")) == ("0.3.1", "n6")
    return found


SOCKET = "/run/openvswitch/kube-ovn-daemon.sock"
VPP = {"engine": "vpp", "iftype": "memif", "net_type": "bridge", "memif_role": "master", "bridge": "4"}
OVS = {"engine": "ovs-dpdk", "iftype": "vhostuser", "net_type": "interface", "vhost_mode": "client"}


@pytest.mark.parametrize(
    ("kind", "options", "written"),
    [
        ("macvlan", {"master": "ens1", "mode": "vepa"}, {"master": "ens1", "mode": "vepa"}),
        ("ipvlan", {"master": "ens1", "mode": "l3s", "mtu": 9000}, {"master": "ens1", "mode": "l3s", "mtu": 9000}),
        ("bridge", {"bridge": "br-lan", "vlan": 0}, {"bridge": "br-lan", "vlan": 0}),
        ("ovs", {"bridge": "b", "trunk": [{"id": 7}]}, {"bridge": "b", "trunk": [{"id": 7}]}),
        ("sriov", {"resource": "a/b", "vlan": 5, "vlan_qos": 3}, {"vlan": 5, "vlanQoS": 3}),
        ("sriov", {"resource": "a/b", "trust": True, "spoof_check": False}, {"trust": "on", "spoofchk": "off"}),
        ("sriov", {"resource": "a/b", "min_tx_rate": 10, "max_tx_rate": 0}, {"min_tx_rate": 10, "max_tx_rate": 0}),
        ("kube-ovn", {}, {"provider": "n6.upf.ovn", "server_socket": SOCKET}),
        (
            "macvlan",
            {"ipam": {"type": "kube-ovn"}},
            {"ipam": {"type": "kube-ovn", "provider": "n6.upf", "server_socket": SOCKET}},
        ),
        ("macvlan", {"ipam": {"type": "static", "x": 1}}, {"ipam": {"type": "static", "x": 1}}),
        (
            "userspace",
            {"host": VPP, "container": OVS},
            {
                "host": {
                    "engine": "vpp", "iftype": "memif", "netType": "bridge",
                    "memif": {"role": "master", "mode": "ethernet"}, "bridge": {"bridgeName": "4"},
                },
                "container": {
                    "engine": "ovs-dpdk", "iftype": "vhostuser", "netType": "interface", "vhost": {"mode": "client"},
                },
            },
        ),
    ],
)  # fmt: skip
def test_written_in_the_plugins_own_words(kind, options, written):
    assert config(kind, **options) == {"type": kind, **written}


def test_what_is_chained_comes_behind():
    found = config("macvlan", chain=[{"type": "tuning", "mtu": 1500}, {"type": "sbr"}])
    assert found == {"plugins": [{"type": "macvlan"}, {"type": "tuning", "mtu": 1500}, {"type": "sbr"}]}


@pytest.mark.parametrize(
    ("kind", "options", "place"),
    [
        ("sriov", {"resource": "a/b", "master": "ens1"}, "master"),
        ("kube-ovn", {"ipam": {"type": "static"}}, "ipam"),
        ("macvlan", {"vlan": 5}, "vlan"),
        ("macvlan", {"danm": {}}, "danm"),
        ("danm", {"danm": {}, "master": "ens1"}, "master"),
        ("sriov", {}, "resource"),
        ("ovs", {}, "bridge"),
        ("userspace", {"host": VPP}, "container"),
        ("userspace", {"host": {**VPP, "vhost_mode": "client"}, "container": OVS}, "host.vhost_mode"),
        ("macvlan", {"mode": "l3"}, "mode"),
        ("macvlan", {"master": "a/b"}, "master"),
        ("macvlan", {"master": "sixteen-letters-"}, "master"),
        ("macvlan", {"mtu": 67}, "mtu"),
        ("macvlan", {"ipam": {}}, "ipam.type"),
        ("macvlan", {"chain": [{"mtu": 1}]}, "chain[0].type"),
        ("macvlan", {"subnet": "n6"}, "subnet"),
        ("ovs", {"bridge": "b", "trunk": [{}]}, "trunk[0]"),
        ("ovs", {"bridge": "b", "trunk": [{"id": 1, "min_id": 2}]}, "trunk[0]"),
        ("ovs", {"bridge": "b", "trunk": [{"id": 1}, {"min_id": 3, "max_id": 2}]}, "trunk[1].min_id"),
        ("sriov", {"resource": "a/b", "vlan_qos": 3}, "vlan_qos"),
        ("sriov", {"resource": "a/b", "vlan": 4095}, "vlan"),
        ("sriov", {"resource": "a/b", "min_tx_rate": 20, "max_tx_rate": 10}, "min_tx_rate"),
    ],
)
def test_refused(kind, options, place):
    with pytest.raises(InvalidInput) as refused:
        parsed(kind, **options)
    assert render(refused.value.path) == f"attachments[0].{place}"


def test_a_device_comes_with_the_attachment():
    found = parsed("sriov", resource="openshift.io/n3").manifest["metadata"]
    assert found["annotations"] == {"k8s.v1.cni.cncf.io/resourceName": "openshift.io/n3"}


@pytest.mark.parametrize(
    ("kind", "options", "provider"),
    [("kube-ovn", {}, "n6.upf.ovn"), ("bridge", {"ipam": {"type": "kube-ovn"}}, "n6.upf"), ("bridge", {}, "")],
)
def test_kube_ovn_knows_it_by_its_provider(kind, options, provider):
    assert parsed(kind, **options).provider == provider
    chained = parsed(kind, chain=[{"type": "sbr"}], **options)
    assert chained.provider == provider
    assert not [finding for each in (chained,) for check in NAD.checks for finding in check(each.manifest)]


def test_a_network_of_danms_own_api():
    found = parsed("danm", danm={"api_group": "danm.k8s.io", "host_device": "ens1", "vlan": 100}).manifest
    assert (found["apiVersion"], found["kind"]) == ("danm.k8s.io/v1", "DanmNet")
    assert found["spec"] == {
        "NetworkID": "n6",
        "NetworkType": "ipvlan",
        "Options": {"host_device": "ens1", "vlan": 100},
    }


def test_a_subnet_that_is_not_there_yet_is_told():
    wanted = [parsed("kube-ovn"), parsed("macvlan")]
    (told,) = without_addresses(wanted, {"n3": "n3.upf.ovn"}, Mode())
    assert told.startswith("upf/n6: no Subnet has the provider n6.upf.ovn yet")
    assert not list(without_addresses(wanted, {"any": "n6.upf.ovn"}, Mode()))


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ({}, "Subnet data does not exist"),
        ({"data": "ovn"}, "Subnet data has the provider ovn, and this attachment is n6.upf.ovn"),
    ],
)
def test_a_subnet_that_is_counted_on_has_to_be_there(there, reason):
    with pytest.raises(Precondition, match=reason) as refused:
        list(without_addresses([parsed("kube-ovn", subnet="data")], there, Mode()))
    assert render(refused.value.path) == "attachments[0].subnet"


def test_a_subnet_may_be_made_by_a_plan_before_this_one():
    counted = [parsed("kube-ovn", subnet="data")]
    assert "until one has" in next(iter(without_addresses(counted, {}, Mode(apply=False, pending=True))))
    assert not list(without_addresses(counted, {"data": "n6.upf.ovn"}, Mode(apply=False, pending=True)))


TEXTS = st.text(max_size=6)
PLAIN = st.none() | st.booleans() | st.integers() | TEXTS
VALUES = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(TEXTS, PLAIN, max_size=3)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@drawn(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_however_it_is_written_it_means_the_same(value):
    shuffled = dict(reversed(list(value.items())))
    live = {"spec": {"config": json.dumps(shuffled, indent=3)}}
    assert json_text.kept({"spec": {"config": json_text.write(value)}}, live, ("spec", "config")) == live
