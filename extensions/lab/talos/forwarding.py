# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing by the metadata ``node`` and ``nodes``, and calls to other nodes (internal/app/apid director and backend)."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status
from grpclib.client import Channel, StreamStreamMethod
from grpclib.exceptions import StreamTerminatedError

from ..machine import Machine
from . import wire
from .caller import PROXY_KEY, ROLE_KEY, Caller
from .pki import Authority, client_certificate, client_context
from .roles import IMPERSONATOR
from .trust import accepted_authorities

#: Where every node's API listens.
PORT = 50000
_FOR_MANY = (
    "machine.MachineService",
    "cluster.ClusterService",
    "inspect.InspectService",
    "storage.StorageService",
    "time.TimeService",
)


@dataclass(frozen=True)
class Targets:
    """Which nodes a call is for: ``many`` of them, ``one`` other, or (neither) the one that was called."""

    many: list[str] | None = None
    one: str | None = None


class Nodes:
    """The nodes of a cluster as one of them sees them."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def is_local(self, target: str) -> bool:
        """Whether ``target`` is this node."""
        return target in (self._machine.spec.address, self._machine.hostname, "127.0.0.1")

    def targets(self, caller: Caller, path: str) -> Targets:
        """Where a call goes; raises ``GRPCError`` where apid would refuse it. Workers forward nothing."""
        if caller.routed or not (caller.nodes or caller.node):
            return Targets()
        forwards = self._machine.is_control_plane
        if caller.nodes:
            if not forwards and len(caller.nodes) == 1 and self.is_local(caller.nodes[0]):
                return Targets()
            if path.strip("/").partition("/")[0] not in _FOR_MANY:
                raise GRPCError(Status.INVALID_ARGUMENT, f"one-2-many proxying is not supported for method {path}")
            self._check(forwards, caller.nodes)
            return Targets(many=list(caller.nodes))
        if len(caller.node) != 1:
            raise GRPCError(Status.INVALID_ARGUMENT, "node metadata must be single-valued")
        if self.is_local(caller.node[0]):
            return Targets()
        self._check(forwards, caller.node)
        return Targets(one=caller.node[0])

    def _check(self, forwards: bool, targets: tuple[str, ...]) -> None:
        if not forwards:
            raise GRPCError(Status.PERMISSION_DENIED, "no request forwarding")
        for target in targets:
            if target.count(":") == 1:
                raise GRPCError(Status.INTERNAL, f'invalid target "{target}"')

    async def forward(self, target: str, method: wire.Method, request: Any, caller: Caller) -> AsyncIterator[Message]:
        """Call another node on the caller's behalf with what the caller says, and pass its answers on."""
        metadata = [(PROXY_KEY, self._machine.spec.address), *((ROLE_KEY, role) for role in sorted(caller.roles))]
        channel = Channel(target, PORT, ssl=self._context())
        try:
            # Unary requests and replies are streams of one message.
            call: StreamStreamMethod[Any, Any] = StreamStreamMethod(channel, method.path, method.request, method.reply)
            async with call.open(metadata=metadata) as stream:
                await _say(stream, request if method.client_streaming else _once(request))
                async for message in stream:
                    yield message
        except (OSError, StreamTerminatedError) as problem:
            text = f'connection error: desc = "transport: Error while dialing: dial tcp {target}:{PORT}: {problem}"'
            raise GRPCError(Status.UNAVAILABLE, text) from problem
        finally:
            channel.close()

    def _context(self) -> ssl.SSLContext:
        active = self._machine.active
        assert active is not None  # only configured nodes forward
        authority = Authority.parse(active.pem("machine.ca.crt"), active.pem("machine.ca.key"))
        issued = client_certificate(authority, (IMPERSONATOR,), datetime.timedelta(hours=1))
        return client_context(issued, accepted_authorities(active))


async def _once(request: Any) -> AsyncIterator[Any]:
    yield request


async def _say(stream: Any, requests: AsyncIterator[Any]) -> None:
    async for request in requests:
        await stream.send_message(request)
    await stream.end()
