# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kube-OVN Subnet, as its user sees it: addresses of a VPC, one OVN logical switch (kubeovn.io/v1 Subnet)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.error import Finding, refuse
from ...core.fields import choice, flag, mapping, mappings, needed, number, text, texts
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.form import Form, Thing
from . import kinds
from .addresses import overlapping

DEFAULT_VPC = "ovn-cluster"
_ACL = {
    "direction": needed(choice("direction", "from-lport", "to-lport")),
    "priority": needed(number("priority", 0, 32767)),
    "match": needed(text("match")),
    "action": needed(choice("action", "allow-related", "allow-stateless", "allow", "drop", "reject")),
}
_NAT_RULE = {
    "action": needed(choice("action", "nat", "forward")),
    "match": mapping("match", {"src_ips": text("srcIPs"), "dst_ips": text("dstIPs")}),
}
SUBNET = Form(
    kinds.SUBNET,
    {
        "cidr": needed(text("cidrBlock")),
        "vpc": text("vpc", default=DEFAULT_VPC),
        "gateway": text("gateway"),
        "exclude_ips": texts("excludeIps"),
        "provider": text("provider"),
        "vlan": text("vlan"),
        "logical_gateway": flag("logicalGateway"),
        "u2o_interconnection": flag("u2oInterconnection"),
        "u2o_interconnection_ip": text("u2oInterconnectionIP"),
        "disable_gateway_check": flag("disableGatewayCheck"),
        "namespaces": texts("namespaces"),
        "namespace_selectors": mappings("namespaceSelectors"),
        "private": flag("private"),
        "allow_subnets": texts("allowSubnets"),
        "nat_outgoing": flag("natOutgoing"),
        "nat_outgoing_policy_rules": mappings("natOutgoingPolicyRules", _NAT_RULE),
        "gateway_type": choice("gatewayType", "distributed", "centralized"),
        "gateway_node": text("gatewayNode"),
        "gateway_node_selectors": mappings("gatewayNodeSelectors"),
        "enable_ecmp": flag("enableEcmp"),
        "external_egress_gateway": text("externalEgressGateway"),
        "policy_routing_priority": number("policyRoutingPriority", 1, 32765),
        "policy_routing_table_id": number("policyRoutingTableID", 1, 2147483647),
        "route_table": text("routeTable"),
        "enable_dhcp": flag("enableDHCP"),
        "dhcp_v4_options": text("dhcpV4Options"),
        "dhcp_v6_options": text("dhcpV6Options"),
        "enable_ipv6_ra": flag("enableIPv6RA"),
        "ipv6_ra_configs": text("ipv6RAConfigs"),
        "acls": mappings("acls", _ACL),
        "allow_east_west_traffic": flag("allowEWTraffic"),
        "enable_lb": flag("enableLb"),
        "enable_external_lb_address": flag("enableExternalLBAddress"),
        "enable_multicast_snoop": flag("enableMulticastSnoop"),
        "mtu": number("mtu", 68, 65535),
    },
)


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every subnet of ``subnets`` present or absent."""
    state = given.text("state")
    things = given.each("subnets", SUBNET.parse if state == "present" else SUBNET.named)
    if state == "present":
        refuse(overlaps(things, kube.everything(kinds.SUBNET, mode)))
    return kube.converge([(thing.place, thing.manifest) for thing in things], state, mode).named("subnets")


def overlaps(subnets: Sequence[Thing], live: Sequence[Json]) -> Iterator[Finding]:
    """Two subnets of one VPC may share no address, nor with those that exist: Kube-OVN accepts the object and never
    makes it work (measured).
    """
    yield from _among(subnets)
    given = {subnet.name for subnet in subnets}
    others = [s for s in live if s["metadata"]["name"] not in given and s.get("spec", {}).get("cidrBlock")]
    for subnet in subnets:
        for other in others:
            name, spec = other["metadata"]["name"], other["spec"]
            if spec.get("vpc", DEFAULT_VPC) == subnet.get("vpc") and _share(spec["cidrBlock"], subnet.get("cidrBlock")):
                what = f"{spec['cidrBlock']} of the existing subnet {name} in the same VPC"
                yield _overlap(subnet, what)


def _among(subnets: Sequence[Thing]) -> Iterator[Finding]:
    for index, subnet in enumerate(subnets):
        for other in subnets[:index]:
            vpc, cidr = other.get("vpc"), other.get("cidrBlock")
            if vpc == subnet.get("vpc") and overlapping(cidr, subnet.get("cidrBlock")):
                yield _overlap(subnet, f"{cidr} of subnet {other.name} in the same VPC {vpc}")


def _overlap(subnet: Thing, what: str) -> Finding:
    place = subnet.place.of(("spec", "cidrBlock"))
    return Finding(place, f"{subnet.get('cidrBlock')} overlaps {what}")


def _share(live: str, wanted: str) -> bool:
    """Whether they overlap; what lives may itself be no CIDR at all."""
    try:
        return overlapping(live, wanted)
    except ValueError:
        return False
