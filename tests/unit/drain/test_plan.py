# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drain does to which pod, and whose cordon is whose: pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.drain import node as nodes
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.drain.evict import request
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.drain.plan import (
    Allowed,
    How,
    Seen,
    Step,
    held_up,
    left,
    plan,
    refuse,
    strategy_of,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubernetes.budgets import guarding, matches

Obj = dict[str, Any]
NODE: Obj = {"metadata": {"name": "e1", "labels": {"a": "b"}}, "spec": {}}
STRICT = Allowed()


def pod(name: str, owner: str = "ReplicaSet", phase: str = "Running", **meta: Any) -> Obj:
    owners = [{"kind": owner, "name": "fw", "controller": True}] if owner else []
    metadata = {"name": name, "namespace": "n", "uid": f"uid-{name}", "ownerReferences": owners, **meta}
    return {"metadata": metadata, "spec": {}, "status": {"phase": phase}}


def launcher(name: str = "virt-launcher-fw", **more: Any) -> Obj:
    made = pod(name, "VirtualMachineInstance", labels={"kubevirt.io": "virt-launcher"}, **more)
    made["spec"]["volumes"] = [{"name": "private", "emptyDir": {}}]
    return made


def vmi(strategy: str | None, migratable: str | None = "True") -> Obj:
    conditions = [{"type": "LiveMigratable", "status": migratable, "reason": "HostDevice", "message": "not movable"}]
    return {
        "metadata": {
            "name": "fw",
            "namespace": "n",
            "uid": "uid-vmi",
            "ownerReferences": [{"kind": "VirtualMachine", "name": "fw", "controller": True}],
        },
        "spec": {"evictionStrategy": strategy} if strategy else {},
        "status": {"nodeName": "e1", "conditions": conditions if migratable else []},
    }


def guests(
    strategy: str | None, migratable: str | None = "True", runs: str = "Always", default: str | None = None
) -> Seen:
    vm = {"metadata": {"name": "fw", "namespace": "n"}, "spec": {"runStrategy": runs}}
    return Seen(NODE, [launcher()], {"n/fw": vmi(strategy, migratable)}, {"n/fw": vm}, (), default)


def budget(name: str, allowed: int = 0, **selector: Any) -> Obj:
    status = {"disruptionsAllowed": allowed, "currentHealthy": 2, "desiredHealthy": 2}
    return {"metadata": {"name": name, "namespace": "n"}, "spec": {"selector": selector}, "status": status}


def only(seen: Seen, allowed: Allowed = STRICT) -> Step:
    (step,) = plan(seen, allowed)
    return step


@pytest.mark.parametrize(
    ("found", "how"),
    [
        (pod("a"), How.EVICT),
        (pod("a", "DaemonSet"), None),
        (pod("a", "DaemonSet", "Succeeded"), None),
        (pod("a", "Node", annotations={"kubernetes.io/config.mirror": "x"}), None),
        (pod("a", "", "Failed"), How.EVICT),
        (pod("a", deletionTimestamp="2026-01-01T00:00:00Z"), How.AWAIT),
        (pod("hp-volume-a", "Pod", labels={"kubevirt.io": "hotplug-disk"}), How.AWAIT),
        (launcher(), How.AWAIT),
    ],
    ids=["owned", "daemon", "daemon that ended", "static", "bare that ended", "leaving", "plug", "orphaned launcher"],
)
def test_what_becomes_of_a_pod(found: Obj, how: How | None) -> None:
    steps = plan(Seen(NODE, [found]), STRICT)
    assert [step.how for step in steps] == ([how] if how else [])
    assert [step.objection for step in steps if step.objection] == []
    assert [step for step in steps if step.change is None] == [step for step in steps if how is How.AWAIT]


@pytest.mark.parametrize(
    ("strategy", "migratable", "default", "how"),
    [
        ("LiveMigrate", "True", None, How.MIGRATE),
        ("LiveMigrate", "False", None, How.DELETE),
        ("LiveMigrate", None, None, How.DELETE),
        ("LiveMigrateIfPossible", "True", None, How.MIGRATE),
        ("LiveMigrateIfPossible", "False", None, How.EVICT),
        ("None", "True", "LiveMigrate", How.EVICT),
        (None, "True", "LiveMigrate", How.MIGRATE),
        (None, "True", None, How.EVICT),
        ("External", "False", None, How.MIGRATE),
    ],
)
def test_the_way_of_a_guest(strategy: str | None, migratable: str | None, default: str | None, how: How) -> None:
    seen = guests(strategy, migratable, default=default)
    step = only(seen)
    assert step.how is how
    assert bool(step.objection) is (how is not How.MIGRATE)
    assert only(seen, Allowed(restart=True)).objection == ""


def test_a_guest_that_is_not_to_run_always_stays_down() -> None:
    allowed = Allowed(restart=True)
    told = [str(only(guests("None", runs=runs), allowed).change) for runs in ("Always", "Manual", "RerunOnFailure")]
    assert told == [f"{verb} VirtualMachineInstance n/fw" for verb in ("restart", "shut down", "shut down")]
    assert "shuts down it: HostDevice: not movable" in only(guests("LiveMigrate", "False", "Manual")).objection


def test_guests_that_migrate_go_first() -> None:
    seen = guests("LiveMigrate")
    steps = plan(Seen(NODE, [pod("a"), *seen.pods, pod("z")], seen.vmis, seen.vms), STRICT)
    assert [str(step.change) for step in steps] == [
        "migrate VirtualMachineInstance n/fw", "evict Pod n/a", "evict Pod n/z",
    ]  # fmt: skip


def test_all_objections_are_told_at_once() -> None:
    scratch = pod("cache")
    scratch["spec"] = {"volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory"}}]}
    steps = plan(Seen(NODE, [pod("bare", ""), scratch]), STRICT)
    with pytest.raises(Precondition) as caught:
        refuse([("e1", steps)])
    assert caught.value.reason == (
        "Pod n/bare has no controller that would make it anew; Pod n/cache keeps data in an emptyDir"
    )
    assert caught.value.hint == ("delete_emptydir_data: true deletes such data and force: true deletes such pods")
    refuse([("e1", plan(Seen(NODE, [pod("bare", ""), scratch]), Allowed(force=True, scratch=True)))])


def test_a_budget_without_room_is_told_in_advance() -> None:
    seen = Seen(NODE, [pod("a", labels={"app": "a"}), pod("b")], budgets=[budget("a", 0, matchLabels={"app": "a"})])
    (told,) = held_up(plan(seen, STRICT), seen)
    assert told.startswith("PodDisruptionBudget n/a allows 0 disruptions")
    assert told.endswith("n/a will have to wait for it")
    roomy = Seen(NODE, seen.pods, budgets=[budget("a", 1, matchLabels={"app": "a"})])
    assert held_up(plan(roomy, STRICT), roomy) == []


def test_what_is_left_alone_is_told() -> None:
    assert left(Seen(NODE, [pod("a"), pod("d", "DaemonSet")])) == ["n/d"]


def test_an_eviction_is_for_that_very_pod() -> None:
    body = request(only(Seen(NODE, [pod("a")])), None).body
    assert body["deleteOptions"] == {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "uid-a"}}
    assert request(only(Seen(NODE, [pod("a")])), 0).body["deleteOptions"]["gracePeriodSeconds"] == 0


def test_a_guest_that_no_eviction_moves_is_deleted_by_its_vmi() -> None:
    asked = request(only(guests("LiveMigrate", "False"), Allowed(restart=True)), None)
    assert (asked.method, asked.path.rpartition("/")[2]) == ("DELETE", "fw")
    assert asked.body["preconditions"] == {"uid": "uid-vmi"}


@pytest.mark.parametrize(
    ("selector", "labels", "selected"),
    [
        (None, {"a": "b"}, False),
        ({}, {"a": "b"}, True),
        ({"matchLabels": {"a": "b"}}, {"a": "b"}, True),
        ({"matchLabels": {"a": "b"}}, {"a": "c"}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}, {"a": "b"}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, {}, True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {}, False),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {}, True),
    ],
)
def test_selectors(selector: Obj | None, labels: dict[str, str], selected: bool) -> None:
    assert matches(selector, labels) is selected


def test_a_budget_guards_pods_of_its_namespace_only() -> None:
    other = {**budget("b"), "metadata": {"name": "b", "namespace": "other"}}
    assert guarding(pod("a"), [budget("a"), other]) == [budget("a")]


def test_the_strategy_of_guests_that_have_none() -> None:
    assert strategy_of([{"spec": {"configuration": {"evictionStrategy": "LiveMigrate"}}}]) == "LiveMigrate"
    assert strategy_of([{"spec": {}}]) is None


@given(st.booleans(), st.booleans())
def test_what_we_do_is_taken_back_whole_and_what_others_did_stays(unschedulable: bool, excluded: bool) -> None:
    """Whatever somebody else had set before: after a drain and an uncordon, the node is as it was."""
    before: Obj = {
        "metadata": {"name": "e1", "labels": {"a": "b"}, "annotations": {"c": "d"}},
        "spec": {"podCIDR": "x"},
    }
    if unschedulable:
        before["spec"]["unschedulable"] = True
    if excluded:
        before["metadata"]["labels"][nodes.EXCLUDE] = "true"
    drained = nodes.predicted(before, nodes.cordon(before) + nodes.exclude(before))
    assert nodes.is_cordoned(drained)
    assert nodes.is_excluded(drained)
    assert nodes.is_ours(drained) is not unschedulable
    assert not nodes.cordon(drained) + nodes.exclude(drained)
    assert nodes.predicted(drained, nodes.restore(drained)) == before
    assert bool(nodes.restore(drained)) is not (unschedulable and excluded)
    assert not nodes.restore(before)


def test_a_cordon_that_somebody_took_back_is_no_longer_ours() -> None:
    """Else the next one, somebody else's, would be taken for ours."""
    ours = nodes.predicted(NODE, nodes.cordon(NODE))
    freed = {**ours, "spec": {}}
    assert not nodes.is_ours(freed)
    turn = nodes.restore(freed)
    assert [str(change) for change in turn.changes] == ["forget the cordon of Node e1"]
    assert nodes.CORDONED not in nodes.predicted(freed, turn)["metadata"]["annotations"]


def test_the_diff_of_a_cordon_has_paths() -> None:
    (change,) = nodes.cordon(NODE).changes
    assert change.after == {"spec.unschedulable": True, f'metadata.annotations["{nodes.CORDONED}"]': "true"}
    assert change.before == {}
