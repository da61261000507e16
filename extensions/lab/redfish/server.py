# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One BMC: its web service on TLS, port 8443 of its own address."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

from ..config import LabConfig
from .breakage import middleware
from .certificates import server_context
from .host import Host
from .power import Power
from .service import Service
from .sessions import Sessions

PORT = 8443
# The part of a start during which the supplies come up and the server itself does nothing yet.
SETTLE = 0.25


class Bmc:
    """The BMC of ``host``. It has power whenever the simulator runs, whatever its server does."""

    def __init__(self, host: Host, lab: LabConfig, sessions: Sessions | None = None) -> None:
        self._host = host
        self._lab = lab
        self._target = f"bmc:{host.spec.name}"
        self._power = Power(host, lab.timing.boot * SETTLE)
        self._service = Service(
            host, self._power, sessions or Sessions(lab.bmc_username, lab.bmc_password), lab.bmc_username
        )
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._tls = server_context(lab, host.spec)
        self._closed = False
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Listen, unless connections are to be refused; from then on follow that fault."""
        app = self._service.application(middleware(self._host.faults, self._target))
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        self._host.faults.on_change(self._reconsider)
        await self._follow()

    async def close(self) -> None:
        """Stop listening and drop what is under way."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._tasks)
        await self._power.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def _reconsider(self) -> None:
        """A fault was switched; called from wherever the lab's faults are changed, on the loop."""
        if not self._closed:
            task = asyncio.get_running_loop().create_task(self._follow())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _follow(self) -> None:
        """Listen or not, as the fault `refuse` says, and look again when it ends."""
        async with self._turn:
            fault = self._host.faults.get("refuse", self._target)
            if fault is not None and fault.until is not None:
                wait = max(0.0, fault.until - time.time())
                self._timer = asyncio.get_running_loop().call_later(wait, self._reconsider)
            if fault is None and self._site is None:
                await self._listen()
            elif fault is not None and self._site is not None:
                await self._refuse()

    async def _listen(self) -> None:
        assert self._runner is not None, "start() comes first"
        site = web.TCPSite(self._runner, self._host.spec.bmc_address, PORT, ssl_context=self._tls, reuse_address=True)
        await site.start()
        self._site = site

    async def _refuse(self) -> None:
        """Close the listener and the connections that are open, as a BMC that restarts does."""
        assert self._site is not None
        assert self._runner is not None
        await self._site.stop()
        self._site = None
        server = self._runner.server
        if server is not None:
            for connection in list(server.connections):
                connection.force_close()
                if connection.transport is not None:
                    connection.transport.abort()
