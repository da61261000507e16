# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory makes of virtual machines, and what it keeps of them."""

from __future__ import annotations

import json

import pytest

from ansible_collections.kubevim.nfvi.plugins.inventory import kubevirt
from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter import kept
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.inventory import (
    Reach,
    host,
    named,
    remembered,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.lifecycle import Seen

INTERFACES = [
    {"name": "default", "mac": "02:00:00:00:00:01", "ipAddresses": ["fe80::1", "10.16.0.5", "fd00::5"]},
    {"name": "mgmt", "ipAddress": "192.0.2.7"},
]


def vm(name="fw", namespace="upf", **spec):
    meta = {
        "name": name, "namespace": namespace, "labels": {"app.kubernetes.io/part-of": "upf-1", "bare": ""},
        "annotations": {"note": "{{ 1 + 1 }}", "kubevirt.io/latest-observed-api-version": "v1"},
    }  # fmt: skip
    return {"metadata": meta, "spec": {"runStrategy": "Always", **spec}, "status": {"printableStatus": "Running"}}


def vmi(interfaces=None):
    found = INTERFACES if interfaces is None else interfaces
    status = {"phase": "Running", "nodeName": "edge-1", "interfaces": found, "guestOSInfo": {"id": "fedora"}}
    return {"metadata": {"name": "fw", "namespace": "upf", "uid": "1"}, "status": status}


@pytest.mark.parametrize(
    ("reach", "address"),
    [
        (Reach(), "10.16.0.5"),
        (Reach(family="ipv6"), "fd00::5"),
        (Reach(interface="mgmt"), "192.0.2.7"),
        (Reach(interface="mgmt", family="ipv6"), ""),
        (Reach(interface="nosuch"), ""),
    ],
)
def test_the_address_at_which_a_guest_is_reached(reach, address):
    assert host(Seen(vm(), vmi()), reach).address == address


def test_a_machine_is_in_the_groups_of_what_it_is():
    found = host(Seen(vm(instancetype={"name": "u1.large"}), vmi()), Reach())
    assert found.groups == [
        "kubevirt", "namespace_upf", "status_running", "node_edge-1", "instancetype_u1.large",
        "label_app.kubernetes.io/part-of_upf-1", "label_bare",
    ]  # fmt: skip
    assert found.facts["annotations"] == {"note": "{{ 1 + 1 }}"}
    assert (found.facts["os"], found.facts["phase"], found.facts["instancetype"]) == ("fedora", "Running", "u1.large")


def test_a_machine_without_a_guest_is_nowhere():
    found = host(Seen(vm(), None), Reach())
    assert (found.address, found.facts["node"], found.facts["interfaces"]) == ("", "", [])
    assert not any(group.startswith("node_") for group in found.groups)


def test_names_are_of_one_machine_only():
    found = [host(Seen(vm(*each)), Reach()) for each in (("fw", "a"), ("fw", "b"), ("nat", "a"))]
    assert [name for name, _host in named(found, "name")] == ["fw.a", "fw.b", "nat"]
    assert [name for name, _host in named(found, "name.namespace")] == ["fw.a", "fw.b", "nat.a"]


def test_what_is_kept_comes_back_for_the_same_question_only():
    cache, found = {}, host(Seen(vm(), vmi()), Reach())
    kept.keep(cache, "k", kept.question({"a": 1}), [json.loads(json.dumps(found.as_json()))])
    assert [remembered(each) for each in kept.answer(cache, "k", kept.question({"a": 1}))] == [found]
    assert kept.answer(cache, "k", kept.question({"a": 2})) is None
    assert kept.answer({}, "k", "") is None


def test_other_files_are_none_of_its_business(tmp_path):
    for name, mine in (("kubevirt.yaml", True), ("edge.kubevirt.yml", True), ("kubevirt.txt", False), ("x.yml", False)):
        (tmp_path / name).write_text("")
        assert kubevirt.InventoryModule().verify_file(str(tmp_path / name)) is mine
