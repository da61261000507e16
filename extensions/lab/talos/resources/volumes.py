# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Talos finds on a machine's disks, and the volumes it has there (internal/app/machined/pkg/controllers/block)."""

from __future__ import annotations

from typing import Any

from ...machine import Machine
from .encoding import Term
from .sizes import pretty

_READY, _PARTITION, _DISK = Term("ready", 6), Term("partition", 0), Term("disk", 1)
#: The partitions of a system disk of the lab: label, file system, bytes; EPHEMERAL takes the rest.
_PARTITIONS = (
    ("EFI", "vfat", 2**31),
    ("META", "talosmeta", 2**20),
    ("STATE", "xfs", 100 * 2**20),
    ("EPHEMERAL", "xfs", 0),
)
#: Those that are volumes while Talos runs.
_VOLUMES = ("META", "STATE", "EPHEMERAL")


def discovered_volumes(machine: Machine) -> dict[str, Any]:
    """Disks and partitions by name; ``name`` in the spec is the signature found there, empty when there is none."""
    found: dict[str, Any] = {}
    for disk in machine.spec.disks:
        is_system = disk.name == machine.system_disk
        found[disk.name] = {
            "dev_path": f"/dev/{disk.name}",
            "type": "disk",
            "device_path": f"/devices/lab/block/{disk.name}",
            "offset": 0,
            "size": disk.size,
            "pretty_size": pretty(disk.size),
            "name": "gpt" if is_system else machine.drives.signatures.get(disk.name, ""),
        }
        if is_system:
            found |= _partitions(disk.name, disk.size)
    return found


def _partitions(disk: str, size: int) -> dict[str, Any]:
    found, offset = {}, 2**20
    for number, (label, signature, wanted) in enumerate(_PARTITIONS, start=1):
        length = wanted or size - offset
        name = _partition(disk, number)
        found[name] = {
            "dev_path": f"/dev/{name}",
            "type": "partition",
            "device_path": f"/devices/lab/block/{disk}/{name}",
            "parent": disk,
            "parent_dev_path": f"/dev/{disk}",
            "offset": offset,
            "size": length,
            "pretty_size": pretty(length),
            "name": signature,
            "partition_label": label,
            "partition_index": number,
        }
        offset += length
    return found


def _partition(disk: str, number: int) -> str:
    return f"{disk}p{number}" if disk[-1].isdigit() else f"{disk}{number}"


def volume_statuses(machine: Machine) -> dict[str, Any]:
    """The system's volumes once it is installed, and what uses other disks."""
    found: dict[str, Any] = {}
    sizes = {disk.name: disk.size for disk in machine.spec.disks}
    if machine.system_disk:
        for name, partition in _partitions(machine.system_disk, sizes[machine.system_disk]).items():
            label = partition["partition_label"]
            if label in _VOLUMES:
                place = {"location": f"/dev/{name}", "parentLocation": partition["parent_dev_path"]}
                found[label] = _volume(_PARTITION, partition["size"]) | place
    for name, volume in machine.drives.volumes.items():
        found[volume] = _volume(_DISK, sizes[name]) | {"location": f"/dev/{name}"}
    return found


def _volume(kind: Term, size: int) -> dict[str, Any]:
    return {"phase": _READY, "type": kind, "size": size, "prettySize": pretty(size)}
