# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DANM's networks, in both of its groups."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY


def net(options=None, **spec):
    return {"metadata": {"name": "x", "namespace": "n"}, "spec": {"NetworkID": "sig", "Options": options or {}, **spec}}


@pytest.mark.parametrize("group", ["danm.io", "danm.k8s.io"])
def test_a_network_has_a_row_in_both_groups(group):
    assert REGISTRY.find(f"{group}/v1", "DanmNet") is not None


DANM, TENANT = REGISTRY.find("danm.io/v1", "DanmNet"), REGISTRY.find("danm.io/v1", "TenantNetwork")


def test_the_webhook_has_seen_a_network_that_allocates():
    assert DANM.judge(net()) == Ready()
    assert DANM.judge(net({"cidr": "10.0.0.0/24", "alloc": "gAAA"})) == Ready()
    assert isinstance(DANM.judge(net({"cidr": "10.0.0.0/24"})), NotYet)


@pytest.mark.parametrize(
    ("kind", "found", "places"),
    [
        (DANM, net({"host_device": "ens1", "vlan": 100}), []),
        (DANM, net(NetworkID="signalling-1"), ["spec.NetworkID"]),
        (DANM, net({"vlan": 1, "vxlan": 2}), ["spec.Options.vxlan"]),
        (DANM, net({"host_device": "ens1", "device_pool": "a/b"}), ["spec.Options.device_pool"]),
        (DANM, net(NetworkType="sriov"), ["spec.Options.device_pool"]),
        (DANM, net({"alloc": "gAAA"}), ["spec.Options.alloc"]),
        (TENANT, net({"vlan": 100}), ["spec.Options.vlan"]),
    ],
)
def test_refused(kind, found, places):
    assert [render(finding.path) for check in kind.checks for finding in check(found)] == places
