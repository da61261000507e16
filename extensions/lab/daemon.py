# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator: one process that hosts a lab's servers, BMCs, control planes and operators; here they are composed."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from . import control, lock, programs
from .config import LabConfig, ServerSpec
from .control import Json
from .faults import KINDS, Faults
from .kubernetes import Kubernetes
from .machine import Machine
from .operators import run_operators
from .redfish.server import PORT as BMC_PORT
from .redfish.server import Bmc
from .talos.server import TalosServer

log = logging.getLogger("lab")

RESTART_PAUSE = 1.0


@dataclass(frozen=True)
class Server:
    """One simulated server with its two network faces."""

    machine: Machine
    talos: TalosServer
    bmc: Bmc

    @property
    def spec(self) -> ServerSpec:
        """Its hardware."""
        return self.machine.spec


class Simulator:
    """A whole lab in one event loop. Its state is on disk: a new simulator goes on where the last one stopped."""

    def __init__(self, lab: LabConfig) -> None:
        self.lab = lab
        self.faults = Faults(lab.state / "faults.json", [spec.name for spec in lab.servers], vip=lab.vip is not None)
        self.kubernetes = Kubernetes(lab, self.faults)
        self.servers = [self._server(spec) for spec in lab.servers]
        for server in self.servers:
            server.machine.rack = [each.machine for each in self.servers]
        self.stopping = asyncio.Event()
        self._operators: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """BMCs first: they have power whatever their server does."""
        await self.kubernetes.start()
        for server in self.servers:
            await server.bmc.start()
            await server.talos.start()
            await server.machine.start()
        self._operators = asyncio.create_task(self._operate(), name="operators")

    async def close(self) -> None:
        """Stop in the opposite order."""
        if self._operators:
            self._operators.cancel()
            await asyncio.gather(self._operators, return_exceptions=True)
        for server in self.servers:
            await server.bmc.close()
            await server.talos.close()
            await server.machine.close()
        await self.kubernetes.close()

    async def handle(self, request: Json) -> Json:
        """Answer one request of the control socket; raises ValueError for what cannot be done."""
        command, given = request["command"], {key: value for key, value in request.items() if key != "command"}
        if command == "status":
            return self.status()
        if command == "fault-on":
            return asdict(self.faults.switch_on(**given))
        if command == "fault-off":
            return [asdict(fault) for fault in self.faults.switch_off(**given)]
        if command == "fault-list":
            return self._fault_list()
        if command == "stop":
            self.stopping.set()
            return {}
        raise ValueError(f"no command {command!r}")

    def status(self) -> Json:
        """What ``lab status --json`` prints."""
        return {
            "running": True,
            "name": self.lab.name,
            "block": self.lab.block,
            "state": str(self.lab.state),
            "pid": os.getpid(),
            "vip": self.lab.vip,
            "servers": [self._server_status(server) for server in self.servers],
            "faults": [asdict(fault) for fault in self.faults.active()],
            "programs": {name: str(programs.path(name)) for name in programs.OF_A_LAB},
        }

    def _server(self, spec: ServerSpec) -> Server:
        machine = Machine(spec, self.lab, self.kubernetes, self.faults)
        return Server(machine, TalosServer(machine, self.lab), Bmc(machine, self.lab))

    def _server_status(self, server: Server) -> Json:
        spec = server.spec
        return {
            "name": spec.name,
            "power": server.machine.power,
            "stage": server.machine.stage,
            "address": spec.address,
            "mac": spec.nics[0].mac if spec.nics else None,
            "bmc": f"https://{spec.bmc_address}:{BMC_PORT}",
            "api_server": self.kubernetes.listening(spec),
            "pids": self.kubernetes.pids(spec),
        }

    def _fault_list(self) -> Json:
        return [
            {
                "name": kind.name,
                "meaning": kind.meaning,
                "seconds": kind.seconds,
                "targets": self.faults.targets(kind.name),
            }
            for kind in KINDS.values()
        ]

    async def _operate(self) -> None:
        """Run the operators once there is a cluster; start them again if they end, or if the cluster is another one."""
        file = self.kubernetes.operators_kubeconfig
        while True:
            while not file.exists():
                await asyncio.sleep(RESTART_PAUSE / 5)
            running = asyncio.create_task(run_operators(file, self.faults, f"127.{self.lab.block}.4.1:9443"))
            try:
                await _until_done_or_changed(running, file)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
            await asyncio.sleep(RESTART_PAUSE)


async def _until_done_or_changed(task: asyncio.Task[None], file: Path) -> None:
    before = file.stat().st_mtime_ns
    while file.exists() and file.stat().st_mtime_ns == before:
        done, _pending = await asyncio.wait({task}, timeout=RESTART_PAUSE / 5)
        if done:
            log.error("the operators ended: %r; they are started again", task.exception())
            return


async def serve(lab: LabConfig) -> None:
    """Run the lab until it is told to stop, by the socket or by SIGTERM."""
    with lock.hold(lab.state):
        simulator = Simulator(lab)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, simulator.stopping.set)
        await simulator.start()
        server = await control.listen(lab.state, simulator.handle)
        await simulator.stopping.wait()
        server.close()
        await simulator.close()
