# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SR-IOV policies, networks and node states: what the operator would refuse late, and how it says that it is done."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.sriov.kinds import (
    NETWORK,
    NODE_STATE,
    OPERATOR_CONFIG,
    POLICY,
)


def thing(spec=None, name="x", **status):
    return {"metadata": {"name": name, "namespace": "n"}, "spec": spec or {}, "status": status}


NICS = {"pfNames": ["ens1f0#0-3"]}
FINE = {"resourceName": "n6", "nodeSelector": {"a": "b"}, "numVfs": 4, "nicSelector": NICS}


@pytest.mark.parametrize(
    ("kind", "spec", "places"),
    [
        (POLICY, FINE, []),
        (POLICY, {**FINE, "resourceName": "n6-vfs"}, ["spec.resourceName"]),
        (POLICY, {**FINE, "nicSelector": {"isRdma": True}}, ["spec.nicSelector"]),
        (POLICY, {**FINE, "numVfs": 3}, ["spec.nicSelector.pfNames[0]"]),
        (POLICY, {**FINE, "nicSelector": {"pfNames": ["ens1f0#3-0"]}}, ["spec.nicSelector.pfNames[0]"]),
        (POLICY, {**FINE, "nicSelector": {"pfNames": ["ens1f0#all"]}}, ["spec.nicSelector.pfNames[0]"]),
        (POLICY, {**FINE, "vdpaType": "vhost"}, ["spec.vdpaType"]),
        (POLICY, {**FINE, "vdpaType": "vhost", "eSwitchMode": "switchdev"}, []),
        (POLICY, {**FINE, "priority": 100}, ["spec.priority"]),
        (POLICY, {**FINE, "deviceType": "vfio-pci"}, []),
        (POLICY, {**FINE, "deviceType": "vfio-pci", "isRdma": True}, ["spec.isRdma"]),
        (
            POLICY,
            {**FINE, "deviceType": "vfio-pci", "vdpaType": "vhost", "eSwitchMode": "switchdev"},
            ["spec.vdpaType"],
        ),
        (POLICY, {**FINE, "eSwitchMode": "switchdev", "linkType": "IB"}, ["spec.eSwitchMode"]),
        (POLICY, {**FINE, "bridge": {"ovs": {}}}, ["spec.bridge"]),
        (
            POLICY,
            {**FINE, "bridge": {"ovs": {}}, "eSwitchMode": "switchdev", "externallyManaged": True},
            ["spec.bridge"],
        ),
        (NETWORK, {"resourceName": "n6", "vlan": 0, "vlanQoS": 3}, ["spec.vlanQoS"]),
        (NETWORK, {"resourceName": "n6", "vlanProto": "802.1ad"}, ["spec.vlanProto"]),
        (NETWORK, {"resourceName": "n6", "vlan": 7, "vlanProto": "802.1ad", "vlanQoS": 3}, []),
        (NETWORK, {"resourceName": "n6", "ipam": "{}", "vlan": 4094}, []),
        (NETWORK, {"resourceName": "n6", "vlan": 4096}, ["spec.vlan"]),
        (NETWORK, {"resourceName": "n6", "ipam": "{"}, ["spec.ipam"]),
        (NETWORK, {"resourceName": "n6", "minTxRate": 200, "maxTxRate": 100}, ["spec.minTxRate"]),
        (OPERATOR_CONFIG, {}, ["metadata.name"]),
    ],
)
def test_refused(kind, spec, places):
    found = [finding for check in kind.checks for finding in check(thing(spec))]
    assert [render(finding.path) for finding in found] == places, found


@pytest.mark.parametrize(
    ("kind", "found", "verdict"),
    [
        (NODE_STATE, thing(syncStatus="Succeeded"), Ready()),
        (NODE_STATE, thing(syncStatus="InProgress"), NotYet("InProgress")),
        (NODE_STATE, thing(syncStatus="Failed", lastSyncError="cannot config SRIOV device"),
         Never("cannot config SRIOV device")),
        (NODE_STATE, thing(), NotYet("no syncStatus yet")),
        (NETWORK, thing(), Ready()),
        (NETWORK, thing(conditions=[{"type": "Ready", "status": "False", "reason": "NotReady"}]),
         NotYet("Ready=False NotReady")),
        (NETWORK, thing(conditions=[{"type": "Degraded", "status": "True", "message": "no such namespace"}]),
         Never("no such namespace")),
    ],
)  # fmt: skip
def test_readiness(kind, found, verdict):
    assert kind.judge(found) == verdict


def test_ipam_is_compared_by_what_it_means():
    live = thing({"ipam": '{ "type": "static",\n"a": 1 }'})
    assert NETWORK.normalise(thing({"ipam": '{"a": 1, "type": "static"}'}), live)["spec"] == live["spec"]
    other = thing({"ipam": '{"a": 2, "type": "static"}'})
    assert NETWORK.normalise(other, live) == other
