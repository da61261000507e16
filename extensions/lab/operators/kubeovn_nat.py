# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translation of addresses in both flavours (kube-ovn pkg/controller/vpc_nat_gw*.go, ovn_{eip,fip,dnat,snat}.go).

What the real controller refuses it tells in its log only: these get no status either. A gateway's pod is not made: its
readiness is written as soon as what it needs is there.
"""

from __future__ import annotations

import abc
import asyncio

from . import kinds
from . import kubeovn_addresses as net
from .client import Obj, Resource
from .controller import Postponed, Program, deleting, finalizers, fresh, labels_of
from .kubeovn_ipam import FINALIZER, SUBNET_LABEL, Ipam, split_families

DEFAULT_EXTERNAL = "ovn-vpc-external-network"
GATEWAY_LABEL = "ovn.kubernetes.io/vpc-nat-gw-name"
_CONFIGURATION = "kube-system/ovn-vpc-nat-gw-config"
_RULES = (kinds.IPTABLES_FIP, kinds.IPTABLES_DNAT, kinds.IPTABLES_SNAT)
_OVN_RULES = (kinds.OVN_FIP, kinds.OVN_DNAT, kinds.OVN_SNAT)


class _Kind(abc.ABC):
    """One kind's queue: the finalizer first, and last of all when nobody uses the object any more."""

    def __init__(self, program: Program, resource: Resource) -> None:
        self._program, self._resource = program, resource
        self._queue = program.queue(resource.plural, self._reconcile)
        program.feed(resource, self._queue)

    async def _reconcile(self, name: str) -> None:
        obj = self._program.cache(self._resource).get(name)
        if obj is None:
            return
        if deleting(obj):
            if FINALIZER in finalizers(obj):
                users = self._users(obj)
                if users:
                    raise Postponed(f"{self._resource.kind} {name} is still being used by {users[0]}")
                await self._keep_finalizers(obj, [f for f in finalizers(obj) if f != FINALIZER])
            return
        await self._work(obj)

    def _users(self, obj: Obj) -> list[str]:
        """Who keeps the object from going."""
        return []

    @abc.abstractmethod
    async def _work(self, obj: Obj) -> None:
        """Bring an object that stays to where the real controller brings it."""

    async def _held(self, obj: Obj) -> Obj:
        if FINALIZER in finalizers(obj):
            return obj
        return await self._keep_finalizers(obj, [*finalizers(obj), FINALIZER])

    async def _keep_finalizers(self, obj: Obj, wanted: list[str]) -> Obj:
        return await self._program.patch(self._resource, obj, {"metadata": {"finalizers": wanted}})

    async def _say(self, obj: Obj, status: Obj) -> None:
        held = obj.get("status", {})
        if any(held.get(key) != value for key, value in status.items()):
            await self._program.patch(self._resource, obj, {"status": status}, "status")

    def _found(self, resource: Resource, name: str) -> Obj:
        found = self._program.cache(resource).get(name)
        if found is None:
            raise Postponed(f'{resource.kind.lower()}.kubeovn.io "{name}" not found')
        return found

    def _enabled(self) -> None:
        """Gateways of their own are for clusters that say so."""
        found = self._program.cache(kinds.CONFIG_MAP).get(_CONFIGURATION)
        if (found or {}).get("data", {}).get("enable-vpc-nat-gw") != "true":
            raise Postponed("iptables nat gw not enable")

    def _naming(self, obj: Obj, rules: tuple[Resource, ...], field: str) -> list[str]:
        name = obj["metadata"]["name"]
        return [
            f"{each.kind} {rule['metadata']['name']}"
            for each in rules
            for rule in self._program.cache(each)
            if rule.get("spec", {}).get(field) == name
        ]


class Gateways(_Kind):
    """VpcNatGateway."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, kinds.VPC_NAT_GATEWAY)

    async def _work(self, obj: Obj) -> None:
        gateway = await self._held(obj)
        spec = gateway["spec"]
        self._enabled()
        self._found(kinds.VPC, spec.get("vpc", ""))
        subnet = self._found(kinds.SUBNET, spec.get("subnet", ""))
        if not net.contains(subnet["spec"]["cidrBlock"], spec.get("lanIp", "")):
            raise Postponed("AddressOutOfRange")
        for external in spec.get("externalSubnets") or [DEFAULT_EXTERNAL]:
            self._found(kinds.SUBNET, external)
        status = {
            "qosPolicy": spec.get("qosPolicy", ""),
            "externalSubnets": spec.get("externalSubnets") or [],
            "selector": spec.get("selector") or [],
        }
        await self._say(gateway, status)


class IptablesEips(_Kind):
    """IptablesEIP: the spec is filled in under the controller's name, then the status says so."""

    _lock = asyncio.Lock()

    def __init__(self, program: Program, ipam: Ipam) -> None:
        super().__init__(program, kinds.IPTABLES_EIP)
        self._ipam = ipam

    def _users(self, obj: Obj) -> list[str]:
        return self._naming(obj, _RULES, "eip")

    async def _work(self, obj: Obj) -> None:
        if obj.get("status", {}).get("ready"):
            return
        self._enabled()
        gateway = self._found(kinds.VPC_NAT_GATEWAY, obj["spec"].get("natGwDp", ""))
        subnet = self._found(kinds.SUBNET, obj["spec"].get("externalSubnet") or DEFAULT_EXTERNAL)
        async with self._lock:
            eip = await self._filled(obj, subnet, gateway["metadata"]["name"])
        await self._say(eip, {"ready": True, "ip": eip["spec"]["v4ip"], "qosPolicy": "", "nat": "", "redo": ""})

    async def _filled(self, obj: Obj, subnet: Obj, gateway: str) -> Obj:
        spec, name = obj["spec"], subnet["metadata"]["name"]
        own = {"spec": {"v4IpAddress": spec.get("v4ip"), "v6IpAddress": spec.get("v6ip")}}
        v4, v6 = split_families(self._ipam.choose(subnet, spec.get("v4ip", ""), own=own))
        changed = fresh(obj)
        mac = spec.get("macAddress") or net.mac_for(f"eip-{obj['metadata']['name']}")
        changed["spec"] = {**spec, "v4ip": v4, "v6ip": v6, "macAddress": mac}
        changed["metadata"]["labels"] = {**labels_of(obj), SUBNET_LABEL: name, GATEWAY_LABEL: gateway}
        changed["metadata"]["finalizers"] = list(dict.fromkeys([*finalizers(obj), FINALIZER]))
        return await self._program.update(self._resource, changed)


class OvnEips(_Kind):
    """OvnEip, likewise; one for gateway nodes (``lsp``) is left to them."""

    _lock = asyncio.Lock()

    def __init__(self, program: Program, ipam: Ipam) -> None:
        super().__init__(program, kinds.OVN_EIP)
        self._ipam = ipam

    def _users(self, obj: Obj) -> list[str]:
        return self._naming(obj, _OVN_RULES, "ovnEip")

    async def _work(self, obj: Obj) -> None:
        if obj.get("status", {}).get("macAddress"):
            return
        subnet = self._found(kinds.SUBNET, obj["spec"].get("externalSubnet") or "external")
        async with self._lock:
            eip = await self._filled(obj, subnet)
        spec = eip["spec"]
        status = {"v4Ip": spec["v4Ip"], "v6Ip": spec["v6Ip"], "macAddress": spec["macAddress"], "type": spec["type"]}
        await self._say(eip, {**status, "nat": "", "ready": spec["type"] != "lsp"})

    async def _filled(self, obj: Obj, subnet: Obj) -> Obj:
        spec, name = obj["spec"], subnet["metadata"]["name"]
        own = {"spec": {"v4IpAddress": spec.get("v4Ip"), "v6IpAddress": spec.get("v6Ip")}}
        v4, v6 = split_families(self._ipam.choose(subnet, spec.get("v4Ip", ""), own=own))
        changed = fresh(obj)
        mac = spec.get("macAddress") or net.mac_for(f"ovn-eip-{obj['metadata']['name']}")
        changed["spec"] = {**spec, "v4Ip": v4, "v6Ip": v6, "macAddress": mac, "type": spec.get("type") or "nat"}
        changed["metadata"]["labels"] = {**labels_of(obj), SUBNET_LABEL: name}
        changed["metadata"]["finalizers"] = list(dict.fromkeys([*finalizers(obj), FINALIZER]))
        return await self._program.update(self._resource, changed)


class IptablesRules(_Kind):
    """A rule of a gateway of its own: its status says what it was made of."""

    async def _work(self, obj: Obj) -> None:
        spec = obj["spec"]
        self._enabled()
        eip = self._found(kinds.IPTABLES_EIP, spec.get("eip", ""))
        if not eip.get("status", {}).get("ready"):
            raise Postponed(f"eip {spec['eip']} not ready")
        rule = await self._held(obj)
        names = ("internalIp", "internalCIDR", "externalPort", "internalPort", "protocol")
        status = {name: spec[name] for name in names if name in spec}
        status |= {"natGwDp": eip["spec"]["natGwDp"], "v4ip": eip["status"]["ip"], "v6ip": eip["spec"].get("v6ip", "")}
        await self._say(rule, {**status, "ready": True, "redo": ""})


class OvnRules(_Kind):
    """A rule of a VPC's own router."""

    async def _work(self, obj: Obj) -> None:
        spec = obj["spec"]
        if obj.get("status", {}).get("ready"):
            return
        eip = self._found(kinds.OVN_EIP, spec.get("ovnEip", ""))
        if not eip.get("status", {}).get("v4Ip") or eip["spec"].get("type") == "lsp":
            raise Postponed(f"ovn nat can not use eip {spec['ovnEip']}")
        vpc, inside = self._inside(spec)
        rule = await self._held(obj)
        status = {"vpc": vpc, "v4Eip": eip["status"]["v4Ip"], "v6Eip": eip["status"].get("v6Ip", ""), **inside}
        await self._say(rule, {**status, "ready": True})

    def _inside(self, spec: Obj) -> tuple[str, Obj]:
        """The VPC, and the inner end as the status names it."""
        snat = self._resource is kinds.OVN_SNAT
        fields = ("v4IpCidr", "v6IpCidr") if snat else ("v4Ip", "v6Ip")
        if spec.get("vpcSubnet"):
            subnet = self._found(kinds.SUBNET, spec["vpcSubnet"])
            ends = split_families(subnet["spec"]["cidrBlock"])
            return subnet["spec"]["vpc"], dict(zip(fields, ends, strict=True))
        if spec.get("ipName"):
            return self._port(spec, fields)
        return spec.get("vpc", ""), {field: spec.get(field, "") for field in fields}

    def _port(self, spec: Obj, fields: tuple[str, str]) -> tuple[str, Obj]:
        resource, names = (kinds.IP, ("v4IpAddress", "v6IpAddress"))
        if spec.get("ipType") == "vip":
            resource, names = (kinds.VIP, ("v4ip", "v6ip"))
        found = self._found(resource, spec["ipName"])["spec"]
        subnet = self._found(kinds.SUBNET, found.get("subnet", ""))
        return subnet["spec"]["vpc"], {field: found.get(name, "") for field, name in zip(fields, names, strict=True)}
