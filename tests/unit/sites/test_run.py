# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run from its first event to its last, as its ledger tells it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Busy, Internal, NeverReady
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.result import Result
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites import lock, process, run
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.state import StateDirectory


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / "state" / "edge-1")


def note(state: StateDirectory, event: str, mode: Mode | None = None, **options: Any) -> Result:
    return run.note(Given({"event": event, "site": "edge-1", **options}), state, mode or Mode())


def told(folder: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (Path(folder) / "ledger.jsonl").read_text().splitlines()]


def test_a_run_that_ends_well(state: StateDirectory) -> None:
    folder = note(state, "start").things["run"]
    note(state, "phase", run=folder, phase="network")
    note(state, "phase", run=folder, phase="vnfs", actions=["create Vpc ran-up"])
    note(state, "finish", run=folder, actions=["create Vpc ran-up", "create VNF fw"], summary={"nodes": []})
    entries = told(folder)
    assert [entry["event"] for entry in entries] == [
        "run started",
        "phase started",
        "phase finished",
        "phase started",
        "phase finished",
        "run finished",
    ]
    assert entries[0]["site"] == "edge-1"
    assert [(e["phase"], e["actions"]) for e in entries if e["event"] == "phase finished"] == [
        ("network", ["create Vpc ran-up"]),
        ("vnfs", ["create VNF fw"]),
    ]
    assert entries[-1]["summary"] == {"nodes": []}
    assert 0 <= entries[2]["seconds"] <= entries[-1]["seconds"] < 60
    assert lock.holder_of(state.lock) is None


def test_what_was_made_once_is_the_only_change(state: StateDirectory) -> None:
    predicted = note(state, "start", Mode(apply=False)).plan.actions
    first = note(state, "start")
    assert first.plan.actions == predicted == [f"create {state.root}", f"create {state.digest_key}"]
    note(state, "finish", run=first.things["run"])
    assert not note(state, "start").plan
    assert state.root.stat().st_mode & 0o777 == 0o700
    assert state.digest_key.stat().st_mode & 0o777 == 0o600
    assert len(state.digest_key.read_bytes()) == 32


def test_check_mode_writes_nothing(state: StateDirectory) -> None:
    check = Mode(apply=False)
    begun = note(state, "start", check)
    assert (begun.things["run"], begun.things["digest_key"]) == ("", "")
    note(state, "phase", check, run="", phase="power")
    note(state, "finish", check, run="")
    assert not state.root.exists()


def test_a_failure_keeps_its_kind_and_says_how_to_go_on(state: StateDirectory) -> None:
    folder = note(state, "start").things["run"]
    note(state, "phase", run=folder, phase="vnfs")
    error = {
        "kind": "never_ready",
        "reason": "ErrorUnschedulable",
        "object": "VirtualMachine fw/fw",
        "retryable": False,
    }
    with pytest.raises(NeverReady) as failed:
        note(state, "fail", run=folder, error=error, reason="ignored", actions=["create Namespace fw"])
    assert failed.value.hint == "the next run goes on at phase vnfs"
    last = told(folder)[-1]
    assert (last["event"], last["phase"], last["actions"]) == ("run failed", "vnfs", ["create Namespace fw"])
    assert last["error"]["object"] == "VirtualMachine fw/fw"
    assert (last["next"]["resume"], last["next"]["remaining"]) == ("vnfs", ["vnfs", "verify"])
    assert lock.holder_of(state.lock) is None


def test_a_failure_of_ansibles_own_has_its_message(state: StateDirectory) -> None:
    with pytest.raises(Internal, match="template error"):
        note(state, "fail", Mode(apply=False), run="", reason="template error")


def test_a_second_run_at_the_same_time_is_refused(state: StateDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    note(state, "start")
    second = process.Process.of(1)
    monkeypatch.setattr(run, "playbook", lambda: second)
    with pytest.raises(Busy, match="another run works on this site"):
        note(state, "start")
    assert "another run" in note(state, "start", Mode(apply=False)).warnings[0]


def test_a_run_that_was_cut_off_is_told_of(state: StateDirectory) -> None:
    folder = note(state, "start").things["run"]
    note(state, "phase", run=folder, phase="bootstrap")
    with (Path(folder) / "ledger.jsonl").open("a") as ledger:
        ledger.write('{"time": "2026-')  # the process died in the middle of a line
    lines: list[str] = []
    note(state, "start", Mode(progress=lines.append))
    assert lines == ["the last run did not get past phase bootstrap; this one goes on from there"]
