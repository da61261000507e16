# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SR-IOV policies against each other and the NICs there are, which nodes they drain, and when they are done."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.sriov import drains, forms, rules
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.sriov.progress import Goal, made_of
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.sriov.selection import Hardware

PF = {"name": "ens1f0", "pciAddress": "0000:18:00.0", "vendor": "8086", "totalvfs": 64, "linkType": "ETH", "mtu": 1500}
BASE = {"resource_name": "a", "node_selector": {"x": "y"}, "nic_selector": {"pf_names": ["ens1f0"]}, "num_vfs": 8}


def policy(name="p", pfs=None, **options):
    nics = {"nic_selector": {"pf_names": pfs}} if pfs else {}
    return forms.POLICY.parse(Given({"name": name, **BASE, **nics, **options}, ("policies", 0)))


def state(spec=(), sync="Succeeded", error="", **pf):
    status = {"interfaces": [{**PF, **pf}], "syncStatus": sync, "lastSyncError": error}
    return {"metadata": {"name": "n1", "namespace": "o"}, "spec": {"interfaces": list(spec)}, "status": status}


def hardware(**pf):
    return Hardware([{"metadata": {"name": "n1", "labels": {"x": "y"}}}], {"n1": state(**pf)})


def told(*names):
    groups = [{"policyName": name} for name in names]
    return [{"pciAddress": PF["pciAddress"], "name": "ens1f0", "numVfs": 8, "vfGroups": groups}]


@pytest.mark.parametrize(
    ("one", "other", "places"),
    [
        ({"pfs": ["ens1f0#0-3"]}, {"pfs": ["ens1f0#4-7"], "resource_name": "b"}, []),
        ({"pfs": ["ens1f0#0-3"]}, {"pfs": ["ens1f0#3-7"], "resource_name": "b"},
         ["policies[0].nic_selector.pf_names[0]"]),
        ({"pfs": ["ens1f0"]}, {"pfs": ["ens1f0#7-7"], "resource_name": "b"},
         ["policies[0].nic_selector.pf_names[0]"]),
        ({"pfs": ["ens1f0#0-3"]}, {"pfs": ["ens1f0#4-7"]}, ["policies[0].nic_selector.pf_names[0]"]),
        ({"pfs": ["ens1f0"]}, {"pfs": ["ens1f0"], "node_selector": {"x": "z"}}, []),
        ({"pfs": ["ens1f0#0-3"]}, {"pfs": ["ens1f0#4-7"], "resource_name": "b", "externally_managed": True},
         ["policies[0].externally_managed"]),
        ({"pfs": ["ens1f0"]}, {"pfs": ["ens1f1"], "exclude_topology": True}, ["policies[0].exclude_topology"]),
        ({"nic_selector": {"root_devices": ["0000:18:00.0"]}}, {"nic_selector": {"root_devices": ["0000:18:00.0"]}},
         ["policies[0].nic_selector.root_devices[0]"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("known", [Hardware(), hardware()], ids=["nothing-known", "known"])
def test_two_policies_want_the_same(one, other, places, known):
    first, second = policy("one", **one), policy("two", **other)
    assert [render(f.path) for f in rules.collisions([first, second], [], known)] == places
    assert [render(f.path) for f in rules.collisions([second], [first.manifest], known)] == places
    assert list(rules.collisions([first], [first.manifest], known)) == []


@pytest.mark.parametrize(
    ("options", "pf", "places"),
    [
        ({}, {}, []),
        ({"num_vfs": 64}, {}, []),
        ({"num_vfs": 65}, {}, ["policies[0].num_vfs"]),
        ({"num_vfs": 100}, {"vendor": "15b3", "totalvfs": 8}, []),
        ({"num_vfs": 129}, {"vendor": "15b3"}, ["policies[0].num_vfs"]),
        ({"pfs": ["ens9"]}, {}, ["policies[0].nic_selector"]),
        ({"node_selector": {"x": "z"}}, {}, ["policies[0].node_selector"]),
        ({"nic_selector": {"vendor": "15b3"}}, {}, ["policies[0].nic_selector"]),
        ({"externally_managed": True}, {"numVfs": 8}, []),
        ({"externally_managed": True, "mtu": 9000, "link_type": "ib"}, {"numVfs": 4},
         ["policies[0].num_vfs", "policies[0].mtu", "policies[0].link_type"]),
        ({"vdpa_type": "vhost", "e_switch_mode": "switchdev"}, {}, ["policies[0].vdpa_type"]),
    ],
)  # fmt: skip
def test_what_no_nic_gives(options, pf, places):
    assert [render(f.path) for f in rules.beyond([policy(**options)], hardware(**pf))] == places


def test_of_nics_that_nobody_knows_yet_nothing_is_refused():
    nodes = [{"metadata": {"name": "n1", "labels": {"x": "y"}}}]
    assert list(rules.beyond([policy(num_vfs=999, pfs=["ens9"])], Hardware(nodes))) == []


@pytest.mark.parametrize(
    ("options", "pf", "why"),
    [
        ({}, {}, {}),
        ({}, {"numVfs": 8}, {}),
        ({}, {"numVfs": 4}, {"n1": ["ens1f0 has 4 VFs and gets 8"]}),
        ({"mtu": 9000}, {"numVfs": 8}, {"n1": ["ens1f0 gets mtu 9000"]}),
        ({"e_switch_mode": "legacy"}, {"numVfs": 8}, {}),
        ({"e_switch_mode": "switchdev"}, {"numVfs": 8}, {"n1": ["ens1f0 gets eSwitchMode switchdev"]}),
        ({"device_type": "vfio-pci"}, {"numVfs": 8, "Vfs": [{"vfID": 0, "driver": "iavf"}]},
         {"n1": ["ens1f0 gets VFs for vfio-pci"]}),
        ({"externally_managed": True}, {"numVfs": 9}, {}),
    ],
)  # fmt: skip
def test_which_nodes_are_drained(options, pf, why):
    assert drains.drained([policy(**options).manifest], (), hardware(**pf)) == why


def test_a_policy_that_goes_takes_its_vfs_along():
    there = Hardware([], {"n1": state(told("p"), numVfs=8)})
    assert drains.drained([], {"p"}, there) == {"n1": ["ens1f0 loses its VFs"]}
    assert drains.drained([], {"other"}, there) == {}


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (state(numVfs=8), NotYet("node n1: policy p is not in its state yet")),
        (state(sync="Failed", error="old"), NotYet("node n1: policy p is not in its state yet")),
        (state(told("p"), sync="InProgress", numVfs=8), NotYet("node n1: InProgress")),
        (state(told("p"), sync="Failed", error="no room"), Never("node n1: no room")),
        (state(told("p"), numVfs=4), NotYet("node n1: ens1f0 has 4 of 8 VFs")),
        (state(told("p"), numVfs=8, Vfs=[{"vfID": 0, "driver": "iavf"}]),
         NotYet("node n1: ens1f0 has VF 0 without vfio-pci")),
        (state(told("p"), numVfs=8, Vfs=[{"vfID": 0, "driver": "vfio-pci"}]), Ready()),
        (state(told("p", "old"), numVfs=8), NotYet("node n1: policy old is still in its state")),
    ],
)  # fmt: skip
def test_when_a_node_is_done(found, verdict):
    goal = Goal({"n1": [policy(device_type="vfio-pci").manifest]}, {"old"})
    assert goal.judge(found) == verdict


@pytest.mark.parametrize(
    ("resource", "config", "ready"),
    [
        ("openshift.io/a", '{"type": "sriov", "vlan": 5}', True),
        ("openshift.io/b", '{"type": "sriov", "vlan": 5}', False),
        ("openshift.io/a", '{"type": "sriov", "vlan": 4}', False),
        ("openshift.io/a", '{"plugins": [{"type": "sriov", "vlan": 5}]}', True),
        ("openshift.io/a", '{"type": "bridge", "vlan": 5}', False),
        ("openshift.io/a", "{", False),
    ],
)
def test_when_an_attachment_is_the_networks(resource, config, ready):
    network = {"kind": "SriovNetwork", "metadata": {"name": "n"}, "spec": {"resourceName": "a", "vlan": 5}}
    meta = {"name": "n", "namespace": "d", "annotations": {"k8s.v1.cni.cncf.io/resourceName": resource}}
    found = made_of(network, {"metadata": meta, "spec": {"config": config}})
    assert isinstance(found, Ready) is ready
