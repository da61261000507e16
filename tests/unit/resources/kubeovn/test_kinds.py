# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets and VPCs: what is refused, how they are rewritten, when they work (states seen on a real controller)."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import parse
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.kinds import SUBNET, VPC
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.subnet_rules import subnet_findings


def subnet(name="n3", **spec):
    return {"apiVersion": "kubeovn.io/v1", "kind": "Subnet", "metadata": {"name": name}, "spec": spec}


def condition(kind, status, reason="", message=""):
    return {"type": kind, "status": status, "reason": reason, "message": message}


def judged(*conditions):
    return SUBNET.judge({**subnet(), "status": {"conditions": list(conditions)}})


def test_the_healthy_value_of_error_is_unknown():
    error = condition("Error", "Unknown", "Init", "Not Observed")
    assert judged(condition("Ready", "True", "ResetLogicalSwitchAclSuccess"), error) == Ready()


def test_validated_is_no_sign_of_anything():
    """Without its Vpc a Subnet says Validated and never anything else: once the Vpc appears it works."""
    assert isinstance(judged(condition("Validated", "True")), NotYet)


def test_error_is_never_in_the_controllers_words():
    why = "subnet x1 cidr 10.1.0.0/25 is conflict with subnet ran-up cidr 10.1.0.0/24"
    verdict = judged(condition("Ready", "False"), condition("Error", "True", "ValidateLogicalSwitchFailed", why))
    assert verdict == Never(f"ValidateLogicalSwitchFailed: {why}")


def test_not_ready_alone_may_heal():
    assert judged(condition("Ready", "False", "Init", "creating")) == NotYet("Init: creating")


def test_a_vpc_has_no_conditions():
    vpc = {"kind": "Vpc", "metadata": {"name": "v"}}
    assert isinstance(VPC.judge(vpc), NotYet)
    assert isinstance(VPC.judge({**vpc, "status": {"standby": True}}), NotYet)
    assert VPC.judge({**vpc, "status": {"standby": True, "router": "v"}}) == Ready()


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({}, "spec.cidrBlock"),
        ({"cidrBlock": "10.0.0.0/33"}, "spec.cidrBlock"),
        ({"cidrBlock": "10.0.0.0/32"}, "spec.cidrBlock"),
        ({"cidrBlock": "10.0.0.0/24", "gateway": "10.1.0.1"}, "spec.gateway"),
        ({"cidrBlock": "10.0.0.0/24", "gateway": "10.0.0.255"}, "spec.gateway"),
        ({"cidrBlock": "10.0.0.0/24", "gateway": "gate"}, "spec.gateway"),
        ({"cidrBlock": "10.0.0.0/24", "excludeIps": ["10.0.0.5", "10.0.0.300"]}, "spec.excludeIps[1]"),
        ({"cidrBlock": "10.0.0.0/24", "gatewayType": "foo"}, "spec.gatewayType"),
        ({"cidrBlock": "10.0.0.0/24", "vpc": "n3"}, "metadata.name"),
    ],
)
def test_what_the_webhook_would_refuse_is_refused(spec, place):
    assert [finding.path for finding in subnet_findings(subnet(**spec))] == [parse(place)]


def test_a_good_subnet_is_not_refused():
    spec = {"cidrBlock": "10.0.0.0/24,fd00::/64", "gateway": "10.0.0.254,fd00::1", "excludeIps": ["10.0.0.2..10.0.0.9"]}
    assert list(subnet_findings(subnet(**spec, vpc="ran", gatewayType="distributed"))) == []


def test_a_subnet_is_written_the_way_the_controller_rewrites_it():
    written = SUBNET.normalise(subnet(cidrBlock="10.2.0.5/24", excludeIps=["10.2.0.9", "10.2.0.2"]), None)["spec"]
    assert written == {
        "cidrBlock": "10.2.0.0/24",
        "protocol": "IPv4",
        "gateway": "10.2.0.1",
        "excludeIps": ["10.2.0.1..10.2.0.2", "10.2.0.9"],
    }
    assert SUBNET.normalise(subnet(**written), None)["spec"] == written


def test_static_routes_are_written_with_the_controllers_fields():
    vpc = {
        "kind": "Vpc",
        "metadata": {"name": "v"},
        "spec": {"staticRoutes": [{"cidr": "0.0.0.0/0", "nextHopIP": "10.0.0.1"}]},
    }
    (route,) = VPC.normalise(vpc, None)["spec"]["staticRoutes"]
    added = {"policy": "policyDst", "ecmpMode": "", "bfdId": "", "routeTable": ""}
    assert route == {"cidr": "0.0.0.0/0", "nextHopIP": "10.0.0.1", **added}
