# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which changes bring a machine to its configuration, and which machines are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    InvalidInput,
    NotFound,
    Precondition,
    Unsupported,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mask import Masker
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_apply_plan import (
    Asked,
    answered,
    may_be_staged,
    plan_node,
    refuse_kubernetes,
    refuse_machines,
    resumed,
)

from .conftest import Generate
from .test_ready import machine

MAC = "aa:bb:cc:dd:ee:01"
MASKER = Masker(b"key")


def _asked(folder: Path, text: str, **more: Any) -> Asked:
    (folder / "e1.yaml").write_text(text)
    return Asked.parse(Given({"address": "10.20.30.11", "config": str(folder / "e1.yaml"), **more}, ("nodes", 0)), {})


def test_a_machine_in_maintenance_mode_is_configured(tmp_path: Path, made: Generate) -> None:
    step = plan_node(_asked(tmp_path, made().text()), machine("maintenance", maintenance=True), "staged", MASKER)
    assert (step.plan.actions, step.wire) == (["configure node 10.20.30.11"], "AUTO")
    assert step.asked.hostname == "e1"


def test_a_machine_that_has_it_already_is_left_alone(tmp_path: Path, made: Generate) -> None:
    text = made().text()
    step = plan_node(_asked(tmp_path, text), machine(configuration="# other bytes\n" + text), "auto", MASKER)
    assert (step.plan.actions, step.wire) == ([], "")


def test_another_kubernetes_is_not_given_to_all_machines_at_once(tmp_path: Path, made: Generate) -> None:
    text = made().text()
    older = text.replace("kube-scheduler:v1.36", "kube-scheduler:v1.35")
    assert older != text
    asked = [_asked(tmp_path, text)]
    with pytest.raises(Precondition, match=r"brings kube-scheduler from v1\.35"):
        refuse_kubernetes(asked, [machine(configuration=older)])
    refuse_kubernetes(asked, [machine(configuration="# other bytes\n" + text)])
    refuse_kubernetes(asked, [machine("maintenance", maintenance=True)])


@pytest.mark.parametrize(
    ("way", "wire"), [("auto", "AUTO"), ("staged", "STAGED"), ("try", "TRY"), ("no-reboot", "NO_REBOOT")]
)
def test_a_change_is_sent_the_way_that_was_asked_for(tmp_path: Path, made: Generate, way: str, wire: str) -> None:
    seen = machine(configuration=made().text())
    step = plan_node(_asked(tmp_path, made(labels={"a": "b"}).text()), seen, way, MASKER)
    assert step.plan.actions == ["update node 10.20.30.11: v1alpha1.machine.nodeLabels.a (none) → b"]
    assert step.wire == wire


def test_the_server_says_whether_the_machine_must_restart(tmp_path: Path, made: Generate) -> None:
    seen = machine(configuration=made().text())
    wanted = made(patches=[{"machine": {"udev": {"rules": ["x"]}}}])
    step = plan_node(_asked(tmp_path, wanted.text()), seen, "auto", MASKER)
    with pytest.raises(Precondition, match=r"v1alpha1\.machine\.udev"):
        answered(step, seen, "REBOOT", (), allowed=False)
    allowed = answered(step, seen, "REBOOT", ("w",), allowed=True)
    assert allowed.plan.actions[-1] == "reboot node 10.20.30.11"
    assert (allowed.reboots, allowed.plan.impact, allowed.boot_before) == (True, Impact.NODE_REBOOT, "b1")
    assert not answered(step, seen, "NO_REBOOT", (), allowed=False).reboots


NEW = "v1.14.0"


def _changed(folder: Path, made: Generate, way: str, patch: Any) -> tuple[Any, Any]:
    """A machine with Talos 1.14, and the step that gives it another configuration."""
    seen = machine(configuration=made().text(), version=NEW)
    return plan_node(_asked(folder, made(patches=[patch]).text()), seen, way, MASKER), seen


def test_where_the_server_says_nothing_we_know_what_waits_for_a_restart(tmp_path: Path, made: Generate) -> None:
    step, seen = _changed(tmp_path, made, "auto", {"machine": {"env": {"A": "b"}}})
    with pytest.raises(Precondition, match=r"v1alpha1\.machine\.env"):
        answered(step, seen, "NO_REBOOT", (), allowed=False)
    ours = answered(step, seen, "NO_REBOOT", ("w",), allowed=True)
    assert (ours.wire, ours.restart, ours.reboots, ours.warnings) == ("STAGED", True, True, ("w",))
    assert ours.plan.actions[-1] == "reboot node 10.20.30.11"


def test_what_takes_effect_at_once_is_live_where_older_ones_restart(tmp_path: Path, made: Generate) -> None:
    step, seen = _changed(tmp_path, made, "auto", {"machine": {"udev": {"rules": ["x"]}}})
    live = answered(step, seen, "NO_REBOOT", (), allowed=False)
    assert (live.wire, live.reboots) == ("NO_REBOOT", False)


@pytest.mark.parametrize(("way", "mode"), [("no-reboot", "NO_REBOOT"), ("try", "TRY")])
def test_a_change_that_would_have_no_effect_is_refused(tmp_path: Path, made: Generate, way: str, mode: str) -> None:
    step, seen = _changed(tmp_path, made, way, {"machine": {"env": {"A": "b"}}})
    with pytest.raises(Precondition):
        answered(step, seen, mode, (), allowed=True)


def test_a_staged_change_waits_for_a_restart_of_somebody_elses(tmp_path: Path, made: Generate) -> None:
    step, seen = _changed(tmp_path, made, "staged", {"machine": {"env": {"A": "b"}}})
    staged = answered(step, seen, "STAGED", (), allowed=True)
    assert (staged.wire, staged.reboots) == ("STAGED", False)


def test_a_run_that_was_stopped_before_the_restart_is_finished_if_that_is_allowed(
    tmp_path: Path, made: Generate
) -> None:
    text = made().text()
    step = plan_node(_asked(tmp_path, text), seen := machine(configuration=text, version=NEW), "auto", MASKER)
    assert may_be_staged(step, seen, "auto")
    assert not may_be_staged(step, seen, "staged")
    assert not may_be_staged(step, machine(configuration=text), "auto")
    waits, goes = (resumed(step, allowed=allowed) for allowed in (False, True))
    assert (waits.plan.actions, waits.reboots, len(waits.warnings)) == ([], False, 1)
    assert (goes.plan.actions, goes.reboots, goes.wire) == (["reboot node 10.20.30.11"], True, "")


def test_another_machine_at_the_address_is_refused(tmp_path: Path, made: Generate) -> None:
    asked = [_asked(tmp_path, made().text(), macs=[MAC.upper()])]
    refuse_machines(asked, [machine(macs=(MAC, "aa:bb:cc:dd:ee:02"))])
    with pytest.raises(Precondition, match="it has aa:bb:cc:dd:ee:02"):
        refuse_machines(asked, [machine(macs=("aa:bb:cc:dd:ee:02",))])


def test_a_configuration_is_judged_by_the_version_that_runs(tmp_path: Path, made: Generate) -> None:
    wrong = _asked(tmp_path, made().text().replace("podSubnets", "podSubnet"))
    with pytest.raises(InvalidInput, match="did you mean podSubnets"):
        refuse_machines([wrong], [machine()])
    with pytest.raises(Unsupported):
        refuse_machines([wrong], [machine(version="v1.9.5")])
    with pytest.raises(InvalidInput, match=r"Talos 1\.11 does not know documents of this kind; they came with 1\.12"):
        refuse_machines([_asked(tmp_path, made().text())], [machine(version="v1.11.6")])


def test_a_missing_or_partial_file_is_refused_where_it_is_named(tmp_path: Path) -> None:
    given = Given({"address": "a", "config": str(tmp_path / "none.yaml")}, ("nodes", 0))
    with pytest.raises(NotFound) as missing:
        Asked.parse(given, {})
    assert missing.value.as_result()["path"] == "nodes[0].config"
    assert Asked.parse(given, {}, pending=True).configuration is None
    with pytest.raises(InvalidInput, match="no v1alpha1 document"):
        _asked(tmp_path, "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: e1\n")
