# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talos' calls about disks, and about the META partition."""

from __future__ import annotations

from collections.abc import Iterable

from ...core.path import Json
from . import wire
from .calls import Calls


class DiskCalls(Calls):
    """Disks answer in maintenance mode too."""

    async def disks(self) -> list[Json]:
        """The disks of the storage service, which answers in maintenance mode too; sizes in bytes."""
        reply = await self._transport.call("storage.StorageService", "Disks")
        self._refused(reply.messages)
        return [
            {
                "device": disk.device_name,
                "system": disk.system_disk,
                **{key: getattr(disk, key) for key in ("size", "model", "serial", "wwid", "readonly")},
            }
            for message in reply.messages
            for disk in message.disks
        ]

    async def disk_wipe(self, names: Iterable[str], method: str, within: float) -> None:
        """Wipe whole disks (``sdb``) that nothing uses, FAST or with ZEROES, within so many seconds.

        When one of them is in use the machine refuses all, with `Precondition`.
        """
        kind = wire.number("storage.BlockDeviceWipeDescriptor.Method", method)
        devices = [{"device": name, "method": kind} for name in names]
        service = "storage.StorageService"
        reply = await self._transport.call(service, "BlockDeviceWipe", within=within, devices=devices)
        self._refused(reply.messages)

    async def meta_write(self, key: int, value: str) -> None:
        """Write a key (0 … 255) of the META partition; raises `Capacity` when it is full."""
        await self._one("MetaWrite", key=key, value=value.encode())

    async def meta_delete(self, key: int) -> None:
        """Remove a key of the META partition; raises `NotFound`."""
        await self._one("MetaDelete", key=key)
