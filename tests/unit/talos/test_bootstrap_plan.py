# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When etcd is bootstrapped: once in a cluster's life, whichever of its machines is looked at."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_bootstrap import (
    Etcd,
    Members,
    plan_bootstrap,
)

WAITS = Etcd(False, {"etcd": {"state": "Preparing"}})
RUNS = Etcd(False, {"etcd": {"state": "Running"}}, ({"hostname": "c2"},))
MAINTENANCE = Etcd(True, {})
DONE = ("bootstrap etcd on node c1",)


@pytest.mark.parametrize(
    ("seen", "actions"),
    [
        ([WAITS], DONE),
        ([WAITS, WAITS, WAITS], DONE),
        ([None, None, None], DONE),
        ([WAITS, MAINTENANCE, None], DONE),
        ([RUNS, WAITS, WAITS], ()),
        ([WAITS, RUNS, RUNS], ()),  # c1 came back empty: it joins the others
        ([MAINTENANCE, RUNS, RUNS], ()),
    ],
)
def test_only_a_cluster_that_runs_nowhere_is_bootstrapped(seen: list[Etcd | None], actions: tuple[str, ...]) -> None:
    assert tuple(plan_bootstrap("node c1", seen).actions) == actions


def test_a_machine_in_maintenance_mode_cannot_be_the_first() -> None:
    with pytest.raises(Precondition, match="maintenance"):
        plan_bootstrap("node c1", [MAINTENANCE, WAITS, WAITS])


def test_the_first_is_one_of_all() -> None:
    assert Members.parse(Given({"node": "c2", "control_plane": ["c1", "c2", "c3"]})).addresses == ("c2", "c1", "c3")
    assert Members.parse(Given({"node": "c1"})).addresses == ("c1",)
    with pytest.raises(InvalidInput, match="c9 is not one of control_plane"):
        Members.parse(Given({"node": "c9", "control_plane": ["c1"]}))
