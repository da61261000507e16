# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The served methods of Talos' smaller services: storage and time."""

from __future__ import annotations

import time
from typing import Any

from google.protobuf.message import Message

from ..machine_disks import symlinks
from .call import Call, Unary, reply

_TYPES = {"nvme": "NVME", "mmc": "SD", "hdd": "HDD"}


async def disks(call: Call, request: Any) -> Message:
    """The disks, as the old storage API lists them."""
    machine = call.machine
    return reply(
        "storage.DisksResponse",
        disks=[
            {
                "device_name": f"/dev/{disk.name}",
                "model": disk.model,
                "size": disk.size,
                "serial": disk.serial,
                "wwid": symlinks(disk)[0].rpartition("/")[2],
                "type": _TYPES.get(disk.transport, "SSD"),
                "subsystem": "/sys/class/block",
                "system_disk": disk.name == machine.system_disk,
            }
            for disk in machine.spec.disks
        ],
    )


async def local_time(call: Call, request: Any) -> Message:
    """The clock; the lab's servers are always in sync."""
    now = {"seconds": int(time.time())}
    return reply(
        "time.TimeResponse", server=request.server if hasattr(request, "server") else "", localtime=now, remotetime=now
    )


UNARY: dict[str, Unary] = {
    "/storage.StorageService/Disks": disks,
    "/time.TimeService/Time": local_time,
    "/time.TimeService/TimeCheck": local_time,
}
