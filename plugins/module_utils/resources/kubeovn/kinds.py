# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's kinds (kubeovn.io/v1; measured on 1.15–1.17, see the sources at each row)."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.error import Finding
from ...core.path import Json, dig, put
from ...core.readiness import Never, NotYet, Readiness, Ready, condition, is_set, is_true, said
from ...engine.kind import CLUSTER, Kind, ref
from .addresses import canonical_cidr, default_gateway, merged, parts, protocol
from .subnet_rules import subnet_findings

CONTROLLER = "kube-ovn-controller"
LOOK = "kubectl -n kube-system logs deploy/kube-ovn-controller"


def _vpc_findings(vpc: Json) -> Iterator[Finding]:
    """Nobody tells the user about these: the object gets no status and no event (pkg/controller/vpc.go formatVpc)."""
    for index, policy in enumerate(dig(vpc, ("spec", "policyRoutes")) or []):
        if policy.get("action") not in ("allow", "drop", "reroute"):
            path = ("spec", "policyRoutes", index, "action")
            yield Finding(path, f"{policy.get('action')!r} is not one of allow, drop, reroute")


def _as_formatted(vpc: Json, _live: Json | None) -> Json:
    """Static routes with the fields that the controller adds to each (pkg/controller/vpc.go formatVpc)."""
    routes = dig(vpc, ("spec", "staticRoutes"))
    if not routes:
        return vpc
    added = {"policy": "policyDst", "ecmpMode": "", "bfdId": "", "routeTable": ""}
    return put(vpc, ("spec", "staticRoutes"), [{**added, **route} for route in routes])


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


VPC = Kind(
    "kubeovn.io/v1", "Vpc", "vpcs", CLUSTER,
    ready=(is_true("status.standby"), is_set("status.router", else_="no logical router yet")),
    refers_to=(
        ref("Namespace", "spec.namespaces[*]", required=False),
        ref("Vpc", "spec.vpcPeerings[*].remoteVpc", required=False),
    ),
    normalise=_as_formatted, checks=(_vpc_findings,), controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
SUBNET = Kind(
    "kubeovn.io/v1", "Subnet", "subnets", CLUSTER,
    ready=(_subnet_ready,),
    refers_to=(
        ref("Vpc", "spec.vpc"),
        ref("Vlan", "spec.vlan"),
        ref("Namespace", "spec.namespaces[*]", required=False),
    ),
    normalise=_normal_subnet, checks=(subnet_findings,), controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
IP = Kind("kubeovn.io/v1", "IP", "ips", CLUSTER, refers_to=(ref("Subnet", "spec.subnet"),), controllers=(CONTROLLER,))
VLAN = Kind("kubeovn.io/v1", "Vlan", "vlans", CLUSTER, refers_to=(ref("ProviderNetwork", "spec.provider"),), look=LOOK)
PROVIDER_NETWORK = Kind(
    "kubeovn.io/v1", "ProviderNetwork", "provider-networks", CLUSTER, ready=(is_true("status.ready"),), look=LOOK
)

KINDS = (VPC, SUBNET, IP, VLAN, PROVIDER_NETWORK)
