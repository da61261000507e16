# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes calls off the wire: who calls, which node is meant, what answers.

Every method of every service has a handler; those the lab does not serve answer UNIMPLEMENTED. (A method unknown to
grpclib is answered without a content type, which grpc-go takes for a broken server.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status
from grpclib.const import Cardinality, Handler
from grpclib.server import Stream

from .. import releases
from . import (
    access,
    etcd_service,
    image_service,
    machine_actions,
    machine_service,
    meta_service,
    other_services,
    service_actions,
    state_service,
    upgrade_service,
    wipe_service,
    wire,
)
from .call import Call, CutOff, Streaming, Unary, not_authorized
from .caller import Caller, Callers
from .forwarding import Nodes
from .roles import authorized

#: Seconds that answers may take when the listener is about to go, and that their bytes need to leave.
DRAIN_TIMEOUT, FLUSH_TIME = 5.0, 0.05

_MACHINE, _STATE = "/machine.MachineService/", "/cosi.resource.State/"

_MACHINE_SERVICE = (
    machine_service,
    machine_actions,
    service_actions,
    upgrade_service,
    etcd_service,
    image_service,
    meta_service,
    access,
)
UNARY: dict[str, Unary] = {
    **{_MACHINE + name: handler for module in _MACHINE_SERVICE for name, handler in module.UNARY.items()},
    **{_STATE + name: handler for name, handler in state_service.UNARY.items()},
    **other_services.UNARY,
    **wipe_service.UNARY,
}
STREAMING: dict[str, Streaming] = {
    **{
        _MACHINE + name: handler
        for module in (machine_service, etcd_service, image_service, access)
        for name, handler in module.STREAMING.items()
    },
    **{_STATE + name: handler for name, handler in state_service.STREAMING.items()},
    **image_service.SERVICE,
    **upgrade_service.STREAMING,
}


class Dispatcher:
    """The handlers of one machine's API, in the shape grpclib wants them."""

    def __init__(self, callers: Callers, nodes: Nodes) -> None:
        self._callers = callers
        self._nodes = nodes
        self._unary: set[asyncio.Task[Any]] = set()

    async def drain(self) -> None:
        """Wait until the unary calls that are under way are answered; streams just end with the connection."""
        if self._unary:
            await asyncio.wait(self._unary, timeout=DRAIN_TIMEOUT)
            await asyncio.sleep(FLUSH_TIME)

    def __mapping__(self) -> dict[str, Handler]:
        return {method.path: self._handler(method) for method in wire.methods()}

    def _handler(self, method: wire.Method) -> Handler:
        async def handle(stream: Stream[Any, Any]) -> None:
            task = asyncio.current_task()
            if task and not method.server_streaming:
                self._unary.add(task)
                task.add_done_callback(self._unary.discard)
            try:
                await self._handle(method, stream)
            except CutOff:
                stream._stream._transport.abort()

        cardinality = {
            (False, False): Cardinality.UNARY_UNARY,
            (False, True): Cardinality.UNARY_STREAM,
            (True, False): Cardinality.STREAM_UNARY,
            (True, True): Cardinality.STREAM_STREAM,
        }
        kind = cardinality[method.client_streaming, method.server_streaming]
        return Handler(handle, kind, method.request, method.reply)

    async def _handle(self, method: wire.Method, stream: Stream[Any, Any]) -> None:
        caller = await self._callers.identify(stream)
        served = method.path in UNARY or method.path in STREAMING
        if not served or not releases.serves(caller.machine.version, method.service):
            _check_authorized(method, caller)
            raise GRPCError(Status.UNIMPLEMENTED, f"method {method.path.rpartition('/')[2]} not implemented")
        if caller.machine.api == "maintenance" and not releases.serves_in_maintenance(
            caller.machine.version, method.path
        ):
            raise GRPCError(Status.UNIMPLEMENTED, "API is not implemented in maintenance mode")
        targets = self._nodes.targets(caller, method.path)
        request = stream if method.client_streaming else await stream.recv_message()
        if targets.many is not None:
            await self._answer_for_many(method, stream, caller, request, targets.many)
        elif targets.one is not None:
            async for message in self._nodes.forward(targets.one, method, request, caller):
                await stream.send_message(message)
        else:
            async for message in self._answer(method, caller, request):
                await stream.send_message(message)

    async def _answer(self, method: wire.Method, caller: Caller, request: Any) -> AsyncIterator[Message]:
        """This node's own answer: one message, or a stream of them."""
        _check_authorized(method, caller)
        call = Call(caller.machine, caller.resources, caller.roles)
        if unary := UNARY.get(method.path):
            yield await unary(call, request)
        else:
            async for message in STREAMING[method.path](call, request):
                yield message

    async def _answer_for_many(
        self, method: wire.Method, stream: Stream[Any, Any], caller: Caller, request: Any, targets: list[str]
    ) -> None:
        """Answers of several nodes, each marked with the node's address; a failure is a message too."""
        if method.client_streaming and len(targets) > 1:
            raise GRPCError(Status.UNIMPLEMENTED, "the lab takes what a client streams for one node at a time")
        if method.server_streaming:
            await asyncio.gather(*(self._relay(method, stream, caller, request, target) for target in targets))
            return
        merged: Any = method.reply()
        for replies in await asyncio.gather(*(self._marked(method, caller, request, target) for target in targets)):
            merged.MergeFrom(replies)
        await stream.send_message(merged)

    async def _relay(
        self, method: wire.Method, stream: Stream[Any, Any], caller: Caller, request: Any, target: str
    ) -> None:
        try:
            async for message in self._of(method, caller, request, target):
                message.metadata.hostname = target
                await stream.send_message(message)
        except GRPCError as problem:
            failure: Any = method.reply()
            _mark_failure(failure.metadata, target, problem)
            await stream.send_message(failure)

    async def _marked(self, method: wire.Method, caller: Caller, request: Any, target: str) -> Message:
        reply: Any = method.reply()
        try:
            async for message in self._of(method, caller, request, target):
                reply = message
            for part in reply.messages:
                part.metadata.hostname = target
        except GRPCError as problem:
            _mark_failure(reply.messages.add().metadata, target, problem)
        return reply  # type: ignore[no-any-return]

    def _of(self, method: wire.Method, caller: Caller, request: Any, target: str) -> AsyncIterator[Any]:
        if self._nodes.is_local(target):
            return self._answer(method, caller, request)
        return self._nodes.forward(target, method, request, caller)


def _check_authorized(method: wire.Method, caller: Caller) -> None:
    if not authorized(method.path, caller.roles):
        raise not_authorized()


def _mark_failure(metadata: Any, target: str, problem: GRPCError) -> None:
    """As apid's backend builds an error of one of several nodes."""
    code = "".join(word.capitalize() for word in problem.status.name.split("_"))
    text = f"rpc error: code = {code} desc = {problem.message}"
    metadata.hostname, metadata.error = target, text
    metadata.status.code, metadata.status.message = problem.status.value, problem.message or ""
