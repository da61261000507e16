# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What BMCs leave out, list twice or show as blanks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.redfish.client import Resource
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc import inventory

ABSENT = {"Status": {"State": "Absent"}}


class Tree:
    """Resources by path."""

    def __init__(self, **bodies: Any) -> None:
        self._bodies = {f"/{name}": body for name, body in bodies.items()}

    def get(self, path: str) -> Resource:
        return Resource(path, self._bodies[path])

    def members(self, path: str) -> Iterator[str]:
        yield from self._bodies[path]


def link(path: str) -> dict[str, str]:
    return {"@odata.id": path}


def look(part: str, system: dict[str, Any], **bodies: Any) -> Any:
    return inventory.PARTS[part](Resource("/system", system), Tree(**bodies))  # type: ignore[arg-type]


def test_a_system_that_links_nothing_has_nothing() -> None:
    assert look("processors", {}) == look("drives", {}) == look("nics", {}) == []
    assert look("memory", {}) == {"total_mib": 0, "modules": []}


def test_accelerators_and_empty_sockets_are_no_processors() -> None:
    cpu = {"Id": "CPU0", "ProcessorType": "CPU", "Model": " Xeon ", "TotalCores": 16, "TotalThreads": None}
    bodies = {"all": ["/a", "/b", "/c"], "a": cpu, "b": {"ProcessorType": "FPGA"}, "c": {**cpu, **ABSENT}}
    assert look("processors", {"Processors": link("/all")}, **bodies) == [
        {"socket": "CPU0", "manufacturer": "", "model": "Xeon", "cores": 16, "threads": None}
    ]


def test_empty_slots_are_left_out_and_memory_is_added_up_without_a_summary() -> None:
    module = {"Id": "A1", "CapacityMiB": 16384}
    bodies = {"all": ["/a", "/b", "/c"], "a": module, "b": {"Id": "A2", **ABSENT}, "c": module}
    found = look("memory", {"Memory": link("/all")}, **bodies)
    assert (found["total_mib"], [one["slot"] for one in found["modules"]]) == (32768, ["A1", "A1"])
    summary = {"MemorySummary": {"TotalSystemMemoryGiB": 31.5}}
    assert look("memory", {"Memory": link("/all"), **summary}, **bodies)["total_mib"] == 32256


def test_drives_are_those_of_all_controllers() -> None:
    controllers = {"a": {"Drives": [link("/d")]}, "b": {"Drives": [link("/e")]}}
    drives = {"d": {"Name": "d", "CapacityBytes": 1}, "e": {"Name": "e", "CapacityBytes": 2}}
    found = look("drives", {"Storage": link("/all")}, all=["/a", "/b"], **controllers, **drives)
    assert [(drive["name"], drive["size_bytes"]) for drive in found] == [("d", 1), ("e", 2)]


def test_drives_of_simple_storage_count_where_there_are_no_others() -> None:
    simple = {"Devices": [{"Name": "sda", "CapacityBytes": 5}, {"Name": "bay 2", **ABSENT}]}
    system = {"Storage": link("/none"), "SimpleStorage": link("/all")}
    assert [drive["name"] for drive in look("drives", system, none=[], all=["/a"], a=simple)] == ["sda"]


def test_macs_are_the_permanent_ones_in_lower_case() -> None:
    ports = {
        "a": {"Id": "1", "PermanentMACAddress": "02-00-00-00-00-AA", "MACAddress": "02:00:00:00:00:BB"},
        "b": {"Id": "2", "MACAddress": None},
    }
    found = look("nics", {"EthernetInterfaces": link("/all")}, all=["/a", "/b"], **ports)
    assert [nic["mac"] for nic in found] == ["02:00:00:00:00:aa", ""]
