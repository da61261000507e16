# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a site works: what it should consist of, judged by the readiness of its kind, and shown in few words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.given import Given
from ..core.mode import Mode
from ..core.path import Json, dig
from ..core.readiness import Never, NotYet
from ..core.result import Result
from ..engine.converge import Kube
from ..engine.kind import Kind
from ..operations.kinds import REGISTRY
from ..operations.vnf.instance import INSTANCE
from ..resources.kubeovn.kinds import SUBNET, VPC
from ..resources.kubernetes.kinds import NODE
from ..resources.kubevirt.kinds import KUBEVIRT, VM, VMI

KUBE_OVN = (("Deployment", "kube-ovn-controller"), ("DaemonSet", "kube-ovn-cni"))
KUBE_OVN_NAMESPACE = "kube-system"


@dataclass(frozen=True)
class Live:
    """What lives in the cluster, as far as it matters here."""

    nodes: list[Json]
    kube_ovn: list[Json]
    kubevirt: list[Json]
    vpcs: list[Json]
    subnets: list[Json]
    vms: list[Json]
    guests: list[Json]


def verify(given: Given, kube: Kube, mode: Mode) -> Result:
    """The site in few words, and a finding for everything that is missing or does not work."""
    live = _observe(kube, mode)
    return Result().named("site", told(live)).named("findings", list(findings(given, live)))


def findings(given: Given, live: Live) -> Iterator[str]:
    """What is missing, and what does not work with the reason; ``given`` names what there should be."""
    yield from _judged(NODE, given.get("nodes", []), live.nodes)
    for name in (name for _kind, name in KUBE_OVN):
        found = [thing for thing in live.kube_ovn if thing["metadata"]["name"] == name]
        yield from _judged_all(found) if found else [f"{name}: does not exist"]
    yield from _judged_all(live.kubevirt) if live.kubevirt else ["KubeVirt: does not exist"]
    yield from _judged(VPC, given.get("vpcs", []), live.vpcs)
    yield from _judged(SUBNET, given.get("subnets", []), live.subnets)
    for name in given.get("vnfs", []):
        machines = [vm for vm in live.vms if _instance(vm) == name]
        yield from _judged_all(machines) if machines else [f"VNF {name}: has no virtual machine"]


def told(live: Live) -> dict[str, Any]:
    """The site as a person would describe it."""
    return {
        "nodes": [_node(node) for node in live.nodes],
        "kubevirt": next((dig(found, ("status", "observedKubeVirtVersion"), "") for found in live.kubevirt), ""),
        "subnets": [_subnet(subnet) for subnet in live.subnets],
        "vnfs": [_guest(guest) for guest in live.guests if _instance(guest)],
    }


def _observe(kube: Kube, mode: Mode) -> Live:
    return Live(
        nodes=kube.everything(NODE, mode),
        kube_ovn=[thing for kind in _workloads() for thing in kube.everything(kind, mode, KUBE_OVN_NAMESPACE)],
        kubevirt=kube.everything(KUBEVIRT, mode),
        vpcs=kube.everything(VPC, mode),
        subnets=kube.everything(SUBNET, mode),
        vms=kube.everything(VM, mode),
        guests=kube.everything(VMI, mode),
    )


def _workloads() -> Iterator[Kind]:
    for name, _object in KUBE_OVN:
        kind = REGISTRY.find("apps/v1", name)
        if kind is not None:
            yield kind


def _judged(kind: Kind, expected: Sequence[str], live: Sequence[Json]) -> Iterator[str]:
    """Each expected object of a kind: there, and ready."""
    by_name = {thing["metadata"]["name"]: thing for thing in live}
    for name in expected:
        if name in by_name:
            yield from _judged_all([by_name[name]])
        else:
            yield f"{kind.kind} {name}: does not exist"


def _judged_all(live: Sequence[Json]) -> Iterator[str]:
    for thing in live:
        kind = REGISTRY.find(thing["apiVersion"], thing["kind"])
        verdict = kind.judge(thing) if kind is not None else None
        if kind is not None and isinstance(verdict, (NotYet, Never)):
            yield f"{kind.label(thing)}: {verdict.why}"


def _instance(thing: Json) -> str:
    return str(dig(thing, ("metadata", "labels", INSTANCE), ""))


def _node(node: Json) -> dict[str, Any]:
    addresses = dig(node, ("status", "addresses")) or []
    info = dig(node, ("status", "nodeInfo")) or {}
    return {
        "name": node["metadata"]["name"],
        "address": next((a["address"] for a in addresses if a.get("type") == "InternalIP"), ""),
        "os": info.get("osImage", ""),
        "kubernetes": info.get("kubeletVersion", ""),
    }


def _subnet(subnet: Json) -> dict[str, Any]:
    spec = subnet.get("spec") or {}
    return {
        "name": subnet["metadata"]["name"],
        "vpc": spec.get("vpc", ""),
        "cidr": spec.get("cidrBlock", ""),
        "gateway": spec.get("gateway", ""),
    }


def _guest(guest: Json) -> dict[str, Any]:
    interfaces = dig(guest, ("status", "interfaces")) or []
    return {
        "vnf": _instance(guest),
        "namespace": guest["metadata"]["namespace"],
        "vm": guest["metadata"]["name"],
        "node": dig(guest, ("status", "nodeName"), ""),
        "addresses": {i.get("name", ""): i.get("ipAddress", "") for i in interfaces},
    }
