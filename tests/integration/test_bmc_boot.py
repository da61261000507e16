# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""bmc_boot and bmc_info against the lab's BMCs and servers, which boot what is in their virtual drives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.modules import bmc_boot, bmc_info
from lab.machine_state import BootOverride
from tests.integration.bmc_rack import WAYS, Rack, becomes, played, two_servers

SCHEMATIC = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4bb"
IMAGE = f"https://factory.example.com/image/{SCHEMATIC}/v1.12.6/metal-amd64.iso"
NO_TALOS = "https://images.example.com/rescue.iso"


@pytest.fixture
def rack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rack]:
    with two_servers(tmp_path, monkeypatch) as rack:
        yield rack


def boot(rack: Rack, *, check: bool = False, **options: Any) -> dict[str, Any]:
    return rack.run(bmc_boot.CALL, {"bmcs": rack.entries(), **options}, check=check)


def info(rack: Rack, *parts: str) -> list[dict[str, Any]]:
    servers: list[dict[str, Any]] = rack.run(bmc_info.CALL, {"bmcs": rack.entries(), "gather": list(parts)})["servers"]
    return servers


def test_servers_boot_the_image_once(rack: Rack) -> None:
    predicted = boot(rack, check=True, media={"image": IMAGE})
    assert {name: dict(machine.media) for name, machine in rack.machines.items()} == {"s1": {}, "s2": {}}
    done = boot(rack, media={"image": IMAGE})
    assert done == predicted
    assert done["actions"][0].startswith(f"update server s1: media.1 (none) → {IMAGE[:50]}")
    assert done["actions"][1:3] == [
        "update server s1: boot.source None → Cd",
        "update server s1: boot.enabled Disabled → Once",
    ]
    assert boot(rack, media={"image": IMAGE})["changed"] is False
    assert rack.states == {"s1": "Off", "s2": "Off"}, "nothing is started"

    rack.power(state="on")
    becomes(lambda: {m.stage for m in rack.machines.values()} == {"maintenance"}, "no server came to maintenance")
    assert {(m.running.version, m.running.schematic) for m in rack.machines.values()} == {("v1.12.6", SCHEMATIC)}
    again = boot(rack, media={"image": IMAGE})
    assert (again["changed"], again["diff"]) == (False, []), "what runs is not told to boot it again"
    assert rack.machines["s1"].boot_override == BootOverride()
    assert boot(rack, media={"state": "ejected"})["changed"] is True
    assert boot(rack, media={"state": "ejected"})["changed"] is False
    assert rack.sessions.all() == [], "sessions were left open"


def test_an_image_without_talos_brings_none(rack: Rack) -> None:
    boot(rack, media={"image": NO_TALOS})
    rack.power(state="on")
    becomes(lambda: rack.machines["s1"].stage == "booting", "s1 did not begin to boot")
    assert rack.machines["s1"].api is None
    boot(rack, media={"image": IMAGE})
    rack.power(state="cycled")
    becomes(lambda: rack.machines["s1"].stage == "maintenance", "s1 did not boot the other image")


def test_bios_settings_are_in_force_after_a_start_and_not_before(rack: Rack) -> None:
    rack.power(state="on")
    wanted = {"SriovGlobalEnable": "Enabled", "AcPwrRcvryUserDelay": 300}
    predicted = boot(rack, check=True, bios=wanted)
    assert [server["bios"]["pending"] for server in info(rack, "bios")] == [{}, {}]
    done = boot(rack, bios=wanted)
    assert done == predicted
    before = {"SriovGlobalEnable": "Disabled", "AcPwrRcvryUserDelay": 120}
    for server in done["servers"]:
        assert (server["bios"], server["restart_required"]) == ({"current": before, "pending": wanted}, True)
    assert "not in force before the server is restarted: AcPwrRcvryUserDelay, SriovGlobalEnable" in done["warnings"][0]
    assert (again := boot(rack, bios=wanted))["changed"] is False
    assert again["servers"] == done["servers"]

    rack.power(state="restarted")
    after = boot(rack, bios=wanted)
    assert (after["changed"], after["warnings"]) == (False, [])
    for server in after["servers"]:
        assert (server["bios"], server["restart_required"]) == ({"current": wanted, "pending": {}}, False)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"bios": {"SriovGlobalEnabled": "Enabled"}}, "bios.SriovGlobalEnabled"),
        ({"bios": {"ProcCStates": True}}, "bios.ProcCStates"),
        ({"bios": {"SetupPassword": "geheim"}}, "bios.SetupPassword"),
        ({"bios": {"SystemModelName": "other"}}, "bios.SystemModelName"),
        ({"media": {"image": "talos.iso"}}, "media.image"),
        ({}, ""),
    ],
)
def test_wrong_input_is_refused_and_nothing_is_touched(rack: Rack, options: dict[str, Any], path: str) -> None:
    failed = boot(rack, **{"media": {"image": IMAGE}, **options} if options else {})
    assert (failed["error"]["kind"], failed["error"]["path"], failed["changed"]) == ("invalid_input", path, False)
    assert all(not machine.media for machine in rack.machines.values())
    assert "geheim" not in failed["msg"]


def test_an_image_that_one_bmc_cannot_read_fails_there_and_goes_on_in_the_next_run(rack: Rack) -> None:
    rack.fault("medium-unreachable", "s2")
    failed = boot(rack, media={"image": IMAGE})
    assert failed["error"]["kind"] == "partial"
    assert "server s2: " in failed["error"]["reason"]
    assert "not accessible or reachable" in failed["error"]["reason"]
    assert rack.machines["s2"].boot_override == BootOverride()
    rack.call(lambda: rack.faults.switch_off("medium-unreachable"))
    assert {line.split(":")[0] for line in boot(rack, media={"image": IMAGE})["actions"]} == {"update server s2"}


def test_a_silent_bmc_stops_all(rack: Rack) -> None:
    rack.fault("refuse", "s2")
    failed = boot(rack, media={"image": IMAGE})
    assert (failed["error"]["kind"], failed["error"]["object"]) == ("unreachable", "server s2")
    assert not rack.machines["s1"].media


def test_the_hardware_is_that_of_the_rack(rack: Rack) -> None:
    servers = info(rack, "processors", "memory", "drives", "nics", "media")
    for server, spec in zip(servers, rack.lab.servers, strict=True):
        assert (server["name"], server["serial"], server["uuid"]) == (spec.name, spec.serial, spec.uuid)
        assert (server["model"], server["manufacturer"], server["power"]) == (spec.product, spec.manufacturer, "Off")
        assert [cpu["threads"] for cpu in server["processors"]] == [spec.cores * spec.threads] * spec.sockets
        assert server["memory"]["total_mib"] * 1024**2 == spec.memory
        assert sum(module["size_mib"] for module in server["memory"]["modules"]) == server["memory"]["total_mib"]
        assert [(d["serial"], d["size_bytes"]) for d in server["drives"]] == [(d.serial, d.size) for d in spec.disks]
        assert [nic["mac"] for nic in server["nics"]] == [nic.mac for nic in spec.nics]
        assert server["bmc"]["firmware"]
        assert {one["inserted"] for one in server["media"]} == {False}
        assert "bios" not in server


@pytest.mark.parametrize("way", WAYS)
def test_a_playbook(rack: Rack, tmp_path: Path, way: dict[str, Any]) -> None:
    """Real Ansible, in the worker and as shipped modules; no password is in any output, however talkative."""
    media = {"image": IMAGE, "username": "reader", "password": "geheimes-wort"}
    tasks = [
        {"kubevim.nfvi.bmc_boot": {"bmcs": rack.entries(), "media": media, "bios": {"ProcCStates": "Disabled"}}, **way},
        {"kubevim.nfvi.bmc_info": {"bmcs": rack.entries(), "gather": ["media", "bios"]}, "register": "rack", **way},
        {"ansible.builtin.copy": {"content": "{{ rack | to_json }}", "dest": str(tmp_path / "rack.json")}},
    ]
    said = played(tasks, tmp_path)
    for secret in (rack.lab.bmc_password, "geheimes-wort"):
        assert secret not in said
    for server in json.loads((tmp_path / "rack.json").read_text())["servers"]:
        assert server["bios"]["pending"] == {"ProcCStates": "Disabled"}
        assert [one["image"] for one in server["media"]] == [IMAGE, ""]
