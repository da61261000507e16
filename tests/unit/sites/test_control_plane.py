# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is control plane when the user does not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.control_plane import findings, roles

C, W = "controlplane", "worker"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([None], [C]),
        ([None, None], [C, W]),
        ([None, None, None], [C, C, C]),
        ([None] * 5, [C, C, C, W, W]),
        ([W, None, None], [W, C, W]),
        ([None, W, None, None], [C, W, C, C]),
        ([None, C, None, None], [W, C, W, W]),
        ([C, C], [C, C]),
    ],
)
def test_roles(said: list[str | None], expected: list[str]) -> None:
    assert roles(said) == expected


@given(some.lists(some.sampled_from([None, W]), min_size=1, max_size=9))
def test_what_we_choose_is_never_refused_unless_all_are_workers(said: list[str | None]) -> None:
    wrong = [finding.reason for finding in findings(said, vip="10.0.0.1")]
    assert bool(wrong) == all(role == W for role in said)
