# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-handler: makes nodes schedulable, offers devices, runs guests (kubevirt pkg/virt-handler, cmd/virt-handler).

One Program stands for the DaemonSet: on a node without a running virt-handler pod nothing happens.
"""

from __future__ import annotations

from . import kinds
from .client import Obj
from .conditions import set_condition
from .controller import Postponed, Program, annotations_of, deleting, fresh, labels_of
from .kubevirt_hotplug import plug
from .kubevirt_launcher import HOST_MODEL, multus_networks
from .kubevirt_mover import Mover
from .kubevirt_vmi import FINAL, Faults, phase_of, set_phase
from .watch import key_of

MACHINE = "pc-q35-rhel9.6.0"
CPU_MANAGER = "lab.kubevim.nfvi/cpu-manager-policy"

_DEVICES = {f"devices.kubevirt.io/{name}": "1k" for name in ("kvm", "tun", "vhost-net")}
_BRIDGE_MOVES = "kubevirt.io/allow-pod-bridge-network-live-migration"
_NOT_MIGRATABLE = (
    "cannot migrate VMI which does not use masquerade or a migratable plugin to connect to the pod network"
)


class Handler:
    """virt-handler on all nodes."""

    def __init__(self, program: Program, faults: Faults) -> None:
        self._program = program
        self._mover = Mover(program, faults, self._runs_on)
        self._nodes = program.queue("virt-handler node", self._reconcile_node)
        self._guests = program.queue("virt-handler guest", self._reconcile_guest)
        program.feed(kinds.NODE, self._nodes)
        program.feed(kinds.VMI, self._guests)
        program.notify(kinds.POD, self._pod_changed)

    def _pod_changed(self, old: Obj | None, new: Obj | None) -> None:
        pod = new or old or {"metadata": {}}
        node = pod.get("spec", {}).get("nodeName")
        if node and labels_of(pod).get("kubevirt.io") == "virt-handler":
            self._nodes.add(node)
            for vmi in self._program.cache(kinds.VMI):
                self._guests.add(key_of(vmi))

    def _runs_on(self, node: str) -> bool:
        return any(
            labels_of(pod).get("kubevirt.io") == "virt-handler"
            and pod["spec"].get("nodeName") == node
            and not deleting(pod)
            and pod.get("status", {}).get("phase") == "Running"
            for pod in self._program.cache(kinds.POD)
        )

    async def _reconcile_node(self, name: str) -> None:
        node = self._program.cache(kinds.NODE).get(name)
        if node is None:
            return
        if not self._runs_on(name):
            if labels_of(node).get("kubevirt.io/schedulable") == "true":
                await self._program.patch(
                    kinds.NODE, node, {"metadata": {"labels": {"kubevirt.io/schedulable": "false"}}}
                )
            return
        wanted = node_labels(node)
        if not labels_of(node).items() >= wanted.items():
            node = await self._program.patch(kinds.NODE, node, {"metadata": {"labels": wanted}})
        if not (node.get("status", {}).get("allocatable") or {}).items() >= _DEVICES.items():
            offered = {"status": {"capacity": _DEVICES, "allocatable": _DEVICES}}
            await self._program.patch(kinds.NODE, node, offered, "status")

    async def _reconcile_guest(self, key: str) -> None:
        vmi = self._program.cache(kinds.VMI).get(key)
        if vmi is None or phase_of(vmi) not in ("Scheduled", "Running"):
            return
        if not self._runs_on(vmi["status"]["nodeName"]):
            return
        changed = fresh(vmi)
        if deleting(vmi):
            set_phase(changed["status"], "Succeeded")
        elif phase_of(vmi) == "Scheduled":
            self._boot(changed)
        else:
            plug(self._program, changed)
        if changed != vmi:
            await self._program.update(kinds.VMI, changed)

    def _boot(self, vmi: Obj) -> None:
        pod = self._launcher(vmi)
        status = vmi["status"]
        set_phase(status, "Running")
        status["interfaces"] = interfaces(vmi, pod)
        status.update(
            machine={"type": MACHINE},
            migrationMethod="BlockMigration",
            migrationTransport="Unix",
            guestOSInfo={},
            runtimeUser=107,
            selinuxContext="none",  # where there is no SELinux; without it virt-controller begins no migration
            volumeStatus=_volume_status(vmi["spec"]),
        )
        migratable = not _bridged(vmi["spec"]) or _BRIDGE_MOVES in annotations_of(vmi)
        set_condition(
            status.setdefault("conditions", []),
            "LiveMigratable",
            "True" if migratable else "False",
            "" if migratable else "InterfaceNotLiveMigratable",
            "" if migratable else _NOT_MIGRATABLE,
        )
        set_condition(status["conditions"], "StorageLiveMigratable", "True")

    def _launcher(self, vmi: Obj) -> Obj:
        for pod in self._program.cache(kinds.POD):
            owners = pod["metadata"].get("ownerReferences") or []
            if (
                any(o["uid"] == vmi["metadata"]["uid"] for o in owners)
                and pod.get("status", {}).get("phase") not in FINAL
            ):
                return pod
        raise Postponed(f"no virt-launcher pod of {key_of(vmi)}")


def node_labels(node: Obj) -> dict[str, str]:
    """What a node is said to offer. Pinned CPUs only where the lab says that the kubelet's CPU manager is static."""
    pinned = "true" if annotations_of(node).get(CPU_MANAGER) == "static" else "false"
    return {
        "kubevirt.io/schedulable": "true",
        "kubevirt.io/cpumanager": pinned,
        "cpumanager": pinned,
        "kubevirt.io/ksm-enabled": "false",
        "cpu-vendor.node.kubevirt.io/Intel": "true",
        "host-model-cpu.node.kubevirt.io/Icelake-Server": "true",
        "cpu-model.node.kubevirt.io/Icelake-Server": "true",
        HOST_MODEL: "true",
        **{f"machine-type.node.kubevirt.io/{machine}": "true" for machine in ("q35", MACHINE)},
    }


def interfaces(vmi: Obj, pod: Obj) -> list[Obj]:
    """``status.interfaces`` from the addresses Kube-OVN gave to the pod, else from the pod itself."""
    spec, notes = vmi["spec"], annotations_of(pod)
    attached = {f"{name}.{where}": nic for nic, where, name in multus_networks(spec, vmi["metadata"]["namespace"])}
    found = []
    secondary = iter(attached.items())
    for network in spec.get("networks") or [{"name": "default", "pod": {}}]:
        provider, nic = ("ovn", "eth0") if "pod" in network else next(secondary)
        prefix = next((p for p in (f"{provider}.ovn", provider) if f"{p}.kubernetes.io/ip_address" in notes), provider)
        default = pod.get("status", {}).get("podIP", "") if provider == "ovn" else ""
        text = notes.get(f"{prefix}.kubernetes.io/ip_address", default)
        mac = _asked_mac(spec, network["name"]) or notes.get(f"{prefix}.kubernetes.io/mac_address", "")
        entry: Obj = {
            "name": network["name"],
            "podInterfaceName": nic,
            "infoSource": "domain",
            "queueCount": 1,
            "linkState": "up",
        }
        entry |= {"mac": mac} if mac else {}
        entry |= {"ipAddress": text.split(",")[0], "ipAddresses": text.split(",")} if text else {}
        found.append(entry)
    return found


def _asked_mac(spec: Obj, name: str) -> str:
    for nic in spec["domain"]["devices"].get("interfaces") or []:
        if nic["name"] == name:
            return str(nic.get("macAddress", ""))
    return ""


def _bridged(spec: Obj) -> bool:
    pod_networks = {network["name"] for network in spec.get("networks") or [] if "pod" in network}
    return any(
        "bridge" in nic and nic["name"] in pod_networks for nic in spec["domain"]["devices"].get("interfaces") or []
    )


def _volume_status(spec: Obj) -> list[Obj]:
    disks = [disk["name"] for disk in spec["domain"]["devices"].get("disks") or []]
    volumes = [volume["name"] for volume in spec.get("volumes") or []]
    return [
        {"name": name, "target": f"vd{chr(ord('a') + disks.index(name))}" if name in disks else ""}
        for name in sorted(volumes)
    ]
