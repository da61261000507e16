# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's egress gateways, and what they announce (experimental: BgpConf, EvpnConf)."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.error import Finding
from ...core.path import Json, dig, every, parse
from ...core.readiness import NotYet, Readiness, Ready, never_when
from ...engine.checks import address, one_of, reads, required, within
from ...engine.kind import CLUSTER, NAMESPACED, Kind, fixed, ref
from .addresses import networks
from .controller import CONTROLLER, LOOK, ready_flag


def _completed(live: Json) -> Readiness:
    phase = dig(live, ("status", "phase"), "no phase yet")
    return Ready() if phase == "Completed" else NotYet(f"phase {phase}")


def _enough_addresses(gateway: Json) -> Iterator[Finding]:
    """An address for every replica, if any is given (a rule of the 1.15 CRD that 1.16 left out)."""
    replicas = dig(gateway, ("spec", "replicas"), 1)
    for name in ("internalIPs", "externalIPs"):
        given = dig(gateway, ("spec", name)) or []
        if given and isinstance(replicas, int) and len(given) < replicas:
            yield Finding(("spec", name), f"{len(given)} addresses are too few for {replicas} replicas")


def _something_to_send(gateway: Json) -> Iterator[Finding]:
    """A policy or a selector, and no policy that is about nothing (a rule of the 1.15 CRD that 1.16 left out)."""
    spec = gateway.get("spec") or {}
    if not spec.get("policies") and not spec.get("selectors"):
        yield Finding(("spec",), "one of policies and selectors is required")
    for place, policy in every(gateway, parse("spec.policies[*]")):
        if not policy.get("ipBlocks") and not policy.get("subnets"):
            yield Finding(place, "one of ipBlocks and subnets is required")


VPC_EGRESS_GATEWAY = Kind(
    "kubeovn.io/v1", "VpcEgressGateway", "vpc-egress-gateways", NAMESPACED,
    # Validated=False: VpcBfdPortNotEnabled (pkg/controller/vpc_egress_gateway.go)
    ready=(never_when("Validated", "False"), ready_flag, _completed),
    refers_to=(
        ref("Vpc", "spec.vpc"), ref("Subnet", "spec.internalSubnet"), ref("Subnet", "spec.externalSubnet"),
        ref("Subnet", "spec.policies[*].subnets[*]"), ref("BgpConf", "spec.bgpConf"), ref("EvpnConf", "spec.evpnConf"),
        ref("IPPool", "spec.internalIPPool"), ref("IPPool", "spec.externalIPPool"),
    ),
    checks=(
        required("spec.externalSubnet"), _enough_addresses, _something_to_send, within("spec.replicas", 0, 10),
        one_of("spec.trafficPolicy", "Cluster", "Local"), address("spec.internalIPs[*]"),
        address("spec.externalIPs[*]"), reads("spec.policies[*].ipBlocks[*]", networks),
    ),
    immutable=fixed("spec.prefix"),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
BGP_CONF = Kind(
    "kubeovn.io/v1", "BgpConf", "bgp-confs", CLUSTER,
    checks=(address("spec.routerId"), address("spec.neighbours[*]")),
    sensitive=(parse("spec.password"),), look=LOOK,
)  # fmt: skip
EVPN_CONF = Kind("kubeovn.io/v1", "EvpnConf", "evpn-confs", CLUSTER, look=LOOK)

KINDS = (VPC_EGRESS_GATEWAY, BGP_CONF, EVPN_CONF)
