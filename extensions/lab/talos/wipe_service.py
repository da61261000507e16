# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wiping disks: storage.StorageService/BlockDeviceWipe (internal/app/storaged, v1.13)."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from .call import Call, Unary, not_authorized, reply
from .resources.volumes import discovered_volumes, volume_statuses


async def block_device_wipe(call: Call, request: Any) -> Message:
    """Check all devices, then wipe all of them. Readers may do it in maintenance mode only."""
    machine = call.machine
    if machine.configured and not call.is_admin:
        raise not_authorized()
    for wanted in request.devices:
        _check(call, wanted.device, wanted.skip_volume_check)
    for wanted in request.devices:
        machine.drives.wipe(wanted.device)
    machine.changed.fire()
    return reply("storage.BlockDeviceWipeResponse")


def _check(call: Call, device: str, skip_volumes: bool) -> None:
    found = discovered_volumes(call.machine).get(device)
    if found is None:
        raise GRPCError(Status.NOT_FOUND, f'blockdevice "{device}" not found')
    devices = {found["dev_path"], found.get("parent_dev_path")} - {None}
    for name, volume in {} if skip_volumes else volume_statuses(call.machine).items():
        if devices & {volume["location"], volume.get("parentLocation")}:
            raise GRPCError(Status.FAILED_PRECONDITION, f'blockdevice "{device}" is in use by volume "{name}"')


UNARY: dict[str, Unary] = {"/storage.StorageService/BlockDeviceWipe": block_device_wipe}
