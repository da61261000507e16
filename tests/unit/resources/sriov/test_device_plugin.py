# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bare device plugin's configuration: what it would not start with, or never find a device for."""

from __future__ import annotations

import json

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.sriov.device_plugin import Plugin, offered


def parsed(*resources):
    given = {"config_map": "c", "namespace": "n", "daemon_set": "d", "resources": list(resources)}
    return Plugin.parse(Given(given, ("device_plugin",)))


def test_what_the_plugin_reads():
    found = parsed({"resource_name": "a", "resource_prefix": "x.y", "selectors": [{"pf_names": ["e#0-1"]}]})
    resource = {"resourceName": "a", "resourcePrefix": "x.y", "selectors": [{"pfNames": ["e#0-1"]}]}
    assert json.loads(found.config_map()["data"]["config.json"]) == {"resourceList": [resource]}
    assert found.names == ["x.y/a"]


def test_another_configuration_makes_other_pods():
    notes = [each.daemon_set()["spec"]["template"]["metadata"]["annotations"] for each in (
        parsed({"resource_name": "a"}), parsed({"resource_name": "a"}), parsed({"resource_name": "b"})
    )]  # fmt: skip
    assert notes[0] == notes[1] != notes[2]


@pytest.mark.parametrize(
    ("resources", "place"),
    [
        ([{"resource_name": "a-b"}], "resources[0].resource_name"),
        ([{"resource_name": "a"}, {"resource_name": "a"}], "resources[1].resource_name"),
        ([{"resource_name": "a", "selectors": [{"is_rdma": True, "vdpa_type": "vhost"}]}],
         "resources[0].selectors[0].vdpa_type"),
        ([{"resource_name": "a", "selectors": [{"is_rdma": True, "drivers": ["vfio-pci"]}]}],
         "resources[0].selectors[0].is_rdma"),
        ([{"resource_name": "a", "selectors": [{"aux_types": ["sf"]}]}], "resources[0].selectors[0].aux_types"),
        ([{"resource_name": "a", "device_type": "accelerator", "selectors": [{"pf_names": ["e"]}]}],
         "resources[0].selectors[0].pf_names"),
    ],
)  # fmt: skip
def test_refused(resources, place):
    with pytest.raises(InvalidInput) as caught:
        parsed(*resources)
    assert render(caught.value.path) == f"device_plugin.{place}"


@pytest.mark.parametrize(
    ("allocatable", "verdict"),
    [
        ({"x/a": "2", "x/b": "1"}, Ready()),
        ({"x/a": "2", "x/b": "0"}, NotYet("offers no x/b yet")),
        ({}, NotYet("offers no x/a, x/b yet")),
    ],
)
def test_a_node_offers_every_resource(allocatable, verdict):
    assert offered(["x/a", "x/b"], {"status": {"allocatable": allocatable}}) == verdict
