# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of machine.MachineService that write META (machined/internal/server/v1alpha1/v1alpha1_meta.go, v1.13)."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from .call import Call, Unary, reply


async def meta_write(call: Call, request: Any) -> Message:
    """Write a key."""
    _check(request.key)
    if not call.machine.meta.write(request.key, request.value.decode(errors="replace")):
        raise GRPCError(Status.RESOURCE_EXHAUSTED, "meta write failed")
    call.machine.changed.fire()
    return reply("machine.MetaWriteResponse")


async def meta_delete(call: Call, request: Any) -> Message:
    """Remove a key."""
    _check(request.key)
    if not call.machine.meta.delete(request.key):
        raise GRPCError(Status.NOT_FOUND, "meta key not found")
    call.machine.changed.fire()
    return reply("machine.MetaDeleteResponse")


def _check(key: int) -> None:
    if key > 0xFF:
        raise GRPCError(Status.INVALID_ARGUMENT, "key must be a uint8")


UNARY: dict[str, Unary] = {"MetaWrite": meta_write, "MetaDelete": meta_delete}
