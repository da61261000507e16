# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's load balancers and names: SwitchLBRule, RouterLBRule (not released yet), VpcDns, DNSNameResolver."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.error import Finding
from ...core.path import Json
from ...engine.checks import address, one_of, required, within
from ...engine.kind import CLUSTER, Check, Kind, fixed, ref
from .controller import CONTROLLER, LOOK, filled


def _somebody_answers(rule: Json) -> Iterator[Finding]:
    spec = rule.get("spec") or {}
    if not spec.get("selector") and not spec.get("endpoints"):
        yield Finding(("spec",), "one of selector and endpoints is required")


# A bad address, port or protocol is accepted, and nothing is ever heard of it (measured).
_PORTS: tuple[Check, ...] = (
    required("spec.ports"),
    within("spec.ports[*].port", 1, 65535),
    within("spec.ports[*].targetPort", 1, 65535),
    one_of("spec.ports[*].protocol", "TCP", "UDP", "SCTP", "tcp", "udp", "sctp"),
    address("spec.endpoints[*]"),
    _somebody_answers,
)

SWITCH_LB_RULE = Kind(
    "kubeovn.io/v1", "SwitchLBRule", "switch-lb-rules", CLUSTER, ready=(filled("service", "ports"),),
    refers_to=(ref("Namespace", "spec.namespace"),),
    checks=(required("spec.vip"), address("spec.vip"), *_PORTS),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
ROUTER_LB_RULE = Kind(
    "kubeovn.io/v1", "RouterLBRule", "router-lb-rules", CLUSTER, ready=(filled("service", "ports"),),
    refers_to=(ref("Namespace", "spec.namespace"), ref("Vpc", "spec.vpc"), ref("OvnEip", "spec.ovnEip")),
    checks=(required("spec.ovnEip"), *_PORTS), controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
VPC_DNS = Kind(
    "kubeovn.io/v1", "VpcDns", "vpc-dnses", CLUSTER, ready=(filled("active"),),
    refers_to=(ref("Vpc", "spec.vpc"), ref("Subnet", "spec.subnet")),
    checks=(required("spec.vpc", "spec.subnet"), within("spec.replicas", 1, 3)),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
DNS_NAME_RESOLVER = Kind(
    "kubeovn.io/v1", "DNSNameResolver", "dnsnameresolvers", CLUSTER, ready=(filled("resolvedNames"),),
    immutable=fixed("spec.name"), controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip

KINDS = (SWITCH_LB_RULE, ROUTER_LB_RULE, VPC_DNS, DNS_NAME_RESOLVER)
