# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smaller kinds: Vip, IPPool, SecurityGroup, QoSPolicy. Wrong ones get neither status nor event, as with the real
controller: the reason is only in its log."""

from __future__ import annotations

import hashlib
import json

from . import kinds
from . import kubeovn_addresses as net
from .client import Obj, Resource
from .controller import Postponed, Program, deleting, finalizers, fresh, labels_of, now
from .kubeovn_ipam import FINALIZER, RESERVED_LABEL, SUBNET_LABEL, Ipam, split_families


async def _hold(program: Program, resource: Resource, obj: Obj) -> Obj:
    """Add the finalizer; on an object that is being deleted, take it away."""
    has = FINALIZER in finalizers(obj)
    if deleting(obj) == has:
        others = [f for f in finalizers(obj) if f != FINALIZER]
        wanted = others if deleting(obj) else [*others, FINALIZER]
        return await program.patch(resource, obj, {"metadata": {"finalizers": wanted}})
    return obj


class Vips:
    """Reserves an address per Vip; the Vip kind has no status subresource, so one Update writes everything."""

    def __init__(self, program: Program, ipam: Ipam) -> None:
        self._program, self._ipam = program, ipam
        program.feed(kinds.VIP, program.queue("vip", self._reconcile))

    async def _reconcile(self, name: str) -> None:
        vip = self._program.cache(kinds.VIP).get(name)
        if vip is None:
            return
        if deleting(vip):
            if FINALIZER in finalizers(vip):
                await _hold(self._program, kinds.VIP, vip)
            return
        if vip.get("status", {}).get("mac"):
            return
        spec = vip["spec"]
        subnet = self._program.cache(kinds.SUBNET).get(spec.get("subnet", ""))
        if subnet is None:
            raise Postponed(f'failed to get subnet: subnet.kubeovn.io "{spec.get("subnet")}" not found')
        wanted = ",".join(spec[key] for key in ("v4ip", "v6ip") if spec.get(key))
        v4, v6 = split_families(self._ipam.choose(subnet, wanted, own=_as_ip(spec)))
        mac = spec.get("macAddress") or net.mac_for(f"vip-{name}")
        changed = fresh(vip)
        changed["metadata"]["labels"] = {**labels_of(vip), SUBNET_LABEL: spec["subnet"], RESERVED_LABEL: ""}
        changed["metadata"]["finalizers"] = [*finalizers(vip), FINALIZER]
        changed["spec"] = {**spec, "namespace": spec.get("namespace", ""), "v4ip": v4, "v6ip": v6, "macAddress": mac}
        changed["status"] = {"v4ip": v4, "v6ip": v6, "mac": mac, "type": spec.get("type", "")}
        await self._program.update(kinds.VIP, changed)


def _as_ip(spec: Obj) -> Obj:
    return {"spec": {"v4IpAddress": spec.get("v4ip"), "v6IpAddress": spec.get("v6ip")}}


class IpPools:
    """Counts. A pool outside its subnet even becomes Ready, with nothing available."""

    def __init__(self, program: Program) -> None:
        self._program = program
        program.feed(kinds.IPPOOL, program.queue("ippool", self._reconcile))

    async def _reconcile(self, name: str) -> None:
        pool = self._program.cache(kinds.IPPOOL).get(name)
        if pool is None:
            return
        pool = await _hold(self._program, kinds.IPPOOL, pool)
        if deleting(pool):
            return
        subnet = self._program.cache(kinds.SUBNET).get(pool["spec"]["subnet"])
        if subnet is None:
            raise Postponed("NoSubnet")
        inside = [a for a in pool["spec"]["ips"] if net.contains(subnet["spec"]["cidrBlock"], a.replace("..", ","))]
        status = {
            "v4AvailableIPs": _size(inside),
            "v4UsingIPs": 0,
            "v6AvailableIPs": 0,
            "v6UsingIPs": 0,
            "v4AvailableIPRange": ",".join(a.replace("..", "-") for a in inside),
            "v4UsingIPRange": "",
            "v6AvailableIPRange": "",
            "v6UsingIPRange": "",
            "conditions": _ready(pool),
        }
        if pool.get("status") != status:
            await self._program.patch(kinds.IPPOOL, pool, {"status": status}, "status")


def _size(entries: list[str]) -> int:
    total = 0
    for entry in entries:
        ends = [net.parse_address(end) for end in entry.split("..")]
        total += int(ends[-1] or 0) - int(ends[0] or 0) + 1
    return total


def _ready(pool: Obj) -> list[Obj]:
    held: list[Obj] = pool.get("status", {}).get("conditions") or []
    if held:
        return held
    stamp = {"lastUpdateTime": now(), "lastTransitionTime": now()}
    return [
        {"type": "Ready", "status": "True", "reason": "UpdateIPAMSucceeded", **stamp},
        {"type": "Error", "status": "Unknown", "reason": "Init", "message": "Not Observed", **stamp},
    ]


class SecurityGroups:
    """Port group and sync flags; no finalizer."""

    def __init__(self, program: Program) -> None:
        self._program = program
        program.feed(kinds.SECURITY_GROUP, program.queue("security group", self._reconcile))

    async def _reconcile(self, name: str) -> None:
        group = self._program.cache(kinds.SECURITY_GROUP).get(name)
        if group is None or deleting(group):
            return
        spec = group.get("spec", {})
        for rule in [*(spec.get("ingressRules") or []), *(spec.get("egressRules") or [])]:
            self._check(rule)
        status = {
            "portGroup": f"ovn.sg.{name}",
            "allowSameGroupTraffic": bool(spec.get("allowSameGroupTraffic")),
            "ingressMd5": _digest(spec.get("ingressRules")),
            "egressMd5": _digest(spec.get("egressRules")),
            "ingressLastSyncSuccess": True,
            "egressLastSyncSuccess": True,
        }
        if group.get("status") != status:
            await self._program.patch(kinds.SECURITY_GROUP, group, {"status": status}, "status")

    def _check(self, rule: Obj) -> None:
        if rule.get("portRangeMin", 0) > rule.get("portRangeMax", 0):
            raise Postponed("portRange err, range Minimum value greater than maximum value")
        remote = rule.get("remoteSecurityGroup")
        if (
            rule.get("remoteType") == "securityGroup"
            and self._program.cache(kinds.SECURITY_GROUP).get(remote or "") is None
        ):
            raise Postponed(f'failed to get remote sg "{remote}"')


def _digest(rules: object) -> str:
    return hashlib.md5(json.dumps(rules, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


class QosPolicies:
    """The status mirrors the spec."""

    def __init__(self, program: Program) -> None:
        self._program = program
        program.feed(kinds.QOS_POLICY, program.queue("qos policy", self._reconcile))

    async def _reconcile(self, name: str) -> None:
        policy = self._program.cache(kinds.QOS_POLICY).get(name)
        if policy is None:
            return
        policy = await _hold(self._program, kinds.QOS_POLICY, policy)
        if deleting(policy):
            return
        spec = policy.get("spec", {})
        rules = sorted(spec.get("bandwidthLimitRules") or [], key=lambda rule: str(rule["name"]))
        for rule in rules:
            _check_rule(rule)
        status = {
            "shared": bool(spec.get("shared")),
            "bindingType": spec.get("bindingType", ""),
            "bandwidthLimitRules": rules,
        }
        if policy.get("status") != status:
            await self._program.patch(kinds.QOS_POLICY, policy, {"status": status}, "status")


def _check_rule(rule: Obj) -> None:
    for key in ("rateMax", "burstMax"):
        text = rule.get(key, "")
        if text and not (text.replace(".", "", 1).isdigit() and float(text) > 0):
            raise Postponed(f"{key} must be a positive number")
    if rule.get("direction", "ingress") not in ("ingress", "egress"):
        raise Postponed(f"invalid direction {rule['direction']}")
