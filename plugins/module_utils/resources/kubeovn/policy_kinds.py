# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kube-OVN lets pass, and how fast: SecurityGroup and QoSPolicy.

Nothing of this is checked by Kube-OVN before it is accepted; a wrong one gets no status and no event (measured).
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.error import Finding
from ...core.path import Json, dig
from ...core.readiness import NotYet, Readiness, Ready
from ...engine.checks import one_of, reads, required, within
from ...engine.kind import CLUSTER, Kind, fixed, ref
from .controller import CONTROLLER, LOOK, SILENT
from .security_rules import DIRECTIONS, no_pass_in_the_last_tier, side


def _synced(group: Json) -> Readiness:
    """The port group, both directions, and the one field of the spec that the status repeats
    (pkg/controller/security_group.go).
    """
    status = group.get("status") or {}
    behind = [each for each in DIRECTIONS if status.get(f"{each}LastSyncSuccess") is not True]
    if not status.get("portGroup"):
        return NotYet(SILENT)
    if bool(dig(group, ("spec", "allowSameGroupTraffic"))) != bool(status.get("allowSameGroupTraffic")):
        return NotYet("status.allowSameGroupTraffic is not yet that of the spec")
    return NotYet(f"its {' and '.join(behind)} rules are not in OVN yet") if behind else Ready()


def _mirrored(policy: Json) -> Readiness:
    """The status repeats the spec as soon as it is taken over; a changed ``bindingType`` may never be (measured)."""
    spec, status = policy.get("spec") or {}, policy.get("status") or {}
    if not status:
        return NotYet(SILENT)
    names = ("bindingType", "bandwidthLimitRules")
    behind = [name for name in names if (spec.get(name) or None) != (status.get(name) or None)]
    return NotYet(f"status.{behind[0]} is not yet that of the spec") if behind else Ready()


def _shared_by_gateways(policy: Json) -> Iterator[Finding]:
    if dig(policy, ("spec", "bindingType")) == "NATGW" and dig(policy, ("spec", "shared")) is not True:
        yield Finding(("spec", "shared"), "a policy for NATGW has to be shared")


def _positive(text: str) -> None:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if number <= 0:
        raise ValueError(f"{text!r} is not a positive number")


SECURITY_GROUP = Kind(
    "kubeovn.io/v1", "SecurityGroup", "security-groups", CLUSTER, ready=(_synced,),
    refers_to=(
        ref("SecurityGroup", "spec.ingressRules[*].remoteSecurityGroup", mutual=True),
        ref("SecurityGroup", "spec.egressRules[*].remoteSecurityGroup", mutual=True),
    ),
    checks=(within("spec.tier", 0, 1), *side("ingress"), *side("egress"), no_pass_in_the_last_tier),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
_RULES = "spec.bandwidthLimitRules[*]"
QOS_POLICY = Kind(
    "kubeovn.io/v1", "QoSPolicy", "qos-policies", CLUSTER, ready=(_mirrored,),
    checks=(
        required("spec.bindingType"), one_of("spec.bindingType", "EIP", "NATGW"), _shared_by_gateways,
        one_of(f"{_RULES}.direction", "ingress", "egress"), one_of(f"{_RULES}.matchType", "ip"),
        reads(f"{_RULES}.rateMax", _positive), reads(f"{_RULES}.burstMax", _positive),
    ),
    # pkg/controller/qos_policy.go: "not support qos … change"
    immutable=(
        *fixed("spec.bindingType", "spec.shared"),
        *fixed("spec.bandwidthLimitRules", when=lambda live: dig(live, ("spec", "shared")) is True),
    ),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip

KINDS = (SECURITY_GROUP, QOS_POLICY)
