# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's kinds (kubeovn.io/v1; measured on 1.15–1.17, see the sources at each row)."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.error import Finding
from ...core.path import Json, dig, put
from ...core.readiness import Never, NotYet, Readiness, Ready, condition, is_set, is_true, said
from ...engine.checks import addresses, networks, not_both, one_of, reads, within
from ...engine.kind import CLUSTER, Kind, fixed, ref
from . import address_kinds, egress_kinds, nat_kinds, policy_kinds, service_kinds, underlay_kinds
from .addresses import canonical_cidr, default_gateway, merged, parts, protocol
from .controller import CONTROLLER, LOOK
from .subnet_rules import subnet_findings


def _vpc_findings(vpc: Json) -> Iterator[Finding]:
    """Nobody tells the user about these: the object gets no status and no event (pkg/controller/vpc.go formatVpc)."""
    for index, policy in enumerate(dig(vpc, ("spec", "policyRoutes")) or []):
        if policy.get("action") not in ("allow", "drop", "reroute"):
            path = ("spec", "policyRoutes", index, "action")
            yield Finding(path, f"{policy.get('action')!r} is not one of allow, drop, reroute")


def _next_hops(vpc: Json) -> Iterator[Finding]:
    """A reroute goes to addresses; only then are they kept (pkg/controller/vpc.go formatVpc)."""
    for index, policy in enumerate(dig(vpc, ("spec", "policyRoutes")) or []):
        if policy.get("action") == "reroute" and not policy.get("nextHopIP"):
            yield Finding(("spec", "policyRoutes", index, "nextHopIP"), "is required to reroute")


def _bfd_port_address(vpc: Json) -> Iterator[Finding]:
    """A rule of the 1.15 CRD that 1.16 left out."""
    if dig(vpc, ("spec", "bfdPort", "enabled")) is True and not dig(vpc, ("spec", "bfdPort", "ip")):
        yield Finding(("spec", "bfdPort", "ip"), "is required for an enabled BFD port")


def _bfd_port(vpc: Json) -> Readiness:
    if dig(vpc, ("spec", "bfdPort", "enabled")) is True and not dig(vpc, ("status", "bfdPort", "ip")):
        return NotYet("no BFD port yet")
    return Ready()


def _as_formatted(vpc: Json, _live: Json | None) -> Json:
    """Routes the way the controller writes them (pkg/controller/vpc.go formatVpc): static ones with the fields that it
    adds to each, and no next hop for a policy that does not reroute.
    """
    routes, policies = dig(vpc, ("spec", "staticRoutes")), dig(vpc, ("spec", "policyRoutes"))
    if routes:
        added = {"policy": "policyDst", "ecmpMode": "", "bfdId": "", "routeTable": ""}
        vpc = put(vpc, ("spec", "staticRoutes"), [{**added, **route} for route in routes])
    if policies:
        vpc = put(vpc, ("spec", "policyRoutes"), [_with_hop_if_used(policy) for policy in policies])
    return vpc


def _with_hop_if_used(policy: Json) -> Json:
    unused = policy.get("nextHopIP") and policy.get("action") != "reroute"
    return {**policy, "nextHopIP": ""} if unused else policy


def _normal_subnet(subnet: Json, live: Json | None) -> Json:
    """CIDR canonical, excluded addresses merged and with the gateway among them (pkg/controller/subnet.go
    formatSubnet).
    """
    spec = dict(subnet.get("spec") or {})
    if not spec.get("cidrBlock"):
        return subnet
    spec["cidrBlock"] = canonical_cidr(spec["cidrBlock"])
    spec["protocol"] = protocol(spec["cidrBlock"])
    spec["gateway"] = spec.get("gateway") or default_gateway(spec["cidrBlock"])
    spec["excludeIps"] = merged([*spec.get("excludeIps", []), *parts(spec["gateway"])])
    return {**subnet, "spec": spec}


def _subnet_ready(live: Json) -> Readiness:
    """``Validated`` may be True on a Subnet that cannot work, and ``Error`` is Unknown on a healthy one (measured)."""
    error, ready = condition(live, "Error"), condition(live, "Ready")
    if error is not None and error.get("status") == "True":
        return Never(said(error))
    if ready is not None and ready.get("status") == "True":
        return Ready()
    if ready is not None and ready.get("status") == "False":
        return NotYet(said(ready))
    return NotYet("no Ready condition yet: does its Vpc exist, and does kube-ovn-controller run?")


def attachment_of(provider: str) -> str:
    """The NetworkAttachmentDefinition that a provider names (``nad.ns`` or ``nad.ns.ovn``) as ``ns/nad``; empty for
    ``ovn``, the cluster's own network.
    """
    name, dot, rest = provider.partition(".")
    return f"{rest.removesuffix('.ovn')}/{name}" if dot else ""


VPC = Kind(
    "kubeovn.io/v1", "Vpc", "vpcs", CLUSTER,
    ready=(is_true("status.standby"), is_set("status.router", else_="no logical router yet"), _bfd_port),
    refers_to=(
        ref("Namespace", "spec.namespaces[*]", required=False),
        ref("Vpc", "spec.vpcPeerings[*].remoteVpc", required=False, mutual=True),
    ),
    normalise=_as_formatted,
    checks=(
        _vpc_findings, _next_hops, _bfd_port_address, within("spec.policyRoutes[*].priority", 0, 32767),
        one_of("spec.staticRoutes[*].policy", "policyDst", "policySrc"),
        # Without a status, an event or a word anywhere but in the log (measured).
        reads("spec.staticRoutes[*].cidr", addresses, networks), reads("spec.staticRoutes[*].nextHopIP", addresses),
        reads("spec.vpcPeerings[*].localConnectIP", networks),
    ),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
SUBNET = Kind(
    "kubeovn.io/v1", "Subnet", "subnets", CLUSTER,
    ready=(_subnet_ready,),
    refers_to=(
        ref("Vpc", "spec.vpc"),
        ref("Vlan", "spec.vlan"),
        ref("Namespace", "spec.namespaces[*]", required=False),
        # The attachment goes after its subnets.
        ref("NetworkAttachmentDefinition", "spec.provider", required=False, read=attachment_of),
    ),
    # Ranges and choices are those of the 1.15 CRD, which 1.16 left out; exclusions those of pkg/util/validator.go.
    checks=(
        subnet_findings, within("spec.mtu", 68, 65535), within("spec.policyRoutingPriority", 1, 32765),
        within("spec.policyRoutingTableID", 1, 2147483647), within("spec.acls[*].priority", 0, 32767),
        one_of("spec.acls[*].direction", "from-lport", "to-lport"),
        one_of("spec.acls[*].action", "allow-related", "allow-stateless", "allow", "drop", "reject"),
        one_of("spec.natOutgoingPolicyRules[*].action", "nat", "forward"),
        not_both("spec.externalEgressGateway", "spec.natOutgoing"),
        not_both("spec.logicalGateway", "spec.u2oInterconnection"),
    ),
    # pkg/webhook/subnet.go: "vpc can only be changed from empty to ovn-cluster"
    normalise=_normal_subnet, immutable=fixed("spec.vpc"), controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip

KINDS = (
    VPC,
    SUBNET,
    *address_kinds.KINDS,
    *underlay_kinds.KINDS,
    *nat_kinds.KINDS,
    *egress_kinds.KINDS,
    *policy_kinds.KINDS,
    *service_kinds.KINDS,
)
