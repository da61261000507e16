# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vpcs: defaults of routes, logical router, load balancers, the list of subnets (kube-ovn pkg/controller/vpc.go)."""

from __future__ import annotations

from . import kinds
from .client import Obj
from .controller import Postponed, Program, Queue, deleting, finalizers, fresh
from .kubeovn_ipam import FINALIZER
from .kubeovn_validate import vpc_fault

DEFAULT_VPC = "ovn-cluster"

_ROUTE_ZERO = {"cidr": "", "nextHopIP": "", "ecmpMode": "", "bfdId": "", "routeTable": ""}
_BALANCERS = {
    f"{protocol}{kind}LoadBalancer": (f"{protocol}{short}-load", f"{protocol}{long}-loadbalancer")
    for protocol in ("tcp", "udp", "sctp")
    for kind, short, long in (("", "", ""), ("Session", "-sess", "-session"))
}


def is_ovn(subnet: Obj) -> bool:
    """True when OVN itself implements the Subnet (provider ``ovn`` or ``<nad>.<namespace>.ovn``)."""
    provider = subnet.get("spec", {}).get("provider", "")
    return provider in ("", "ovn") or provider.endswith(".ovn")


class Vpcs:
    """The controller of Vpcs."""

    def __init__(self, program: Program, subnets: Queue) -> None:
        self._program, self._subnets = program, subnets
        self._queue = program.queue("vpc", self._reconcile)
        program.feed(kinds.VPC, self._queue, _matters)
        program.notify(kinds.SUBNET, self._subnet_changed)

    def _subnet_changed(self, old: Obj | None, new: Obj | None) -> None:
        if old is None or new is None or _place(old) != _place(new):
            for subnet in (old, new):
                self._queue.add((subnet or {}).get("spec", {}).get("vpc", "") or DEFAULT_VPC)

    async def _reconcile(self, name: str) -> None:
        vpc = self._program.cache(kinds.VPC).get(name)
        if vpc is None:
            return
        vpc = await self._format(vpc)
        if deleting(vpc):
            await self._release(vpc)
            return
        status = self._status(vpc)
        was_standby = vpc.get("status", {}).get("standby")
        if status != vpc.get("status"):
            await self._program.patch(kinds.VPC, vpc, {"status": status}, "status")
        if not was_standby:
            for subnet in status["subnets"]:
                self._subnets.add(subnet)

    async def _format(self, vpc: Obj) -> Obj:
        if fault := vpc_fault(vpc.get("spec", {})):  # no status, no event: only this line in the log
            raise Postponed(f"failed to format vpc {vpc['metadata']['name']}: {fault}")
        changed = fresh(vpc)
        for route in changed.get("spec", {}).get("staticRoutes") or []:
            route.update({**_ROUTE_ZERO, **route, "policy": route.get("policy") or "policyDst"})
        for route in changed.get("spec", {}).get("policyRoutes") or []:
            if route.get("action") != "reroute":
                route.pop("nextHopIP", None)
        if not deleting(vpc) and FINALIZER not in finalizers(vpc):
            changed["metadata"]["finalizers"] = [*finalizers(vpc), FINALIZER]
        return await self._program.update(kinds.VPC, changed) if changed != vpc else vpc

    def _status(self, vpc: Obj) -> Obj:
        name, spec = vpc["metadata"]["name"], vpc.get("spec", {})
        own = [s for s in self._program.cache(kinds.SUBNET) if _belongs(s, name)]
        defaults = [s["metadata"]["name"] for s in own if s["spec"].get("default")]
        if spec.get("defaultSubnet") in [s["metadata"]["name"] for s in own]:
            defaults.append(spec["defaultSubnet"])
        return {
            **fresh(vpc.get("status") or {}),
            "bfdPort": _bfd_port(name, spec.get("bfdPort") or {}),
            **_balancers(name),
            "standby": True,
            "default": name == DEFAULT_VPC,
            "router": name,
            "defaultLogicalSwitch": defaults[-1] if defaults else "",
            "subnets": sorted(s["metadata"]["name"] for s in own),
            **({"vpcPeerings": [p["remoteVpc"] for p in spec["vpcPeerings"]]} if spec.get("vpcPeerings") else {}),
            "enableExternal": bool(spec.get("enableExternal")),
            "enableBfd": bool(spec.get("enableBfd")),
        }

    async def _release(self, vpc: Obj) -> None:
        """The finalizer goes when no subnet is left."""
        name = vpc["metadata"]["name"]
        left = [
            s["metadata"]["name"] for s in self._program.cache(kinds.SUBNET) if s.get("spec", {}).get("vpc") == name
        ]
        if left:
            raise Postponed(f"failed to delete vpc {name}, please delete subnet {left[0]} first")
        if FINALIZER in finalizers(vpc):
            changed = fresh(vpc)
            changed["metadata"]["finalizers"] = [f for f in finalizers(vpc) if f != FINALIZER]
            await self._program.update(kinds.VPC, changed)


def _balancers(vpc: str) -> dict[str, str]:
    default = vpc == DEFAULT_VPC
    return {field: f"cluster-{own}" if default else f"vpc-{vpc}-{other}" for field, (other, own) in _BALANCERS.items()}


def _bfd_port(vpc: str, wanted: Obj) -> Obj:
    """The logical router's port (pkg/controller/vpc.go reconcileVpcBfdLRP), here on no node."""
    return {"name": f"bfd@{vpc}", "ip": wanted.get("ip", "")} if wanted.get("enabled") else {}


def _belongs(subnet: Obj, vpc: str) -> bool:
    return (subnet.get("spec", {}).get("vpc") == vpc) and not deleting(subnet) and is_ovn(subnet)


def _place(subnet: Obj) -> tuple[object, ...]:
    spec = subnet.get("spec", {})
    return spec.get("vpc"), spec.get("provider"), spec.get("default"), deleting(subnet)


def _matters(old: Obj | None, new: Obj | None) -> bool:
    if old is None or new is None:
        return new is not None
    return old.get("spec") != new.get("spec") or deleting(old) != deleting(new)
