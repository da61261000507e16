# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many machines from one synchronous call: asyncio lives inside, a limit bounds the connections."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar, Union

from ...core.error import InvalidInput, NfviError, Precondition, Timeout, Unauthenticated
from . import tls
from .certificates import Facts
from .connection import Connection
from .talosconfig import Identity
from .transport import CALL_TIMEOUT, Target, Transport

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# The name in the certificate of a machine that has no configuration (controllers/secrets/api.go of siderolabs/talos).
MAINTENANCE = "maintenance-service.talos.dev"
# Seconds until a machine that was lost is dialled again.
PAUSE = 0.5
# More at a time does not make it faster (measured: the handshakes bound it).
LIMIT = 16


@dataclass(frozen=True)
class Peer:
    """A machine to talk to. ``fingerprint`` is that of its key in maintenance mode, when the user knows it."""

    target: Target
    fingerprint: str | None = None


@dataclass(frozen=True)
class Done(Generic[T_co]):
    """What the work on one machine returned."""

    value: T_co


Outcome = Union[Done[T_co], NfviError]


class TalosClient:
    """Talks to machines as ``identity`` (None: only to those in maintenance mode), ``timeout`` seconds a call."""

    def __init__(self, identity: Identity | None, *, limit: int = LIMIT, timeout: float = CALL_TIMEOUT) -> None:
        self._identity = identity
        self._limit = limit
        self._timeout = timeout

    def each(self, peers: Iterable[Peer], work: Callable[[Connection, bool], Awaitable[T]]) -> list[Outcome[T]]:
        """Do ``work(connection, in_maintenance)`` on every machine, in parallel; results in the order of ``peers``."""
        return asyncio.run(self._each(list(peers), work))

    def one(self, peer: Peer, work: Callable[[Connection, bool], Awaitable[T]]) -> T:
        """The same for one machine; its error is raised."""
        outcome = self.each([peer], work)[0]
        if isinstance(outcome, NfviError):
            raise outcome
        return outcome.value

    def follow(
        self, peers: Iterable[Peer], work: Callable[[Connection, bool], Awaitable[T]], seconds: float
    ) -> list[Outcome[T]]:
        """The same on all machines at once, for work that waits: where the connection was lost, it begins again.

        A machine whose work is not done after ``seconds`` has `Timeout`, which says why it was lost last, if it was.
        An error that another try cannot help ends all of it, and is raised.
        """
        return asyncio.run(self._follow(list(peers), work, seconds))

    async def _follow(
        self, peers: list[Peer], work: Callable[[Connection, bool], Awaitable[T]], seconds: float
    ) -> list[Outcome[T]]:
        async def patiently(peer: Peer) -> Outcome[T]:
            lost = ""
            try:
                async with asyncio.timeout(seconds):
                    while True:
                        try:
                            return Done(await self._on(peer, work))
                        except NfviError as error:
                            if not error.retryable:
                                raise error.about(f"node {peer.target}") from None
                            lost = error.reason
                        await asyncio.sleep(PAUSE)
            except TimeoutError:
                return Timeout(lost, object=f"node {peer.target}")

        return list(await asyncio.gather(*(patiently(peer) for peer in peers)))

    async def _each(self, peers: list[Peer], work: Callable[[Connection, bool], Awaitable[T]]) -> list[Outcome[T]]:
        gate = asyncio.Semaphore(self._limit)

        async def guarded(peer: Peer) -> Outcome[T]:
            async with gate:
                try:
                    return Done(await self._on(peer, work))
                except NfviError as error:
                    return error.about(f"node {peer.target}")

        return list(await asyncio.gather(*(guarded(peer) for peer in peers)))

    async def _on(self, peer: Peer, work: Callable[[Connection, bool], Awaitable[T]]) -> T:
        transport, maintenance = await self._dialled(peer)
        try:
            return await work(Connection(transport), maintenance)
        finally:
            transport.close()

    async def _dialled(self, peer: Peer) -> tuple[Transport, bool]:
        """A connection to the machine's API, and whether it is that of maintenance mode.

        Handshakes are what talking to many machines costs: the one that mostly does is tried first.
        """
        with contextlib.suppress(InvalidInput, Precondition, Unauthenticated):
            return await self._dial(peer, self._secure()), False
        transport = await self._dial(peer, tls.unverified())
        if transport.peer.common_name != MAINTENANCE:
            transport.close()
            # What was refused stands, unless the machine has left maintenance mode in between.
            return await self._dial(peer, self._secure()), False
        try:
            _refuse_other(transport.peer, peer)
        except NfviError:
            transport.close()
            raise
        return transport, True

    async def _dial(self, peer: Peer, context: ssl.SSLContext) -> Transport:
        transport = Transport(peer.target, context, self._timeout)
        await transport.dial()
        return transport

    def _secure(self) -> ssl.SSLContext:
        if self._identity is None:
            hint = "give talosconfig, or reset the machine"
            raise Precondition("has a configuration, and no talosconfig is given", hint=hint)
        return tls.secure(self._identity)


def _refuse_other(shown: Facts, peer: Peer) -> None:
    """Refuse a machine in maintenance mode that is not the expected one.

    Nobody signs the certificate of maintenance mode. The only proof there is, is the fingerprint of its key, read off
    the machine's console; without one any machine is accepted, as ``talosctl --insecure`` does.
    """
    if peer.fingerprint and shown.fingerprint != peer.fingerprint:
        reason = f"its certificate's fingerprint is {shown.fingerprint}, not {peer.fingerprint}"
        raise Unauthenticated(reason, hint="this is another machine, or somebody stands in between")
