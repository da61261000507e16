# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener of a machine's Talos API.

It comes and goes with the machine, and changes its certificate and its manners when the machine leaves maintenance
mode.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from grpclib.server import Server

from ..config import LabConfig
from ..kubernetes.front import Front
from ..machine import Machine
from . import pki
from .caller import Callers
from .dispatch import Dispatcher
from .forwarding import PORT, Nodes
from .resources.store import ResourceStore
from .trust import Trust, accepted_authorities

log = logging.getLogger("lab.talos")

#: Seconds until a node asks again for a certificate that nobody could sign.
RETRY = 1.0


@dataclass(frozen=True)
class Identity:
    """What a listener depends on; another identity needs another listener. ``authority`` None: maintenance mode."""

    boot_id: str
    authority: tuple[bytes, bytes] | None = None
    accepted: bytes = b""
    names: tuple[str, ...] = ()

    def follows(self, other: Identity | None) -> bool:
        """Whether only certificates are other ones: a machine that runs takes those without closing its port."""
        return other is not None and None not in (self.authority, other.authority) and self.boot_id == other.boot_id


class TalosServer:
    """The Talos API of one machine on ``spec.address``:50000, behind a front that faults can disturb."""

    def __init__(self, machine: Machine, lab: LabConfig) -> None:
        self._machine = machine
        self._resources = ResourceStore(machine)
        self._nodes = Nodes(machine)
        self._trust = Trust(lab.state)
        self._server: Server | None = None
        self._older: list[Server] = []
        self._dispatcher: Dispatcher | None = None
        self._port: int | None = None
        self._identity: Identity | None = None
        self._follower: asyncio.Task[None] | None = None
        self._faults_changed = False
        address = machine.spec.address
        self._front = Front((address, PORT), self._backend, machine.faults, f"talos:{machine.spec.name}")
        machine.faults.on_change(self._on_faults)

    async def start(self) -> None:
        """Follow the machine; returns when the listener is as the machine is now."""
        await self._follow_once()
        self._follower = asyncio.create_task(self._follow(), name=f"talos api {self._machine.spec.name}")

    async def close(self) -> None:
        """Stop listening and cut all connections."""
        if self._follower:
            self._follower.cancel()
            await asyncio.gather(self._follower, return_exceptions=True)
        await self._stop()

    def _backend(self) -> tuple[str, int] | None:
        return (self._machine.spec.address, self._port) if self._port else None

    def _on_faults(self) -> None:
        self._faults_changed = True
        self._machine.changed.fire()

    async def _follow(self) -> None:
        while True:
            pending = self._machine.changed.next()
            try:
                await self._follow_once()
                await pending.wait()
            except pki.UnusableAuthority as problem:
                log.warning("%s: no certificate for the Talos API yet: %s", self._machine.spec.name, problem)
                await self._stop()
                await asyncio.sleep(RETRY)

    async def _follow_once(self) -> None:
        wanted = self._wanted()
        if wanted != self._identity:
            if wanted and wanted.follows(self._identity):
                await self._reissue(wanted)
            else:
                await self._stop()
                if wanted:
                    await self._listen(wanted)
            self._identity = wanted
        if self._faults_changed:
            self._faults_changed = False
            self._front.disturb()
        await self._front.reconcile()

    def _wanted(self) -> Identity | None:
        machine = self._machine
        if machine.api is None:
            return None
        if machine.api == "maintenance" or machine.active is None:
            return Identity(machine.boot_id)
        active = machine.active
        names = (machine.spec.address, machine.hostname, *active.get("machine.certSANs", ()), "127.0.0.1")
        authority = active.pem("machine.ca.crt"), active.pem("machine.ca.key")
        return Identity(machine.boot_id, authority, accepted_authorities(active), names)

    async def _listen(self, identity: Identity) -> None:
        if identity.authority is None:
            names = (self._machine.spec.address, "127.0.0.1", "::1")
            issued = pki.server_certificate(pki.Authority.for_maintenance(), pki.MAINTENANCE_NAME, names)
            context = pki.server_context(issued, None)
        else:
            authority = self._trust.authority(*identity.authority)
            issued = pki.server_certificate(authority, self._machine.hostname, identity.names)
            context = pki.server_context(issued, identity.accepted)
        callers = Callers(self._machine, self._resources, identity.authority is None)
        self._dispatcher = Dispatcher(callers, self._nodes)
        self._server = Server([self._dispatcher])
        await self._server.start(self._machine.spec.address, 0, ssl=context)
        self._port = self._server._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def _reissue(self, identity: Identity) -> None:
        """From now on new connections meet the new certificates; those that are open stay, as apid leaves them."""
        if self._server:
            self._older.append(self._server)
        await self._listen(identity)

    async def _stop(self) -> None:
        if self._dispatcher:
            await self._dispatcher.drain()
        self._port, self._identity, self._dispatcher = None, None, None
        await self._front.close()
        servers = [*self._older, *([self._server] if self._server else [])]
        self._older, self._server = [], None
        for server in servers:
            server.close()
            await server.wait_closed()
