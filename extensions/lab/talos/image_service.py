# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images: machine.ImageService, and the older calls of machine.MachineService (internal/app/images, v1.13)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from .. import releases
from ..machine_images import Image, Place
from ..machine_slots import System
from . import wire
from .call import Call, Streaming, Unary, reply

_CONTAINERD, _CRI_DRIVER = 0, 1
_SYSTEM, _CRI = 1, 2


async def list_(call: Call, request: Any) -> AsyncIterator[Message]:
    """The images of one place, one in each message."""
    for image in call.machine.images.at(place(request.containerd)):
        yield wire.message("machine.ImageServiceListResponse")(**_fields(image))


async def pull(call: Call, request: Any) -> AsyncIterator[Message]:
    """Progress, then the name with its digest; an image that is there is not fetched again."""
    where = place(request.containerd)
    there = call.machine.images.has(where, request.image_ref)
    image = _pulled(call, where, request.image_ref)
    response = wire.message("machine.ImageServicePullResponse")
    for status in () if there else ("DOWNLOADING", "EXTRACT_COMPLETE"):
        progress = {"status": status, "offset": image.size, "total": image.size}
        yield response(pull_progress={"layer_id": f"layer-{image.digest}", "progress": progress})
    yield response(name=image.name)


async def image_list(call: Call, request: Any) -> AsyncIterator[Message]:
    """The same before 1.13."""
    for image in call.machine.images.at(_older_place(request.namespace)):
        yield wire.message("machine.ImageListResponse")(**_fields(image))


async def image_pull(call: Call, request: Any) -> Message:
    """The same before 1.13; the reply comes when the image is there."""
    _pulled(call, _older_place(request.namespace), request.reference)
    return reply("machine.ImagePullResponse")


def _pulled(call: Call, where: Place, reference: str) -> Image:
    machine = call.machine
    if not machine.images.has(where, reference) and (absent := missing(call, reference)):
        raise GRPCError(Status.NOT_FOUND, f"error pulling image: {absent}")
    return machine.images.pull(where, reference)


def missing(call: Call, reference: str) -> str:
    """What containerd says of an image that no registry has; nothing when one has it."""
    system = System.of_image(reference)
    published = "installer" not in reference or (system and releases.is_published(reference, system.version))
    if published and not call.machine.faults.take("image-missing", call.machine.spec.name):
        return ""
    return f'failed to resolve reference "{reference}": {reference}: not found'


def _fields(image: Image) -> dict[str, Any]:
    created = {"seconds": int(image.created)}
    return {"name": image.name, "digest": image.digest, "size": image.size, "created_at": created}


def place(containerd: Any) -> Place:
    """Which containerd is meant (internal/app/internal/ctrhelper)."""
    if containerd.namespace not in (_SYSTEM, _CRI):
        raise GRPCError(Status.INVALID_ARGUMENT, "invalid containerd namespace NS_UNKNOWN")
    if containerd.driver == _CONTAINERD and containerd.namespace == _CRI:
        raise GRPCError(Status.INVALID_ARGUMENT, "cannot use CRI namespace with containerd driver")
    return containerd.driver, containerd.namespace


def _older_place(namespace: int) -> Place:
    if namespace not in (_SYSTEM, _CRI):
        raise GRPCError(Status.INVALID_ARGUMENT, f"unsupported namespace {namespace}")
    return _CRI_DRIVER, namespace


UNARY: dict[str, Unary] = {"ImagePull": image_pull}
STREAMING: dict[str, Streaming] = {"ImageList": image_list}
SERVICE: dict[str, Streaming] = {"/machine.ImageService/List": list_, "/machine.ImageService/Pull": pull}
