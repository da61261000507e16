# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How META's keys are named, which are refused, what is to be done about them, and what of it is shown."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mask import Masker
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.plan import Plan
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_meta import (
    Wanted,
    after,
    number,
    plan_meta,
)

MASKER = Masker(b"k")
NODE = "10.0.0.1"


def wanted(*keys: dict[str, Any], state: str = "present") -> Wanted:
    return Wanted.parse(Given({"keys": list(keys), "state": state}))


@pytest.mark.parametrize("text", ["0x0c", "0x0C", "0xc", "12", "user_reserved_1", " User_Reserved_1"])
def test_a_key_has_many_names(text: str) -> None:
    assert number(Given(text)) == 12


@pytest.mark.parametrize("text", ["256", "-1", "0x100", "unicorn", ""])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no key"):
        wanted({"key": text, "value": "x"})


@pytest.mark.parametrize(
    ("keys", "state", "path"),
    [
        ([{"key": "12", "value": "a"}, {"key": "0x0c", "value": "b"}], "present", ("keys", 1, "key")),
        ([{"key": "12", "value": "a"}, {"key": "upgrade", "value": "b"}], "present", ("keys", 1, "key")),
        ([{"key": "9"}], "absent", ("keys", 0, "key")),
        ([{"key": "12"}], "present", ("keys", 0, "value")),
    ],
)
def test_a_wrong_list_is_refused_at_its_place(keys: list[dict[str, Any]], state: str, path: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput) as caught:
        wanted(*keys, state=state)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("there", "state", "action"),
    [
        ({}, "present", "create META of node 10.0.0.1: 0x0c (none) → a"),
        ({12: "b"}, "present", "update META of node 10.0.0.1: 0x0c b → a"),
        ({12: "a"}, "present", None),
        ({12: "a"}, "absent", "delete META of node 10.0.0.1: 0x0c a → (none)"),
        ({13: "a"}, "absent", None),
        (None, "present", "create META of node 10.0.0.1: 0x0c (none) → a"),
        (None, "absent", None),
    ],
)
def test_the_plan(there: dict[int, str] | None, state: str, action: str | None) -> None:
    asked = wanted({"key": "12", "value": "a"}, state=state)
    plan = Plan.of(plan_meta(asked, NODE, there, MASKER).values())
    assert plan.actions == ([action] if action else [])
    rest = {key: value for key, value in (there or {}).items() if key != 12}
    assert after(asked, there) == ({**rest, 12: "a"} if state == "present" else rest)


def test_secrets_show_as_digests_and_the_network_changes_at_once() -> None:
    asked = wanted({"key": "unique_machine_token", "value": "s3cret"}, {"key": "10", "value": "addresses: []"})
    plan = Plan.of(plan_meta(asked, NODE, {0x10: "0ld"}, MASKER).values())
    assert "s3cret" not in str(plan.diff())
    assert plan.actions[0].endswith(f"0x10 {MASKER.mask('0ld')} → {MASKER.mask('s3cret')}")
    assert [change.impact for change in plan] == [Impact.NONE, Impact.SERVICE_RESTART]
