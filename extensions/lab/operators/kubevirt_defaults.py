# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What virt-api's mutating webhooks add to VMs and VMIs (kubevirt pkg/virt-api/webhooks/mutating-webhook/mutators,
pkg/defaults). Pure."""

from __future__ import annotations

import copy
import uuid

from . import quantity
from .client import Obj
from .controller import now

VMI_FINALIZER = "kubevirt.io/foregroundDeleteVirtualMachine"
MACHINE = "q35"
_MAX_GUEST_RATIO = 4


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
    _default_cpu(domain)
    _default_memory(domain)
    spec.setdefault("evictionStrategy", "None")
    for volume in spec.get("volumes") or []:
        if "containerDisk" in volume:
            volume["containerDisk"].setdefault("imagePullPolicy", "IfNotPresent" if _pinned(volume) else "Always")
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


def _default_cpu(domain: Obj) -> None:
    cpu = domain.setdefault("cpu", {})
    for key in ("cores", "sockets", "threads"):
        cpu[key] = cpu.get(key) or 1
    cpu.setdefault("model", "host-model")


def _default_memory(domain: Obj) -> None:
    memory = domain.setdefault("memory", {})
    asked = (domain["resources"].get("requests") or {}).get("memory")
    guest = memory.get("guest") or asked or (domain["resources"].get("limits") or {}).get("memory")
    if guest is not None:
        memory["guest"] = guest
        memory.setdefault("maxGuest", quantity.mebibytes(quantity.parse(guest) * _MAX_GUEST_RATIO))
        domain["resources"].setdefault("requests", {}).setdefault("memory", guest)


def _initial_status(domain: Obj) -> Obj:
    guest = domain["memory"].get("guest")
    topology = {key: domain["cpu"][key] for key in ("cores", "sockets", "threads")}
    amounts = dict.fromkeys(("guestAtBoot", "guestCurrent", "guestRequested"), guest) if guest is not None else {}
    return {"currentCPUTopology": topology, "memory": amounts}


def _pinned(volume: Obj) -> bool:
    image = str(volume["containerDisk"]["image"])
    return "@sha256:" in image or (":" in image.rsplit("/", 1)[-1] and not image.endswith(":latest"))
