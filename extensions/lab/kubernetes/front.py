# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP front: it listens where the world expects a service, and forwards to whoever serves it, or misbehaves.

The port is open only while there is somebody behind it, so that a stopped API server refuses connections as it
would without a front.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

from ..faults import Fault
from .answerer import ERRORS, answer_with_error

Address = tuple[str, int]


class FaultsOn(Protocol):
    """The part of `lab.faults.Faults` that a front asks."""

    def get(self, name: str, target: str) -> Fault | None:
        """The fault as it applies to ``target``."""

    def take(self, name: str, target: str) -> Fault | None:
        """The same, and one of its count is used up."""


class Front:
    """Listens on ``listen``, forwards to ``backend()``; ``target`` is its name for faults, None for none at all.

    ``serving`` gives the TLS context for answering in the API server's place.
    """

    def __init__(
        self,
        listen: Address,
        backend: Callable[[], Address | None],
        faults: FaultsOn | None = None,
        target: str = "",
        serving: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._listen = listen
        self._backend = backend
        self._faults = faults
        self._target = target
        self._serving = serving
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()

    async def reconcile(self) -> None:
        """Open or close the port, as the backend and the faults want it."""
        wanted = self._backend() is not None and not self._fault("refuse")
        if wanted and self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Client(self), *self._listen, backlog=512)
        elif not wanted:
            await self.close()

    async def close(self) -> None:
        """Close the port and cut every connection."""
        if self._server:
            self._server.close()
            self._server = None
        self.cut()

    def disturb(self) -> None:
        """A fault was switched on or off: cut what it is about to hit, so that kept-alive connections meet it too."""
        if any(self._fault(name) for name in ("drop", *ERRORS)):
            self.cut()

    def cut(self) -> None:
        """Cut every connection now, with a reset."""
        for link in list(self._links):
            link.abort()

    def _fault(self, name: str) -> Fault | None:
        return self._faults.get(name, self._target) if self._faults else None

    def _take(self, name: str) -> Fault | None:
        return self._faults.take(name, self._target) if self._faults else None

    async def serve(self, client: _Client) -> None:
        """Take one new connection: wait, answer, cut or forward."""
        if delay := self._take("delay"):
            await asyncio.sleep(delay.seconds or 0)
        error = next((name for name in ERRORS if self._fault(name)), None)
        if self._serving and error:
            await answer_with_error(client.transport, self._serving(), error, partial(self._take, error))
            return
        await self._forward(client)
        if drop := self._take("drop"):
            asyncio.get_running_loop().call_later(drop.seconds or 0, client.abort)

    async def _forward(self, client: _Client) -> None:
        backend = self._backend()
        if backend is None:
            client.abort()
            return
        try:
            _transport, upstream = await asyncio.get_running_loop().create_connection(lambda: _Link(self), *backend)
        except OSError:
            client.abort()
            return
        client.join(upstream)


class _Link(asyncio.Protocol):
    """One side of a forwarded connection; what it reads, its peer writes."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.transport: asyncio.Transport
        self.peer: _Link | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.pause_reading()
        self.front._links.add(self)

    def join(self, peer: _Link) -> None:
        """Start passing bytes both ways; aborts when the other side went meanwhile."""
        self.peer, peer.peer = peer, self
        for side in (self, peer):
            if side.transport.is_closing():
                self.abort()
                return
        self.transport.resume_reading()
        peer.transport.resume_reading()

    def abort(self) -> None:
        """Reset both sides."""
        self.transport.abort()
        if self.peer:
            self.peer.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.peer:
            self.peer.transport.write(data)

    def eof_received(self) -> bool:
        if self.peer and self.peer.transport.can_write_eof() and not self.peer.transport.is_closing():
            self.peer.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.peer:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer and not self.peer.transport.is_closing():
            self.peer.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.front._links.discard(self)
        if self.peer:
            self.peer.transport.close()


class _Client(_Link):
    """The side that came in."""

    _task: asyncio.Task[None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._task = asyncio.create_task(self.front.serve(self))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.peer is None:
            self._task.cancel()
