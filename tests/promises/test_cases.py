# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case keeps every promise of its module: check mode, diff mode, a second run, errors, secrets.

Judges are the API server's audit log, kubectl, and the screen at its loudest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from . import judge
from .case import Case, Obj, cases
from .play import Played, Step
from .site import intended, label

MANAGER = "kubevim.nfvi"
ALL = list(cases())
WORKING = [case for case in ALL if case.works]
FAILING = [case for case in ALL if not case.works]
# k8s_component tells of its objects no more than their names and conditions, and others are asked for no more.
WHOLE = [case for case in WORKING if case.module != "k8s_component" and case.given.get("return") != "identity"]
PREDICTED = [case for case in ALL if not case.refused]


def every(chosen: list[Case]) -> pytest.MarkDecorator:
    """The test once a case."""
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case.id)


def ok(step: Step, case: Case) -> Obj:
    """The result of a case that must not have failed there."""
    result = step[case]
    assert not result.get("failed"), json.dumps(result, indent=1)
    return result


def reads(case: Case) -> bool:
    return case.module.endswith("_info")


def objects(result: Obj) -> dict[str, Obj]:
    """Every object that a result shows, by label."""
    things = [each for value in result.values() if isinstance(value, list) for each in value]
    return {label(each): each for each in things if isinstance(each, dict) and "apiVersion" in each}


@every(ALL)
def test_check_mode_writes_nothing(played: Played, case: Case) -> None:
    assert played.check.writes[case.id] == []


def test_check_mode_leaves_everything_as_it_was(played: Played) -> None:
    before = {name: intended(each) for name, each in played.before.items()}
    assert {name: intended(each) for name, each in played.checked.items()} == before


@every(PREDICTED)
def test_check_mode_tells_the_actions(played: Played, case: Case) -> None:
    result = ok(played.check, case)
    assert result["actions"] == case.actions
    assert result["changed"] is bool(case.actions)


@every(WORKING)
def test_the_actions_are_done(played: Played, case: Case) -> None:
    result = ok(played.apply, case)
    assert result["actions"] == case.actions
    assert result["changed"] is bool(case.actions)


@every(ALL)
def test_exactly_these_writes_are_made(played: Played, case: Case) -> None:
    made = played.apply.writes[case.id]
    for expected in case.writes:
        anyhow = [expected] if isinstance(expected, str) else expected
        level, made = made[: len(anyhow)], made[len(anyhow) :]
        assert sorted(level) == sorted(anyhow)
    assert made == []


@every(WORKING)
def test_a_second_run_changes_nothing(played: Played, case: Case) -> None:
    result = ok(played.again, case)
    assert (result["changed"], result["actions"]) == (False, [])
    assert played.again.writes[case.id] == []
    assert "diff" not in result, "nobody asked for a diff"


@every(WHOLE)
def test_what_was_predicted_came_true(played: Played, case: Case) -> None:
    predicted, told = objects(played.check[case]), objects(played.apply[case])
    assert set(predicted) == set(told)
    for name, prediction in predicted.items():
        there = played.after[name] if not reads(case) else told[name]
        found = there if there["kind"] != "Secret" else told[name]
        assert list(judge.mispredicted(judge.owned(there, MANAGER), prediction, found)) == []


@every(WHOLE)
def test_what_is_told_is_there(played: Played, case: Case) -> None:
    """The applied result's objects are kubectl's, at every path that we own."""
    for name, told in objects(played.apply[case]).items():
        there = played.after.get(name)
        if there is not None and there["kind"] != "Secret":
            assert list(judge.mispredicted(judge.owned(there, MANAGER), told, there)) == []


@every(WORKING)
def test_the_diff_is_true(played: Played, case: Case) -> None:
    """Its values are those that kubectl showed before and after; both runs told the same."""
    told = played.apply[case].get("diff", [])
    assert bool(told) is bool(case.actions)
    assert told == played.check[case].get("diff", [])
    untrue = [line for entry in told for line in judge.untrue(entry, played.checked, played.after)]
    assert untrue == []


@every([case for case in ALL if case.checked])
def test_check_mode_returns(played: Played, case: Case) -> None:
    assert {path: judge.at(played.check[case], path) for path in case.checked} == case.checked


@every([case for case in ALL if case.result])
def test_it_returns(played: Played, case: Case) -> None:
    assert {path: judge.at(played.apply[case], path) for path in case.result} == case.result


@every(FAILING)
def test_it_fails_as_it_should(played: Played, case: Case) -> None:
    for result in failures(played, case):
        assert result["failed"] is True
        error = result["error"]
        assert case.fails is not None
        assert (error["kind"], error["path"]) == (case.fails["kind"], case.fails["path"]), error
        assert re.search(case.fails["reason"], error["reason"]), error["reason"]
        assert error["reason"] in result["msg"]
        assert "Traceback" not in json.dumps(result)


@every([case for case in FAILING if not case.refused])
def test_what_had_been_done_before_it_failed_is_told(played: Played, case: Case) -> None:
    assert len(played.apply[case]["actions"]) == len(case.writes)


def failures(played: Played, case: Case) -> Iterator[Obj]:
    """A refusal is the same in check mode."""
    yield played.apply[case]
    if case.refused:
        yield played.check[case]


@every([case for case in ALL if case.secrets])
def test_secrets_show_nowhere(played: Played, case: Case) -> None:
    for step in played.steps:
        seen = step.done.output + json.dumps(step.done.results, ensure_ascii=False)
        for secret in case.secrets:
            assert judge.traces(secret, seen) == []


def test_the_screen_was_at_its_loudest(played: Played) -> None:
    """Else the search above proves nothing."""
    assert "task path: " in played.apply.done.output
    assert "hunter2" not in played.apply.done.output
    assert "+++ after: create Namespace fresh" in played.apply.done.output
