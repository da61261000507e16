# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual media and BIOS settings against BMCs that live in memory and do what some real ones do; time is made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.redfish.client import Resource
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    NfviError,
    NotFound,
    Partial,
    Precondition,
    StalePlan,
    Timeout,
    Unreachable,
    Unsupported,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import Json, dig
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.result import Result
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.boot import boot
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.wanted import Bmc

SYSTEM = "/redfish/v1/Systems/1"
MANAGER = "/redfish/v1/Managers/1"
IMAGE = "https://web.example/talos.iso"
MEDIA = {"image": IMAGE}


class MadeUp:
    """A clock that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


@dataclass
class FakeBmc:
    """A tree of resources by path, and what it does with writes."""

    clock: MadeUp
    tree: dict[str, Any]
    takes: float = 0.0
    task: dict[str, Any] | None = None
    errors: dict[str, list[NfviError]] = field(default_factory=dict)
    keeps: dict[str, Any] = field(default_factory=dict)
    writes: list[tuple[str, str, Json]] = field(default_factory=list)
    coming: tuple[float, str, dict[str, Any]] | None = None

    def __enter__(self) -> FakeBmc:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is kept open."""

    def get(self, path: str) -> Resource:
        self._fail("GET")
        if self.coming and self.clock.now() >= self.coming[0]:
            self.tree[self.coming[1]] |= self.coming[2]
            self.coming = None
        if path == "/task" and self.task is not None:
            return Resource(path, self.task)
        if path not in self.tree:
            raise NotFound(path)
        return Resource(path, self.tree[path], '"1"')

    def members(self, path: str) -> Iterator[str]:
        yield from (member["@odata.id"] for member in self.get(path).body["Members"])

    def patch(self, resource: Resource, changes: dict[str, Any]) -> None:
        self.writes.append(("PATCH", resource.path, changes))
        self._fail(f"PATCH {resource.path}")
        for key, value in changes.items():
            if isinstance(value, dict) and key in self.tree[resource.path]:
                value = {**self.tree[resource.path][key], **value}
            if key not in self.keeps:
                self.tree[resource.path][key] = value

    def post(self, path: str, body: dict[str, Any]) -> str:
        self.writes.append(("POST", path, body))
        self._fail(f"POST {path.rpartition('.')[2]}")
        image = body.get("Image")
        holds = {"Image": image, "Inserted": image is not None, **self.keeps}
        self.coming = (self.clock.now() + self.takes, path.partition("/Actions")[0], holds)
        return "/task" if self.task is not None else ""

    def _fail(self, what: str) -> None:
        waiting = self.errors.get(what)
        if waiting:
            raise waiting.pop(0)


def link(path: str) -> dict[str, str]:
    return {"@odata.id": path}


def listed(*paths: str) -> dict[str, Any]:
    return {"Members": [link(path) for path in paths]}


def drive(path: str, types: list[str], *, actions: bool = True) -> dict[str, Any]:
    targets = {f"#VirtualMedia.{verb}Media": {"target": f"{path}/Actions/VirtualMedia.{verb}Media"} for verb in VERBS}
    return {"MediaTypes": types, "Image": None, "Inserted": False, "Actions": targets if actions else {}}


VERBS = ("Insert", "Eject")


def tree(**system: Any) -> dict[str, Any]:
    """A BMC whose manager has the drives, whose BIOS has settings, and which lists its registry under another name."""
    drives = f"{MANAGER}/VirtualMedia"
    return {
        "/redfish/v1/": {
            "Systems": link("/redfish/v1/Systems"),
            "Managers": link("/redfish/v1/Managers"),
            "Registries": link("/registries"),
        },
        "/redfish/v1/Systems": listed(SYSTEM),
        "/redfish/v1/Managers": listed(MANAGER),
        SYSTEM: {
            "PowerState": "On",
            "Actions": {"#ComputerSystem.Reset": {"target": "/reset"}},
            "Boot": {"BootSourceOverrideTarget": "None", "BootSourceOverrideEnabled": "Disabled"},
            "Bios": link("/bios"),
            **system,
        },
        MANAGER: {"VirtualMedia": link(drives)},
        drives: listed(f"{drives}/Floppy", f"{drives}/Cd"),
        f"{drives}/Floppy": drive(f"{drives}/Floppy", ["Floppy", "USBStick"]),
        f"{drives}/Cd": drive(f"{drives}/Cd", ["CD", "DVD"]),
        "/bios": {
            "AttributeRegistry": "P89",
            "Attributes": {"Sriov": "Disabled", "Delay": 120},
            "@Redfish.Settings": {"SettingsObject": link("/bios/settings")},
        },
        "/bios/settings": {"Attributes": {"Sriov": "Disabled", "Delay": 120}},
        "/registries": listed("/registries/Base", "/registries/BiosAttributeRegistry"),
        "/registries/BiosAttributeRegistry": {
            "Location": [{"Language": "de", "Uri": "/de"}, {"Language": "en", "Uri": "/en"}]
        },
        "/en": {"Id": "P89", "RegistryEntries": {"Attributes": [SRIOV]}},
    }


SRIOV = {
    "AttributeName": "Sriov",
    "Type": "Enumeration",
    "Value": [{"ValueName": "Enabled"}, {"ValueName": "Disabled"}],
}


@dataclass
class Rack:
    """Servers by their BMCs, and a call of the module's code."""

    clock: MadeUp
    bmcs: dict[str, FakeBmc]

    def call(self, *, check: bool = False, pending: bool = False, **options: Any) -> Result:
        entries = [
            {"name": name, "url": f"https://{name}.example", "username": "a", "password": "b"} for name in self.bmcs
        ]
        mode = Mode(apply=not check, pending=pending, clock=self.clock)
        return boot(Given({"bmcs": entries, **options}), self._connect, mode)

    def _connect(self, bmc: Bmc) -> Any:
        return self.bmcs[bmc.name]

    @property
    def one(self) -> FakeBmc:
        return self.bmcs["s1"]


def rack(size: int = 1, **system: Any) -> Rack:
    clock = MadeUp()
    return Rack(clock, {f"s{number}": FakeBmc(clock, tree(**system)) for number in range(1, size + 1)})


def test_check_predicts_what_apply_does_and_a_second_call_does_nothing() -> None:
    servers = rack(2)
    options = {"media": MEDIA, "bios": {"Sriov": "Enabled"}}
    predicted = servers.call(check=True, **options)
    assert not any(bmc.writes for bmc in servers.bmcs.values())
    applied = servers.call(**options)
    assert applied.as_result(diff=True) == predicted.as_result(diff=True)
    assert [server["restart_required"] for server in applied.things["servers"]] == [True, True]
    again = servers.call(**options)
    assert (again.plan.actions, again.things) == ([], applied.things)
    assert [write[:2] for write in servers.one.writes] == [
        ("PATCH", "/bios/settings"),
        ("POST", f"{MANAGER}/VirtualMedia/Cd/Actions/VirtualMedia.InsertMedia"),
        ("PATCH", SYSTEM),
    ]
    assert servers.one.writes[1][2] == {"Image": IMAGE}


def test_the_systems_own_drives_come_before_the_managers() -> None:
    servers = rack(VirtualMedia=link("/own"))
    servers.one.tree |= {"/own": listed("/own/1"), "/own/1": drive("/own/1", ["CD", "USBStick"])}
    assert [one["id"] for one in servers.call(check=True, media=MEDIA).things["servers"][0]["media"]] == ["1"]


def test_a_system_without_a_drive_for_discs_falls_back_to_its_linked_manager() -> None:
    servers = rack(VirtualMedia=link("/own"), Links={"ManagedBy": [link(MANAGER)]})
    servers.one.tree |= {"/own": listed("/own/1"), "/own/1": drive("/own/1", ["USBStick"])}
    assert [one["id"] for one in servers.call(check=True, media=MEDIA).things["servers"][0]["media"]] == ["Cd"]


def test_no_drive_at_all_is_unsupported() -> None:
    servers = rack()
    servers.one.tree[MANAGER] = {}
    with pytest.raises(Unsupported, match="no virtual drive"):
        servers.call(media=MEDIA)


def test_a_drive_without_actions_is_patched() -> None:
    servers = rack()
    path = f"{MANAGER}/VirtualMedia/Cd"
    servers.one.tree[path] = drive(path, ["CD"], actions=False)
    servers.call(media={**MEDIA, "boot": False})
    assert servers.one.writes == [("PATCH", path, {"Image": IMAGE, "Inserted": True, "WriteProtected": True})]
    servers.call(media={"state": "ejected"})
    assert servers.one.writes[1:] == [("PATCH", path, {"Image": None, "Inserted": False})]


def test_credentials_and_protocol_go_with_the_image() -> None:
    servers = rack()
    insert = servers.one.tree[f"{MANAGER}/VirtualMedia/Cd"]["Actions"]["#VirtualMedia.InsertMedia"]
    insert["TransferProtocolType@Redfish.AllowableValues"] = ["HTTP", "HTTPS"]
    result = servers.call(media={**MEDIA, "username": "me", "password": "geheim", "boot": False})
    credentials = {"UserName": "me", "Password": "geheim"}
    assert servers.one.writes[0][2] == {"Image": IMAGE, "TransferProtocolType": "HTTPS", **credentials}
    assert "geheim" not in str(result.as_result(diff=True))


def test_a_slow_insertion_is_waited_for() -> None:
    servers = rack()
    servers.one.takes = 40.0
    servers.call(media=MEDIA)
    assert servers.clock.now() >= 40


def test_an_insertion_that_never_ends_times_out() -> None:
    servers = rack()
    servers.one.takes = 1000.0
    with pytest.raises(Timeout, match="does not hold the image after 60 s"):
        servers.call(media=MEDIA, wait_timeout=60)


def test_a_failed_task_tells_why_at_once() -> None:
    servers = rack()
    servers.one.takes = 1000.0
    servers.one.task = {"TaskState": "Exception", "Messages": [{"Message": "No route to web.example."}]}
    with pytest.raises(Precondition, match=r"gave up: No route to web\.example"):
        servers.call(media=MEDIA)
    assert servers.clock.now() == 0


def test_a_boot_source_that_is_refused_takes_the_image_out_again() -> None:
    servers = rack()
    servers.one.errors[f"PATCH {SYSTEM}"] = [Unsupported("not now")]
    with pytest.raises(Unsupported, match="not now"):
        servers.call(media=MEDIA)
    assert servers.one.writes[-1][1].endswith("EjectMedia")
    assert servers.call(media=MEDIA).plan.actions[-1] == "update server s1: boot.enabled Disabled → Once"


def test_an_image_that_is_shown_in_another_way_is_told() -> None:
    servers = rack()
    servers.one.keeps = {"Image": "talos.iso"}
    (warning,) = servers.call(media={**MEDIA, "boot": False}).warnings
    assert "says that talos.iso is in drive Cd" in warning


def test_settings_of_a_server_that_is_off_need_no_warning() -> None:
    assert rack(PowerState="Off").call(bios={"Sriov": "Enabled"}).warnings == ()
    assert rack().call(bios={"Sriov": "Enabled"}).warnings == (
        "server s1: not in force before the server is restarted: Sriov",
    )


@pytest.mark.parametrize("place", ["/bios", "/bios/settings"])
def test_the_next_start_is_named_where_the_bmc_wants_it(place: str) -> None:
    servers = rack()
    if place == "/bios":
        servers.one.tree["/bios"]["@Redfish.Settings"]["SupportedApplyTimes"] = ["OnReset"]
    else:
        times = {"ApplyTime@Redfish.AllowableValues": ["OnReset"]}
        servers.one.tree["/bios/settings"]["@Redfish.SettingsApplyTime"] = times
    servers.call(bios={"Sriov": "Enabled"})
    assert servers.one.writes[0][2]["@Redfish.SettingsApplyTime"] == {"ApplyTime": "OnReset"}


def test_settings_that_are_taken_and_not_shown_are_told() -> None:
    servers = rack()
    servers.one.keeps = {"Attributes": None}
    result = servers.call(bios={"Sriov": "Enabled"})
    assert result.warnings[0] == "server s1: the BMC took Sriov and does not show what it will be set to"
    assert result.things["servers"][0]["bios"] == {"current": {"Sriov": "Disabled"}, "pending": {"Sriov": "Enabled"}}


def test_settings_are_written_again_when_the_resource_changed_in_between() -> None:
    servers = rack()
    servers.one.errors["PATCH /bios/settings"] = [StalePlan("changed")]
    servers.call(bios={"Sriov": "Enabled"})
    assert dig(servers.one.tree, ("/bios/settings", "Attributes", "Sriov")) == "Enabled"


def test_without_a_registry_it_is_told_that_only_types_were_checked() -> None:
    servers = rack(PowerState="Off")
    del servers.one.tree["/en"]
    (warning,) = servers.call(bios={"Sriov": "Perhaps"}).warnings
    assert "no attribute registry" in warning


def test_a_registry_under_its_own_name_is_found() -> None:
    servers = rack(PowerState="Off")
    servers.one.tree["/registries"] = listed("/registries/BiosAttributeRegistry", "/registries/P89")
    servers.one.tree["/registries/BiosAttributeRegistry"] = {"Location": [{"Uri": "/other"}]}
    servers.one.tree["/registries/P89"] = {"Location": [{"Uri": "/en"}]}
    assert servers.call(bios={"Sriov": "Enabled"}).warnings == ()


def test_a_bmc_without_a_bios_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="does not show the attributes"):
        rack(Bios=None).call(bios={"Sriov": "Enabled"})


def test_one_refusal_stops_all_before_anything_is_written() -> None:
    servers = rack(3)
    servers.bmcs["s2"].tree["/en"]["RegistryEntries"]["Attributes"] = []
    with pytest.raises(NfviError) as caught:
        servers.call(bios={"Sriov": "Enabled"})
    assert caught.value.object == "server s2"
    assert not any(bmc.writes for bmc in servers.bmcs.values())


def test_some_failed_is_partial_and_says_what_was_done() -> None:
    servers = rack(2)
    servers.bmcs["s2"].errors["POST InsertMedia"] = [Precondition("The image cannot be read.")]
    with pytest.raises(Partial, match=r"1 of 2 servers failed: server s2: The image") as caught:
        servers.call(media=MEDIA)
    assert f"update server s1: media.Cd (none) → {IMAGE}" in caught.value.done
    assert not [line for line in caught.value.done if "s2" in line]


def test_pending_takes_a_silent_bmc_for_an_empty_one() -> None:
    servers = rack()
    servers.one.errors["GET"] = [Unreachable("no route"), Unreachable("no route")]
    result = servers.call(check=True, pending=True, media=MEDIA, bios={"Sriov": "Enabled"})
    assert (result.verified, len(result.plan.actions)) == (False, 4)
    with pytest.raises(Unreachable):
        servers.call(check=True, media=MEDIA)
