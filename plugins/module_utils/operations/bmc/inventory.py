# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hardware of a server as its BMC lists it: DMTF's Processor, Memory, Drive, EthernetInterface and Manager."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...clients.redfish.client import Redfish, Resource
from ...core.path import Json, dig
from .bios import read_bios
from .media import read_drives
from .wanted import same_mac

Body = Mapping[str, Any]


def processors(system: Resource, redfish: Redfish) -> list[Json]:
    """The CPUs; accelerators, which the same collection may hold, are none."""
    found = _present(_members(system.body, "Processors", redfish))
    return [_processor(body) for body in found if body.get("ProcessorType") in (None, "CPU")]


def memory(system: Resource, redfish: Redfish) -> Json:
    """How much there is, and the modules."""
    modules = [_module(body) for body in _present(_members(system.body, "Memory", redfish))]
    gib = dig(system.body, ("MemorySummary", "TotalSystemMemoryGiB"))
    total = int(gib * 1024) if isinstance(gib, (int, float)) else sum(one["size_mib"] or 0 for one in modules)
    return {"total_mib": total, "modules": modules}


def drives(system: Resource, redfish: Redfish) -> list[Json]:
    """The disks of all controllers; where a BMC only knows the older SimpleStorage, what that tells."""
    found = [
        _drive(redfish.get(str(link["@odata.id"])).body)
        for storage in _members(system.body, "Storage", redfish)
        for link in storage.get("Drives") or []
    ]
    simple = [
        device for storage in _members(system.body, "SimpleStorage", redfish) for device in storage.get("Devices") or []
    ]
    return found or [_drive(device) for device in _present(simple)]


def nics(system: Resource, redfish: Redfish) -> list[Json]:
    """The ports with their MAC addresses."""
    return [_nic(body) for body in _members(system.body, "EthernetInterfaces", redfish)]


def media(system: Resource, redfish: Redfish) -> list[Json]:
    """The virtual drives for CDs, and what is in them."""
    return [drive.as_result() for drive in read_drives(system, redfish)]


def bios(system: Resource, redfish: Redfish) -> Json:
    """The settings in force, and those that wait for a start."""
    found = read_bios(system, redfish)
    return {"current": dict(found.current), "pending": dict(found.pending), "registry": found.registry}


PARTS: Mapping[str, Callable[[Resource, Redfish], Json]] = {
    "processors": processors,
    "memory": memory,
    "drives": drives,
    "nics": nics,
    "media": media,
    "bios": bios,
}


def bmc(system: Resource, redfish: Redfish) -> Json:
    """The BMC itself; empty where the system does not link it."""
    links = dig(system.body, ("Links", "ManagedBy"), []) or []
    body = redfish.get(str(links[0]["@odata.id"])).body if links else {}
    return {"model": _text(body, "Model"), "firmware": _text(body, "FirmwareVersion")}


def _members(parent: Body, name: str, redfish: Redfish) -> Iterator[Body]:
    collection = dig(parent, (name, "@odata.id"))
    if collection:
        for path in redfish.members(str(collection)):
            yield redfish.get(path).body


def _present(bodies: Iterator[Body] | list[Body]) -> Iterator[Body]:
    """Without the empty places, which some BMCs list."""
    return (body for body in bodies if dig(body, ("Status", "State")) != "Absent")


def _processor(body: Body) -> Json:
    return {
        "socket": _text(body, "Socket") or _text(body, "Id"),
        "manufacturer": _text(body, "Manufacturer"),
        "model": _text(body, "Model"),
        "cores": body.get("TotalCores"),
        "threads": body.get("TotalThreads"),
    }


def _module(body: Body) -> Json:
    return {
        "slot": _text(body, "DeviceLocator") or _text(body, "Id"),
        "size_mib": body.get("CapacityMiB"),
        "type": _text(body, "MemoryDeviceType"),
        "speed_mhz": body.get("OperatingSpeedMhz"),
        "manufacturer": _text(body, "Manufacturer"),
        "part_number": _text(body, "PartNumber"),
        "serial": _text(body, "SerialNumber"),
    }


def _drive(body: Body) -> Json:
    return {
        "name": _text(body, "Name"),
        "model": _text(body, "Model"),
        "serial": _text(body, "SerialNumber"),
        "size_bytes": body.get("CapacityBytes"),
        "type": _text(body, "MediaType"),
        "protocol": _text(body, "Protocol"),
    }


def _nic(body: Body) -> Json:
    mac = _text(body, "PermanentMACAddress") or _text(body, "MACAddress")
    return {
        "id": _text(body, "Id"),
        "mac": same_mac(mac) if mac else "",
        "link": _text(body, "LinkStatus"),
        "speed_mbit": body.get("SpeedMbps"),
    }


def _text(body: Body, name: str) -> str:
    """What BMCs do not know they show as null, as blanks or not at all."""
    return str(body.get(name) or "").strip()
