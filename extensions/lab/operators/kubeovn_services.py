# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SwitchLBRule, VpcDns and VpcEgressGateway (kube-ovn pkg/controller/switch_lb_rule.go, vpc_dns.go,
vpc_egress_gateway.go): the statuses, without the workloads behind them."""

from __future__ import annotations

from abc import ABC, abstractmethod

from . import kinds
from .client import Obj, Resource
from .controller import Postponed, Program, deleting, fresh, now
from .kubeovn_vpc import DEFAULT_VPC


class _Statuses(ABC):
    """Writes a status as soon as the object is there, and again when it changes."""

    def __init__(self, program: Program, resource: Resource) -> None:
        self._program, self._resource = program, resource
        self.queue = program.queue(resource.kind, self._reconcile)
        program.feed(resource, self.queue)

    async def _reconcile(self, key: str) -> None:
        found = self._program.cache(self._resource).get(key)
        if found is None or deleting(found):
            return
        status = self.status(found)
        if found.get("status") != status:
            await self._program.patch(self._resource, found, {"status": status}, "status")

    @abstractmethod
    def status(self, found: Obj) -> Obj:
        """What it says of itself; `Postponed` for what is only in the controller's log."""

    def _needs(self, resource: Resource, name: str) -> Obj:
        there = self._program.cache(resource).get(name)
        if there is None:
            raise Postponed(f'{resource.kind} "{name}" not found')
        return there


class LoadBalancers(_Statuses):
    """A rule is a headless Service that is called after it."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, kinds.SWITCH_LB_RULE)

    def status(self, found: Obj) -> Obj:
        spec = found["spec"]
        ports = ",".join(f"{port['port']}/{port.get('protocol', 'TCP')}" for port in spec.get("ports") or [])
        return {"service": f"{spec.get('namespace') or 'default'}/slr-{found['metadata']['name']}", "ports": ports}


class Dns(_Statuses):
    """One of a VPC's is active."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, kinds.VPC_DNS)

    def status(self, found: Obj) -> Obj:
        self._needs(kinds.VPC, found["spec"].get("vpc", ""))
        self._needs(kinds.SUBNET, found["spec"].get("subnet", ""))
        return {"active": True}


class EgressGateways(_Statuses):
    """Completed when the pods run; a VPC without a BFD port is told by a condition."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, kinds.VPC_EGRESS_GATEWAY)
        program.notify(kinds.VPC, lambda _old, _new: self._again())

    def _again(self) -> None:
        for gateway in self._program.cache(kinds.VPC_EGRESS_GATEWAY):
            self.queue.add(f"{gateway['metadata']['namespace']}/{gateway['metadata']['name']}")

    def status(self, found: Obj) -> Obj:
        spec = found["spec"]
        vpc = self._needs(kinds.VPC, spec.get("vpc") or DEFAULT_VPC)
        self._needs(kinds.SUBNET, spec["externalSubnet"])
        watched = (spec.get("bfd") or {}).get("enabled")
        valid = not watched or bool((vpc.get("status") or {}).get("bfdPort", {}).get("ip"))
        status = fresh(found.get("status") or {"conditions": []})
        reason = "ReconcileSuccess" if valid else "VpcBfdPortNotEnabled"
        _say(status["conditions"], "Validated", valid, "" if valid else reason, found)
        _say(status["conditions"], "Ready", valid, reason if valid else "Processing", found)
        workload = {"apiVersion": "apps/v1", "kind": "Deployment", "name": spec.get("prefix", "") + _name(found)}
        return {
            **status,
            "ready": valid,
            "phase": "Completed" if valid else "Pending",
            "replicas": spec.get("replicas", 1),
            "labelSelector": f"ovn.kubernetes.io/vpc-egress-gateway={_name(found)}",
            "workload": workload,
        }


def _name(found: Obj) -> str:
    return str(found["metadata"]["name"])


def _say(conditions: list[Obj], kind: str, true: bool, reason: str, found: Obj) -> None:
    said = {
        "status": "True" if true else "False",
        "reason": reason,
        "observedGeneration": found["metadata"]["generation"],
    }
    held = next((each for each in conditions if each["type"] == kind), None)
    if held is None:
        conditions.append({"type": kind, **said, "lastUpdateTime": now(), "lastTransitionTime": now()})
    elif {**held, **said} != held:
        held.update(said, lastUpdateTime=now())
