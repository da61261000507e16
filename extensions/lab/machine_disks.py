# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which disk a configuration wants Talos on (machine.install of contract 1.13)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .config import Disk

_UNITS = {
    "": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_SIZE = re.compile(r"\s*(>=|<=|==|>|<)?\s*([\d.]+)\s*([A-Za-z]*)\s*")


class NoSuchDisk(ValueError):
    """No disk of the machine is what the configuration asks for."""


def install_disk(install: Mapping[str, Any], disks: Sequence[Disk]) -> Disk:
    """The disk to install on: by selector, else by its path under /dev. Raises ``NoSuchDisk``."""
    selector = install.get("diskSelector")
    if selector:
        matching = [disk for disk in disks if _matches(selector, disk)]
        if not matching:
            raise NoSuchDisk(f"no disks matched the expression: {selector}")
        return matching[0]
    path = str(install.get("disk", ""))
    for disk in disks:
        if path in (f"/dev/{disk.name}", *symlinks(disk)):
            return disk
    raise NoSuchDisk(f"disk {path!r} does not exist")


def symlinks(disk: Disk) -> tuple[str, ...]:
    """The stable names udev gives a disk."""
    model = disk.model.replace(" ", "_")
    return (f"/dev/disk/by-id/{disk.transport}-{model}_{disk.serial}",)


def _matches(selector: Mapping[str, Any], disk: Disk) -> bool:
    patterns = ((selector.get("model"), disk.model), (selector.get("serial"), disk.serial))
    if any(pattern and not fnmatch.fnmatchcase(value, str(pattern)) for pattern, value in patterns):
        return False
    kind = selector.get("type")
    fits = {
        "nvme": disk.transport == "nvme",
        "sd": disk.transport == "mmc",
        "ssd": disk.transport != "hdd",
        "hdd": disk.transport == "hdd",
    }
    return (not kind or fits.get(str(kind), False)) and _size_matches(str(selector.get("size", "") or ""), disk.size)


def _size_matches(wanted: str, size: int) -> bool:
    if not wanted:
        return True
    found = _SIZE.fullmatch(wanted)
    if not found or found[3].lower() not in _UNITS:
        return False
    number = float(found[2]) * _UNITS[found[3].lower()]
    compare = {">=": size >= number, "<=": size <= number, ">": size > number, "<": size < number}
    return compare.get(found[1] or "==", size == number)
