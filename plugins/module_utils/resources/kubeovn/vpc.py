# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kube-OVN VPC, as its user sees it: a tenant's routing domain, one OVN logical router (kubeovn.io/v1 Vpc)."""

from __future__ import annotations

from ...core.fields import choice, flag, mapping, mappings, needed, number, text, texts
from ...core.given import Given
from ...core.mode import Mode
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.form import Form
from . import kinds

_STATIC_ROUTE = {
    "cidr": needed(text("cidr")),
    "next_hop": needed(text("nextHopIP")),
    "policy": choice("policy", "policyDst", "policySrc", default="policyDst"),
    "ecmp_mode": text("ecmpMode"),
    "bfd_id": text("bfdId"),
    "route_table": text("routeTable"),
}
_POLICY_ROUTE = {
    "priority": needed(number("priority", 0, 32767)),
    "match": needed(text("match")),
    "action": needed(choice("action", "allow", "drop", "reroute")),
    "next_hop": text("nextHopIP"),
}
_PEERING = {"vpc": needed(text("remoteVpc")), "local_address": needed(text("localConnectIP"))}
_BFD_PORT = {"enabled": flag("enabled"), "ip": text("ip"), "node_selector": mapping("nodeSelector")}
VPC = Form(
    kinds.VPC,
    {
        "namespaces": texts("namespaces"),
        "static_routes": mappings("staticRoutes", _STATIC_ROUTE),
        "policy_routes": mappings("policyRoutes", _POLICY_ROUTE),
        "peerings": mappings("vpcPeerings", _PEERING),
        "enable_external": flag("enableExternal"),
        "extra_external_subnets": texts("extraExternalSubnets"),
        "enable_bfd": flag("enableBfd"),
        "bfd_port": mapping("bfdPort", _BFD_PORT),
        "default_subnet": text("defaultSubnet"),
    },
)


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every VPC of ``vpcs`` present or absent."""
    state = given.text("state")
    read = VPC.parse if state == "present" else VPC.named
    things = given.each("vpcs", read)
    return kube.converge([(thing.place, thing.manifest) for thing in things], state, mode).named("vpcs")
