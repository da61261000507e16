# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Provider networks and VLANs (kube-ovn pkg/controller/{provider_network,vlan}.go), with kube-ovn-cni's part of it."""

from __future__ import annotations

from . import kinds
from .client import Obj
from .controller import Postponed, Program, Queue, deleting, fresh, labels_of, now


class Underlay:
    """The controllers of ProviderNetworks and Vlans."""

    def __init__(self, program: Program, subnets: Queue) -> None:
        self._program, self._subnets = program, subnets
        self._networks = program.queue("provider network", self._reconcile_network)
        self._vlans = program.queue("vlan", self._reconcile_vlan)
        program.feed(kinds.PROVIDER_NETWORK, self._networks)
        program.feed(kinds.VLAN, self._vlans)
        program.notify(kinds.NODE, self._node_changed)
        program.notify(kinds.SUBNET, self._subnet_changed)

    def _node_changed(self, old: Obj | None, new: Obj | None) -> None:
        if old is None or new is None or labels_of(old) != labels_of(new):
            for network in self._program.cache(kinds.PROVIDER_NETWORK):
                self._networks.add(network["metadata"]["name"])

    def _subnet_changed(self, old: Obj | None, new: Obj | None) -> None:
        for vlan in {(subnet or {}).get("spec", {}).get("vlan") for subnet in (old, new)} - {None, ""}:
            self._vlans.add(vlan)

    async def _reconcile_network(self, name: str) -> None:
        network = self._program.cache(kinds.PROVIDER_NETWORK).get(name)
        if network is None or deleting(network):
            return
        nodes = [n for n in self._program.cache(kinds.NODE) if _selected(network["spec"], n)]
        for node in nodes:
            await self._label(network, node)
        ready = [n["metadata"]["name"] for n in nodes]
        changed = fresh(network)
        status = changed["status"] = {"vlans": [], **(changed.get("status") or {})}
        status.update(ready=True, readyNodes=ready, notReadyNodes=[])
        status["conditions"] = [_bridge_condition(network, node) for node in ready]
        if changed != network:
            await self._program.update(kinds.PROVIDER_NETWORK, changed, "status")
        for vlan in self._program.cache(kinds.VLAN):
            if vlan["spec"].get("provider") == name:
                self._vlans.add(vlan["metadata"]["name"])

    async def _label(self, network: Obj, node: Obj) -> None:
        """What kube-ovn-cni says about its node when the bridge is there."""
        prefix = f"{network['metadata']['name']}.provider-network.kubernetes.io"
        interface = _interface(network["spec"], node["metadata"]["name"])
        wanted = {f"{prefix}/ready": "true", f"{prefix}/interface": interface, f"{prefix}/mtu": "1500"}
        if any(labels_of(node).get(key) != value for key, value in wanted.items()):
            await self._program.patch(kinds.NODE, node, {"metadata": {"labels": wanted}})

    async def _reconcile_vlan(self, name: str) -> None:
        vlan = self._program.cache(kinds.VLAN).get(name)
        if vlan is None or deleting(vlan):
            return
        users = [s["metadata"]["name"] for s in self._program.cache(kinds.SUBNET) if s["spec"].get("vlan") == name]
        rival = self._rival(vlan)
        changed = fresh(vlan)
        status = changed["status"] = dict(changed.get("status") or {})
        status.update(conflict=rival is not None, subnets=users)
        if changed != vlan:
            await self._program.update(kinds.VLAN, changed, "status")
        if rival is None:
            await self._admit(vlan)
        for subnet in users:
            self._subnets.add(subnet)

    def _rival(self, vlan: Obj) -> Obj | None:
        """An older Vlan with the same id in the same provider network."""
        spec = vlan["spec"]
        same = [
            other
            for other in self._program.cache(kinds.VLAN)
            if spec.get("id") and (other["spec"].get("id"), other["spec"]["provider"]) == (spec["id"], spec["provider"])
        ]
        oldest = min(same, key=lambda v: (v["metadata"]["creationTimestamp"], v["metadata"]["uid"]), default=vlan)
        return None if oldest["metadata"]["name"] == vlan["metadata"]["name"] else oldest

    async def _admit(self, vlan: Obj) -> None:
        name, provider = vlan["metadata"]["name"], vlan["spec"]["provider"]
        network = self._program.cache(kinds.PROVIDER_NETWORK).get(provider)
        if network is None:
            raise Postponed(
                f'failed to get provider network {provider}: provider-network.kubeovn.io "{provider}" not found'
            )
        known = network.get("status", {}).get("vlans") or []
        if name not in known:
            changed = fresh(network)
            changed.setdefault("status", {})["vlans"] = [*known, name]
            await self._program.update(kinds.PROVIDER_NETWORK, changed, "status")


def _selected(spec: Obj, node: Obj) -> bool:
    """nodeSelector beats excludeNodes."""
    selector = spec.get("nodeSelector")
    if selector:
        return all(labels_of(node).get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
    return node["metadata"]["name"] not in (spec.get("excludeNodes") or [])


def _interface(spec: Obj, node: str) -> str:
    for custom in spec.get("customInterfaces") or []:
        if node in (custom.get("nodes") or []):
            return str(custom["interface"])
    return str(spec["defaultInterface"])


def _bridge_condition(network: Obj, node: str) -> Obj:
    for entry in network.get("status", {}).get("conditions") or []:
        if entry.get("node") == node and entry["status"] == "True":
            found: Obj = entry
            return found
    return {
        "node": node,
        "type": "Ready",
        "status": "True",
        "reason": "InitOVSBridgeSucceeded",
        "lastUpdateTime": now(),
        "lastTransitionTime": now(),
    }
