# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned for a server's next start: virtual media, boot source, BIOS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Conflict, InvalidInput, Unsupported
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.plan import Plan
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.bios import Bios
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.boot_plan import Seen, Step, Work, plan_boot
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.boot_wanted import Wanted
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.media import Drive
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.registry import Attribute, Registry
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.system import System
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.wanted import Bmc

BMC = Bmc("s1", "https://bmc", "", "admin", "secret")
OFF = System("/redfish/v1/Systems/1", "Off", boot_targets=("None", "Pxe", "Cd"))
ON = replace(OFF, power="On")
IMAGE, OTHER = "https://web/talos.iso", "https://web/other.iso"
EMPTY = Drive("/drives/1")
FULL = EMPTY.with_image(IMAGE)
OTHERS = EMPTY.with_image(OTHER)
LENT = replace(OTHERS, via="Applet")
ONE_BOOT = ["update server s1: boot.source None → Cd", "update server s1: boot.enabled Disabled → Once"]
CD_ONCE: dict[str, Any] = {"boot": "Cd", "enabled": "Once"}

REGISTRY = Registry(
    {
        one.name: one
        for one in (
            Attribute("Sriov", "Enumeration", ("Enabled", "Disabled")),
            Attribute("Delay", "Integer", low=120, high=600),
            Attribute("Quiet", "Boolean"),
            Attribute("Tag", "String", low=0, high=5, pattern="^[a-z]*$"),
            Attribute("Model", "String", read_only=True),
            Attribute("SetupPassword", "Password"),
        )
    }
)
BIOS = Bios("/bios/settings", {"Sriov": "Disabled", "Delay": 120, "Quiet": True, "Tag": "", "Model": "X"}, {})


def plan(seen: Seen, **options: Any) -> Work:
    return plan_boot(BMC, Wanted.parse(Given(options)), seen)


def actions(work: Work) -> list[str]:
    return Plan(work.changes).actions


def steps(work: Work) -> list[Step]:
    return [todo.step for todo in work.todo]


@pytest.mark.parametrize(
    ("system", "drives", "wanted", "done"),
    [
        (OFF, (EMPTY,), [f"update server s1: media.1 (none) → {IMAGE}", *ONE_BOOT], [Step.INSERT, Step.BOOT]),
        (ON, (EMPTY,), [f"update server s1: media.1 (none) → {IMAGE}", *ONE_BOOT], [Step.INSERT, Step.BOOT]),
        (OFF, (FULL,), ONE_BOOT, [Step.BOOT]),
        (ON, (FULL,), [], []),
        (replace(OFF, **CD_ONCE), (FULL,), [], []),
        (replace(OFF, boot="Cd", enabled="Continuous"), (FULL,), [], []),
        (
            replace(OFF, boot="Cd", enabled="Continuous"),
            (EMPTY,),
            [f"update server s1: media.1 (none) → {IMAGE}", "update server s1: boot.enabled Continuous → Once"],
            [Step.INSERT, Step.BOOT],
        ),
        (
            ON,
            (OTHERS,),
            [f"update server s1: media.1 {OTHER} → {IMAGE}", *ONE_BOOT],
            [Step.EJECT, Step.INSERT, Step.BOOT],
        ),
    ],
)
def test_an_image_is_inserted_and_booted_once(
    system: System, drives: tuple[Drive, ...], wanted: list[str], done: list[Step]
) -> None:
    work = plan(Seen(system, drives), media={"image": IMAGE})
    assert (actions(work), steps(work)) == (wanted, done)
    assert [drive.image for drive in work.after.drives] == [IMAGE]
    assert Plan(work.changes).impact is Impact.NONE


@pytest.mark.parametrize(
    ("drives", "images"),
    [
        ((OTHERS, replace(EMPTY, path="/drives/2")), [OTHER, IMAGE]),
        ((EMPTY, replace(FULL, path="/drives/2")), ["", IMAGE]),
        ((LENT, replace(OTHERS, path="/drives/2")), [OTHER, IMAGE]),
    ],
)
def test_of_several_drives_the_one_with_the_image_or_an_empty_one_is_taken(
    drives: tuple[Drive, ...], images: list[str]
) -> None:
    work = plan(Seen(ON, drives), media={"image": IMAGE, "boot": False})
    assert [drive.image for drive in work.after.drives] == images


def test_the_image_to_boot_is_the_only_one() -> None:
    second = replace(EMPTY, path="/drives/2")
    work = plan(Seen(ON, (OTHERS, second)), media={"image": IMAGE})
    assert [drive.image for drive in work.after.drives] == ["", IMAGE]
    assert steps(work) == [Step.EJECT, Step.INSERT, Step.BOOT]
    assert actions(work)[:2] == [
        f"update server s1: media.1 {OTHER} → (none)",
        f"update server s1: media.2 (none) → {IMAGE}",
    ]
    assert steps(plan(Seen(OFF, (OTHERS, second.with_image(IMAGE))), media={"image": IMAGE})) == [Step.EJECT, Step.BOOT]
    assert steps(plan(Seen(ON, (OTHERS, second.with_image(IMAGE))), media={"image": IMAGE})) == []


def test_a_medium_of_a_console_session_is_not_taken_away() -> None:
    for media in ({"image": IMAGE}, {"state": "ejected"}):
        for drives in ((LENT,), (LENT, replace(OTHERS, path="/drives/2"))):
            with pytest.raises(Conflict, match="console session"):
                plan(Seen(ON, drives), media=media)


def test_without_boot_the_boot_source_stays() -> None:
    assert steps(plan(Seen(OFF, (EMPTY,)), media={"image": IMAGE, "boot": False})) == [Step.INSERT]


@pytest.mark.parametrize(
    ("drive", "image", "wanted"),
    [
        (FULL, None, [f"update server s1: media.1 {IMAGE} → (none)"]),
        (FULL, IMAGE, [f"update server s1: media.1 {IMAGE} → (none)"]),
        (FULL, OTHER, []),
        (EMPTY, None, []),
    ],
)
def test_an_ejection_takes_that_image_or_any(drive: Drive, image: str | None, wanted: list[str]) -> None:
    assert actions(plan(Seen(ON, (drive,)), media={"state": "ejected", "image": image})) == wanted


def test_what_the_bmc_does_not_offer_is_refused() -> None:
    with pytest.raises(Unsupported, match="offers no boot source Cd") as caught:
        plan(Seen(replace(OFF, boot_targets=("None", "Pxe")), (EMPTY,)), media={"image": IMAGE})
    assert render(caught.value.path) == "media.boot"
    with pytest.raises(Unsupported, match="does not read images by HTTPS; it does by NFS") as caught:
        plan(Seen(OFF, (replace(EMPTY, protocols=("NFS",)),)), media={"image": IMAGE})
    assert render(caught.value.path) == "media.image"


@pytest.mark.parametrize(
    ("pending", "values", "wanted", "waits"),
    [
        ({}, {"Sriov": "Enabled"}, ["bios.pending.Sriov Disabled → Enabled"], {"Sriov": "Enabled"}),
        ({}, {"Sriov": "Disabled"}, [], {}),
        ({"Sriov": "Enabled"}, {"Sriov": "Enabled"}, [], {"Sriov": "Enabled"}),
        ({"Sriov": "Enabled"}, {"Sriov": "Disabled"}, ["bios.pending.Sriov Enabled → Disabled"], {}),
        ({"Tag": "a"}, {"Delay": "300"}, ["bios.pending.Delay 120 → 300"], {"Tag": "a", "Delay": 300}),
        ({}, {"Quiet": "True", "Delay": 120, "Tag": ""}, [], {}),
    ],
)
def test_a_setting_waits_for_a_start(
    pending: dict[str, Any], values: dict[str, Any], wanted: list[str], waits: dict[str, Any]
) -> None:
    work = plan(Seen(ON, bios=replace(BIOS, pending=pending), registry=REGISTRY), bios=values)
    assert actions(work) == [f"update server s1: {line}" for line in wanted]
    assert work.after.bios is not None
    assert (work.after.bios.pending, work.after.restart_required) == (waits, bool(waits))
    assert work.after.bios.current == BIOS.current, "nothing is in force before a start"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"Sriof": "Enabled"}, "did you mean Sriov"),
        ({"Sriov": "On"}, "'On' is none of its values (it takes Enabled, Disabled)"),
        ({"Sriov": True}, "YAML reads on, off, yes and no as true and false"),
        ({"Delay": 601}, "601 is not within 120 … 600"),
        ({"Delay": "long"}, "'long' is not a whole number"),
        ({"Delay": True}, "True is not a whole number"),
        ({"Quiet": "perhaps"}, "neither true nor false"),
        ({"Tag": "abcdef"}, "6 characters are not within 0 … 5"),
        ({"Tag": "A"}, "not of the form"),
        ({"Tag": ["a"]}, "is not a text"),
        ({"Model": "Y"}, "nobody change"),
        ({"SetupPassword": "x"}, "neither compared nor shown"),
    ],
)
def test_a_setting_that_the_registry_does_not_know_is_refused(values: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(Seen(ON, bios=BIOS, registry=REGISTRY), bios=values)
    assert text in str(caught.value)
    assert render(caught.value.path) == f"bios.{next(iter(values))}"


def test_without_a_registry_names_and_types_are_checked() -> None:
    guessed = Registry.guessed(BIOS)
    assert actions(plan(Seen(ON, bios=BIOS, registry=guessed), bios={"Sriov": "Anything"}))
    for wrong in ({"Sriof": "Enabled"}, {"Delay": "long"}, {"Quiet": "perhaps"}):
        with pytest.raises(InvalidInput):
            plan(Seen(ON, bios=BIOS, registry=guessed), bios=wrong)


def test_a_bmc_that_is_not_there_yet_gets_everything() -> None:
    work = plan(Seen.assumed(()), media={"image": IMAGE}, bios={"Sriov": "Enabled"})
    assert steps(work) == [Step.BIOS, Step.INSERT, Step.BOOT]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({}, ""),
        ({"bios": {}}, ""),
        ({"bios": ["Sriov"]}, "bios"),
        ({"media": {}}, "media.image"),
        ({"media": {"image": "/tmp/talos.iso"}}, "media.image"),
        ({"media": {"image": "ftp://web/talos.iso"}}, "media.image"),
        ({"media": {"image": "https://web"}}, "media.image"),
        ({"media": {"image": "https://me:secret@web/talos.iso"}}, "media.image"),
        ({"media": {"image": IMAGE, "username": "me"}}, "media"),
        ({"media": {"image": IMAGE}, "wait_timeout": 0}, "wait_timeout"),
    ],
)
def test_wrong_input_has_its_place(options: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Wanted.parse(Given(options))
    assert render(caught.value.path) == path
