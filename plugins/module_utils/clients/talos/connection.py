# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of Talos' API that are made on one machine, with plain values in and out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...core.path import Json
from . import wire
from .calls import MACHINE
from .disk_calls import DiskCalls
from .etcd_calls import EtcdCalls
from .event_calls import EventCalls
from .image_calls import ImageCalls
from .resource_calls import ResourceCalls
from .service_calls import ServiceCalls

_MODE = "machine.ApplyConfigurationRequest.Mode"


class Connection(DiskCalls, EtcdCalls, EventCalls, ImageCalls, ResourceCalls, ServiceCalls):
    """Calls to one machine. Every call has a deadline (seconds) and fails with an `NfviError` that names the node."""

    async def version(self) -> Json:
        """``{tag, sha, arch, platform, mode}`` of the running system."""
        reply = await self._one("Version")
        return {
            "tag": reply.version.tag,
            "sha": reply.version.sha,
            "arch": reply.version.arch,
            "platform": reply.platform.name,
            "mode": reply.platform.mode,
        }

    async def apply(self, data: bytes, mode: str, *, dry_run: bool, try_seconds: float = 60.0) -> Json:
        """Hand over a configuration and return ``{mode, details, warnings}``.

        ``mode`` is the enum's name (AUTO, NO_REBOOT, STAGED, TRY, REBOOT), always sent: the wire's default reboots.
        """
        fields: dict[str, Any] = {"data": data, "mode": wire.number(_MODE, mode), "dry_run": dry_run}
        if mode == "TRY":
            fields["try_mode_timeout"] = {"seconds": int(try_seconds)}
        reply = await self._one("ApplyConfiguration", **fields)
        return {
            "mode": wire.name(_MODE, reply.mode),
            "details": reply.mode_details,
            "warnings": list(reply.warnings),
        }

    async def reboot(self, mode: str = "DEFAULT") -> None:
        """Restart the machine; ``mode`` is the enum's name (DEFAULT, POWERCYCLE, FORCE)."""
        await self._one("Reboot", mode=wire.number("machine.RebootRequest.Mode", mode))

    async def rollback(self) -> None:
        """Have the machine start what it ran before its last upgrade, at once; two calls go there and back."""
        await self._one("Rollback")

    async def shutdown(self, *, force: bool = False) -> None:
        """Shut the machine down and switch it off; ``force`` leaves out cordoning and draining its node."""
        await self._one("Shutdown", force=force)

    async def reset(
        self, mode: str, *, graceful: bool, reboot: bool, labels: Iterable[str], disks: Iterable[str]
    ) -> None:
        """Wipe disks, then restart or switch off.

        ``mode`` is the enum's name (ALL, SYSTEM_DISK, USER_DISKS); ``labels`` are the only partitions of the system
        disk to be wiped, ``disks`` the user disks (``/dev/sdb``). ``graceful``: the node is drained and leaves etcd
        first.
        """
        await self._one(
            "Reset",
            mode=wire.number("machine.ResetRequest.WipeMode", mode),
            graceful=graceful,
            reboot=reboot,
            system_partitions_to_wipe=[{"label": label, "wipe": True} for label in labels],
            user_disks_to_wipe=list(disks),
        )

    async def hostname(self) -> str:
        """The name that the machine has now."""
        return str((await self._one("Hostname")).hostname)

    async def memory(self) -> Json:
        """Kibibytes by the names of /proc/meminfo in lower case, hugepage counts included."""
        info = (await self._one("Memory")).meminfo
        return {field.name: getattr(info, field.name) for field in info.DESCRIPTOR.fields}

    async def read(self, path: str) -> bytes:
        """A file of the machine."""
        return b"".join(part.bytes for part in await self._transport.collect(MACHINE, "Read", path=path))

    async def boot_id(self) -> str:
        """Another one after every boot (proc(5), random/boot_id)."""
        return (await self.read("/proc/sys/kernel/random/boot_id")).decode().strip()

    async def kubeconfig_archive(self) -> bytes:
        """The administrator's kubeconfig as a gzipped tar; made anew by every call."""
        return b"".join(part.bytes for part in await self._transport.collect(MACHINE, "Kubeconfig"))
