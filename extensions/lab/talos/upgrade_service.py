# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades: the older call, which does everything, and the newer ones, which only bring Talos to the disk.

Source of the refusals: internal/app/machined/internal/server/v1alpha1/v1alpha1_server.go (Upgrade),
internal/pkg/etcd/etcd.go (ValidateForUpgrade), internal/app/images and internal/app/lifecycle of siderolabs/talos
v1.13.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from ..kubernetes import etcd
from ..kubernetes.client import Refused
from . import wire
from .call import Call, Streaming, Unary, reply
from .image_service import missing, place

_BUSY = "another installation/upgrade is already in progress"


async def upgrade(call: Call, request: Any) -> Message:
    """Pull the image, look at etcd, and go: drain, install, reboot. The reply comes before the sequence ends."""
    if call.machine.system_disk is None:
        raise GRPCError(Status.FAILED_PRECONDITION, "Talos is not installed")
    absent = missing(call, request.image)
    if absent:
        raise GRPCError(Status.UNKNOWN, f'error validating installer image "{request.image}": {absent}')
    if call.machine.is_control_plane and not request.force:
        await _check_etcd(call)
    actor = str(uuid.uuid4())
    await call.machine.upgrade(actor, request.image, request.stage)
    return reply("machine.UpgradeResponse", ack="Upgrade request received", actor_id=actor)


async def _check_etcd(call: Call) -> None:
    """Refuse with two members, or with one that was never started or does not answer."""
    try:
        async with call.machine.kubernetes.etcd_client(call.machine.spec) as client:
            members = await etcd.members(client)
            await etcd.status(client)
    except (OSError, Refused) as problem:
        raise GRPCError(Status.UNKNOWN, f"error validating etcd for upgrade: {problem}") from problem
    if len(members) == 2:
        said = "etcd member count(2) is insufficient to maintain quorum if upgrade commences"
        raise GRPCError(Status.UNKNOWN, f"error validating etcd for upgrade: {said}")
    for member in members:
        if not member.hostname:
            said = f"etcd member {member.id:016x} is not started, all members must be running to perform an upgrade"
            raise GRPCError(Status.UNKNOWN, f"error validating etcd for upgrade: {said}")


async def install(call: Call, request: Any) -> AsyncIterator[Message]:
    """Run an installer that was pulled before; that it failed is no error of the call, but an exit code."""
    machine, image = call.machine, request.source.image_name
    if machine.installing:
        raise GRPCError(Status.FAILED_PRECONDITION, _BUSY)
    if machine.system_disk is None:
        raise GRPCError(Status.FAILED_PRECONDITION, "machine is not installed")
    if not image:
        raise GRPCError(Status.INVALID_ARGUMENT, "installer image name is required")
    if not machine.images.has(place(request.containerd), image):
        said = f'installer image "{image}" not found in containerd store: image "{image}": not found'
        raise GRPCError(Status.INTERNAL, f"upgrade failed: {said}")
    yield _progress(message="running pre-flight checks")
    failure = await machine.install_upgrade(image)
    yield _progress(message=f"error: {failure}" if failure else "installation of the other slot complete")
    yield _progress(exit_code=1 if failure else 0)


def _progress(**response: Any) -> Message:
    return wire.message("machine.LifecycleServiceUpgradeResponse")(progress=response)


UNARY: dict[str, Unary] = {"Upgrade": upgrade}
STREAMING: dict[str, Streaming] = {
    "/machine.LifecycleService/Upgrade": install,
}
