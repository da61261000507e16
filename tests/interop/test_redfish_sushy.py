# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack's Redfish client, sushy, drives the lab's BMC; what it cannot ask, `requests` does."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
import sushy
from sushy import auth, exceptions

from lab import config
from lab.config import LabConfig, ServerSpec
from lab.faults import Faults
from lab.machine_firmware import FACTORY, Firmware
from lab.machine_state import BootOverride as Override
from lab.redfish.server import PORT, Bmc
from lab.redfish.sessions import IDLE, LIMIT, Sessions

BLOCK = 200 + os.getpid() % 25  # several runs side by side
SYSTEM = "/redfish/v1/Systems/System.Embedded.1"
RESET = f"{SYSTEM}/Actions/ComputerSystem.Reset"


@dataclass
class Server:
    """A server without an operating system: it notes what its BMC does to it."""

    spec: ServerSpec
    faults: Faults
    power: str = "Off"
    boot_override: Override = field(default_factory=Override)
    media: Mapping[str, str] = field(default_factory=dict)
    firmware: Firmware = FACTORY
    calls: list[str] = field(default_factory=list)
    hangs: bool = False

    def set_boot_override(self, override: Override) -> None:
        self.boot_override = override

    def set_media(self, media: Mapping[str, str]) -> None:
        self.media = media

    def set_firmware(self, firmware: Firmware) -> None:
        self.firmware = firmware

    async def power_on(self) -> None:
        self.calls.append("on")
        self.power = "On"

    async def power_off(self, graceful: bool) -> None:
        self.calls.append("shut down" if graceful else "off")
        if graceful and self.hangs:
            await asyncio.Event().wait()
        self.power = "Off"

    async def power_cycle(self, graceful: bool) -> None:
        self.calls.append("restart" if graceful else "cycle")


@dataclass
class Rack:
    """One BMC at work, and the ways to reach it."""

    lab: LabConfig
    server: Server
    loop: asyncio.AbstractEventLoop
    now: list[float]

    @property
    def url(self) -> str:
        return f"https://{self.server.spec.bmc_address}:{PORT}"

    @property
    def ca(self) -> str:
        return str(self.lab.state / "bmc-ca.pem")

    def sushy(self, how: auth.AuthBase | None = None) -> sushy.Sushy:
        login = how or auth.BasicAuth(self.lab.bmc_username, self.lab.bmc_password)
        return sushy.Sushy(self.url, auth=login, verify=self.ca, server_side_retries=0, server_side_retries_delay=0)

    def ask(self, method: str, path: str, **how: object) -> requests.Response:
        login = (self.lab.bmc_username, self.lab.bmc_password)
        arguments = {"auth": login, "verify": self.ca, "timeout": 10, **how}
        return requests.request(method, self.url + path, **arguments)  # type: ignore[arg-type]

    def call(self, function: Callable[[], object]) -> None:
        """Run ``function`` where the simulator runs, and wait for it."""

        async def run() -> None:
            function()
            await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def fault(self, name: str, **how: float) -> None:
        self.call(lambda: self.server.faults.switch_on(name, "*", **how))  # type: ignore[arg-type]


@pytest.fixture
def rack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rack]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    lab = config.load(name="sushy", block=BLOCK)
    server = Server(lab.servers[0], Faults(lab.state / "faults.json", ["s1"]))
    now = [0.0]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    bmc = Bmc(server, lab, Sessions(lab.bmc_username, lab.bmc_password, clock=lambda: now[0]))
    try:
        asyncio.run_coroutine_threadsafe(bmc.start(), loop).result(10)
        yield Rack(lab, server, loop, now)
        asyncio.run_coroutine_threadsafe(bmc.close(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def becomes(what: Callable[[], object], wanted: object) -> None:
    """Redfish has no events worth subscribing to here: ask again until it is so."""
    end = time.monotonic() + 10
    while what() != wanted:
        assert time.monotonic() < end, f"{what()!r} never became {wanted!r}"
        time.sleep(0.02)


def message_ids(answer: requests.Response) -> list[str]:
    return [info["MessageId"] for info in answer.json()["error"]["@Message.ExtendedInfo"]]


def test_the_inventory_is_the_hardware(rack: Rack) -> None:
    spec = rack.server.spec
    system = rack.sushy().get_system()
    assert (system.uuid, system.serial_number, system.model) == (spec.uuid, spec.serial, spec.product)
    assert system.manufacturer == spec.manufacturer
    assert system.memory_summary.size_gib == 128
    assert system.processors.summary.count == spec.cpus
    assert {mac.lower() for mac in system.ethernet_interfaces.summary} == {nic.mac for nic in spec.nics}
    drives = [drive for storage in system.storage.get_members() for drive in storage.drives]
    assert [drive.capacity_bytes for drive in drives] == [disk.size for disk in spec.disks]


def test_the_parts_are_listed_one_by_one(rack: Rack) -> None:
    spec = rack.server.spec
    system = rack.sushy().get_system()
    assert [cpu.total_threads for cpu in system.processors.get_members()] == [spec.cores * spec.threads] * spec.sockets
    modules = rack.ask("GET", f"{SYSTEM}/Memory").json()["Members"]
    sizes = [rack.ask("GET", link["@odata.id"]).json()["CapacityMiB"] for link in modules]
    assert sum(sizes) * 1024**2 == spec.memory


IMAGE = "http://images.example.com/talos/v1.13.0/metal-amd64.iso"


def test_virtual_media_are_inserted_and_ejected(rack: Rack) -> None:
    drive = rack.sushy().get_system().virtual_media.get_members()[0]
    assert (drive.inserted, drive.image) == (False, None)
    drive.insert_media(IMAGE)
    assert rack.server.media == {drive.identity: IMAGE}
    drive = rack.sushy().get_system().virtual_media.get_members()[0]
    assert (drive.inserted, drive.image, drive.image_name) == (True, IMAGE, "metal-amd64.iso")
    assert drive.connected_via == sushy.ConnectedVia.URI
    with pytest.raises(exceptions.HTTPError, match="in use"):
        drive.insert_media(IMAGE)
    drive.eject_media()
    assert rack.server.media == {}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "ActionParameterMissing"),
        ({"Image": "/tmp/talos.iso"}, "ActionParameterValueFormatError"),
        ({"Image": IMAGE, "Colour": "red"}, "ActionParameterUnknown"),
        ({"Image": IMAGE, "TransferProtocolType": "TFTP"}, "ActionParameterValueNotInList"),
    ],
)
def test_a_wrong_insertion_changes_nothing(rack: Rack, body: dict[str, str], code: str) -> None:
    answer = rack.ask("POST", f"{SYSTEM}/VirtualMedia/1/Actions/VirtualMedia.InsertMedia", json=body)
    assert (answer.status_code, message_ids(answer)) == (400, [f"Base.1.12.{code}"])
    assert rack.server.media == {}


def test_an_image_that_the_bmc_cannot_read(rack: Rack) -> None:
    rack.fault("medium-unreachable", count=1)
    with pytest.raises(exceptions.HTTPError, match="not accessible or reachable"):
        rack.sushy().get_system().virtual_media.get_members()[0].insert_media(IMAGE)
    assert rack.server.media == {}


def test_bios_settings_wait_for_a_start(rack: Rack) -> None:
    bios = rack.sushy().get_system().bios
    assert bios.attributes["SriovGlobalEnable"] == "Disabled"
    assert sushy.ApplyTime.ON_RESET in bios.supported_apply_times
    bios.set_attributes({"SriovGlobalEnable": "Enabled"}, apply_time=sushy.ApplyTime.ON_RESET)
    assert bios.pending_attributes == {"SriovGlobalEnable": "Enabled"}
    assert rack.sushy().get_system().bios.attributes["SriovGlobalEnable"] == "Disabled"
    rack.server.firmware = rack.server.firmware.started()
    bios = rack.sushy().get_system().bios
    assert (bios.attributes["SriovGlobalEnable"], bios.pending_attributes) == ("Enabled", {})


def test_a_bios_setting_without_an_apply_time_waits_for_ever(rack: Rack) -> None:
    rack.sushy().get_system().bios.set_attribute("SriovGlobalEnable", "Enabled")
    assert rack.server.firmware.started() == rack.server.firmware


def test_the_registry_describes_the_settings(rack: Rack) -> None:
    bios = rack.sushy().get_system().bios
    registry = bios.get_attribute_registry()
    entries = {entry.name: entry for entry in registry.registry_entries.attributes}
    assert set(bios.attributes) < set(entries)
    assert (entries["AcPwrRcvryUserDelay"].lower_bound, entries["AcPwrRcvryUserDelay"].upper_bound) == (120, 600)
    assert entries["SystemModelName"].read_only
    assert "SetupPassword" not in bios.attributes


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"SriovGlobalEnable": "On"}, "PropertyValueNotInList"),
        ({"AcPwrRcvryUserDelay": 601}, "PropertyValueNotInList"),
        ({"SystemModelName": "other"}, "PropertyNotWritable"),
        ({"Colour": "red"}, "PropertyUnknown"),
    ],
)
def test_a_wrong_bios_setting_changes_nothing(rack: Rack, attributes: dict[str, object], code: str) -> None:
    answer = rack.ask("PATCH", f"{SYSTEM}/Bios/Settings", json={"Attributes": {"AssetTag": "x", **attributes}})
    assert (answer.status_code, message_ids(answer)) == (400, [f"Base.1.12.{code}"])
    assert rack.server.firmware == FACTORY


def test_chassis_and_manager_belong_to_the_system(rack: Rack) -> None:
    root = rack.sushy()
    system = root.get_system()
    assert [one.path for one in root.get_manager().systems] == [system.path]
    assert [one.path for one in system.chassis] == [root.get_chassis().path]
    assert root.get_manager().manager_type == sushy.ManagerType.BMC


def test_ports_have_link_only_with_power(rack: Rack) -> None:
    path = f"{SYSTEM}/EthernetInterfaces/NIC.Integrated.1-1-1"
    assert rack.ask("GET", path).json()["LinkStatus"] == "NoLink"
    rack.server.power = "On"
    assert rack.ask("GET", path).json()["LinkStatus"] == "LinkUp"


def test_power_on_takes_its_time_and_shows_it(rack: Rack) -> None:
    system = rack.sushy().get_system()
    assert system.power_state == sushy.PowerState.OFF
    system.reset_system(sushy.ResetType.ON)
    system.refresh()
    assert system.power_state == sushy.PowerState.POWERING_ON
    becomes(lambda: rack.sushy().get_system().power_state, sushy.PowerState.ON)
    assert rack.server.calls == ["on"]


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (sushy.ResetType.FORCE_OFF, "off"),
        (sushy.ResetType.GRACEFUL_SHUTDOWN, "shut down"),
        (sushy.ResetType.FORCE_RESTART, "cycle"),
        (sushy.ResetType.GRACEFUL_RESTART, "restart"),
        (sushy.ResetType.POWER_CYCLE, "cycle"),
        (sushy.ResetType.PUSH_POWER_BUTTON, "shut down"),
    ],
)
def test_each_reset_does_what_it_says(rack: Rack, kind: sushy.ResetType, call: str) -> None:
    rack.server.power = "On"
    rack.sushy().get_system().reset_system(kind)
    becomes(lambda: rack.server.calls, [call])


def test_a_shutdown_that_hangs_can_be_cut_short(rack: Rack) -> None:
    rack.server.power, rack.server.hangs = "On", True
    system = rack.sushy().get_system()
    system.reset_system(sushy.ResetType.GRACEFUL_SHUTDOWN)
    becomes(lambda: rack.server.calls, ["shut down"])
    assert rack.server.power == "On"
    system.reset_system(sushy.ResetType.FORCE_OFF)
    becomes(lambda: rack.server.power, "Off")


@pytest.mark.parametrize(
    ("power", "reset", "code"),
    [
        ("On", "On", "IDRAC.2.8.PSU501"),
        ("Off", "ForceOff", "IDRAC.2.8.PSU502"),
        ("Off", "PowerCycle", "IDRAC.2.8.PSU502"),
    ],
)
def test_a_power_state_that_is_already_so_is_a_conflict(rack: Rack, power: str, reset: str, code: str) -> None:
    rack.server.power = power
    answer = rack.ask("POST", RESET, json={"ResetType": reset})
    assert (answer.status_code, message_ids(answer)) == (409, [code])
    assert rack.server.calls == []


@pytest.mark.parametrize("body", [{}, {"ResetType": "Explode"}, {"ResetType": ["On"]}])
def test_a_reset_that_does_not_exist_is_refused(rack: Rack, body: dict[str, object]) -> None:
    answer = rack.ask("POST", RESET, json=body)
    assert answer.status_code == 400
    assert message_ids(answer)[0].startswith("Base.1.12.ActionParameter")


def test_boot_source_once(rack: Rack) -> None:
    system = rack.sushy().get_system()
    assert system.boot.target == sushy.BootSource.NONE
    assert sushy.BootSource.PXE in system.get_allowed_system_boot_source_values()
    system.set_system_boot_options(target=sushy.BootSource.PXE, enabled=sushy.BootSourceOverrideEnabled.ONCE)
    assert rack.server.boot_override == Override("Pxe", "Once")
    system.refresh()
    assert (system.boot.target, system.boot.mode) == (sushy.BootSource.PXE, sushy.BootSourceOverrideMode.UEFI)


@pytest.mark.parametrize(
    ("before", "boot", "after"),
    [
        (Override(), {"Target": "Pxe"}, Override("Pxe", "Once")),
        (Override("Pxe", "Continuous"), {"Target": "Hdd"}, Override("Hdd", "Continuous")),
        (Override("Pxe", "Once"), {"Enabled": "Disabled"}, Override()),
        (Override("Pxe", "Once"), {"Target": "None"}, Override()),
    ],
)
def test_target_and_enabled_go_together(rack: Rack, before: Override, boot: dict[str, str], after: Override) -> None:
    rack.server.boot_override = before
    body = {"Boot": {f"BootSourceOverride{key}": value for key, value in boot.items()}}
    assert rack.ask("PATCH", SYSTEM, json=body).status_code == 200
    assert rack.server.boot_override == after


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Boot": {"BootSourceOverrideTarget": "Floppy"}}, "PropertyValueNotInList"),
        ({"Boot": {"BootSourceOverrideMode": "Legacy"}}, "PropertyValueNotInList"),
        ({"Boot": {"Colour": "red"}}, "PropertyUnknown"),
        ({"PowerState": "On"}, "PropertyNotWritable"),
        ({}, "PropertyMissing"),
        ([], "MalformedJSON"),
    ],
)
def test_a_wrong_patch_changes_nothing(rack: Rack, body: object, code: str) -> None:
    answer = rack.ask("PATCH", SYSTEM, json=body)
    assert (answer.status_code, message_ids(answer)) == (400, [f"Base.1.12.{code}"])
    assert rack.server.boot_override == Override()


def test_a_patch_of_an_older_representation_is_refused(rack: Rack) -> None:
    body = {"Boot": {"BootSourceOverrideTarget": "Pxe"}}
    tag = rack.ask("GET", SYSTEM).headers["ETag"]
    rack.server.power = "On"
    answer = rack.ask("PATCH", SYSTEM, json=body, headers={"If-Match": tag})
    assert (answer.status_code, message_ids(answer)) == (412, ["Base.1.12.PreconditionFailed"])
    fresh = rack.ask("GET", SYSTEM).headers["ETag"]
    assert rack.ask("PATCH", SYSTEM, json=body, headers={"If-Match": fresh}).status_code == 200
    assert rack.ask("GET", SYSTEM, headers={"If-None-Match": fresh}).status_code == 200


def test_only_the_root_is_open_to_all(rack: Rack) -> None:
    assert rack.ask("GET", "/redfish", auth=None).json() == {"v1": "/redfish/v1/"}
    assert rack.ask("GET", "/redfish/v1/", auth=None).json()["Id"] == "RootService"
    answer = rack.ask("GET", SYSTEM, auth=None)
    assert (answer.status_code, message_ids(answer)) == (401, ["Base.1.12.AccessDenied"])
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert answer.headers["OData-Version"] == "4.0"


@pytest.mark.parametrize("how", [auth.BasicAuth, auth.SessionAuth])
def test_a_wrong_password_is_refused(rack: Rack, how: type[auth.AuthBase]) -> None:
    with pytest.raises(exceptions.AccessError):
        rack.sushy(how(rack.lab.bmc_username, "wrong")).get_system()


def test_sessions_open_expire_and_close(rack: Rack) -> None:
    login = auth.SessionAuth(rack.lab.bmc_username, rack.lab.bmc_password)
    root = rack.sushy(login)
    assert root.get_system().identity == "System.Embedded.1"
    path, token = login.get_session_resource_id(), login.get_session_key()
    headers = {"X-Auth-Token": token}
    assert rack.ask("GET", path, auth=None, headers=headers).json()["UserName"] == rack.lab.bmc_username
    rack.now[0] += IDLE - 1
    assert rack.ask("GET", SYSTEM, auth=None, headers=headers).status_code == 200
    rack.now[0] += IDLE + 1
    answer = rack.ask("GET", SYSTEM, auth=None, headers=headers)
    assert (answer.status_code, message_ids(answer)) == (401, ["Base.1.12.NoValidSession"])
    assert root.get_system().identity == "System.Embedded.1", "sushy logs in again by itself"
    login.close()
    assert rack.ask("GET", "/redfish/v1/SessionService/Sessions").json()["Members"] == []


def test_there_are_only_so_many_sessions(rack: Rack) -> None:
    body = {"UserName": rack.lab.bmc_username, "Password": rack.lab.bmc_password}
    opened = [rack.ask("POST", "/redfish/v1/SessionService/Sessions", json=body) for _session in range(LIMIT)]
    assert {one.status_code for one in opened} == {201}
    refused = rack.ask("POST", "/redfish/v1/SessionService/Sessions", json=body)
    assert (refused.status_code, message_ids(refused)) == (503, ["Base.1.12.SessionLimitExceeded"])


def test_what_is_not_there_and_what_cannot_be_done(rack: Rack) -> None:
    answer = rack.ask("GET", "/redfish/v1/Systems/other")
    assert (answer.status_code, message_ids(answer)) == (404, ["Base.1.12.ResourceMissingAtURI"])
    answer = rack.ask("DELETE", SYSTEM)
    assert (answer.status_code, message_ids(answer)) == (405, ["Base.1.12.OperationNotAllowed"])
    assert "PATCH" in answer.headers["Allow"]


def test_the_certificate_is_the_labs(rack: Rack) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        rack.ask("GET", "/redfish/v1/", verify=True)
    assert (rack.lab.state / "bmc-ca.key").stat().st_mode & 0o777 == 0o600
    assert (rack.lab.state / "s1" / "bmc.pem").stat().st_mode & 0o777 == 0o600


def test_refused_connections_come_back_when_the_fault_is_over(rack: Rack) -> None:
    rack.fault("refuse", seconds=0.3)
    with pytest.raises(requests.exceptions.ConnectionError):
        rack.ask("GET", "/redfish/v1/")

    def answers() -> bool:
        try:
            return rack.ask("GET", "/redfish/v1/").ok
        except requests.exceptions.ConnectionError:
            return False

    becomes(answers, True)


def test_delayed_cut_and_failing_answers(rack: Rack) -> None:
    rack.fault("delay", count=1, seconds=0.4)
    assert rack.ask("GET", "/redfish/v1/").elapsed.total_seconds() >= 0.4
    rack.fault("drop", count=1)
    with pytest.raises(requests.exceptions.RequestException):
        rack.ask("GET", SYSTEM)
    rack.fault("error-503", count=1)
    busy = rack.ask("GET", SYSTEM)
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1")
    assert rack.ask("GET", SYSTEM).status_code == 200
