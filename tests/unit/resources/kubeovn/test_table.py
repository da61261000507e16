# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of Kube-OVN's kinds but Vpc and Subnet: when they work, and what nobody but we would refuse (measured on a real
controller, where it is quoted)."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubeovn.kinds import attachment_of


def row(kind):
    return REGISTRY.find("kubeovn.io/v1", kind)


def thing(spec=None, **status):
    return {"metadata": {"name": "x"}, "spec": spec or {}, **({"status": status} if status else {})}


def condition(kind, status, reason="", message=""):
    return {"type": kind, "status": status, "reason": reason, "message": message}


SYNCED = {"portGroup": "ovn.sg.web", "ingressLastSyncSuccess": True, "egressLastSyncSuccess": True}
LIMIT = {"bandwidthLimitRules": [{"name": "up", "rateMax": "100"}], "bindingType": "EIP"}


@pytest.mark.parametrize(
    ("kind", "found", "verdict"),
    [
        ("Vip", thing(v4ip="10.1.0.9", mac="00:00:00:01:02:03"), Ready),
        ("Vip", thing(v4ip="10.1.0.9"), NotYet),
        ("Vip", thing(), NotYet),
        ("IPPool", thing(conditions=[condition("Ready", "True", "UpdateIPAMSucceeded")], v4AvailableIPs=4), Ready),
        ("IPPool", thing(conditions=[condition("Ready", "True", "UpdateIPAMSucceeded")], v4AvailableIPs=0), Never),
        (
            "IPPool",
            thing(conditions=[condition("Ready", "True")], v4AvailableIPs=0, v4UsingIPs=4),
            Ready,
        ),
        ("SecurityGroup", thing(**SYNCED), Ready),
        ("SecurityGroup", thing(**{**SYNCED, "egressLastSyncSuccess": False}), NotYet),
        ("SecurityGroup", thing({"allowSameGroupTraffic": True}, **SYNCED), NotYet),
        ("SecurityGroup", thing(), NotYet),
        ("QoSPolicy", thing(LIMIT, **LIMIT), Ready),
        ("QoSPolicy", thing(LIMIT, **{**LIMIT, "bindingType": "NATGW"}), NotYet),
        ("QoSPolicy", thing(LIMIT), NotYet),
        ("SwitchLBRule", thing(service="n/slr-x", ports="80/TCP"), Ready),
        ("SwitchLBRule", thing(), NotYet),
        ("VpcNatGateway", thing(ready=True, workload={"name": "vpc-nat-gw-x"}), Ready),
        ("VpcNatGateway", thing(ready=False), NotYet),
        ("VpcNatGateway", thing(workload={"name": "vpc-nat-gw-x"}), NotYet),
        ("VpcNatGateway", thing(externalSubnets=["ovn-vpc-external-network"]), Ready),
        ("VpcNatGateway", thing(), NotYet),
        ("IptablesEIP", thing(ready=True, ip="192.0.2.9"), Ready),
        ("IptablesEIP", thing(ready=True), NotYet),
        ("OvnFip", thing(ready=True), Ready),
        ("OvnFip", thing(ready=False), NotYet),
        ("VpcEgressGateway", thing(ready=True, phase="Completed"), Ready),
        ("VpcEgressGateway", thing(ready=True, phase="Processing"), NotYet),
        ("VpcEgressGateway", thing(conditions=[condition("Validated", "False", "VpcBfdPortNotEnabled")]), Never),
        ("Vlan", thing(), Ready),
        ("Vlan", thing(conflict=True), Never),
        ("ProviderNetwork", thing(ready=True), Ready),
        ("ProviderNetwork", thing(), NotYet),
        ("VpcDns", thing(active=True), Ready),
        ("VpcDns", thing(active=False), NotYet),
        ("BgpConf", thing(), Ready),
        ("Vpc", thing({"bfdPort": {"enabled": True}}, standby=True, router="x"), NotYet),
        ("Vpc", thing({"bfdPort": {"enabled": True}}, standby=True, router="x", bfdPort={"ip": "10.0.0.1"}), Ready),
    ],
)
def test_readiness(kind, found, verdict):
    assert isinstance(row(kind).judge(found), verdict), row(kind).judge(found)


def test_no_status_says_where_to_look():
    """A wrong SecurityGroup, QoSPolicy, SwitchLBRule or Vip never gets one, nor an event."""
    for kind in ("SecurityGroup", "QoSPolicy", "SwitchLBRule", "Vip", "OvnFip"):
        verdict = row(kind).judge(thing())
        assert isinstance(verdict, NotYet)
        assert "in its log only" in verdict.why
        assert "kube-ovn-controller" in row(kind).look


def test_a_node_without_the_provider_network_says_why():
    reason = {**condition("Ready", "False", "InitOVSBridgeFailed", "interface bond0 not found"), "node": "e2"}
    verdict = row("ProviderNetwork").judge(thing(ready=False, notReadyNodes=["e2", "e3"], conditions=[reason]))
    assert verdict == NotYet("e2: interface bond0 not found; e3 is not ready")


def rule(**fields):
    """One with everything that it needs; None takes a field away."""
    whole = {
        "ipVersion": "ipv4", "protocol": "tcp", "priority": 500, "policy": "allow", "remoteType": "address",
        "remoteAddress": "10.0.0.0/8", "portRangeMin": 80, "portRangeMax": 443, **fields,
    }  # fmt: skip
    return {"ingressRules": [{key: value for key, value in whole.items() if value is not None}]}


NO_PORTS = {"portRangeMin": None, "portRangeMax": None}
FROM_HERE = {"localAddress": "10.0.0.9", "sourcePortRangeMin": 1024, "sourcePortRangeMax": 65535}


SERVICE = {"vip": "10.9.0.1", "namespace": "n", "selector": ["app:web"], "ports": [{"port": 80, "protocol": "TCP"}]}
EGRESS = {"externalSubnet": "ext", "policies": [{"subnets": ["n6"]}]}


@pytest.mark.parametrize(
    ("kind", "spec", "places"),
    [
        ("SecurityGroup", rule(), []),
        ("SecurityGroup", rule(**FROM_HERE), []),
        ("SecurityGroup", rule(protocol="icmp", **NO_PORTS), []),
        ("SecurityGroup", rule(portRangeMin=443, portRangeMax=80), ["spec.ingressRules[0].portRangeMin"]),
        ("SecurityGroup", rule(protocol="sctp", **NO_PORTS), ["spec.ingressRules[0].protocol"]),
        ("SecurityGroup", rule(remoteAddress="10.0.0.0/33"), ["spec.ingressRules[0].remoteAddress"]),
        ("SecurityGroup", rule(remoteAddress="fd00::/8"), ["spec.ingressRules[0].remoteAddress"]),
        ("SecurityGroup", rule(remoteType="securityGroup"), ["spec.ingressRules[0].remoteSecurityGroup"]),
        ("SecurityGroup", rule(remoteType=None), ["spec.ingressRules[0].remoteType"]),
        ("SecurityGroup", rule(priority=None), ["spec.ingressRules[0].priority"]),
        ("SecurityGroup", rule(portRangeMax=None), ["spec.ingressRules[0].portRangeMax"]),
        ("SecurityGroup", rule(protocol="icmp", portRangeMax=None), ["spec.ingressRules[0].portRangeMin"]),
        ("SecurityGroup", rule(sourcePortRangeMin=1024), ["spec.ingressRules[0].sourcePortRangeMin"]),
        ("SecurityGroup", rule(**{**FROM_HERE, "localAddress": "fd00::9"}), ["spec.ingressRules[0].localAddress"]),
        ("SecurityGroup", {"tier": 1, **rule(policy="pass")}, ["spec.ingressRules[0].policy"]),
        ("SecurityGroup", {"tier": 0, **rule(policy="pass")}, []),
        ("QoSPolicy", LIMIT, []),
        ("QoSPolicy", {"bindingType": "NATGW"}, ["spec.shared"]),
        (
            "QoSPolicy",
            {"bindingType": "EIP", "bandwidthLimitRules": [{"rateMax": "x", "direction": "sideways"}]},
            ["spec.bandwidthLimitRules[0].direction", "spec.bandwidthLimitRules[0].rateMax"],
        ),
        ("SwitchLBRule", SERVICE, []),
        ("SwitchLBRule", {**SERVICE, "vip": "10.9.0.300"}, ["spec.vip"]),
        (
            "SwitchLBRule",
            {**SERVICE, "ports": [{"port": 99999, "protocol": "FOO"}]},
            ["spec.ports[0].port", "spec.ports[0].protocol"],
        ),
        ("SwitchLBRule", {**SERVICE, "selector": []}, ["spec"]),
        ("Vip", {"subnet": "n3", "v4ip": "10.1.0.300"}, ["spec.v4ip"]),
        ("Vip", {}, ["spec.subnet"]),
        ("IPPool", {"subnet": "n3", "ips": ["10.1.0.9", "10.1.0.20..10.1.0.30", "10.1.0.64/28"]}, []),
        ("IPPool", {"subnet": "n3", "ips": ["10.1.0.30..10.1.0.20"]}, ["spec.ips[0]"]),
        ("Vlan", {"provider": "data", "id": 4096}, ["spec.id"]),
        ("VpcNatGateway", {"vpc": "v", "subnet": "s", "lanIp": "10.9.0"}, ["spec.lanIp"]),
        ("IptablesEIP", {}, ["spec.natGwDp"]),
        (
            "IptablesDnatRule",
            {"eip": "e", "protocol": "sctp", "externalPort": "0", "internalPort": "80", "internalIp": "10.0.0.9"},
            ["spec.protocol", "spec.externalPort"],
        ),
        (
            "IptablesDnatRule",
            {"eip": "e", "internalIp": "10.0.0.9"},
            ["spec.externalPort", "spec.internalPort", "spec.protocol"],
        ),
        ("IptablesFIPRule", {"eip": "e", "internalIp": "fd00::9"}, ["spec.internalIp"]),
        ("IptablesSnatRule", {"eip": "e", "internalCIDR": "10.0.0.0/24,10.1.0.0/24"}, ["spec.internalCIDR"]),
        ("IptablesEIP", {"natGwDp": "g", "v6ip": "FD00::9"}, ["spec.v6ip"]),
        (
            "OvnDnatRule",
            {"ovnEip": "e", "ipName": "web.n", "externalPort": "80", "internalPort": "80"},
            ["spec.protocol"],
        ),
        ("OvnSnatRule", {"ovnEip": "e", "vpcSubnet": "n3"}, []),
        ("OvnSnatRule", {"ovnEip": "e", "v4IpCidr": "10.0.0.0/24"}, ["spec.vpc"]),
        ("OvnSnatRule", {"ovnEip": "e"}, ["spec"]),
        ("OvnFip", {"ovnEip": "e", "v4Ip": "10.0.0.9"}, ["spec"]),
        ("VpcEgressGateway", EGRESS, []),
        ("VpcEgressGateway", {**EGRESS, "replicas": 2, "externalIPs": ["192.0.2.1"]}, ["spec.externalIPs"]),
        ("VpcEgressGateway", {"externalSubnet": "ext"}, ["spec"]),
        ("VpcEgressGateway", {**EGRESS, "policies": [{"snat": True}]}, ["spec.policies[0]"]),
        ("VpcDns", {"vpc": "v", "subnet": "s", "replicas": 4}, ["spec.replicas"]),
        ("Vpc", {"staticRoutes": [{"cidr": "10.0.0.0/33"}]}, ["spec.staticRoutes[0].cidr"]),
        ("Vpc", {"policyRoutes": [{"action": "reroute"}]}, ["spec.policyRoutes[0].nextHopIP"]),
        ("Vpc", {"bfdPort": {"enabled": True}}, ["spec.bfdPort.ip"]),
        ("Subnet", {"cidrBlock": "10.1.0.0/24", "mtu": 20}, ["spec.mtu"]),
        (
            "Subnet",
            {"cidrBlock": "10.1.0.0/24", "natOutgoing": True, "externalEgressGateway": "10.1.0.9"},
            ["spec.natOutgoing"],
        ),
    ],
)
def test_refused_before_it_is_accepted_and_forgotten(kind, spec, places):
    found = [finding for check in row(kind).checks for finding in check(thing(spec))]
    assert [render(finding.path) for finding in found] == places, found


def test_a_bridge_is_named_after_its_provider_network():
    found = [f for check in row("ProviderNetwork").checks for f in check({**thing({"defaultInterface": "ens1"}),
             "metadata": {"name": "a-long-name-x"}})]  # fmt: skip
    assert [render(finding.path) for finding in found] == ["metadata.name"]


@pytest.mark.parametrize(
    ("kind", "live", "wanted", "places"),
    [
        ("Subnet", {"vpc": "ran"}, {"vpc": "core"}, ["spec.vpc"]),
        ("Subnet", {"vpc": ""}, {"vpc": "ovn-cluster"}, []),
        ("IPPool", {"subnet": "a"}, {"subnet": "b"}, ["spec.subnet"]),
        (
            "VpcNatGateway",
            {"vpc": "a", "lanIp": "10.0.0.9"},
            {"vpc": "b", "lanIp": "10.0.0.8"},
            ["spec.vpc", "spec.lanIp"],
        ),
        ("IptablesEIP", {"natGwDp": "a"}, {"natGwDp": "b"}, ["spec.natGwDp"]),
        ("IptablesEIP", {"v4ip": "192.0.2.1"}, {"v4ip": "192.0.2.2"}, []),
        ("OvnFip", {"ovnEip": "a"}, {"ovnEip": "b"}, []),
        ("QoSPolicy", {"bandwidthLimitRules": [{"name": "a"}]}, {"bandwidthLimitRules": [{"name": "b"}]}, []),
        (
            "QoSPolicy",
            {"shared": True, "bandwidthLimitRules": [{"name": "a"}]},
            {"shared": True, "bandwidthLimitRules": [{"name": "b"}]},
            ["spec.bandwidthLimitRules"],
        ),
    ],
)
def test_what_cannot_be_changed(kind, live, wanted, places):
    found = row(kind).fixed(thing(wanted), thing(live))
    assert [render(finding.path) for finding in found] == places


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("IptablesEIP", {"v4ip": "192.0.2.1"}, {"v4ip": "192.0.2.2"}),
        ("OvnFip", {"ovnEip": "a"}, {"ovnEip": "b"}),
        ("OvnDnatRule", {"externalPort": "80"}, {"externalPort": "81"}),
        ("OvnSnatRule", {"vpcSubnet": "n3"}, {"vpcSubnet": "n6"}),
    ],
)
def test_what_is_in_use_keeps_what_it_has(kind, before, after):
    assert row(kind).fixed(thing(after), thing(before, ready=True))


def test_a_gateways_statefulset_needs_a_name_that_fits():
    gateway = {**thing({"vpc": "v", "subnet": "s"}), "metadata": {"name": "g" * 42}}
    assert [render(f.path) for check in row("VpcNatGateway").checks for f in check(gateway)] == ["metadata.name"]


def test_a_next_hop_that_is_not_used_is_blanked_as_the_controller_does():
    vpc = thing(
        {"policyRoutes": [{"action": "allow", "nextHopIP": "10.0.0.1"}, {"action": "reroute", "nextHopIP": "10.0.0.2"}]}
    )
    hops = [route["nextHopIP"] for route in row("Vpc").normalise(vpc, None)["spec"]["policyRoutes"]]
    assert hops == ["", "10.0.0.2"]


@pytest.mark.parametrize(("provider", "nad"), [("ovn", ""), ("n6.upf", "upf/n6"), ("n6.upf.ovn", "upf/n6")])
def test_a_subnet_names_its_attachment_by_the_provider(provider, nad):
    assert attachment_of(provider) == nad
