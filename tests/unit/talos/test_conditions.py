# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a resource is as wanted, and what is said of it while it is not."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_conditions import (
    ABSENT,
    PRESENT,
    Condition,
    judged,
)

SPEC = {"stage": "booting", "status": {"ready": False, "unmet": []}, "mtu": 1500, "addresses": ["10.0.0.1"]}


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ({"path": "stage", "equals": "booting"}, ""),
        ({"path": "stage", "equals": "running"}, "stage is not running: booting"),
        ({"path": "stage", "one_of": ["running", "booting"]}, ""),
        ({"path": "stage", "one_of": ["running", 7]}, "stage is not running or 7: booting"),
        ({"path": "stage", "matches": "^boot"}, ""),
        ({"path": "stage", "matches": "^run"}, "stage does not match ^run: booting"),
        ({"path": "status.ready", "equals": False}, ""),
        ({"path": "status.ready", "equals": "False"}, ""),  # what a template makes of it
        ({"path": "status.ready", "equals": True}, "status.ready is not true: false"),
        ({"path": "mtu", "equals": "1500"}, ""),
        ({"path": "mtu", "equals": 9000}, "mtu is not 9000: 1500"),
        ({"path": "addresses[0]", "equals": "10.0.0.1"}, ""),
        ({"path": "addresses", "equals": ["10.0.0.1"]}, ""),
        ({"path": "addresses"}, ""),
        ({"path": "status.unmet"}, "status.unmet is empty: []"),
        ({"path": "status.unicorn"}, "status.unicorn is not there"),
    ],
)
def test_a_value(condition: dict[str, Any], why: str) -> None:
    verdict = judged(SPEC, True, [Condition.parse(Given(condition))], PRESENT)
    assert verdict == (NotYet(why) if why else Ready())


def test_a_spec_may_be_a_bare_value() -> None:
    assert judged("worker", True, [Condition.parse(Given({"equals": "worker"}))], PRESENT) == Ready()


def test_all_conditions_count_and_all_reasons_are_told() -> None:
    conditions = [Condition.parse(Given({"path": path, "equals": "x"})) for path in ("stage", "mtu")]
    assert judged(SPEC, True, conditions, PRESENT) == NotYet("stage is not x: booting, mtu is not x: 1500")


@pytest.mark.parametrize(
    ("there", "state", "why"),
    [(True, PRESENT, ""), (False, PRESENT, "is not there"), (True, ABSENT, "is still there"), (False, ABSENT, "")],
)
def test_presence(there: bool, state: str, why: str) -> None:
    assert judged({} if there else None, there, [], state) == (NotYet(why) if why else Ready())


def test_a_wrong_expression_is_refused_at_its_place() -> None:
    with pytest.raises(InvalidInput) as caught:
        Condition.parse(Given({"path": "a", "matches": "("}, ("conditions", 2)))
    assert caught.value.path == ("conditions", 2, "matches")
