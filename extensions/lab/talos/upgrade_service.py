# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades: the older call, which does everything, and the newer ones, which only bring Talos to the disk.

Source of the refusals: internal/app/machined/internal/server/v1alpha1/v1alpha1_server.go (Upgrade),
internal/pkg/etcd/etcd.go (ValidateForUpgrade), internal/app/images and internal/app/lifecycle of siderolabs/talos
v1.13.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from .. import releases
from ..kubernetes import etcd
from ..kubernetes.client import Refused
from ..machine_slots import System
from . import wire
from .call import Call, Streaming, Unary, reply

_CONTAINERD = 0
_UNKNOWN, _SYSTEM, _CRI = range(3)
_BUSY = "another installation/upgrade is already in progress"


async def upgrade(call: Call, request: Any) -> Message:
    """Pull the image, look at etcd, and go: drain, install, reboot. The reply comes before the sequence ends."""
    if call.machine.system_disk is None:
        raise GRPCError(Status.FAILED_PRECONDITION, "Talos is not installed")
    missing = _missing(call, request.image)
    if missing:
        raise GRPCError(Status.UNKNOWN, f'error validating installer image "{request.image}": {missing}')
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


async def pull(call: Call, request: Any) -> AsyncIterator[Message]:
    """Bring an image into one of the two containerds; its name with a digest ends the stream."""
    _check_containerd(request.containerd)
    missing = _missing(call, request.image_ref)
    if missing:
        raise GRPCError(Status.NOT_FOUND, f"error pulling image: {missing}")
    response = wire.message("machine.ImageServicePullResponse")
    digest = hashlib.sha256(request.image_ref.encode()).hexdigest()
    for status in ("DOWNLOADING", "EXTRACT_COMPLETE"):
        progress = {"status": status, "offset": 100, "total": 100}
        yield response(pull_progress={"layer_id": f"layer-sha256:{digest[:12]}", "progress": progress})
    call.machine.images.add(_key(request.containerd, request.image_ref))
    yield response(name=f"{request.image_ref.partition('@')[0].rpartition(':')[0]}@sha256:{digest}")


async def install(call: Call, request: Any) -> AsyncIterator[Message]:
    """Run an installer that was pulled before; that it failed is no error of the call, but an exit code."""
    machine, image = call.machine, request.source.image_name
    if machine.installing:
        raise GRPCError(Status.FAILED_PRECONDITION, _BUSY)
    if machine.system_disk is None:
        raise GRPCError(Status.FAILED_PRECONDITION, "machine is not installed")
    if not image:
        raise GRPCError(Status.INVALID_ARGUMENT, "installer image name is required")
    _check_containerd(request.containerd)
    if _key(request.containerd, image) not in machine.images:
        said = f'installer image "{image}" not found in containerd store: image "{image}": not found'
        raise GRPCError(Status.INTERNAL, f"upgrade failed: {said}")
    yield _progress(message="running pre-flight checks")
    failure = await machine.install_upgrade(image)
    yield _progress(message=f"error: {failure}" if failure else "installation of the other slot complete")
    yield _progress(exit_code=1 if failure else 0)


def _progress(**response: Any) -> Message:
    return wire.message("machine.LifecycleServiceUpgradeResponse")(progress=response)


def _missing(call: Call, reference: str) -> str:
    """What containerd says of an image that is not there; nothing when it is."""
    system = System.of_image(reference)
    there = system is not None and releases.is_published(reference, system.version)
    if there and not call.machine.faults.take("upgrade-image-missing", call.machine.spec.name):
        return ""
    return f'failed to resolve reference "{reference}": {reference}: not found'


def _key(containerd: Any, reference: str) -> tuple[int, int, str]:
    return (containerd.driver, containerd.namespace, reference)


def _check_containerd(containerd: Any) -> None:
    if containerd.namespace not in (_SYSTEM, _CRI):
        raise GRPCError(Status.INVALID_ARGUMENT, "invalid containerd namespace NS_UNKNOWN")
    if containerd.driver == _CONTAINERD and containerd.namespace == _CRI:
        raise GRPCError(Status.INVALID_ARGUMENT, "cannot use CRI namespace with containerd driver")


UNARY: dict[str, Unary] = {"Upgrade": upgrade}
STREAMING: dict[str, Streaming] = {
    "/machine.ImageService/Pull": pull,
    "/machine.LifecycleService/Upgrade": install,
}
