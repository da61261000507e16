# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods and their addresses (kube-ovn pkg/controller/{pod,ip}.go).

A pod has its address before it is scheduled; a VM's address belongs to the VM and outlives its pods.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from . import kinds
from .client import Obj
from .controller import Postponed, Program, annotations_of, deleting, finalizers, labels_of
from .kubeovn_ipam import FINALIZER, RESERVED_LABEL, Ipam, Port
from .kubeovn_vpc import is_ovn

NETWORKS = "k8s.v1.cni.cncf.io/networks"


@dataclass(frozen=True)
class PodNet:
    """One network of a pod: the provider is the prefix of its annotations."""

    provider: str
    subnet: Obj

    def key(self, name: str) -> str:
        return f"{self.provider}.kubernetes.io/{name}"


class Pods:
    """Gives pods their addresses and takes them back; looks after IP objects made or deleted by others as well."""

    def __init__(self, program: Program, ipam: Ipam) -> None:
        self._program, self._ipam = program, ipam
        self._queue = program.queue("pod", self._reconcile)
        self._ips = program.queue("ip", self._reconcile_ip)
        program.feed(kinds.POD, self._queue)
        program.feed(kinds.IP, self._ips)
        program.notify(kinds.POD, self._owner_changed)
        program.notify(kinds.VM, self._owner_changed)

    def _owner_changed(self, _old: Obj | None, new: Obj | None) -> None:
        if new is None or deleting(new) or not _alive(new):
            for ip in self._program.cache(kinds.IP):
                self._ips.add(ip["metadata"]["name"])

    # -- giving -----------------------------------------------------------------------------------------------------

    async def _reconcile(self, key: str) -> None:
        pod = self._program.cache(kinds.POD).get(key)
        if pod is None or pod["spec"].get("hostNetwork") or deleting(pod) or not _alive(pod):
            return
        try:
            nets = self._nets(pod)
        except Postponed as error:
            message = f"stage=getPodKubeovnNets error={error}"
            await self._program.event(kinds.POD, pod, "Warning", "PodNetworkUpdateFailed", message)
            raise
        needed = [n for n in nets if annotations_of(pod).get(n.key("allocated")) != "true"]
        if needed:
            await self._allocate(pod, needed)

    async def _allocate(self, pod: Obj, nets: list[PodNet]) -> None:
        given: dict[str, str] = {}
        for network in nets:
            try:
                given |= await self._lease(pod, network)
            except Postponed as error:
                message = f"stage=acquireAddress error={error}"
                await self._program.event(kinds.POD, pod, "Warning", "AcquireAddressFailed", message)
                raise
        await self._program.patch(kinds.POD, pod, {"metadata": {"annotations": given}})

    async def _lease(self, pod: Obj, network: PodNet) -> dict[str, str]:
        subnet, notes, namespace = network.subnet, annotations_of(pod), pod["metadata"]["namespace"]
        vm = vm_of(pod)
        owner = vm or pod["metadata"]["name"]
        suffix = "" if network.provider == "ovn" else f".{network.provider}"
        port = Port(
            f"{owner}.{namespace}{suffix}", owner, namespace, pod["spec"].get("nodeName", ""), _pod_type(pod, vm)
        )
        wanted, mac = notes.get(network.key("ip_address"), ""), notes.get(network.key("mac_address"), "")
        lease = await self._ipam.lease(subnet, port, wanted, mac)
        values = {
            "ip_address": lease.addresses,
            "mac_address": lease.mac,
            "cidr": subnet["spec"]["cidrBlock"],
            "gateway": subnet["spec"]["gateway"],
            "allocated": "true",
            "routed": "true",
        }
        if is_ovn(subnet):
            values |= {"logical_switch": subnet["metadata"]["name"], "pod_nic_type": "veth-pair"}
            values |= {"logical_router": subnet["spec"]["vpc"]} if not subnet["spec"].get("vlan") else {}
        values |= {"virtualmachine": vm} if vm else {}
        return {network.key(name): value for name, value in values.items()}

    def _nets(self, pod: Obj) -> list[PodNet]:
        return [PodNet("ovn", self._default_subnet(pod)), *self._attachments(pod)]

    def _default_subnet(self, pod: Obj) -> Obj:
        key = "ovn.kubernetes.io/logical_switch"
        name = annotations_of(pod).get(key)
        if not name:
            namespace = self._program.cache(kinds.NAMESPACE).get(pod["metadata"]["namespace"])
            name = annotations_of(namespace or {"metadata": {}}).get(key, "").split(",")[0]
        if not name:
            raise Postponed(f"namespace {pod['metadata']['namespace']} network annotations is empty")
        return self._subnet(name)

    def _attachments(self, pod: Obj) -> list[PodNet]:
        """Networks of Multus annotations whose NetworkAttachmentDefinition asks Kube-OVN for addresses."""
        nets = []
        for namespace, name in parse_networks(annotations_of(pod).get(NETWORKS, ""), pod["metadata"]["namespace"]):
            nad = self._program.cache(kinds.NAD).get(f"{namespace}/{name}")
            if nad is None:
                raise Postponed(f'network-attachment-definitions.k8s.cni.cncf.io "{name}" not found')
            provider = _provider(nad)
            if provider:
                named = annotations_of(pod).get(f"{provider}.kubernetes.io/logical_switch")
                nets.append(PodNet(provider, self._subnet(named) if named else self._subnet_of(provider)))
        return nets

    def _subnet(self, name: str) -> Obj:
        subnet = self._program.cache(kinds.SUBNET).get(name)
        if subnet is None:
            raise Postponed(f'subnet.kubeovn.io "{name}" not found')
        if FINALIZER not in finalizers(subnet):
            raise Postponed("NoSubnet")  # the IP address manager does not know it yet
        return subnet

    def _subnet_of(self, provider: str) -> Obj:
        for subnet in self._program.cache(kinds.SUBNET):
            if subnet["spec"].get("provider") == provider:
                return subnet
        raise Postponed(f"no subnet with provider {provider}")

    # -- taking back ------------------------------------------------------------------------------------------------

    async def _reconcile_ip(self, name: str) -> None:
        ip = self._program.cache(kinds.IP).get(name)
        if ip is None:
            return
        if deleting(ip):
            await self._forget(ip)
        elif not finalizers(ip):
            await self._reserve(ip)
        elif labels_of(ip).get(RESERVED_LABEL) == "false" and self._abandoned(ip):
            await self._program.api.delete(kinds.IP, ip)

    async def _forget(self, ip: Obj) -> None:
        if FINALIZER in finalizers(ip):
            left = [f for f in finalizers(ip) if f != FINALIZER]
            await self._program.patch(kinds.IP, ip, {"metadata": {"finalizers": left}})

    async def _reserve(self, ip: Obj) -> None:
        """An IP made by a user reserves an address for the pod or VM it names."""
        spec = ip["spec"]
        subnet = self._subnet(spec.get("subnet", ""))
        port = Port(
            ip["metadata"]["name"], spec.get("podName", ""), spec.get("namespace", ""), "", spec.get("podType", "")
        )
        if port.name not in (
            f"{port.pod}.{port.namespace}",
            f"{port.pod}.{port.namespace}.{subnet['spec'].get('provider')}",
        ):
            return
        wanted = ",".join(spec[key] for key in ("v4IpAddress", "v6IpAddress") if spec.get(key))
        await self._ipam.lease(subnet, port, wanted, spec.get("macAddress", ""))

    def _abandoned(self, ip: Obj) -> bool:
        spec = ip["spec"]
        if ip["metadata"]["name"].startswith("node-") and not spec.get("namespace"):
            return False
        key = f"{spec['namespace']}/{spec['podName']}"
        if spec.get("podType") == "VirtualMachine":
            vm, vmi = self._program.cache(kinds.VM).get(key), self._program.cache(kinds.VMI).get(key)
            return (vm is None or deleting(vm)) and (vmi is None or vm is None) and not self._running(key)
        pod = self._program.cache(kinds.POD).get(key)
        return pod is None or not _alive(pod)

    def _running(self, key: str) -> bool:
        return any(
            f"{p['metadata']['namespace']}/{vm_of(p)}" == key and _alive(p) and not deleting(p)
            for p in self._program.cache(kinds.POD)
        )


def vm_of(pod: Obj) -> str:
    """Name of the VM whose virt-launcher this is, or empty."""
    owners = pod["metadata"].get("ownerReferences") or []
    return next((str(o["name"]) for o in owners if o["kind"] == "VirtualMachineInstance"), "")


def parse_networks(text: str, namespace: str) -> list[tuple[str, str]]:
    """(namespace, name) of each element of a Multus annotation, in its JSON or its short form."""
    if not text:
        return []
    if text.lstrip().startswith("["):
        return [(entry.get("namespace", namespace), entry["name"]) for entry in json.loads(text)]
    short = [part.strip().split("@")[0] for part in text.split(",")]
    return [(part.split("/")[0], part.split("/")[1]) if "/" in part else (namespace, part) for part in short]


def _provider(nad: Obj) -> str:
    """Kube-OVN's name for the network, empty when it is none of its own (getPodAttachmentNet)."""
    config = json.loads(nad.get("spec", {}).get("config") or "{}")
    plugins = config.get("plugins", [config])
    name = f"{nad['metadata']['name']}.{nad['metadata']['namespace']}"
    for plugin in plugins:
        if plugin.get("type") == "kube-ovn":
            return str(plugin.get("provider") or f"{name}.ovn")
        if (plugin.get("ipam") or {}).get("type") == "kube-ovn":
            return str(plugin["ipam"].get("provider") or name)
    return ""


def _pod_type(pod: Obj, vm: str) -> str:
    owners = pod["metadata"].get("ownerReferences") or []
    stateful = any(owner["kind"] == "StatefulSet" for owner in owners)
    return "StatefulSet" if stateful else "VirtualMachine" if vm else ""


def _alive(pod: Obj) -> bool:
    return pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
