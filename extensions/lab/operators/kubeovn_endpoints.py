# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces point to subnets, nodes hold ports of the join subnet (kube-ovn pkg/controller/{namespace,node}.go)."""

from __future__ import annotations

from . import kinds
from .client import Obj
from .controller import Postponed, Program, annotations_of, deleting, finalizers
from .kubeovn_ipam import FINALIZER, Ipam, Port
from .kubeovn_vpc import DEFAULT_VPC


class Namespaces:
    """Annotates each namespace with the subnet that its pods use."""

    def __init__(self, program: Program, default_switch: str) -> None:
        self._program, self._default_switch = program, default_switch
        self._queue = program.queue("namespace", self._reconcile)
        program.feed(kinds.NAMESPACE, self._queue)
        program.notify(kinds.SUBNET, self._all)
        program.notify(kinds.VPC, self._all)

    def _all(self, old: Obj | None, new: Obj | None) -> None:
        if (old or {}).get("spec") != (new or {}).get("spec"):
            for namespace in self._program.cache(kinds.NAMESPACE):
                self._queue.add(namespace["metadata"]["name"])

    async def _reconcile(self, name: str) -> None:
        namespace = self._program.cache(kinds.NAMESPACE).get(name)
        if namespace is None or deleting(namespace):
            return
        subnets = self._subnets(name)
        wanted = {
            "ovn.kubernetes.io/logical_switch": ",".join(s["metadata"]["name"] for s in subnets),
            "ovn.kubernetes.io/cidr": ";".join(s["spec"].get("cidrBlock", "") for s in subnets),
            "ovn.kubernetes.io/exclude_ips": ";".join(",".join(s["spec"].get("excludeIps", [])) for s in subnets),
        }
        if any(annotations_of(namespace).get(key) != value for key, value in wanted.items()):
            await self._program.patch(kinds.NAMESPACE, namespace, {"metadata": {"annotations": wanted}})

    def _subnets(self, namespace: str) -> list[Obj]:
        bound = [s for s in self._program.cache(kinds.SUBNET) if namespace in (s["spec"].get("namespaces") or [])]
        if bound:
            return bound
        vpcs = [v for v in self._program.cache(kinds.VPC) if namespace in (v.get("spec", {}).get("namespaces") or [])]
        vpc = vpcs[0] if vpcs else self._program.cache(kinds.VPC).get(DEFAULT_VPC)
        switch = (vpc or {}).get("status", {}).get("defaultLogicalSwitch") or self._default_switch
        subnet = self._program.cache(kinds.SUBNET).get(switch)
        if subnet is None:
            raise Postponed(f'failed to get default subnet: subnet.kubeovn.io "{switch}" not found')
        return [subnet]


class Nodes:
    """Gives each node a port in the join subnet: ``ip/node-<name>``."""

    def __init__(self, program: Program, ipam: Ipam, node_switch: str) -> None:
        self._program, self._ipam, self._node_switch = program, ipam, node_switch
        self._queue = program.queue("node", self._reconcile)
        program.feed(kinds.NODE, self._queue)

    async def _reconcile(self, name: str) -> None:
        node = self._program.cache(kinds.NODE).get(name)
        if node is None:
            held = self._program.cache(kinds.IP).get(f"node-{name}")
            if held is not None:
                await self._program.api.delete(kinds.IP, held)
            return
        if annotations_of(node).get("ovn.kubernetes.io/allocated") == "true":
            return
        subnet = self._program.cache(kinds.SUBNET).get(self._node_switch)
        if subnet is None or FINALIZER not in finalizers(subnet):
            raise Postponed(f"subnet {self._node_switch} is not ready")
        lease = await self._ipam.lease(subnet, Port(f"node-{name}", name, node=name))
        values = {
            "ip_address": lease.addresses,
            "mac_address": lease.mac,
            "cidr": subnet["spec"]["cidrBlock"],
            "gateway": subnet["spec"]["gateway"],
            "logical_switch": self._node_switch,
            "allocated": "true",
            "port_name": f"node-{name}",
        }
        wanted = {f"ovn.kubernetes.io/{key}": value for key, value in values.items()}
        await self._program.patch(kinds.NODE, node, {"metadata": {"annotations": wanted}})
