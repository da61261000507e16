# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several errors told as one."""

from __future__ import annotations

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Unauthenticated, Unreachable, together


def test_what_is_wrong_with_several_is_told_once() -> None:
    refused = [Unauthenticated("refuses the password", object=f"server s{number}") for number in range(1, 9)]
    told = together([*refused, Unreachable("did not answer", object="server s9")])
    assert told == (
        "server s1, server s2, server s3, server s4, server s5 and 3 more: refuses the password; "
        "server s9: did not answer"
    )


def test_few_are_all_named() -> None:
    both = [Unreachable("did not answer", object=name) for name in ("node a", "node b")]
    assert together(both) == "node a, node b: did not answer"
