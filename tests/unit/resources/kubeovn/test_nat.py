# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between gateways, EIPs and rules: nobody tells a user (kube-ovn's webhook, and its log)."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.nat_forms import FORMS, parse
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.nat_rules import findings
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.scene import scene

OUTSIDE = "out"
SUBNETS = {
    "in": {"vpc": "ran", "cidrBlock": "10.0.0.0/24", "gateway": "10.0.0.1"},
    OUTSIDE: {"vpc": "ovn-cluster", "cidrBlock": "192.0.2.0/24,fd00:2::/64", "gateway": "192.0.2.1,fd00:2::1"},
}
VPCS = {"ran": {"enableExternal": True}, "shut": {}, "ovn-cluster": {}}
GATEWAY = {"name": "gw", "vpc": "ran", "subnet": "in", "lan_ip": "10.0.0.254", "external_subnets": [OUTSIDE]}
EIP = {"name": "e", "gateway": "gw", "external_subnet": OUTSIDE}
OVN_EIP = {"name": "e", "external_subnet": OUTSIDE}
FIP = {"name": "f", "eip": "e", "internal_ip": "10.0.0.9"}
DNAT = {"name": "d", "eip": "e", "internal_ip": "10.0.0.9", "external_port": 80, "internal_port": 80, "protocol": "tcp"}
OVN_DNAT = {key: value for key, value in DNAT.items() if key != "internal_ip"} | {"vpc": "ran", "v4_ip": "10.0.0.9"}


def objects(specs):
    return [{"metadata": {"name": name}, "spec": spec} for name, spec in specs.items()]


def told(flavour, live=None, **lists):
    """Where something is wrong, and the words of the first."""
    given = Given(lists)
    things = [parse(each, key, flavour) for key in FORMS[flavour] for each in given.items(key)]
    there = {"Subnet": objects(SUBNETS), "Vpc": objects(VPCS), **{k: objects(v) for k, v in (live or {}).items()}}
    found = list(findings(scene(things, there)))
    return [render(each.path) for each in found], found[0].reason if found else ""


def test_what_fits_together_is_let_pass():
    snat = {"name": "s", "eip": "e2", "internal_cidr": "10.0.0.0/24"}
    places, _why = told(
        "iptables", gateways=[GATEWAY], eips=[{**EIP, "v4_ip": "192.0.2.9"}, {**EIP, "name": "e2"}], fips=[FIP],
        dnats=[{**DNAT, "eip": "e2"}, {**DNAT, "eip": "e2", "name": "u", "protocol": "udp"}], snats=[snat],
    )  # fmt: skip
    assert places == []


@pytest.mark.parametrize(
    ("change", "place", "why"),
    [
        ({"lan_ip": "10.1.0.9"}, "lan_ip", "no address of Subnet in"),
        ({"lan_ip": "10.0.0.255"}, "lan_ip", "no address of Subnet in"),
        ({"lan_ip": "10.0.0.1"}, "lan_ip", "is the gateway of Subnet in"),
        ({"vpc": "shut"}, "subnet", "of the VPC ran, not of shut"),
    ],
)
def test_a_gateway_stands_in_its_vpc(change, place, why):
    places, reason = told("iptables", gateways=[{**GATEWAY, **change}])
    assert places == [f"gateways[0].{place}"]
    assert why in reason


def test_what_is_not_known_is_left_to_others():
    """A subnet that does not exist is told by the engine, with its name."""
    assert told("iptables", gateways=[{**GATEWAY, "subnet": "nowhere"}])[0] == []
    assert told("ovn", fips=[{"name": "f", "eip": "e", "ip_name": "later.upf"}])[0] == []


@pytest.mark.parametrize(
    ("flavour", "eip", "live", "places"),
    [
        ("iptables", {**EIP, "v4_ip": "198.51.100.9"}, {}, ["eips[0].v4_ip"]),
        ("ovn", {**OVN_EIP, "v4_ip": "192.0.2.1"}, {}, ["eips[0].v4_ip"]),
        ("ovn", {**OVN_EIP, "v6_ip": "fd00:3::9"}, {}, ["eips[0].v6_ip"]),
        ("ovn", {**OVN_EIP, "v4_ip": "192.0.2.9"}, {"IptablesEIP": {"x": {"v4ip": "192.0.2.9"}}}, ["eips[0].v4_ip"]),
        ("ovn", {**OVN_EIP, "v4_ip": "192.0.2.9"}, {"OvnEip": {"e": {"v4Ip": "192.0.2.9"}}}, []),
        ("iptables", EIP, {"VpcNatGateway": {"gw": {"externalSubnets": ["other"]}}}, ["eips[0].external_subnet"]),
        ("iptables", EIP, {"VpcNatGateway": {"gw": {}}}, ["eips[0].external_subnet"]),
        ("iptables", EIP, {"VpcNatGateway": {"gw": {"externalSubnets": ["other", OUTSIDE]}}}, []),
    ],
)
def test_an_eip_is_of_its_subnet_and_nobody_elses(flavour, eip, live, places):
    assert told(flavour, live, eips=[eip])[0] == places


@pytest.mark.parametrize(
    ("flavour", "lists", "live", "places"),
    [
        ("iptables", {"fips": [FIP, {**FIP, "name": "g"}]}, {}, ["fips[0].eip", "fips[1].eip"]),
        ("iptables", {"fips": [FIP]}, {"IptablesDnatRule": {"d": {"eip": "e"}}}, ["fips[0].eip"]),
        ("iptables", {"dnats": [DNAT]}, {"IptablesFIPRule": {"f": {"eip": "e"}}}, ["dnats[0].eip"]),
        ("iptables", {"dnats": [DNAT]}, {"IptablesFIPRule": {"f": {"eip": "other"}}}, []),
        ("iptables", {"fips": [FIP]}, {"IptablesFIPRule": {"f": {"eip": "e"}}}, []),
        (
            "iptables",
            {"dnats": [DNAT, {**DNAT, "name": "x"}]},
            {},
            ["dnats[0].external_port", "dnats[1].external_port"],
        ),
        (
            "iptables",
            {"dnats": [{**DNAT, "type": "share"}, {**DNAT, "name": "x", "type": "share"}]},
            {},
            [],
        ),
        (
            "ovn",
            {"dnats": [OVN_DNAT, {**OVN_DNAT, "name": "x", "protocol": "udp"}]},
            {},
            ["dnats[0].external_port", "dnats[1].external_port"],
        ),
    ],
)
def test_an_eip_is_not_promised_twice(flavour, lists, live, places):
    assert told(flavour, live, **lists)[0] == places


@pytest.mark.parametrize(
    ("rule", "live", "places"),
    [
        ({"vpc": "shut", "v4_ip": "10.0.0.9"}, {}, ["fips[0].vpc"]),
        ({"vpc": "ran", "v4_ip": "10.0.0.9"}, {}, []),
        ({"vpc": "ovn-cluster", "v4_ip": "10.16.0.9"}, {}, []),
        ({"ip_name": "w.n"}, {"IP": {"w.n": {"subnet": "s"}}, "Subnet": {"s": {"vpc": "shut"}}}, ["fips[0].ip_name"]),
        ({"ip_name": "v", "ip_type": "vip"}, {"Vip": {"v": {"subnet": "in"}}}, []),
        ({"vpc": "ran", "v4_ip": "10.0.0.9"}, {"OvnEip": {"e": {"type": "lsp"}}}, ["fips[0].eip"]),
    ],
)
def test_a_router_translates_only_where_it_can(rule, live, places):
    assert told("ovn", live, fips=[{"name": "f", "eip": "e", **rule}])[0] == places
