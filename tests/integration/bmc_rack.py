# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of a lab with their BMCs and without Kubernetes, for tests of what is done through BMCs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.call import Call
from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules import bmc_power
from lab import config
from lab.config import LabConfig, ServerSpec, Timing
from lab.faults import Faults
from lab.machine import Machine
from lab.redfish.server import PORT, Bmc
from lab.redfish.sessions import Sessions
from lab.talos.server import TalosServer

BLOCK = 225 + os.getpid() % 25  # several runs side by side


class NoKubernetes:
    """Nothing is ever configured here, so that nothing of Kubernetes runs."""

    async def halt(self, spec: ServerSpec) -> None:
        """There is nothing to halt."""

    def services(self, spec: ServerSpec) -> dict[str, Any]:
        return {}


class Rack:
    """Two servers of a lab with their BMCs, in an event loop of their own."""

    def __init__(self, lab: LabConfig, *, talos: bool = False) -> None:
        self.lab = lab
        self.faults = Faults(lab.state / "faults.json", [spec.name for spec in lab.servers])
        self.machines = {spec.name: Machine(spec, lab, NoKubernetes(), self.faults) for spec in lab.servers}  # type: ignore[arg-type]
        self.sessions = Sessions(lab.bmc_username, lab.bmc_password)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._bmcs: list[Bmc] = []
        self._apis = [TalosServer(machine, lab) for machine in self.machines.values() if talos]

    @contextmanager
    def running(self) -> Iterator[Rack]:
        self._thread.start()
        try:
            self.call(self._start)
            yield self
        finally:
            self.call(self._close)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _start(self) -> None:
        for api in self._apis:
            await api.start()
        for machine in self.machines.values():
            await machine.start()
            self._bmcs.append(Bmc(machine, self.lab, self.sessions))
            await self._bmcs[-1].start()

    async def _close(self) -> None:
        for bmc in self._bmcs:
            await bmc.close()
        for api in self._apis:
            await api.close()
        for machine in self.machines.values():
            await machine.close()

    def call(self, function: Callable[[], Any]) -> Any:
        """Run ``function`` where the simulator runs."""

        async def run() -> Any:
            result = function()
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    def fault(self, name: str, server: str, **how: Any) -> None:
        self.call(lambda: self.faults.switch_on(name, f"bmc:{server}", **how))

    def entries(self, **change: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": spec.name,
                "url": f"https://{spec.bmc_address}:{PORT}",
                "username": self.lab.bmc_username,
                "password": self.lab.bmc_password,
                "ca_cert": str(self.lab.state / "bmc-ca.pem"),
                "macs": [nic.mac for nic in spec.nics],
                **change,
            }
            for spec in self.lab.servers
        ]

    def run(self, call: Call, options: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
        """What a module answers; its call is carried out as in Ansible's worker."""
        result = run_in_worker(call, options, environment={}, check=check, diff=True, progress=lambda _line: None)
        assert self.lab.bmc_password not in str(result)
        return result

    def power(
        self, *, check: bool = False, entries: list[dict[str, Any]] | None = None, **options: Any
    ) -> dict[str, Any]:
        return self.run(bmc_power.CALL, {"bmcs": entries or self.entries(), **options}, check=check)

    @property
    def states(self) -> dict[str, str]:
        return {name: machine.power for name, machine in self.machines.items()}

    def states_by_curl(self) -> dict[str, str]:
        """What a client that is not ours is told."""
        path, login = "/redfish/v1/Systems/System.Embedded.1", (self.lab.bmc_username, self.lab.bmc_password)
        urls = {entry["name"]: entry["url"] + path for entry in self.entries()}
        ca = str(self.lab.state / "bmc-ca.pem")
        return {n: requests.get(url, auth=login, verify=ca, timeout=10).json()["PowerState"] for n, url in urls.items()}


@contextmanager
def two_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, talos: bool = False) -> Iterator[Rack]:
    """A rack of two servers that nobody has switched on yet; with ``talos``, the API of what they boot answers."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = tmp_path / "lab.yml"
    file.write_text("servers: 2\n")
    lab = replace(config.load(file, name="bmc", block=BLOCK), timing=Timing(boot=0.4, install=0.1, reboot=0.4))
    with Rack(lab, talos=talos).running() as rack:
        yield rack


def becomes(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def collections() -> str:
    """The folder from which this very test imports the collection."""
    from ansible_collections.kubevim.nfvi.plugins import modules

    return str(Path(next(iter(modules.__path__))).parents[4])


# Both ways of a task: in Ansible's worker, and shipped as a module.
WAYS = [pytest.param({}, id="worker"), pytest.param({"async": 60, "poll": 1}, id="shipped", marks=pytest.mark.full)]


def played(tasks: list[dict[str, Any]], folder: Path) -> str:
    """All that real Ansible says, as talkative as it can, when it plays these tasks."""
    interpreter = {"ansible_python_interpreter": sys.executable}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": interpreter, "tasks": tasks}
    book = folder / "play.yml"
    book.write_text(yaml.safe_dump([play]))
    run = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "-vvv", "--diff", str(book)],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": collections(), "ANSIBLE_LOCAL_TEMP": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr
