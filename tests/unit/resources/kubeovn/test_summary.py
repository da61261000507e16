# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of Kube-OVN's objects: how full, who uses what, what does not work and why."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.summary import (
    VIEWS,
    Network,
    not_ready,
    within,
)

READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def thing(kind, name, spec=None, status=None, **meta):
    return {"kind": kind, "metadata": {"name": name, **meta}, "spec": spec or {}, "status": status or {}}


def network(*things):
    kinds = {each["kind"] for each in things}
    return Network({kind: [each for each in things if each["kind"] == kind] for kind in kinds})


def lines(view, *things):
    return [each.line for each in VIEWS[view].told(network(*things))]


@pytest.mark.parametrize(
    ("spec", "status", "percent"),
    [
        ({"protocol": "IPv4"}, {"v4usingIPs": 60.0, "v4availableIPs": 193.0}, 23.7),
        ({"protocol": "Dual"}, {"v4usingIPs": 1, "v4availableIPs": 1, "v6usingIPs": 1, "v6availableIPs": 1.8e19}, 50.0),
        ({"protocol": "IPv6"}, {"v6usingIPs": 1, "v6availableIPs": 3}, 25.0),
        ({}, {}, 0.0),
    ],
)
def test_how_full_a_subnet_is(spec, status, percent):
    [line] = lines("subnets", thing("Subnet", "n3", spec, status))
    assert line["used_percent"] == percent
    assert all(isinstance(line[key], int) for key in ("v4_using", "v4_available", "v6_using", "v6_available"))


def test_an_address_knows_its_vpc():
    subnet = thing("Subnet", "n3", {"vpc": "ran"})
    held = thing("IP", "fw.upf", {"subnet": "n3", "podName": "fw", "v4IpAddress": "10.0.0.2", "v6IpAddress": ""})
    vip = thing("Vip", "v", {"subnet": "n3"}, {"v4ip": "10.0.0.3", "mac": "00:00:00:00:00:03"})
    found = lines("ips", subnet, held, vip)
    assert [(line["kind"], line["vpc"], line["addresses"]) for line in found] == [
        ("IP", "ran", ["10.0.0.2"]),
        ("Vip", "ran", ["10.0.0.3"]),
    ]


def test_an_eip_knows_who_uses_it():
    things = [
        thing("VpcNatGateway", "gw", {"vpc": "ran"}, {"ready": True}),
        thing("IptablesEIP", "a", {"natGwDp": "gw"}, {"ip": "192.0.2.9", "ready": True}),
        thing("OvnEip", "b", {"externalSubnet": "out"}, {"v4Ip": "192.0.2.8", "ready": True}),
        thing("IptablesSnatRule", "s", {"eip": "a"}),
        thing("OvnFip", "f", {"ovnEip": "b"}, {"vpc": "edge", "ready": True}),
        thing("OvnFip", "g", {"ovnEip": "a"}),
    ]
    found = {line["name"]: (line["vpc"], line["used_by"], line["addresses"]) for line in lines("eips", *things)}
    assert found == {
        "a": ("ran", ["IptablesSnatRule s"], ["192.0.2.9"]),
        "b": ("edge", ["OvnFip f"], ["192.0.2.8"]),
    }


def test_a_rule_is_told_alike_in_both_flavours():
    dnat = {"externalPort": "80", "internalPort": "8080", "protocol": "tcp"}
    iptables = thing("IptablesDnatRule", "i", {"eip": "a", "internalIp": "10.0.0.9", **dnat}, {"v4ip": "192.0.2.9"})
    ovn = thing("OvnDnatRule", "o", {"ovnEip": "a", "vpc": "ran", "v4Ip": "10.0.0.9", **dnat}, {"v4Eip": "192.0.2.9"})
    one, other = lines("nat", iptables, ovn)
    same = ("eip", "external_ips", "internal", "protocol", "external_port", "internal_port")
    assert [one[key] for key in same] == [other[key] for key in same] == [
        "a", ["192.0.2.9"], ["10.0.0.9"], "tcp", 80, 8080,
    ]  # fmt: skip


def test_what_does_not_work_is_told_with_the_reason():
    wrong = {"conditions": [{"type": "Error", "status": "True", "reason": "Bad", "message": "is conflict with n3"}]}
    things = network(
        thing("Subnet", "n3", {}, READY),
        thing("Subnet", "n6", {}, wrong),
        thing("Subnet", "old", {}, READY, deletionTimestamp="x", finalizers=["kubeovn.io/kube-ovn-controller"]),
        thing("SecurityGroup", "web"),
        thing("ProviderNetwork", "data", {}, {"ready": True}),
        thing("Vlan", "v7", {"provider": "data"}, {"conflict": True}),
    )
    told = [each for name in ("subnets", "security_groups", "providers") for each in VIEWS[name].told(things)]
    assert [(each["object"], each["why"]) for each in not_ready(told)] == [
        ("Subnet n6", "Bad: is conflict with n3"),
        ("Subnet old", "is being deleted, held by kubeovn.io/kube-ovn-controller"),
        ("SecurityGroup web", "no status yet: what kube-ovn-controller refuses it tells in its log only"),
        ("Vlan v7", "another Vlan has the same id on the same provider network"),
    ]


def test_one_vpc_alone():
    things = network(
        thing("Vpc", "ran"), thing("Vpc", "core"), thing("Subnet", "n3", {"vpc": "ran"}),
        thing("Subnet", "n9", {"vpc": "core"}), thing("SecurityGroup", "web"),
    )  # fmt: skip
    found = {name: [e.line["name"] for e in within("ran", name, VIEWS[name].told(things))] for name in VIEWS}
    assert {name: names for name, names in found.items() if names} == {
        "vpcs": ["ran"], "subnets": ["n3"], "security_groups": ["web"],
    }  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
def test_an_object_that_nobody_has_looked_at_yet_is_told_too(view):
    for kind in VIEWS[view].kinds:
        [line] = lines(view, {"kind": kind.kind, "metadata": {"name": "new"}})
        assert line["name"] == "new"
