# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Talos a machine tells that it would go back to, who goes back to what, and when it has: without any machine."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, NfviError, Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_boot_entries as entries
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_rollback_plan as rollback
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.etcd_quorum import Quorum, Voter
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_boot_entries import Previous
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_machine import Machine
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_ready import Journey
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_rollback import Retreat
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_upgrade_rules import Version

NEW, OLD = "Talos-v1.13.2.efi", "Talos-v1.13.0.efi"
SETUP = "auto-reboot-to-firmware-setup"
UNKNOWN, NOTHING = Previous(), Previous(known=True)


def version(text: str) -> Version:
    return Version.parse(text)


def told(text: str) -> Previous:
    return Previous(True, version(text))


def way(**options: Any) -> rollback.Way:
    return rollback.Way.parse(Given(options))


def machine(running: str = "v1.13.2", *, kubelet: str = "v1.36.0", more: str = "", **changes: Any) -> Machine:
    configuration = f"version: v1alpha1\nmachine: {{type: worker, kubelet: {{image: 'r/kubelet:{kubelet}'}}}}\n{more}"
    fields = {"maintenance": False, "hostname": "e1", "stage": "running", "ready": True, "unmet": (), "boot_id": "b1"}
    return Machine(**{**fields, "version": running, "configuration": configuration, **changes})


# ---- what a machine tells


def variables(
    listed: tuple[str, ...] = (NEW, OLD, SETUP), selected: str = NEW, default: str = NEW, once: str = ""
) -> dict[str, tuple[str, ...]]:
    values = {"LoaderEntrySelected": selected, "LoaderEntryDefault": default, "LoaderEntryOneShot": once}
    return {"LoaderEntries": listed, **{name: (value,) if value else () for name, value in values.items()}}


@pytest.mark.parametrize(
    ("found", "previous"),
    [
        (variables(), told("v1.13.0")),
        (variables(selected=NEW.lower(), default=NEW), told("v1.13.0")),
        (variables(default=""), told("v1.13.0")),  # a disk image names no default before its first upgrade
        (variables((NEW, "Talos-v1.13.2~1.efi")), told("v1.13.2")),
        (variables((NEW, "talos-1.14.0-rc.1~2.efi")), told("v1.14.0-rc.1")),
        (variables((NEW, SETUP)), NOTHING),
        (variables((NEW, "windows.efi")), NOTHING),
        (variables(once="kexec reboot"), UNKNOWN),
        (variables(default=OLD), UNKNOWN),  # rolled back or upgraded, and not restarted yet
        (variables((NEW, OLD, "Talos-v1.12.9.efi")), UNKNOWN),
        (variables(()), UNKNOWN),
        (variables(selected="", default=""), UNKNOWN),
    ],
)
def test_boot_entries_tell_what_was_there_before_while_they_are_this_boots(
    found: dict[str, tuple[str, ...]], previous: Previous
) -> None:
    assert entries.judge(found) == previous


# ---- who goes back


@pytest.mark.parametrize(("to", "concerned"), [("v1.13.2", False), ("1.13.2", False), ("v1.13.0", True), (None, True)])
def test_a_machine_that_runs_what_is_wanted_is_left_alone(to: str | None, concerned: bool) -> None:
    assert way(to=to).concerns(machine()) is concerned


@pytest.mark.parametrize(
    ("to", "before", "path"),
    [
        (None, NOTHING, ()),
        ("v1.13.0", NOTHING, ()),
        ("v1.13.1", told("v1.13.0"), ("to",)),
        (None, told("v1.13.0"), None),
        ("v1.13.0", told("v1.13.0"), None),
        (None, UNKNOWN, None),
        ("v1.13.1", UNKNOWN, None),
    ],
)
def test_what_is_known_to_lead_elsewhere_is_refused(to: str | None, before: Previous, path: Any) -> None:
    if path is None:
        rollback.refuse_target(way(to=to), "10.0.0.1", machine(), before)
        return
    with pytest.raises(Precondition) as error:
        rollback.refuse_target(way(to=to), "10.0.0.1", machine(), before)
    assert (error.value.object, error.value.path, error.value.retryable) == ("node 10.0.0.1", path, False)


@pytest.mark.parametrize(
    ("running", "to", "before", "refused"),
    [
        ("v1.14.0", "v1.13.2", UNKNOWN, True),
        ("v1.14.0", None, told("v1.13.2"), True),
        ("v1.14.0", None, UNKNOWN, False),
        ("v1.14.1", "v1.14.0", UNKNOWN, False),
        ("v1.13.2", "v1.12.9", UNKNOWN, False),  # knew it as little before
        ("v1.16.0", "v1.15.0", UNKNOWN, False),  # nobody knows
    ],
)
def test_a_configuration_that_the_older_one_does_not_know_stays_where_it_is(
    running: str, to: str | None, before: Previous, refused: bool
) -> None:
    found = machine(running, more="---\napiVersion: v1alpha1\nkind: KubePrismConfig\nport: 7445\n")
    if not refused:
        rollback.refuse_target(way(to=to), "10.0.0.1", found, before)
        return
    with pytest.raises(Precondition, match=r"v1\.13\.2 would not take its configuration: KubePrismConfig"):
        rollback.refuse_target(way(to=to), "10.0.0.1", found, before)


def test_a_kubernetes_that_the_older_one_does_not_support_is_no_reason_to_stay() -> None:
    older = machine(kubelet="v1.36.0", more="")
    rollback.refuse_target(way(to="v1.12.9"), "10.0.0.1", older, UNKNOWN)


def test_a_version_that_is_none_is_refused_at_its_place() -> None:
    with pytest.raises(InvalidInput) as error:
        way(to="latest")
    assert error.value.path == ("to",)


# ---- the plan


def planned(before: Previous, members: Quorum, **options: Any) -> Any:
    changes = rollback.plan_rollback(way(**options), [("c1",)], {"c1": machine()}, {"c1": before}, members)
    return changes["c1"]


def etcd(*well: bool) -> Quorum:
    """A member for each flag, on the machines c1, c2, …"""
    voters = (Voter(f"a{n}", f"c{n}", each, "" if each else "is down") for n, each in enumerate(well, start=1))
    return Quorum(tuple(voters), {f"c{n}": f"a{n}" for n in range(1, len(well) + 1)})


@pytest.mark.parametrize(
    ("to", "before", "after"),
    [
        (None, told("v1.13.0"), "v1.13.0"),
        (None, UNKNOWN, "(not known)"),
        ("v1.13.0", UNKNOWN, "v1.13.0"),
    ],
)
def test_the_plan_tells_what_will_run_or_that_nobody_knows(to: str | None, before: Previous, after: str) -> None:
    assert str(planned(before, Quorum(), to=to)) == f"roll back node c1: version v1.13.2 → {after}"


@pytest.mark.parametrize(
    ("well", "quorum", "impact"),
    [
        ((True, True, True), "required", Impact.NODE_REBOOT),
        ((True,), "required", Impact.OUTAGE),
        ((True, True, False), "required", None),
        ((True, True), "required", None),
        ((True, True), "ignored", Impact.OUTAGE),
    ],
)
def test_etcd_keeps_its_majority_as_in_an_upgrade(well: tuple[bool, ...], quorum: str, impact: Impact | None) -> None:
    if impact is None:
        with pytest.raises(Precondition):
            planned(UNKNOWN, etcd(*well), quorum=quorum)
    else:
        assert planned(UNKNOWN, etcd(*well), quorum=quorum).impact is impact


@pytest.mark.parametrize(
    ("to", "before", "kubelet", "said"),
    [
        (None, UNKNOWN, "v1.37.0", ["does not tell"]),
        ("v1.12.9", UNKNOWN, "v1.36.0", ["does not tell", "runs Kubernetes 1.30"]),
        (None, told("v1.13.0"), "v1.36.0", []),
    ],
)
def test_people_are_told_what_is_not_known_and_what_does_not_fit(
    to: str | None, before: Previous, kubelet: str, said: list[str]
) -> None:
    found = list(rollback.remarks(way(to=to), {"c1": machine(kubelet=kubelet)}, {"c1": before}))
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))


# ---- when it is back


@pytest.mark.parametrize(
    ("to", "seen", "kind"),
    [
        ("v1.13.0", machine("v1.13.0", boot_id="b2"), Ready),
        ("v1.13.0", machine("v1.12.9", boot_id="b2"), Never),
        ("v1.13.0", machine("v1.12.9", boot_id="b2", stage="booting"), Never),
        ("v1.13.0", machine("v1.13.2", boot_id="b1"), NotYet),
        (None, machine("v1.12.9", boot_id="b2"), Ready),
        (None, machine("v1.13.2", boot_id="b2"), Ready),  # whether its schematic is another, only a question tells
        (None, NfviError("cut", retryable=True), NotYet),
    ],
)
def test_a_machine_is_back_with_what_is_wanted(to: str | None, seen: Any, kind: type) -> None:
    retreat = Retreat(way(to=to), None, [], {}, {})  # type: ignore[arg-type]
    assert isinstance(retreat.verdict(seen, Journey("b1", left=True)), kind)
