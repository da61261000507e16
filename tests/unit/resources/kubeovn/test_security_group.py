# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as users write them: what they become, where a refusal points, and what is warned of."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import parse, render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.policy_kinds import SECURITY_GROUP
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.security_group import Group, warnings

EVERYWHERE = {"priority": 100, "remote_address": "0.0.0.0/0"}


def group(ingress=(), egress=(EVERYWHERE,), **options):
    given = {"name": "web", "ingress_rules": list(ingress), "egress_rules": list(egress), **options}
    return Group.parse(Given(given, ("security_groups", 3)))


@pytest.mark.parametrize(
    ("rule", "families"),
    [
        ({"remote_address": "10.0.0.9"}, ["ipv4"]),
        ({"remote_address": "fd00::/8"}, ["ipv6"]),
        ({"remote_security_group": "smf"}, ["ipv4", "ipv6"]),
        ({"remote_security_group": "smf", "local_address": "fd00::9"}, ["ipv6"]),
        ({"remote_security_group": "smf", "ip_version": "ipv4"}, ["ipv4"]),
    ],
)
def test_a_rule_is_written_once_a_family(rule, families):
    written = group([{"priority": 1, **rule}]).manifest()["spec"]["ingressRules"]
    assert [each["ipVersion"] for each in written] == families


def test_what_is_written_is_never_refused_by_the_table():
    rules = [
        {"priority": 1, "protocol": "tcp", "remote_security_group": "smf", "local_address": "10.0.0.9"},
        {"priority": 2, "protocol": "udp", "remote_address": "fd00::7/64", "port_range_min": 53},
        {"priority": 3, "protocol": "icmp", "remote_address": "0.0.0.0/0", "policy": "pass"},
        {"priority": 4, "remote_security_group": "web"},
    ]
    wanted = group(rules, rules, tier=0).manifest()
    assert [finding for check in SECURITY_GROUP.checks for finding in check(wanted)] == []


def test_one_rule_for_two_families_does_not_shift_the_places_of_those_behind_it():
    place = group([{"priority": 1, "remote_security_group": "smf"}, {"priority": 2, **EVERYWHERE}]).place()
    where = [place.of(parse(f"spec.ingressRules[{index}].remoteSecurityGroup")) for index in (1, 2)]
    assert [render(each) for each in where] == [
        "security_groups[3].ingress_rules[0].remote_security_group",
        "security_groups[3].ingress_rules[1].remote_security_group",
    ]


HTTP = {"priority": 5, "protocol": "tcp", "port_range_min": 80, "remote_address": "10.0.0.0/8"}


@pytest.mark.parametrize(
    ("other", "warned"),
    [
        ({**HTTP, "policy": "drop"}, 1),
        ({**HTTP, "policy": "drop", "remote_address": "10.9.0.0/16"}, 1),
        ({**HTTP, "policy": "drop", "remote_address": "192.0.2.0/24"}, 0),
        ({**HTTP, "policy": "drop", "port_range_min": 81}, 0),
        ({**HTTP, "policy": "drop", "priority": 6}, 0),
        ({**HTTP, "policy": "drop", "protocol": "udp"}, 0),
        ({"priority": 5, "policy": "drop", "remote_security_group": "smf"}, 1),
        ({**HTTP}, 0),
    ],
)
def test_equal_priorities_are_warned_of_where_both_rules_may_match(other, warned):
    assert len(list(warnings(group([HTTP, other])))) == warned


@pytest.mark.parametrize(
    ("egress", "warned"),
    [
        ([], True),
        ([{"priority": 1, "protocol": "tcp", "remote_address": "0.0.0.0/0"}], True),
        ([{"priority": 1, "policy": "drop", "remote_address": "0.0.0.0/0"}], True),
        ([{"priority": 1, "protocol": "icmp", "remote_address": "10.0.0.1"}], False),
        ([EVERYWHERE], False),
    ],
)
def test_a_group_that_keeps_pods_from_their_gateway_is_warned_of(egress, warned):
    told = list(warnings(group(egress=egress)))
    assert bool(told) is warned
    assert all("ContainerCreating" in text for text in told)
