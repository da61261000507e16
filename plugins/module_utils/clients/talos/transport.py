# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protobuf messages to and from one machine: gRPC over TLS, every call with a deadline, every fault explained."""

from __future__ import annotations

import asyncio
import functools
import itertools
import ssl
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from ...core.library import absent
from . import wire
from .certificates import Facts, facts
from .errors import explained
from .tls import unverified

try:
    from grpclib.client import Channel, StreamUnaryMethod, UnaryStreamMethod, UnaryUnaryMethod
    from grpclib.encoding.proto import ProtoCodec
except ImportError as exc:
    absent("grpclib", exc)

# apid's port (pkg/machinery/constants of siderolabs/talos).
PORT = 50000
# A call that takes longer than this many seconds is given up; Bootstrap alone waits 5 s for the clock on the server.
CALL_TIMEOUT = 20.0
# What was uploaded has to reach the machine's disk before it answers; a backup of etcd may be some gigabytes.
SYNC_TIMEOUT = 300.0


@dataclass(frozen=True)
class Target:
    """Where a machine's API is: ``host`` an address or name, ``port`` TCP."""

    host: str
    port: int = PORT

    @classmethod
    def parse(cls, text: str) -> Target:
        """``10.0.0.1``, ``10.0.0.1:50000``, ``fd00::1`` or ``[fd00::1]:50000``."""
        if text.startswith("["):
            host, _bracket, port = text[1:].partition("]:")
            return cls(host.rstrip("]"), int(port) if port.isdigit() else PORT)
        host, _colon, port = text.rpartition(":")
        return cls(host, int(port)) if host and ":" not in host and port.isdigit() else cls(text)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.host if self.port == PORT else f"{host}:{self.port}"


async def probe(target: Target, timeout: float = CALL_TIMEOUT) -> Facts:
    """What the certificate of a TLS server says; nothing is verified and nothing sent. Raises `Unreachable`."""
    with explained(f"node {target}", first=False):
        opened = asyncio.open_connection(target.host, target.port, ssl=unverified())
        _reader, writer = await asyncio.wait_for(opened, timeout)
        try:
            peer = writer.get_extra_info("ssl_object").getpeercert(True)
        finally:
            writer.transport.abort()
    return facts(peer)


class Transport:
    """One connection, from ``dial`` to ``close``."""

    def __init__(self, target: Target, context: ssl.SSLContext, timeout: float = CALL_TIMEOUT) -> None:
        self.name = f"node {target}"
        self.target = target
        self._channel = Channel(target.host, target.port, ssl=context, codec=ProtoCodec())
        self._timeout = timeout
        self._answered = False
        self._session: Any = None

    async def dial(self) -> None:
        """Connect, and see whether the machine's certificate is one that the TLS context accepts."""
        with explained(self.name, first=False):
            protocol = await asyncio.wait_for(self._channel.__connect__(), self._timeout)
        self._session = protocol.processor.connection._transport.get_extra_info("ssl_object")

    @functools.cached_property
    def peer(self) -> Facts:
        """What the machine's certificate says."""
        return facts(self._session.getpeercert(True))

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    async def call(self, service: str, name: str, *, within: float | None = None, **fields: Any) -> Any:
        """The reply to a unary call; ``within`` seconds, where the usual time is not enough."""
        method = wire.method(service, name)
        call = UnaryUnaryMethod(self._channel, method.path, method.request, method.reply)
        with explained(self.name, first=not self._answered):
            reply = await call(method.request(**fields), timeout=within or self._timeout)
        self._answered = True
        return reply

    async def collect(self, service: str, name: str, *, within: float | None = None, **fields: Any) -> list[Any]:
        """Every reply of a streaming call that ends by itself; ``within`` as in `call`."""
        method = wire.method(service, name)
        call = UnaryStreamMethod(self._channel, method.path, method.request, method.reply)
        with explained(self.name, first=not self._answered):
            replies = await call(method.request(**fields), timeout=within or self._timeout)
        self._answered = True
        return list(replies)

    async def stream(self, service: str, name: str, **fields: Any) -> AsyncIterator[Any]:
        """Replies as they come, without a deadline."""
        method = wire.method(service, name)
        call = UnaryStreamMethod(self._channel, method.path, method.request, method.reply)
        with explained(self.name, first=not self._answered):
            async with call.open() as stream:
                await stream.send_message(method.request(**fields), end=True)
                async for reply in stream:
                    self._answered = True
                    yield reply

    async def upload(self, service: str, name: str, requests: Iterable[Any]) -> Any:
        """The reply to a call whose requests are streamed. There is no deadline for all of it; each request must be
        taken within the usual time, and the reply given within a longer one.
        """
        method = wire.method(service, name)
        call = StreamUnaryMethod(self._channel, method.path, method.request, method.reply)
        with explained(self.name, first=not self._answered):
            async with call.open() as stream:
                # The end goes with the last request: grpclib's end() breaks on a connection that was lost meanwhile.
                for request, following in itertools.pairwise(itertools.chain(requests, [None])):
                    await asyncio.wait_for(stream.send_message(request, end=following is None), self._timeout)
                reply = await asyncio.wait_for(stream.recv_message(), SYNC_TIMEOUT)
        self._answered = True
        return reply
