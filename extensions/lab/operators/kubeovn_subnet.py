# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets: the sequence of writes of kube-ovn-controller's handleAddOrUpdateSubnet (pkg/controller/subnet.go,
subnet_status.go), with its defaults, conditions and failures."""

from __future__ import annotations

from typing import Any

from . import kinds
from . import kubeovn_addresses as net
from .client import Obj
from .controller import Postponed, Program, condition, deleting, finalizers, fresh, now
from .kubeovn_ipam import FINALIZER, Ipam
from .kubeovn_validate import subnet_fault
from .kubeovn_vpc import DEFAULT_VPC, is_ovn

#: A Go struct's zero values that have no omitempty: any Update writes them.
_ZERO = {"default": False, "gatewayNode": "", "natOutgoing": False, "private": False, "u2oFeatures": {}}
_FINAL_REASONS = ("SetPrivateLogicalSwitchSuccess", "ResetLogicalSwitchAclSuccess", "SetNonOvnSubnetSuccess")
_STATUS_ZERO: Obj = {
    **{f"v{v}{what}IPs": 0 for v in (4, 6) for what in ("available", "using")},
    **{f"v{v}{what}IPrange": "" for v in (4, 6) for what in ("available", "using")},
    "activateGateway": "",
    "dhcpV4OptionsUUID": "",
    "dhcpV6OptionsUUID": "",
    "u2oInterconnectionIP": "",
    "u2oInterconnectionMAC": "",
    "u2oInterconnectionVPC": "",
    "natOutgoingPolicyRules": [],
    "mcastQuerierIP": "",
    "mcastQuerierMAC": "",
}


class Subnets:
    """The controller of Subnets and of the counters in their status."""

    def __init__(self, program: Program, ipam: Ipam, node_switch: str, default_switch: str) -> None:
        self._program, self._ipam = program, ipam
        self._node_switch, self._default_switch = node_switch, default_switch
        self.queue = program.queue("subnet", self._reconcile)
        self._counters = program.queue("subnet status", self._count)
        program.feed(kinds.SUBNET, self.queue, _matters)
        program.notify(kinds.IP, self._count_again)
        program.notify(kinds.VIP, self._count_again)

    def _count_again(self, old: Obj | None, new: Obj | None) -> None:
        for subnet in {(obj or {}).get("spec", {}).get("subnet") for obj in (old, new)} - {None, ""}:
            self._counters.add(subnet)

    async def _reconcile(self, name: str) -> None:
        subnet = self._program.cache(kinds.SUBNET).get(name)
        if subnet is None:
            return
        subnet = await self._format(subnet)
        await self._check_vlan(subnet)
        if fault := subnet_fault(subnet):
            raise Postponed(await self._fail(subnet, "ValidateLogicalSwitchFailed", fault))
        subnet = await self._pass(subnet, "ValidateLogicalSwitchSuccess")
        subnet = await self._write_counters(subnet)
        if deleting(subnet):
            await self._release(subnet)
            return
        subnet = await self._hold(subnet)
        if is_ovn(subnet):
            self._check_vpc(subnet)
            await self._check_overlap(subnet)
            private = subnet["spec"].get("private")
            reason = "SetPrivateLogicalSwitchSuccess" if private else "ResetLogicalSwitchAclSuccess"
            await self._pass(subnet, reason)
        else:
            await self._pass(subnet, "SetNonOvnSubnetSuccess")

    # -- spec -------------------------------------------------------------------------------------------------------

    async def _format(self, subnet: Obj) -> Obj:
        changed = fresh(subnet)
        try:
            changed["spec"] = self._formatted(subnet["metadata"]["name"], subnet.get("spec", {}))
        except net.BadCidr as error:  # no status, no event: only this line in the log
            raise Postponed(f"failed to format subnet {subnet['metadata']['name']}, {error}") from None
        return await self._program.update(kinds.SUBNET, changed) if changed["spec"] != subnet.get("spec") else subnet

    def _formatted(self, name: str, given: Obj) -> Obj:
        spec: Obj = {**_ZERO, **given}
        spec["cidrBlock"] = net.canonical(spec.get("cidrBlock", ""))
        spec["gateway"] = _gateway(spec.get("gateway", ""), spec["cidrBlock"])
        spec["excludeIps"] = net.format_exclusions(spec.get("excludeIps") or [], spec["gateway"])
        spec["protocol"] = net.protocol_of(spec["cidrBlock"])
        spec["provider"] = spec.get("provider") or "ovn"
        if not spec.get("vpc") and is_ovn({"spec": spec}):
            spec["vpc"] = DEFAULT_VPC
        if spec.get("vpc") == DEFAULT_VPC and name != self._node_switch:
            spec["gatewayType"] = spec.get("gatewayType") or "distributed"
            spec["default"] = bool(spec["default"]) and name == self._default_switch
        if name != self._node_switch:
            spec.setdefault("enableLb", True)
        return spec

    # -- checks -----------------------------------------------------------------------------------------------------

    async def _check_vlan(self, subnet: Obj) -> None:
        name, vlan_name = subnet["metadata"]["name"], subnet["spec"].get("vlan", "")
        if not vlan_name:
            return
        vlan = self._program.cache(kinds.VLAN).get(vlan_name)
        fault = None
        if vlan is None:
            fault = f'failed to get vlan {vlan_name}: vlan.kubeovn.io "{vlan_name}" not found'
        elif vlan.get("status", {}).get("conflict"):
            fault = f"subnet {name} has invalid conflict vlan {vlan_name}"
        if fault:
            message = f"failed to validate vlan for subnet {name}, {fault}"
            raise Postponed(await self._fail(subnet, "ValidateSubnetVlanFailed", message))
        network = self._program.cache(kinds.PROVIDER_NETWORK).get((vlan or {})["spec"].get("provider", ""))
        if vlan_name not in ((network or {}).get("status", {}).get("vlans") or []):
            raise Postponed(f"vlan {vlan_name} not yet processed by vlan handler, deferring subnet {name}")

    def _check_vpc(self, subnet: Obj) -> None:
        """An unknown Vpc leaves the Subnet Validated for ever, without a Ready condition."""
        name = subnet["spec"].get("vpc", "")
        vpc = self._program.cache(kinds.VPC).get(name)
        if vpc is None:
            raise Postponed(f'vpc.kubeovn.io "{name}" not found')
        if not vpc.get("status", {}).get("standby"):
            raise Postponed(f"the vpc '{name}' not standby yet")
        allowed = vpc.get("spec", {}).get("namespaces") or []
        for namespace in subnet["spec"].get("namespaces") or []:
            if not vpc["status"].get("default") and namespace not in allowed:
                raise Postponed(f"namespace '{namespace}' is out of range to custom vpc '{name}'")

    async def _check_overlap(self, subnet: Obj) -> None:
        """Any other Subnet of the same Vpc counts, a wrong one as well: it has reserved its CIDR."""
        spec, name = subnet["spec"], subnet["metadata"]["name"]
        for other in self._program.cache(kinds.SUBNET):
            there = other.get("spec", {})
            same = (there.get("vpc", ""), there.get("vlan", "")) == (spec.get("vpc", ""), spec.get("vlan", ""))
            if (
                other["metadata"]["name"] == name
                or not same
                or not net.overlap(there.get("cidrBlock", ""), spec["cidrBlock"])
            ):
                continue
            message = (
                f"subnet {name} cidr {spec['cidrBlock']} is conflict with "
                f"subnet {other['metadata']['name']} cidr {there['cidrBlock']}"
            )
            raise Postponed(await self._fail(subnet, "ValidateLogicalSwitchFailed", message))

    # -- status -----------------------------------------------------------------------------------------------------

    async def _fail(self, subnet: Obj, reason: str, message: str) -> str:
        status = _status(subnet)
        _set(status, "Error", "True", reason, message)
        if reason == "ValidateLogicalSwitchFailed":
            _set(status, "Validated", "False", reason, message)
        else:
            _set(status, "Validated", "True", reason, "")
        _set(status, "Ready", "False", reason, message)
        await self._write(subnet, status)
        await self._program.event(kinds.SUBNET, subnet, "Warning", reason, message)
        return message

    async def _pass(self, subnet: Obj, reason: str) -> Obj:
        status = _status(subnet)
        _set(status, "Validated", "True", reason, "")
        if reason in _FINAL_REASONS:
            _set(status, "Ready", "True", reason, "")
            if condition({"status": status}, "Error") is None:
                _set(status, "Error", "Unknown", "Init", "Not Observed")
        return await self._write(subnet, status)

    async def _write(self, subnet: Obj, status: Obj) -> Obj:
        if status == subnet.get("status"):
            return subnet
        return await self._program.patch(kinds.SUBNET, subnet, {"status": status}, "status")

    async def _count(self, name: str) -> None:
        subnet = self._program.cache(kinds.SUBNET).get(name)
        if subnet is not None and FINALIZER in finalizers(subnet):
            await self._write_counters(subnet)

    async def _write_counters(self, subnet: Obj) -> Obj:
        counted = self._counted(subnet)
        status = subnet.get("status", {})
        if all(status.get(key) == value for key, value in counted.items()):
            return subnet
        return await self._program.patch(kinds.SUBNET, subnet, {"status": counted}, "status")

    def _counted(self, subnet: Obj) -> Obj:
        name, exclude = subnet["metadata"]["name"], subnet["spec"].get("excludeIps", [])
        used, users = self._ipam.in_use(name), len(self._ipam.users(name))
        counted: Obj = {key: value for key, value in _STATUS_ZERO.items() if key[:2] in ("v4", "v6")}
        for network in net.networks(subnet["spec"]["cidrBlock"]):
            v = network.version
            counted[f"v{v}availableIPs"] = net.count_free(network, exclude, users)
            counted[f"v{v}usingIPs"] = users
            counted[f"v{v}availableIPrange"] = net.describe(net.free_ranges(network, exclude, used), v)
            counted[f"v{v}usingIPrange"] = net.describe_used(used, v)
        return counted

    # -- life -------------------------------------------------------------------------------------------------------

    async def _hold(self, subnet: Obj) -> Obj:
        if FINALIZER in finalizers(subnet):
            return subnet
        patch = {"metadata": {"finalizers": [*finalizers(subnet), FINALIZER]}}
        return await self._program.patch(kinds.SUBNET, subnet, patch)

    async def _release(self, subnet: Obj) -> None:
        if _in_use(subnet) or FINALIZER not in finalizers(subnet):
            return
        left = [name for name in finalizers(subnet) if name != FINALIZER]
        await self._program.patch(kinds.SUBNET, subnet, {"metadata": {"finalizers": left}})


def _matters(old: Obj | None, new: Obj | None) -> bool:
    if old is None or new is None:
        return new is not None
    return old.get("spec") != new.get("spec") or (deleting(new) and not _in_use(new))


def _in_use(subnet: Obj) -> bool:
    status = subnet.get("status", {})
    return bool(status.get("v4usingIPs") or status.get("v6usingIPs"))


def _gateway(given: str, cidr: str) -> str:
    """The first address of each network that has no gateway given."""
    have = [text for text in given.split(",") if text]
    versions = {net.protocol_of(text) for text in have}
    lacking = [a for a in net.first_addresses(cidr).split(",") if net.protocol_of(a) not in versions]
    return ",".join(have + (lacking if not have or net.protocol_of(cidr) == "Dual" else []))


def _status(subnet: Obj) -> dict[str, Any]:
    return {**_STATUS_ZERO, **fresh(subnet.get("status") or {})}


def _set(status: Obj, kind: str, value: str, reason: str, message: str) -> None:
    """Set a condition; as upstream, without observedGeneration, and untouched when nothing differs."""
    held = condition({"status": status}, kind)
    if held is None:
        held = {"type": kind}
        status.setdefault("conditions", []).append(held)
    if (held.get("status"), held.get("reason"), held.get("message", "")) == (value, reason, message):
        return
    if held.get("status") != value:
        held["lastTransitionTime"] = now()
    held.update(status=value, reason=reason, lastUpdateTime=now())
    held.pop("message", None)
    if message:
        held["message"] = message
