# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kube-OVN reads of a pod, and which networks a template's pods are in."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.port import (
    NETWORKS,
    Port,
    attached,
    missing,
    owned,
    owners,
)

RATE, GROUPS = "ovn.kubernetes.io/ingress_rate", "ovn.kubernetes.io/security_groups"


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"ingress_rate": 100}, {RATE: "100"}),
        ({"ingress_rate": 0}, {RATE: "0"}),
        ({"mirror": False}, {"ovn.kubernetes.io/mirror": "false"}),
        ({"security_groups": ["b", "a", "b"]}, {GROUPS: "a,b"}),
        ({"loss": 1.0, "provider": "n6.upf.ovn"}, {"n6.upf.ovn.kubernetes.io/loss": "1"}),
        ({"ingress_rate": 100, "latency": 0}, {RATE: "100", "ovn.kubernetes.io/latency": "0"}),
        ({}, {}),
    ],
)
def test_a_port_is_written_as_annotations(options, written):
    assert Port.parse(Given(options)).annotations() == written


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"provider": "n3"}, "provider"),
        ({"provider": "n3.upf.sriov"}, "provider"),
        ({"ingress_rate": -1}, "ingress_rate"),
        ({"ingress_rate": 100, "limit": 5}, "limit"),
        ({"jitter": 5}, "jitter"),
        ({"loss": 100.5}, "loss"),
    ],
)
def test_what_has_no_effect_is_refused(options, place):
    with pytest.raises(InvalidInput) as refused:
        Port.parse(Given(options))
    assert render(refused.value.path) == place


@pytest.mark.parametrize(
    ("networks", "providers"),
    [
        ("", {"ovn"}),
        ("n3, other/n6@net2", {"ovn", "n3.upf.ovn", "n6.other.ovn"}),
        ('[{"name": "n3"}, {"name": "n6", "namespace": "other"}]', {"ovn", "n3.upf.ovn", "n6.other.ovn"}),
        ("[broken", {"ovn"}),
    ],
)
def test_pods_are_in_the_networks_that_their_template_names(networks, providers):
    assert attached({"metadata": {"annotations": {NETWORKS: networks}}}, "upf") == providers


def test_a_guests_networks_are_those_of_its_spec():
    networks = [{"name": "default", "pod": {}}, {"name": "n6", "multus": {"networkName": "other/n6"}}]
    assert attached({"spec": {"networks": networks}}, "upf") == {"ovn", "n6.other.ovn"}
    assert attached({"spec": {"hostNetwork": True}}, "upf") == set()


@pytest.mark.parametrize(
    ("wanted", "dropped", "found", "change"),
    [
        ({RATE: "100"}, [], {RATE: "100", "other": "x"}, {}),
        ({RATE: "100"}, [], {}, {RATE: "100"}),
        ({}, [RATE], {RATE: "100"}, {RATE: None}),
        ({}, [RATE], {}, {}),
        ({RATE: "200"}, [RATE], {RATE: "100"}, {RATE: "200"}),
        ({GROUPS: "a,b"}, [], {GROUPS: "b, a"}, {}),
        ({GROUPS: "a,b"}, [], {GROUPS: "a"}, {GROUPS: "a,b"}),
    ],
)
def test_only_what_is_missing_is_written(wanted, dropped, found, change):
    assert missing(wanted, dropped, found) == change


def test_who_wrote_an_annotation_is_read_from_the_books():
    def entry(manager, *keys):
        fields = {"f:metadata": {"f:annotations": {".": {}, **{f"f:{key}": {} for key in keys}}}}
        return {"manager": manager, "operation": "Update", "fieldsV1": fields}

    live = {"metadata": {"managedFields": [entry("me", RATE), entry("kubectl", RATE, GROUPS)]}}
    assert owned(live, "me", ("metadata", "annotations")) == {RATE}
    assert owners(live, ("metadata", "annotations", RATE)) == {"me", "kubectl"}
    assert owners(live, ("metadata", "annotations", GROUPS)) == {"kubectl"}
