# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What virt-api refuses, all findings at once, in its words (kubevirt pkg/network/admitter, pkg/storage/admitters,
pkg/virt-api/webhooks/validating-webhook/admitters). Pure: objects in, causes out.

What it does not look at is as important: missing PVCs, networks, Secrets, instance types and absurd sizes are accepted.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from . import quantity
from .client import Obj

_RUN_STRATEGIES = ("Halted", "Manual", "Always", "RerunOnFailure", "Once", "WaitAsReceiver")
_BUSES = ("virtio", "scsi", "sata", "usb")
_MACHINES = ("q35*", "pc-q35*")
_MODELS = ("e1000", "e1000e", "igb", "ne2k_pci", "pcnet", "rtl8139", "virtio")
_BINDINGS = ("bridge", "masquerade", "sriov", "passtBinding", "binding")
_CLOUD_INIT_LIMIT = 2048
_MAC = re.compile(r"^([0-9a-fA-F]{2}([:-])[0-9a-fA-F]{2}(\2[0-9a-fA-F]{2}){4})$")


@dataclass(frozen=True)
class Cause:
    """One finding: ``field`` is a path into the object, ``reason`` one of Kubernetes' cause types."""

    field: str
    message: str
    reason: str = "FieldValueInvalid"

    def status(self) -> dict[str, str]:
        return {"reason": self.reason, "message": self.message, "field": self.field}


def vm_causes(vm: Obj) -> list[Cause]:
    """Why a VirtualMachine is refused."""
    spec = vm.get("spec", {})
    causes = list(_instance_causes(spec.get("template", {}).get("spec", {}), "spec.template.spec"))
    return [*causes, *_run_strategy(spec), *_data_volume_templates(spec)]


def vmi_causes(vmi: Obj) -> list[Cause]:
    """Why a VirtualMachineInstance is refused; what it must have, its VirtualMachine need not have yet."""
    return [*_mandatory(vmi.get("spec", {}), "spec"), *_instance_causes(vmi.get("spec", {}), "spec")]


def _mandatory(spec: Obj, at: str) -> Iterator[Cause]:
    memory = spec.get("domain", {}).get("memory") or {}
    fields = ("memory.guest", "memory.hugepages.pageSize", "resources.requests.memory")
    if not (_resource(spec, "requests", "memory") or memory.get("guest") or memory.get("hugepages")):
        guest, pages, requested = (f"'{at}.domain.{field}'" for field in fields)
        message = f"no memory requested, at least one of {guest}, {pages} or {requested} must be set"
        yield Cause("", message, "FieldValueRequired")


def _instance_causes(spec: Obj, at: str) -> Iterator[Cause]:
    for check in _CHECKS:
        yield from check(spec, at)


def _run_strategy(spec: Obj) -> Iterator[Cause]:
    strategy = spec.get("runStrategy")
    if "running" in spec and strategy is not None:
        yield Cause(
            "spec.running",
            "Running and RunStrategy are mutually exclusive. "
            "Note that Running is deprecated, please use RunStrategy instead",
        )
    if "running" not in spec and strategy is None:
        yield Cause("spec.running", "RunStrategy must be specified")
    if strategy is not None and strategy not in _RUN_STRATEGIES:
        yield Cause("spec.runStrategy", f"Invalid RunStrategy ({strategy})")


def _data_volume_templates(spec: Obj) -> Iterator[Cause]:
    volumes = spec.get("template", {}).get("spec", {}).get("volumes") or []
    used = {
        (v.get("dataVolume") or {}).get("name") or (v.get("persistentVolumeClaim") or {}).get("claimName")
        for v in volumes
    }
    for index, template in enumerate(spec.get("dataVolumeTemplates") or []):
        name = (template.get("metadata") or {}).get("name", "")
        at = f"spec.dataVolumeTemplate[{index}]"
        if not name:
            message = f"'name' field must not be empty for DataVolumeTemplate entry {at}."
            yield Cause(f"{at}.name", message, "FieldValueRequired")
        elif name not in used:
            message = f"DataVolumeTemplate entry {at} must be referenced in the VMI template's 'volumes' list"
            yield Cause(at, message, "FieldValueRequired")


def _disks(spec: Obj, at: str) -> Iterator[Cause]:
    volumes = {volume["name"] for volume in spec.get("volumes") or []}
    for index, disk in enumerate(_device(spec, "disks")):
        here = f"{at}.domain.devices.disks[{index}]"
        if disk["name"] not in volumes and "cdrom" not in disk:
            yield Cause(f"{here}.name", f"{here}.Name '{disk['name']}' not found.")


def _boot_orders(spec: Obj, at: str) -> Iterator[Cause]:
    seen: set[int] = set()
    for kind in ("disks", "interfaces"):
        for index, device in enumerate(_device(spec, kind)):
            order, field = device.get("bootOrder"), f"{at}.domain.devices.{kind}[{index}].bootOrder"
            if order is not None and order in seen:
                yield Cause(field, f"Boot order for {field} already set for a different device.")
            elif order is not None:
                seen.add(order)


def _buses(spec: Obj, at: str) -> Iterator[Cause]:
    for index, disk in enumerate(_device(spec, "disks")):
        here = f"{at}.domain.devices.disks[{index}]"
        for kind in ("disk", "cdrom", "lun"):
            bus = (disk.get(kind) or {}).get("bus", "")
            if bus == "ide":
                yield Cause(f"{here}.{kind}.bus", "IDE bus is not supported")
            elif bus == "virtio" and kind == "cdrom":
                yield Cause(f"{here}.cdrom.bus", f"Bus type {bus} is invalid for CD-ROM device")
            elif bus and bus not in _BUSES:
                known = f"[{' '.join(_BUSES)}]"
                yield Cause(
                    f"{here}.{kind}.bus", f"{here} is set with an unrecognized bus {bus}, must be one of: {known}"
                )


def _volumes(spec: Obj, at: str) -> Iterator[Cause]:
    seen: dict[str, int] = {}
    for index, volume in enumerate(spec.get("volumes") or []):
        here = f"{at}.volumes[{index}]"
        first = seen.setdefault(volume["name"], index)
        if first != index:
            yield Cause(f"{here}.name", f"{here} and {at}.volumes[{first}] must not have the same Name.")
        if len(volume) != 2:
            yield Cause(here, f"{here} must have exactly one source type set")
        for source in ("cloudInitNoCloud", "cloudInitConfigDrive"):
            if source in volume:
                yield from _cloud_init(volume[source] or {}, f"{here}.{source}", source)


def _cloud_init(data: Obj, at: str, source: str) -> Iterator[Cause]:
    for what, word, secret in (("user", "userdata", "secretRef"), ("network", "networkdata", "networkDataSecretRef")):
        plain, encoded = data.get(f"{what}Data", ""), data.get(f"{what}DataBase64", "")
        try:
            length = max(len(plain.encode()), len(base64.b64decode(encoded, validate=True)))
        except binascii.Error:
            field = f"{at}.{what}DataBase64"
            yield Cause(field, f"{field}.{source}.{what}DataBase64 is not a valid base64 value.")
            length = 0
        if sum(map(bool, (plain, encoded, data.get(secret)))) > 1:
            space = " " if what == "network" else ""
            yield Cause(at, f"{at} must have only one {word}{space}source set.")
        if length > _CLOUD_INIT_LIMIT:
            instead = f"{what.capitalize()}DataSecretRef"
            yield Cause(
                at, f"{at} {word} exceeds {_CLOUD_INIT_LIMIT} byte limit. Should use {instead} for larger data."
            )
    if not any(data.get(key) for key in data):
        yield Cause(at, f"{at} must have at least one userdatasource or one networkdatasource set.")


def _networks(spec: Obj, at: str) -> Iterator[Cause]:
    networks, nics = spec.get("networks") or [], _device(spec, "interfaces")
    named = {nic["name"] for nic in nics}
    for index, network in enumerate(networks):
        here = f"{at}.networks[{index}].name"
        if network["name"] not in named:
            yield Cause(here, f"{here} '{network['name']}' not found.", "FieldValueRequired")
    if sum("pod" in network for network in networks) > 1:
        field = f"{at}.interfaces"
        yield Cause(field, f"more than one interface is connected to a pod network in {field}", "FieldValueDuplicate")
    if sum(bool((network.get("multus") or {}).get("default")) for network in networks) > 1:
        yield Cause(f"{at}.networks", "Multus CNI should only have one default network")


def _interfaces(spec: Obj, at: str) -> Iterator[Cause]:
    networks = {network["name"]: network for network in spec.get("networks") or []}
    seen: set[str] = set()
    for index, nic in enumerate(_device(spec, "interfaces")):
        here, name = f"{at}.domain.devices.interfaces[{index}]", nic["name"]
        if name in seen:
            yield Cause(
                f"{here}.name", "Only one interface can be connected to one specific network", "FieldValueDuplicate"
            )
        seen.add(name)
        if name not in networks:
            yield Cause(f"{here}.name", f"{here}.name '{name}' not found.")
        if sum(binding in nic for binding in _BINDINGS) != 1:
            yield Cause(here, f"logical {name} interface must have exactly one binding method or binding plugin")
        if "masquerade" in nic and "pod" not in networks.get(name, {}):
            yield Cause(f"{here}.name", "Masquerade interface only implemented with pod network")
        if nic.get("macAddress") and not _MAC.match(nic["macAddress"]):
            yield Cause(f"{here}.macAddress", f"interface {here}.name has malformed MAC address ({nic['macAddress']}).")
        if nic.get("model") and nic["model"] not in _MODELS:
            message = f"interface {here}.name uses model {nic['model']} that is not supported."
            yield Cause(f"{here}.model", message, "FieldValueNotSupported")


def _memory(spec: Obj, at: str) -> Iterator[Cause]:
    memory, resources = spec.get("domain", {}).get("memory") or {}, f"{at}.domain.resources"
    requests, limits = _resource(spec, "requests", "memory"), _resource(spec, "limits", "memory")
    if limits and requests > limits:
        asked, cap = _given(spec, "requests", "memory"), _given(spec, "limits", "memory")
        field = f"{resources}.requests.memory"
        yield Cause(field, f"{field} '{asked}' is greater than {resources}.limits.memory '{cap}'")
    if memory.get("hugepages"):
        yield from _hugepages(spec, memory, at)


def _hugepages(spec: Obj, memory: Obj, at: str) -> Iterator[Cause]:
    page, field = memory["hugepages"].get("pageSize", ""), f"{at}.domain.resources.requests.memory"
    size = quantity.parse(page)
    amount = (
        _resource(spec, "requests", "memory")
        or quantity.parse(memory.get("guest"))
        or _resource(spec, "limits", "memory")
    )
    asked = _given(spec, "requests", "memory") or "0"
    end = f"page size {at}.domain.memory.hugepages.pageSize '{page}'"
    if amount and amount < size:
        yield Cause(field, f"{field} '{asked}' must be equal to or larger than {end}")
    elif amount % size:
        yield Cause(field, f"{field} '{asked}' is not a multiple of the {end}")


def _cpu(spec: Obj, at: str) -> Iterator[Cause]:
    cpu = spec.get("domain", {}).get("cpu") or {}
    field, numa = f"{at}.domain.cpu.dedicatedCpuPlacement", f"{at}.domain.cpu.numa.guestMappingPassthrough"
    if "guestMappingPassthrough" in (cpu.get("numa") or {}):
        if not cpu.get("dedicatedCpuPlacement"):
            yield Cause(numa, f"{field} must be set to true when NUMA topology strategy is set in {numa}")
        if not (spec["domain"].get("memory") or {}).get("hugepages"):
            yield Cause(
                numa, f"{at}.domain.memory.hugepages must be requested when NUMA topology strategy is set in {numa}"
            )
    if cpu.get("isolateEmulatorThread") and not cpu.get("dedicatedCpuPlacement"):
        message = "IsolateEmulatorThread should be only set in combination with DedicatedCPUPlacement"
        yield Cause(f"{at}.domain.cpu.isolateEmulatorThread", message)
    if cpu.get("dedicatedCpuPlacement"):
        yield from _memory_missing(spec, at)
        yield from _dedicated(spec, cpu, at, field)


def _memory_missing(spec: Obj, at: str) -> Iterator[Cause]:
    """Of guests with CPUs of their own only: others are refused as late as their VMI is made."""
    memory, resources = spec.get("domain", {}).get("memory") or {}, f"{at}.domain.resources"
    requests, limits = _resource(spec, "requests", "memory"), _resource(spec, "limits", "memory")
    if not (requests or limits or memory.get("hugepages") or quantity.parse(memory.get("guest"))):
        yield Cause(
            f"{resources}.limits.memory",
            f"{resources}.requests.memory, {resources}.limits.memory, {at}.domain.memory.hugepages or "
            f"{at}.domain.memory.guest should be provided",
        )


def _dedicated(spec: Obj, cpu: Obj, at: str, field: str) -> Iterator[Cause]:
    requests, limits, count = _resource(spec, "requests", "cpu"), _resource(spec, "limits", "cpu"), vcpus(cpu)
    asked, cap = f"{at}.domain.resources.requests.cpu", f"{at}.domain.resources.limits.cpu"
    cores = f"{at}.domain.cpu.cores"
    if not (requests or limits or count):
        yield Cause(field, f"either {asked} or {cap} or {cores} must be provided when DedicatedCPUPlacement is true ")
    if requests and limits and requests != limits:
        yield Cause(field, f"{asked} or {cap} must be equal when DedicatedCPUPlacement is true ")
    if (requests or limits) and count and count not in (requests, limits):
        together = f"{asked} or {cap} must not be provided at the same time with {cores}"
        yield Cause(field, f"{together} when DedicatedCPUPlacement is true ")


def _machine(spec: Obj, at: str) -> Iterator[Cause]:
    machine = (spec.get("domain", {}).get("machine") or {}).get("type", "")
    if machine and not any(fnmatchcase(machine, pattern) for pattern in _MACHINES):
        field = f"{at}.domain.machine.type"
        yield Cause(field, f"{field} is not supported: {machine} (allowed values: [{' '.join(_MACHINES)}])")


_CHECKS: tuple[Callable[[Obj, str], Iterator[Cause]], ...] = (
    _machine,
    _memory,
    _cpu,
    _disks,
    _boot_orders,
    _buses,
    _volumes,
    _networks,
    _interfaces,
)


def vcpus(cpu: Obj) -> int:
    """Sockets × cores × threads of the fields that are set; 0 when none is (hwutil.GetNumberOfVCPUs)."""
    given = [int(cpu.get(key) or 0) for key in ("sockets", "cores", "threads")]
    count = 1
    for number in given:
        count *= number or 1
    return count if any(given) else 0


def _device(spec: Obj, kind: str) -> list[Obj]:
    found: list[Obj] = spec.get("domain", {}).get("devices", {}).get(kind) or []
    return found


def _given(spec: Obj, side: str, name: str) -> str:
    return str((spec.get("domain", {}).get("resources", {}).get(side) or {}).get(name, ""))


def _resource(spec: Obj, side: str, name: str) -> Decimal:
    return quantity.parse(_given(spec, side, name) or None)
