# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many servers in one call, against BMCs that live in memory and misbehave on request; time is made up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.redfish.client import Resource
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    Conflict,
    NfviError,
    Partial,
    Precondition,
    StalePlan,
    Timeout,
    Unauthenticated,
    Unreachable,
    Unsupported,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.result import Result
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.power import power
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.wanted import Bmc

SYSTEM = "/redfish/v1/Systems/1"
PORTS = f"{SYSTEM}/EthernetInterfaces"
MAC = "02:00:00:00:00:01"


class MadeUp:
    """A clock that passes only when somebody sleeps; safe for several threads."""

    def __init__(self) -> None:
        self._now = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds


@dataclass
class FakeBmc:
    """A BMC. ``takes`` is how long (seconds) a transition lasts, by ResetType; None: it never ends."""

    clock: MadeUp
    power: str = "Off"
    boot: dict[str, str] = field(
        default_factory=lambda: {"BootSourceOverrideTarget": "None", "BootSourceOverrideEnabled": "Disabled"}
    )
    takes: dict[str, float | None] = field(default_factory=dict)
    errors: dict[str, list[NfviError]] = field(default_factory=dict)
    systems: int = 1
    ignores_boot: str = ""
    writes: list[str] = field(default_factory=list)
    coming: tuple[float, str] | None = None
    open: int = 0

    def __enter__(self) -> FakeBmc:
        self.open += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.open -= 1

    def get(self, path: str) -> Resource:
        self._fail("GET")
        if self.coming and self.clock.now() >= self.coming[0]:
            self.power, self.coming = self.coming[1], None
        bodies: dict[str, dict[str, Any]] = {
            "/redfish/v1/": {"Systems": {"@odata.id": "/redfish/v1/Systems"}},
            SYSTEM: self._system(),
            f"{PORTS}/1": {"MACAddress": MAC.upper()},
        }
        return Resource(path, bodies[path], '"1"')

    def members(self, path: str) -> Iterator[str]:
        yield from (f"{path}/{number}" for number in range(1, self.systems + 1))

    def patch(self, _resource: Resource, changes: dict[str, Any]) -> None:
        self._fail("PATCH")
        self.writes.append("PATCH")
        self.boot = {**self.boot, **{key: val for key, val in changes["Boot"].items() if key != self.ignores_boot}}

    def post(self, _path: str, body: dict[str, Any]) -> None:
        kind = body["ResetType"]
        self.writes.append(kind)
        self._fail(kind)
        takes = self.takes.get(kind, 1.0)
        if takes is not None:
            self.coming = (self.clock.now() + takes, "On" if kind == "On" else "Off")

    def _fail(self, what: str) -> None:
        waiting = self.errors.get(what)
        if waiting:
            raise waiting.pop(0)

    def _system(self) -> dict[str, Any]:
        return {
            "PowerState": self.power,
            "UUID": "4C4C4544-0051-3510-8052-B4C04F4E4D33",
            "SerialNumber": "9Q5RNM3",
            "Boot": dict(self.boot),
            "EthernetInterfaces": {"@odata.id": PORTS},
            "Actions": {"#ComputerSystem.Reset": {"target": f"{SYSTEM}/Actions/ComputerSystem.Reset"}},
        }


@dataclass
class Rack:
    """Servers s1, s2 … by their BMCs, and a call of the module's code."""

    clock: MadeUp
    bmcs: dict[str, FakeBmc]
    said: list[str] = field(default_factory=list)

    def call(
        self, *, check: bool = False, pending: bool = False, entry: dict[str, Any] | None = None, **options: Any
    ) -> Result:
        credentials = {"username": "admin", "password": "secret"}
        entries = [
            {"name": name, "url": f"https://{name}.example", **credentials, **(entry or {})} for name in self.bmcs
        ]
        mode = Mode(apply=not check, pending=pending, progress=self.said.append, clock=self.clock)
        return power(Given({"bmcs": entries, **options}), self._connect, mode)

    def _connect(self, bmc: Bmc) -> Any:
        return self.bmcs[bmc.name]

    @property
    def writes(self) -> dict[str, list[str]]:
        return {name: bmc.writes for name, bmc in self.bmcs.items()}


def rack(size: int = 1, **each: Any) -> Rack:
    clock = MadeUp()
    return Rack(clock, {f"s{number}": FakeBmc(clock, **each) for number in range(1, size + 1)})


def test_check_predicts_what_apply_does_and_a_second_call_does_nothing() -> None:
    servers = rack(2)
    options = {"state": "on", "boot_source": "pxe"}
    predicted = servers.call(check=True, **options)
    assert servers.writes == {"s1": [], "s2": []}
    applied = servers.call(**options)
    assert applied.as_result(diff=True) == predicted.as_result(diff=True)
    assert servers.writes == {"s1": ["PATCH", "On"], "s2": ["PATCH", "On"]}
    assert {bmc.power for bmc in servers.bmcs.values()} == {"On"}
    again = servers.call(**options)
    assert (again.plan.actions, again.things) == ([], applied.things)
    assert servers.writes == {"s1": ["PATCH", "On"], "s2": ["PATCH", "On"]}
    assert {bmc.open for bmc in servers.bmcs.values()} == {0}


def test_the_result_says_what_the_servers_are() -> None:
    (server,) = rack().call(check=True).things["servers"]
    assert server == {
        "name": "s1",
        "power": "On",
        "boot": {"source": "None", "enabled": "Disabled"},
        "uuid": "4c4c4544-0051-3510-8052-b4c04f4e4d33",
        "serial": "9Q5RNM3",
        "manufacturer": "",
        "model": "",
        "macs": [MAC],
    }


def test_one_unreachable_bmc_stops_all_before_anything_is_written() -> None:
    servers = rack(3)
    servers.bmcs["s2"].errors["GET"] = [Unreachable("connection refused")]
    with pytest.raises(Unreachable) as caught:
        servers.call(state="on")
    assert (caught.value.object, render(caught.value.path)) == ("server s2", "bmcs[1]")
    assert servers.writes == {"s1": [], "s2": [], "s3": []}


def test_all_reasons_are_told_at_once() -> None:
    servers = rack(2)
    servers.bmcs["s1"].errors["GET"] = [Unauthenticated("wrong password", hint="check it")]
    servers.bmcs["s2"].errors["GET"] = [Unreachable("connection refused")]
    with pytest.raises(Unauthenticated, match="server s1: wrong password; server s2: connection refused") as caught:
        servers.call()
    assert (caught.value.retryable, caught.value.hint) == (False, "check it")


def test_a_server_with_other_macs_is_not_touched() -> None:
    servers = rack()
    with pytest.raises(Precondition, match=f"serial 9Q5RNM3.*no port has 02:00:00:00:00:99; found {MAC}") as caught:
        servers.call(entry={"macs": [MAC, "02:00:00:00:00:99"]})
    assert render(caught.value.path) == "bmcs[0].macs"
    assert servers.writes == {"s1": []}


def test_of_several_systems_one_must_be_named() -> None:
    with pytest.raises(Precondition, match=r"2 systems: /redfish/v1/Systems/1, /redfish/v1/Systems/2"):
        rack(systems=2).call()


def test_an_operating_system_that_does_not_shut_down_loses_its_power() -> None:
    servers = rack(power="On", takes={"GracefulShutdown": None})
    result = servers.call(state="off", force_after=60)
    assert servers.writes == {"s1": ["GracefulShutdown", "ForceOff"]}
    assert result.warnings == ("server s1: did not shut down within 60 s; its power was cut",)
    assert 60 <= servers.clock.now() < 70
    assert result.plan.actions == ["shut-down server s1"]


def test_power_is_not_cut_when_the_time_is_over_before() -> None:
    servers = rack(power="On", takes={"GracefulShutdown": None})
    with pytest.raises(Timeout, match="its power is On, not Off, after 30 s"):
        servers.call(state="off", force_after=60, wait_timeout=30)
    assert servers.writes == {"s1": ["GracefulShutdown"]}


def test_a_restart_waits_until_the_server_is_off() -> None:
    servers = rack(power="On", takes={"GracefulShutdown": 20.0})
    servers.call(state="restarted")
    assert servers.writes == {"s1": ["GracefulShutdown", "On"]}
    assert servers.clock.now() >= 20
    assert servers.said == ["server s1: On, waiting for Off", "server s1: Off, waiting for On"]


def test_a_server_on_its_way_down_is_waited_for_before_it_is_started() -> None:
    servers = rack(power="PoweringOff")
    servers.bmcs["s1"].coming = (10.0, "Off")
    servers.call(state="on")
    assert servers.writes == {"s1": ["On"]}
    assert servers.clock.now() >= 10


def test_a_server_that_does_not_come_up_times_out() -> None:
    servers = rack(takes={"On": None})
    with pytest.raises(Timeout, match="its power is Off, not On, after 300 s") as caught:
        servers.call(boot_source="pxe")
    assert caught.value.done == (
        "update server s1: boot.source None → Pxe",
        "update server s1: boot.enabled Disabled → Once",
    )


def test_already_so_is_no_error() -> None:
    servers = rack()
    servers.bmcs["s1"].errors["On"] = [Conflict("Server is already powered ON.")]
    servers.bmcs["s1"].errors["GET"] = []
    original = servers.bmcs["s1"].post

    def raced(path: str, body: dict[str, Any]) -> None:
        servers.bmcs["s1"].power = "On"
        original(path, body)

    servers.bmcs["s1"].post = raced  # type: ignore[method-assign]
    assert servers.call().plan.actions == ["power-on server s1"]


def test_a_conflict_that_is_none_of_that_is_told() -> None:
    servers = rack()
    servers.bmcs["s1"].errors["On"] = [Conflict("the chassis is locked")]
    with pytest.raises(Conflict, match="the chassis is locked"):
        servers.call()


def test_a_boot_source_is_written_again_when_the_resource_changed_in_between() -> None:
    servers = rack()
    servers.bmcs["s1"].errors["PATCH"] = [StalePlan("changed")]
    servers.call(boot_source="pxe")
    assert servers.bmcs["s1"].boot["BootSourceOverrideTarget"] == "Pxe"


def test_a_boot_source_that_is_not_kept_is_told_before_the_start() -> None:
    servers = rack(ignores_boot="BootSourceOverrideTarget")
    with pytest.raises(Unsupported, match="took the boot source Pxe and kept None"):
        servers.call(boot_source="pxe")
    assert servers.writes == {"s1": ["PATCH"]}


def test_an_override_that_stays_continuous_is_a_warning() -> None:
    servers = rack(ignores_boot="BootSourceOverrideEnabled")
    result = servers.call(boot_source="pxe")
    assert result.warnings == ("server s1: the BMC keeps its boot override Disabled, not Once",)


def test_a_bmc_that_is_silent_for_a_while_is_asked_again() -> None:
    servers = rack(takes={"On": 5.0})
    bmc = servers.bmcs["s1"]
    original = bmc.post

    def then_silent(path: str, body: dict[str, Any]) -> None:
        original(path, body)
        bmc.errors["GET"] = [Unreachable("does not answer"), Unreachable("does not answer")]

    bmc.post = then_silent  # type: ignore[method-assign]
    assert servers.call().things["servers"][0]["power"] == "On"
    assert "server s1: does not answer, waiting for On" in servers.said


def test_some_failed_is_partial_and_says_what_was_done() -> None:
    servers = rack(2)
    servers.bmcs["s2"].takes["On"] = None
    with pytest.raises(Partial, match=r"1 of 2 servers failed: server s2: its power is Off") as caught:
        servers.call(boot_source="pxe", wait_timeout=10)
    assert "power-on server s1" in caught.value.done
    assert "power-on server s2" not in caught.value.done
    assert "update server s2: boot.source None → Pxe" in caught.value.done
    assert caught.value.retryable


def test_pending_takes_a_silent_bmc_for_a_server_that_is_off() -> None:
    servers = rack()
    servers.bmcs["s1"].errors["GET"] = [Unreachable("no route"), Unreachable("no route")]
    result = servers.call(check=True, pending=True, entry={"macs": [MAC]})
    assert (result.plan.actions, result.verified) == (["power-on server s1"], False)
    with pytest.raises(Unreachable):
        servers.call(check=True)


def test_unverified_certificates_are_warned_about() -> None:
    assert rack().call(check=True, entry={"validate_certs": False}).warnings == (
        "server s1: the BMC's certificate is not verified",
    )


def test_a_bmc_without_power_control_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = rack()
    monkeypatch.setattr(FakeBmc, "_system", lambda self: {"UUID": "1"})
    with pytest.raises(Unsupported, match="PowerState"):
        servers.call()
