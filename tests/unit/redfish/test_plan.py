# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned for one server: a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Unsupported
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.plan import Plan
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.plan import plan_server
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.system import System
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.wanted import Bmc, Wanted

BMC = Bmc("s1", "https://bmc", "", "admin", "secret")
OFF = System("/redfish/v1/Systems/1", "Off", boot_targets=("None", "Pxe", "Hdd"), resets=("On", "GracefulShutdown"))
ON = replace(OFF, power="On")
PXE_ONCE = {"boot": "Pxe", "enabled": "Once"}


@pytest.mark.parametrize(
    ("wanted", "system", "actions", "power"),
    [
        (Wanted("on"), OFF, ["power-on server s1"], "On"),
        (Wanted("on"), ON, [], "On"),
        (Wanted("on"), replace(OFF, power="PoweringOn"), [], "On"),
        (Wanted("on"), replace(OFF, power="PoweringOff"), ["power-on server s1"], "On"),
        (Wanted("off"), OFF, [], "Off"),
        (Wanted("off"), ON, ["shut-down server s1"], "Off"),
        (Wanted("off"), replace(OFF, power="PoweringOff"), [], "Off"),
        (Wanted("off"), replace(OFF, power="PoweringOn"), ["shut-down server s1"], "Off"),
        (Wanted("off", force_after=0), ON, ["power-off server s1"], "Off"),
        (Wanted("off"), replace(ON, resets=("On", "ForceOff")), ["power-off server s1"], "Off"),
        (Wanted("off"), replace(ON, resets=()), ["shut-down server s1"], "Off"),
        (Wanted("restarted"), ON, ["shut-down server s1", "power-on server s1"], "On"),
        (Wanted("restarted"), OFF, ["power-on server s1"], "On"),
        (Wanted("cycled"), ON, ["power-off server s1", "power-on server s1"], "On"),
        (Wanted("cycled"), OFF, ["power-on server s1"], "On"),
    ],
)
def test_power(wanted: Wanted, system: System, actions: list[str], power: str) -> None:
    work = plan_server(BMC, wanted, system)
    assert Plan(work.changes).actions == actions
    assert work.after == replace(system, power=power)


@pytest.mark.parametrize(
    ("wanted", "system", "actions", "after"),
    [
        (
            Wanted("on", "Pxe"),
            OFF,
            ["update server s1: boot.source None → Pxe", "update server s1: boot.enabled Disabled → Once"],
            ("Pxe", "Once"),
        ),
        (
            Wanted("on", "Pxe", once=False),
            replace(OFF, **PXE_ONCE),
            ["update server s1: boot.enabled Once → Continuous"],
            ("Pxe", "Continuous"),
        ),
        (Wanted("on", "Pxe"), replace(OFF, **PXE_ONCE), [], ("Pxe", "Once")),
        (
            Wanted("on", "None"),
            replace(OFF, **PXE_ONCE),
            ["update server s1: boot.source Pxe → None", "update server s1: boot.enabled Once → Disabled"],
            ("None", "Disabled"),
        ),
        (Wanted("on"), replace(OFF, **PXE_ONCE), [], ("Pxe", "Once")),
    ],
)
def test_boot_source_of_a_server_that_starts(
    wanted: Wanted, system: System, actions: list[str], after: tuple[str, str]
) -> None:
    work = plan_server(BMC, wanted, system)
    assert Plan(work.changes).actions == [*actions, "power-on server s1"]
    assert (work.after.boot, work.after.enabled) == after


def test_a_running_server_is_left_alone() -> None:
    work = plan_server(BMC, Wanted("on", "Pxe"), ON)
    assert (work.changes, work.after, work.waits) == ((), ON, False)


def test_a_server_on_its_way_is_only_waited_for() -> None:
    work = plan_server(BMC, Wanted("on"), replace(OFF, power="PoweringOn"))
    assert (work.steps, work.waits) == ((), True)


def test_a_restart_sets_the_boot_source_before_anything_stops() -> None:
    actions = Plan(plan_server(BMC, Wanted("restarted", "Pxe"), ON).changes).actions
    assert [action.split(":")[0] for action in actions] == [
        "update server s1",
        "update server s1",
        "shut-down server s1",
        "power-on server s1",
    ]


def test_a_boot_source_that_the_bmc_does_not_offer_is_refused() -> None:
    with pytest.raises(Unsupported, match=r"offers no boot source Cd; it offers None, Pxe, Hdd") as caught:
        plan_server(BMC, Wanted("on", "Cd"), OFF)
    assert caught.value.path == ("boot_source",)


@pytest.mark.parametrize(
    ("wanted", "system", "before", "after"),
    [
        (
            Wanted("on", "Pxe"),
            OFF,
            {"power": "Off", "boot.source": "None", "boot.enabled": "Disabled"},
            {"power": "On", "boot.source": "Pxe", "boot.enabled": "Once"},
        ),
        (Wanted("off"), ON, {"power": "On"}, {"power": "Off"}),
        (Wanted("restarted"), ON, {"power": "On"}, {"power": "On"}),
    ],
)
def test_the_diff_is_what_differs_in_the_end(
    wanted: Wanted, system: System, before: dict[str, str], after: dict[str, str]
) -> None:
    (entry,) = Plan(plan_server(BMC, wanted, system).changes).diff()
    assert (entry["before"], entry["after"]) == (before, after)


@pytest.mark.parametrize(
    ("wanted", "system", "impact"),
    [
        (Wanted("on"), OFF, Impact.NONE),
        (Wanted("off"), ON, Impact.OUTAGE),
        (Wanted("restarted"), ON, Impact.NODE_REBOOT),
        (Wanted("cycled"), OFF, Impact.NONE),
    ],
)
def test_impact(wanted: Wanted, system: System, impact: Impact) -> None:
    assert Plan(plan_server(BMC, wanted, system).changes).impact == impact
