# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of the Talos API, as its handler sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from ..machine import Machine
from . import roles, wire
from .resources.store import ResourceStore


@dataclass(frozen=True)
class Call:
    """Whom a call is for and what its caller may do; ``resources`` are the machine's."""

    machine: Machine
    resources: ResourceStore
    roles: frozenset[str]

    @property
    def is_admin(self) -> bool:
        """Whether the caller may do everything."""
        return roles.ADMIN in self.roles


class CutOff(Exception):
    """A fault cuts the caller's connection, and with it the call."""


#: A unary handler is given the request; where the client streams, an asynchronous iterator over the requests.
Unary = Callable[[Call, Any], Awaitable[Message]]
Streaming = Callable[[Call, Any], AsyncIterator[Message]]


def reply(name: str, **fields: Any) -> Message:
    """A reply of Talos' usual shape: a list of messages, here of one."""
    return wire.message(name)(messages=[fields])


def data(content: bytes) -> Message:
    """A piece of a file."""
    return wire.message("common.Data")(bytes=content)


def not_authorized() -> GRPCError:
    """What Talos answers a caller whose roles do not reach."""
    return GRPCError(Status.PERMISSION_DENIED, "not authorized")


def check_control_plane(call: Call, what: str) -> None:
    """Refuse what only control planes do, as machinehelper.CheckControlplane does."""
    if not call.machine.configured:
        raise GRPCError(Status.UNIMPLEMENTED, f"machine type is not set, cannot use {what} API")
    if not call.machine.is_control_plane:
        raise GRPCError(Status.UNIMPLEMENTED, f"{what} is only available on control plane nodes")
