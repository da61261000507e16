# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to etcd, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.plan import Plan
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_etcd_plan import (
    Member,
    Wanted,
    steps,
)


def three(*, leader: int = 2, used: int = 100, alarms: tuple[Any, ...] = ()) -> list[Member]:
    """Members a1, a2 and a3 on machines 10.0.0.1 to 3, of whose databases ``used`` percent are in use."""
    members = tuple(
        {"id": f"a{n}", "hostname": f"c{n}", "peer_urls": [f"https://10.0.0.{n}:2380"], "learner": False}
        for n in (1, 2, 3)
    )
    return [
        Member(
            f"10.0.0.{n}",
            {"member": f"a{n}", "leader": f"a{leader}", "learner": False, "size": 100, "used": used},
            members,
            alarms,
        )
        for n in (1, 2, 3)
    ]


def planned(seen: list[Member], **options: Any) -> list[tuple[str, str]]:
    """Each action with the machine that is told."""
    wanted = Wanted.parse(Given({"nodes": [each.address for each in seen], **options}))
    return [(Plan.of([step.change]).actions[0], step.address) for step in steps(wanted, seen)]


def test_nothing_is_done_that_nobody_asked_for() -> None:
    assert planned(three(used=1, alarms=({"member": "a1", "alarm": "NOSPACE"},))) == []


def test_a_member_is_removed_by_one_that_stays() -> None:
    assert planned(three(), absent=["c1"]) == [("remove etcd member c1 (a1)", "10.0.0.2")]
    assert planned(three(), absent=["A1"]) == planned(three(), absent=["C1"])
    assert planned(three(), absent=["c9"]) == []


def test_the_last_member_stays() -> None:
    with pytest.raises(Precondition, match="without a voting member"):
        planned(three(), absent=["c1", "c2", "c3"])
    with pytest.raises(Precondition, match="was asked"):
        planned(three()[:1], absent=["c1"])


def test_only_a_leader_has_a_leadership_to_give() -> None:
    assert planned(three(leader=2), not_leader=["10.0.0.2"]) == [
        ("forfeit leadership of etcd on node 10.0.0.2", "10.0.0.2")
    ]
    assert planned(three(leader=2), not_leader=["10.0.0.1", "10.0.0.3"]) == []
    with pytest.raises(Precondition, match="only voting member"):
        planned(three(leader=2)[1:2], not_leader=["10.0.0.2"], absent=["c1", "c3"])


def test_the_leaders_database_comes_last() -> None:
    todo = planned(three(leader=1, used=40), defragment_below=0.5)
    assert [address for _action, address in todo] == ["10.0.0.2", "10.0.0.3", "10.0.0.1"]
    assert planned(three(used=50), defragment_below=0.5) == []


def test_alarms_go_first() -> None:
    todo = planned(three(used=1, alarms=({"member": "a3", "alarm": "NOSPACE"},)), disarm=True, defragment_below=0.5)
    assert todo[0] == ("disarm etcd alarms NOSPACE of c3", "10.0.0.1")
    assert len(todo) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"nodes": []}, "at least one"),
        ({"nodes": ["10.0.0.1"], "not_leader": ["10.0.0.9"]}, r"not_leader\[0\].*10.0.0.9 is not one of nodes"),
        ({"nodes": ["10.0.0.1"], "defragment_below": 50}, "defragment_below.*50 is not a share"),
    ],
)
def test_refusals(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        Wanted.parse(Given(options))
