# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our module drives a Redfish service that is not ours: the emulator of OpenStack's sushy-tools, with its fake driver.

The emulator is what the lab's BMC is not: basic authentication only, several systems, no entity tags, boot overrides
that are always continuous, transitions that take 1 to 11 seconds.
"""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules.bmc_power import CALL
from tests.unit.redfish.conftest import certificate

PASSWORD = "schluessel-3"
SYSTEMS = {
    "one": {"uuid": "27946b59-9e44-4fa7-8e91-f3527a1ef094", "mac": "00:5c:52:31:3a:9c", "power_state": "Off"},
    "two": {"uuid": "27946b59-9e44-4fa7-8e91-f3527a1ef095", "mac": "00:5c:52:31:3a:9d", "power_state": "On"},
}


@dataclass(frozen=True)
class Emulator:
    """A running emulator, and the module's call on its systems."""

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

    def power(self, entries: list[dict[str, Any]], *, check: bool = False, **options: Any) -> dict[str, Any]:
        given = {"bmcs": entries, **options}
        result = run_in_worker(CALL, given, environment={}, check=check, diff=True, progress=lambda _line: None)
        assert PASSWORD not in str(result)
        return result


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("emulator")
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


def test_a_server_is_started_from_the_network_and_left_alone_after_that(emulator: Emulator) -> None:
    options = {"state": "on", "boot_source": "pxe"}
    predicted = emulator.power([emulator.entry("one")], check=True, **options)
    assert predicted["actions"] == [
        "update server one: boot.source Hdd → Pxe",
        "update server one: boot.enabled Continuous → Once",
        "power-on server one",
    ]
    assert emulator.power([emulator.entry("one")], check=True, **options) == predicted, "check mode changed something"

    done = emulator.power([emulator.entry("one")], **options)
    assert done["warnings"] == ["server one: the BMC keeps its boot override Continuous, not Once"]
    assert {**done, "warnings": []} == predicted
    assert done["servers"][0]["power"] == "On"
    assert (done["servers"][0]["uuid"], done["servers"][0]["macs"]) == (SYSTEMS["one"]["uuid"], [SYSTEMS["one"]["mac"]])

    again = emulator.power([emulator.entry("one")], **options)
    assert (again["changed"], again["actions"]) == (False, [])
    assert again["servers"][0]["boot"]["source"] == "Pxe"


@pytest.mark.full
def test_a_restart_passes_through_off(emulator: Emulator) -> None:
    done = emulator.power([emulator.entry("two")], state="restarted")
    assert done["actions"] == ["shut-down server two", "power-on server two"]
    assert done["servers"][0]["power"] == "On"
    assert done["impact"] == "node_reboot"


@pytest.mark.full
def test_a_server_is_shut_down(emulator: Emulator) -> None:
    emulator.power([emulator.entry("two")], state="on")
    assert emulator.power([emulator.entry("two")], state="off")["servers"][0]["power"] == "Off"
    assert emulator.power([emulator.entry("two")], state="off")["changed"] is False


def test_of_two_systems_one_must_be_named(emulator: Emulator) -> None:
    failed = emulator.power([emulator.entry("one", url=emulator.url)])
    assert failed["error"]["kind"] == "precondition"
    assert all(system["uuid"] in failed["msg"] for system in SYSTEMS.values())


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"password": "wrong"}, "unauthenticated", "user name and password"),
        ({"ca_cert": None}, "unauthenticated", "certificate is not accepted"),
        ({"macs": ["02:00:00:00:00:07"]}, "precondition", "found 00:5c:52:31:3a:9d"),
        ({"url": "https://127.0.0.1:9"}, "unreachable", "connection refused"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_touched(
    emulator: Emulator, change: dict[str, Any], kind: str, text: str
) -> None:
    before = emulator.power([emulator.entry("one")], check=True, state="cycled")
    failed = emulator.power([emulator.entry("one"), emulator.entry("two", **change)], state="cycled")
    assert (failed["failed"], failed["changed"], failed["error"]["kind"]) == (True, False, kind)
    assert text in failed["msg"]
    assert (failed["error"]["object"], failed["error"]["path"].split(".")[0]) == ("server two", "bmcs[1]")
    assert emulator.power([emulator.entry("one")], check=True, state="cycled") == before
