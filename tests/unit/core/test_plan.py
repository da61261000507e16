# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan tells of its changes."""

from __future__ import annotations

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Change
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.plan import Plan


def test_a_diff_tells_the_first_and_the_last_value_of_what_changes_more_than_once() -> None:
    plan = Plan.of(
        [
            Change("update", "a", ("step",), None, "one"),
            Change("update", "a", ("ca",), "old", "new"),
            Change("update", "b", ("step",), "one", "two"),
            Change("update", "a", ("step",), "one", "two"),
            Change("update", "a", ("ca",), "new", None),
        ]
    )
    a, b = plan.diff()
    assert (a["before"], a["after"]) == ({"ca": "old"}, {"step": "two"})
    assert (b["before"], b["after"]) == ({"step": "one"}, {"step": "two"})
