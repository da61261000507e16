# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``machine.install.diskSelector`` as the expression that contract 1.14 wants instead.

Source: InstallConfig.DiskMatchExpression in pkg/machinery/config/types/v1alpha1 of siderolabs/talos.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from ...core.path import Json

_SIZE = re.compile(r"\s*(<=|>=|<|>|==)?\s*(\d+(?:\.\d+)?)\s*([kMGTP]i?)?B?\s*\Z", re.IGNORECASE)
_UNITS = "KMGTP"
# Keys whose values are patterns, in Talos' order, with the names of the disk's fields.
_BEFORE = {"uuid": "uuid", "wwid": "wwid", "model": "model", "serial": "serial", "modalias": "modalias"}
_TYPES = {
    "nvme": 'disk.transport == "nvme"',
    "sd": 'disk.transport == "mmc"',
    "hdd": "disk.rotational",
    "ssd": "!disk.rotational",
}
KEYS = ("size", *_BEFORE, "type", "busPath")


def expression(selector: Mapping[str, Json]) -> str:
    """The CEL expression; ``selector`` has only `KEYS`, and a size and type that can be read."""
    return " && ".join(_terms(selector))


def wrong(key: str, value: Json) -> str | None:
    """Why this cannot be selected by, or None."""
    if key not in KEYS:
        return f"cannot be selected by; known are {', '.join(KEYS)}"
    if key == "size" and size(str(value)) is None:
        return f"{value!r} is not a size (for example >= 100GB)"
    if key == "type" and value not in _TYPES:
        return f"{value!r} is not one of {', '.join(_TYPES)}"
    return None


def size(text: str) -> tuple[str, int] | None:
    """``>= 100GB`` → ``(">=", 100000000000)``; without an operator it is meant exactly."""
    found = _SIZE.match(text)
    if not found:
        return None
    unit = (found[3] or "").upper()
    factor = (1024 if unit.endswith("I") else 1000) ** (_UNITS.index(unit[0]) + 1) if unit else 1
    return found[1] or "==", int(float(found[2]) * factor)


def _terms(selector: Mapping[str, Json]) -> Iterator[str]:
    """Devices without a transport are no disks (device mapper)."""
    wanted = size(str(selector["size"])) if selector.get("size") else None
    if wanted:
        yield f"disk.size {wanted[0]} {wanted[1]}u"
    for key, name in _BEFORE.items():
        if selector.get(key):
            yield f"glob({json.dumps(selector[key])}, disk.{name})"
    yield 'disk.transport != ""'
    if selector.get("type"):
        yield _TYPES[selector["type"]]
    if selector.get("busPath"):
        yield f"glob({json.dumps(selector['busPath'])}, disk.bus_path)"
    yield from ("!disk.readonly", "!disk.cdrom")
