# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What virt-api's mutating webhooks add to VMs and VMIs (kubevirt pkg/virt-api/webhooks/mutating-webhook/mutators,
pkg/defaults). Pure."""

from __future__ import annotations

import copy
import uuid
from decimal import ROUND_CEILING

from . import quantity
from .client import Obj
from .controller import now
from .kubevirt_liveupdate import max_guest, max_sockets

VMI_FINALIZER = "kubevirt.io/foregroundDeleteVirtualMachine"
MACHINE = "q35"
_TOPOLOGY = ("cores", "sockets", "threads")


def default_vm(vm: Obj, create: bool) -> Obj:
    """Architecture and machine type always; firmware identity and PCI topology on creation only."""
    vm = copy.deepcopy(vm)
    template = vm["spec"].setdefault("template", {})
    spec = template.setdefault("spec", {})
    _default_spec(spec)
    if create:
        firmware = spec["domain"].setdefault("firmware", {})
        firmware["uuid"] = firmware.get("uuid") or str(uuid.uuid4())
        firmware["serial"] = firmware.get("serial") or str(uuid.uuid4())
        notes = template.setdefault("metadata", {}).setdefault("annotations", {})
        notes.setdefault("kubevirt.io/pci-topology-version", "v3")
    return vm


def default_vmi(vmi: Obj) -> Obj:
    """Everything a VMI gets when it is created, its first phase and its finalizer included."""
    vmi = copy.deepcopy(vmi)
    spec = vmi["spec"]
    _default_spec(spec)
    domain = spec["domain"]
    domain.setdefault("features", {}).setdefault("acpi", {"enabled": True})
    domain.setdefault("firmware", {}).setdefault("uuid", str(uuid.uuid4()))
    spec.setdefault("evictionStrategy", "None")
    _default_devices(spec)
    _default_resources(domain)
    _default_memory(domain)
    _default_cpu(domain)
    _default_hotplug(spec)
    vmi["metadata"]["finalizers"] = [*(vmi["metadata"].get("finalizers") or []), VMI_FINALIZER]
    phase = {"phase": "Pending", "phaseTransitionTimestamp": now()}
    vmi["status"] = {
        **(vmi.get("status") or {}),
        **_initial_status(domain),
        "phase": "Pending",
        "phaseTransitionTimestamps": [phase],
    }
    return vmi


def _default_spec(spec: Obj) -> None:
    spec.setdefault("architecture", "amd64")
    domain = spec.setdefault("domain", {})
    domain.setdefault("devices", {})
    domain.setdefault("resources", {})
    machine = domain.setdefault("machine", {})
    machine["type"] = machine.get("type") or MACHINE


def _default_devices(spec: Obj) -> None:
    """A port in the pod's network where no network is asked for, a disk for each volume, when its image is pulled."""
    devices = spec["domain"]["devices"]
    if not spec.get("networks") and not devices.get("interfaces") and devices.get("autoattachPodInterface", True):
        devices["interfaces"], spec["networks"] = [{"name": "default", "bridge": {}}], [{"name": "default", "pod": {}}]
    shown = {device["name"] for kind in ("disks", "filesystems") for device in devices.get(kind) or []}
    added = [{"name": volume["name"]} for volume in spec.get("volumes") or [] if volume["name"] not in shown]
    if added:
        devices["disks"] = [*(devices.get("disks") or []), *added]
    for disk in devices.get("disks") or []:
        if not disk.keys() & {"disk", "cdrom", "lun"}:
            disk["disk"] = {"bus": "sata"}
    for volume in spec.get("volumes") or []:
        if "containerDisk" in volume:
            volume["containerDisk"].setdefault("imagePullPolicy", "IfNotPresent" if _pinned(volume) else "Always")


def _default_resources(domain: Obj) -> None:
    """CPUs that are a limit only are requested as well; the guest's memory is requested by its pod only."""
    limits = domain["resources"].get("limits") or {}
    if "cpu" in limits:
        domain["resources"].setdefault("requests", {}).setdefault("cpu", limits["cpu"])


def _default_memory(domain: Obj) -> None:
    memory, resources = domain.setdefault("memory", {}), domain["resources"]
    candidates = [(resources.get(side) or {}).get("memory") for side in ("requests", "limits")]
    pages = (memory.get("hugepages") or {}).get("pageSize")
    guest = memory.get("guest") or next((each for each in (*candidates, pages) if each), None)
    if guest is not None:
        memory["guest"] = guest


def _default_cpu(domain: Obj) -> None:
    """A topology for a guest without any: what is asked for as resources becomes sockets."""
    cpu = domain.setdefault("cpu", {})
    if not any(cpu.get(key) for key in _TOPOLOGY):
        asked = [(domain["resources"].get(side) or {}).get("cpu") for side in ("limits", "requests")]
        count = next((int(quantity.parse(each).to_integral_value(ROUND_CEILING)) for each in asked if each), 1)
        cpu.update(cores=1, threads=1, sockets=count)
    cpu.setdefault("model", "host-model")


def _default_hotplug(spec: Obj) -> None:
    """How far the guest may grow while it runs."""
    cpu, memory = spec["domain"]["cpu"], spec["domain"]["memory"]
    sockets, most = max_sockets(cpu), max_guest(spec)
    if sockets:
        cpu.setdefault("maxSockets", sockets)
    if most is not None:
        memory.setdefault("maxGuest", most)


def _initial_status(domain: Obj) -> Obj:
    guest = domain["memory"].get("guest")
    topology = {key: domain["cpu"][key] for key in _TOPOLOGY if domain["cpu"].get(key)}
    amounts = dict.fromkeys(("guestAtBoot", "guestCurrent", "guestRequested"), guest) if guest is not None else {}
    return {"currentCPUTopology": topology, "memory": amounts, "guestOSInfo": {}, "runtimeUser": 107}


def _pinned(volume: Obj) -> bool:
    image = str(volume["containerDisk"]["image"])
    return not image.endswith(":latest") and (":" in image or "@" in image)
