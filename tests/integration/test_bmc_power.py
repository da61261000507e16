# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module against the lab's BMCs and servers, by `ansible-playbook` and in the worker; faults are the lab's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.machine_state import BootOverride
from tests.integration.bmc_rack import WAYS, Rack, becomes, played, two_servers


@pytest.fixture
def rack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rack]:
    with two_servers(tmp_path, monkeypatch) as rack:
        yield rack


def test_bare_servers_boot_into_maintenance_once(rack: Rack) -> None:
    options = {"state": "on", "boot_source": "pxe"}
    predicted = rack.power(check=True, **options)
    assert rack.states == {"s1": "Off", "s2": "Off"}
    done = rack.power(**options)
    assert done == predicted
    assert done["actions"][:3] == [
        "update server s1: boot.source None → Pxe",
        "update server s1: boot.enabled Disabled → Once",
        "power-on server s1",
    ]
    assert rack.states_by_curl() == {"s1": "On", "s2": "On"}
    becomes(lambda: {m.stage for m in rack.machines.values()} == {"maintenance"}, "no server came to maintenance")
    assert rack.machines["s1"].boot_override == BootOverride(), "the override was for one start"

    boot_ids = {name: machine.boot_id for name, machine in rack.machines.items()}
    again = rack.power(**options)
    assert (again["changed"], again["actions"], again["diff"]) == (False, [], [])
    assert {name: machine.boot_id for name, machine in rack.machines.items()} == boot_ids
    assert rack.sessions.all() == [], "sessions were left open"


@pytest.mark.parametrize("state", ["restarted", "cycled"])
def test_servers_start_again_with_another_boot_id(rack: Rack, state: str) -> None:
    rack.power(state="on")
    becomes(lambda: rack.machines["s1"].stage == "maintenance", "s1 did not come to maintenance")
    boot_id = rack.machines["s1"].boot_id
    done = rack.power(state=state, entries=rack.entries()[:1])
    assert done["servers"][0]["power"] == "On"
    becomes(lambda: rack.machines["s1"].boot_id not in ("", boot_id), "s1 did not boot again")


def test_running_servers_are_shut_down_once(rack: Rack) -> None:
    rack.power(state="on")
    assert rack.power(state="off")["actions"] == ["shut-down server s1", "shut-down server s2"]
    assert rack.states_by_curl() == {"s1": "Off", "s2": "Off"}
    assert rack.power(state="off")["changed"] is False


@dataclass(frozen=True)
class Trouble:
    """A fault of the lab, and the error that it is for a user."""

    fault: str
    kind: str
    text: str
    how: tuple[tuple[str, Any], ...] = ()


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble("refuse", "unreachable", "connection refused"),
        Trouble("drop", "unreachable", "cut the connection"),
        Trouble("error-500", "internal", "failed inside"),
    ],
    ids=lambda trouble: trouble.fault,
)
def test_one_broken_bmc_stops_all_and_the_next_run_goes_on(rack: Rack, trouble: Trouble) -> None:
    rack.fault(trouble.fault, "s2")
    failed = rack.power(state="on", boot_source="pxe")
    assert (failed["failed"], failed["changed"], failed["error"]["kind"]) == (True, False, trouble.kind)
    assert (failed["error"]["object"], failed["error"]["path"]) == ("server s2", "bmcs[1]")
    assert trouble.text in failed["error"]["reason"]
    assert failed["error"]["retryable"] is True
    assert rack.states == {"s1": "Off", "s2": "Off"}
    rack.call(lambda: rack.faults.switch_off(trouble.fault))
    assert rack.power(state="on", boot_source="pxe")["changed"] is True
    assert rack.states == {"s1": "On", "s2": "On"}


def test_a_busy_bmc_is_waited_for(rack: Rack) -> None:
    rack.fault("error-503", "s1", count=2)
    assert rack.power(state="on")["changed"] is True


def test_a_bmc_that_fails_in_the_middle_leaves_the_rest_done(rack: Rack, monkeypatch: pytest.MonkeyPatch) -> None:
    """s2's BMC stops answering when its server is told to start."""
    power_on = rack.machines["s2"].power_on

    async def then_silent() -> None:
        rack.faults.switch_on("refuse", "bmc:s2")
        await power_on()

    monkeypatch.setattr(rack.machines["s2"], "power_on", then_silent)
    failed = rack.power(state="on", wait_timeout=2)
    assert failed["error"]["kind"] == "partial"
    assert failed["error"]["reason"].startswith("1 of 2 servers failed: server s2: ")
    assert failed["actions"] == ["power-on server s1"]
    rack.call(lambda: rack.faults.switch_off("refuse"))
    assert rack.power(state="on")["changed"] is False


@pytest.mark.parametrize(
    ("change", "kind", "path"),
    [
        ({"password": "wrong"}, "unauthenticated", "bmcs[0]"),
        ({"macs": ["02:00:00:00:00:99"]}, "precondition", "bmcs[0].macs"),
        ({"ca_cert": None}, "unauthenticated", "bmcs[0]"),
        ({"ca_cert": "/nonexistent.pem"}, "invalid_input", "bmcs[0].ca_cert"),
        ({"url": "http://127.0.0.1"}, "invalid_input", "bmcs[0].url"),
    ],
)
def test_wrong_input_is_one_clear_error(rack: Rack, change: dict[str, Any], kind: str, path: str) -> None:
    failed = rack.power(entries=[{**rack.entries()[0], **change}])
    assert (failed["error"]["kind"], failed["error"]["path"], failed["changed"]) == (kind, path, False)
    assert "Traceback" not in failed["msg"]
    assert rack.states == {"s1": "Off", "s2": "Off"}


@pytest.mark.parametrize("way", WAYS)
def test_a_playbook(rack: Rack, tmp_path: Path, way: dict[str, Any]) -> None:
    """Real Ansible, in the worker and as a shipped module; the password is in no output, however talkative."""
    task = {
        "name": "Start",
        "kubevim.nfvi.bmc_power": {"bmcs": rack.entries(), "state": True, "boot_source": "pxe"},  # YAML 1.1: on is true
        "register": "started",
        **way,
    }
    show = {"ansible.builtin.copy": {"content": "{{ started | to_json }}", "dest": str(tmp_path / "started.json")}}
    assert rack.lab.bmc_password not in played([task, show], tmp_path)
    started = json.loads((tmp_path / "started.json").read_text())
    assert started["changed"] is True
    assert [server["power"] for server in started["servers"]] == ["On", "On"]
    assert rack.states == {"s1": "On", "s2": "On"}
