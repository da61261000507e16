# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SR-IOV network operator: policies become node states, networks become attachments (k8snetworkplumbingwg
sriov-network-operator v1.6 controllers/, api/v1/helper.go). What nodes do with them is in sriov_daemon."""

from __future__ import annotations

import asyncio
import json

from . import kinds
from .client import Api, Obj, Resource
from .controller import Postponed, Program, deleting, finalizers, fresh, labels_of
from .sriov_daemon import Daemon
from .watch import Caches, key_of

MANAGER, DAEMON = "sriov-network-operator", "sriov-network-config-daemon"
FINALIZER = "netattdef.finalizers.sriovnetwork.openshift.io"
PREFIX = "openshift.io"
_RESOURCE = "k8s.v1.cni.cncf.io/resourceName"
_WORKER = {"node-role.kubernetes.io/worker": ""}
_NETWORKS = {kinds.SRIOV_NETWORK: "sriov", kinds.SRIOV_IB_NETWORK: "ib-sriov", kinds.OVS_NETWORK: "ovs"}
_TEXTS = {"spoofChk": "spoofchk", "trust": "trust", "linkState": "link_state", "logLevel": "logLevel"}
_NUMBERS = {"vlan": "vlan", "vlanQoS": "vlanQoS", "minTxRate": "min_tx_rate", "maxTxRate": "max_tx_rate", "mtu": "mtu"}


async def run(api: Api, caches: Caches, deployment: Obj) -> None:
    """Be the operator, and the daemon on every node, until cancelled."""
    operator, daemon = Program(api, caches, MANAGER), Program(api, caches, DAEMON)
    Policies(operator, deployment["metadata"]["namespace"])
    for resource, plugin in _NETWORKS.items():
        Networks(operator, resource, plugin)
    Daemon(daemon, PREFIX)
    async with asyncio.TaskGroup() as group:
        group.create_task(operator.run())
        group.create_task(daemon.run())


class Policies:
    """Writes what each node is to have into its SriovNetworkNodeState."""

    def __init__(self, program: Program, namespace: str) -> None:
        self._program, self._namespace = program, namespace
        self._queue = program.queue("sriov node", self._reconcile)
        program.feed(kinds.NODE, self._queue)
        program.notify(kinds.SRIOV_STATE, self._state_changed)
        for resource in (kinds.SRIOV_POLICY, kinds.SRIOV_CONFIG):
            program.notify(resource, self._all)

    def _state_changed(self, old: Obj | None, new: Obj | None) -> None:
        self._queue.add((new or old or {})["metadata"]["name"])

    def _all(self, _old: Obj | None, _new: Obj | None) -> None:
        for node in self._program.cache(kinds.NODE):
            self._queue.add(node["metadata"]["name"])

    async def _reconcile(self, name: str) -> None:
        node = self._program.cache(kinds.NODE).get(name)
        if node is None or not _matches(self._selector(), node):
            return
        state = self._program.cache(kinds.SRIOV_STATE).get(f"{self._namespace}/{name}")
        if state is None:
            meta = {"name": name, "namespace": self._namespace}
            await self._program.create(kinds.SRIOV_STATE, {"metadata": meta, "spec": {}})
            return
        wanted = self._rendered(node, state)
        if (state.get("spec") or {}).get("interfaces", []) != wanted:
            changed = fresh(state)
            changed["spec"] = {**(state.get("spec") or {}), "interfaces": wanted}
            await self._program.update(kinds.SRIOV_STATE, changed)

    def _selector(self) -> Obj:
        config = self._program.cache(kinds.SRIOV_CONFIG).get(f"{self._namespace}/default") or {}
        found: Obj = (config.get("spec") or {}).get("configDaemonNodeSelector") or _WORKER
        return found

    def _rendered(self, node: Obj, state: Obj) -> list[Obj]:
        """Of policies for the same VFs the one with the lowest number counts: it comes last."""
        out: dict[str, Obj] = {}
        policies = [p for p in self._program.cache(kinds.SRIOV_POLICY) if not deleting(p)]
        policies = [p for p in policies if p["metadata"]["namespace"] == self._namespace]
        for policy in sorted(policies, key=lambda p: (-p["spec"].get("priority", 0), p["metadata"]["name"])):
            if _matches(policy["spec"]["nodeSelector"], node):
                for pf in (state.get("status") or {}).get("interfaces") or []:
                    if _selected(policy["spec"]["nicSelector"], pf):
                        address = pf["pciAddress"]
                        out[address] = _merged(out.get(address), _interface(policy, pf))
        return [out[address] for address in sorted(out)]


def _matches(selector: Obj, node: Obj) -> bool:
    return all(labels_of(node).get(key) == value for key, value in selector.items())


def _selected(nics: Obj, pf: Obj) -> bool:
    names = [name.partition("#")[0] for name in nics.get("pfNames") or []]
    return (
        nics.get("vendor", "") in ("", pf.get("vendor"))
        and nics.get("deviceID", "") in ("", pf.get("deviceID"))
        and (not names or pf.get("name") in names)
        and (not nics.get("rootDevices") or pf["pciAddress"] in nics["rootDevices"])
    )


def _interface(policy: Obj, pf: Obj) -> Obj:
    """One PF as one policy wants it (generateVfGroup)."""
    spec = policy["spec"]
    whole = f"0-{spec['numVfs'] - 1}"
    named = [name.partition("#") for name in spec["nicSelector"].get("pfNames") or []]
    vfs = next((given or whole for name, _hash, given in named if name == pf.get("name")), whole)
    group = {
        "deviceType": spec.get("deviceType", "netdevice"),
        "policyName": policy["metadata"]["name"],
        "resourceName": spec["resourceName"],
        "vfRange": vfs,
    }
    kept = {key: spec[key] for key in ("mtu", "linkType", "eSwitchMode", "externallyManaged") if spec.get(key)}
    return {
        "pciAddress": pf["pciAddress"],
        "name": pf.get("name", ""),
        "numVfs": spec["numVfs"],
        **kept,
        "vfGroups": [group],
    }


def _merged(before: Obj | None, later: Obj) -> Obj:
    """Groups of the earlier policy stay where they share neither VFs nor resource with the later one (mergeConfigs)."""
    if before is None:
        return later
    mine = later["vfGroups"][0]
    kept = [g for g in before["vfGroups"] if g["resourceName"] != mine["resourceName"] and not _overlap(g, mine)]
    most = max(before["numVfs"], later["numVfs"])
    return {**later, "numVfs": most, "vfGroups": [mine, *kept]}


def _overlap(one: Obj, other: Obj) -> bool:
    (first, last), (start, end) = (map(int, group["vfRange"].split("-")) for group in (one, other))
    return first <= end and start <= last


class Networks:
    """One NetworkAttachmentDefinition a network, in the namespace that it names."""

    def __init__(self, program: Program, resource: Resource, plugin: str) -> None:
        self._program, self._resource, self._plugin = program, resource, plugin
        self._queue = program.queue(resource.plural, self._reconcile)
        program.feed(resource, self._queue)
        program.notify(kinds.NAMESPACE, self._all)

    def _all(self, _old: Obj | None, _new: Obj | None) -> None:
        for network in self._program.cache(self._resource):
            self._queue.add(key_of(network))

    async def _reconcile(self, key: str) -> None:
        network = self._program.cache(self._resource).get(key)
        if network is None:
            return
        wanted = self._attachment(network)
        there = self._program.cache(kinds.NAD).get(key_of(wanted))
        if deleting(network):
            await self._remove(network, there)
        elif FINALIZER not in finalizers(network):
            changed = fresh(network)
            changed["metadata"]["finalizers"] = [*finalizers(network), FINALIZER]
            await self._program.update(self._resource, changed)
        elif self._program.cache(kinds.NAMESPACE).get(wanted["metadata"]["namespace"]) is None:
            raise Postponed(f"namespace {wanted['metadata']['namespace']} doesn't exist")
        elif there is None:
            await self._program.create(kinds.NAD, wanted)
        elif there.get("spec") != wanted["spec"] or not _annotated(there, wanted):
            changed = fresh(there)
            changed["spec"] = wanted["spec"]
            changed["metadata"].setdefault("annotations", {}).update(wanted["metadata"]["annotations"])
            await self._program.update(kinds.NAD, changed)

    async def _remove(self, network: Obj, attachment: Obj | None) -> None:
        if attachment is not None:
            await self._program.api.delete(kinds.NAD, attachment)
        if FINALIZER in finalizers(network):
            changed = fresh(network)
            changed["metadata"]["finalizers"] = [f for f in finalizers(network) if f != FINALIZER]
            await self._program.update(self._resource, changed)

    def _attachment(self, network: Obj) -> Obj:
        meta, spec = network["metadata"], network["spec"]
        config: Obj = {"cniVersion": "1.0.0", "name": meta["name"], "type": self._plugin}
        config |= {there: spec[here] for here, there in {**_TEXTS, **_NUMBERS}.items() if here in spec}
        config |= {"bridge": spec["bridge"]} if spec.get("bridge") else {}
        config["ipam"] = json.loads(spec.get("ipam") or "{}")
        return {
            "metadata": {
                "name": meta["name"],
                "namespace": spec.get("networkNamespace") or meta["namespace"],
                "annotations": {_RESOURCE: f"{PREFIX}/{spec['resourceName']}"},
            },
            "spec": {"config": json.dumps(config)},
        }


def _annotated(there: Obj, wanted: Obj) -> bool:
    held = there["metadata"].get("annotations") or {}
    return all(held.get(key) == value for key, value in wanted["metadata"]["annotations"].items())
