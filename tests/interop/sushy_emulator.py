# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator of OpenStack's sushy-tools with its fake driver: a Redfish service that is not ours."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bcrypt

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.call import Call
from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules import bmc_power
from tests.unit.redfish.conftest import certificate

PASSWORD = "schluessel-3"
SYSTEMS = {
    "one": {"uuid": "27946b59-9e44-4fa7-8e91-f3527a1ef094", "mac": "00:5c:52:31:3a:9c", "power_state": "Off"},
    "two": {"uuid": "27946b59-9e44-4fa7-8e91-f3527a1ef095", "mac": "00:5c:52:31:3a:9d", "power_state": "On"},
}


@dataclass(frozen=True)
class Emulator:
    """A running emulator, and modules on its systems."""

    url: str
    ca: str

    def entry(self, system: str, **change: Any) -> dict[str, Any]:
        return {
            "name": system,
            "url": f"{self.url}/redfish/v1/Systems/{SYSTEMS[system]['uuid']}",
            "username": "admin",
            "password": PASSWORD,
            "ca_cert": self.ca,
            "macs": [SYSTEMS[system]["mac"]],
            **change,
        }

    def run(self, call: Call, entries: list[dict[str, Any]], *, check: bool = False, **options: Any) -> dict[str, Any]:
        """What a module answers; its call is carried out as in Ansible's worker."""
        given = {"bmcs": entries, **options}
        result = run_in_worker(call, given, environment={}, check=check, diff=True, progress=lambda _line: None)
        assert PASSWORD not in str(result)
        return result

    def power(self, entries: list[dict[str, Any]], *, check: bool = False, **options: Any) -> dict[str, Any]:
        return self.run(bmc_power.CALL, entries, check=check, **options)


@contextmanager
def running(folder: Path) -> Iterator[Emulator]:
    """An emulator that keeps its state in ``folder``."""
    pair = certificate(folder, "127.0.0.1")
    logins = folder / "logins"
    logins.write_text(f"admin:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n")
    systems = [
        {
            "uuid": s["uuid"],
            "name": name,
            "power_state": s["power_state"],
            "nics": [{"mac": s["mac"], "ip": "192.0.2.1"}],
        }
        for name, s in SYSTEMS.items()
    ]
    settings = {
        "SUSHY_EMULATOR_FAKE_DRIVER": True,
        "SUSHY_EMULATOR_FAKE_SYSTEMS": systems,
        "SUSHY_EMULATOR_STATE_DIR": str(folder),
        "SUSHY_EMULATOR_AUTH_FILE": str(logins),
        "SUSHY_EMULATOR_SSL_CERT": str(pair),
        "SUSHY_EMULATOR_SSL_KEY": str(pair),
    }
    config = folder / "emulator.conf"
    config.write_text("".join(f"{key} = {value!r}\n" for key, value in settings.items()))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    command = [sys.executable, "-m", "sushy_tools.emulator.main", "--fake", "--config", str(config)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "-i", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    try:
        emulator = Emulator(f"https://127.0.0.1:{port}", str(pair))
        _await(emulator, process, folder / "log")
        yield emulator
    finally:
        process.terminate()
        process.wait(10)


def _await(emulator: Emulator, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers; it says nothing when it is ready."""
    trust = ssl.create_default_context(cafile=emulator.ca)
    end = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"{emulator.url}/redfish/v1/", context=trust, timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
