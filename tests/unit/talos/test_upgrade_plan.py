# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Talos a machine may be brought to, how, in which order, and when it is back: judged without any machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    InvalidInput,
    NfviError,
    Precondition,
    Unreachable,
    Unsupported,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_upgrade
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_upgrade_rules as rules
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.etcd_quorum import Quorum, Voter
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_machine import Machine
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_nodes import Pace
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_ready import Journey
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_upgrade_plan import (
    System,
    Wanted,
    Way,
    batches_of,
    plan_upgrade,
    refuse_machine,
    remarks,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_upgrade_rules import Version

STOCK, OTHER = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba", "7e01" * 16
IMAGE = f"factory.talos.dev/metal-installer/{STOCK}:v1.13.2"


def version(text: str) -> Version:
    return Version.parse(text)


def wanted(image: str = IMAGE, **options: Any) -> Wanted:
    return Wanted.parse(Given({"image": image, **options}))


def way(**options: Any) -> Way:
    return Way.parse(Given(options))


def machine(kind: str = "controlplane", kubelet: str = "v1.36.0", **changes: Any) -> Machine:
    configuration = f"version: v1alpha1\nmachine: {{type: {kind}, kubelet: {{image: 'r/kubelet:{kubelet}'}}}}\n"
    fields = {
        "maintenance": False,
        "version": "v1.13.0",
        "hostname": "e1",
        "stage": "running",
        "ready": True,
        "unmet": (),
        "boot_id": "b1",
        "configuration": configuration,
    }
    return Machine(**{**fields, **changes})


def etcd(*well: bool) -> Quorum:
    """A member for each flag; the machine of c1 is at 10.0.0.1."""
    voters = (Voter(f"a{n}", f"c{n}", each, "" if each else "is down") for n, each in enumerate(well, start=1))
    return Quorum(tuple(voters), {f"10.0.0.{n}": f"a{n}" for n in range(1, len(well) + 1)})


# ---- versions


def test_versions_are_ordered_as_semantic_versions() -> None:
    texts = ["v1.13.0-alpha.2", "v1.13.0-alpha.10", "v1.13.0-beta.0", "v1.13.0-rc.1", "v1.13.0", "v1.13.10", "v1.14.0"]
    assert sorted(map(version, reversed(texts))) == [version(text) for text in texts]
    assert version("1.13.0") == version("v1.13.0")


@given(strategies.tuples(*[strategies.integers(0, 99)] * 3), strategies.tuples(*[strategies.integers(0, 99)] * 3))
def test_versions_compare_by_their_numbers(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    first, second = (version("v" + ".".join(map(str, each))) for each in (one, other))
    assert (first < second) is (one < other)


@pytest.mark.parametrize(
    ("running", "method"),
    [
        ("v1.11.5", "legacy"),
        ("v1.12.9", "legacy"),
        ("v1.13.0-alpha.2", "legacy"),
        ("v1.13.0-alpha.3", "lifecycle"),
        ("v1.13.0", "lifecycle"),
        ("v1.14.0-rc.1", "lifecycle"),
    ],
)
def test_the_generation_of_calls_is_the_versions(running: str, method: str) -> None:
    assert rules.method(running) == method


@pytest.mark.parametrize(
    ("running", "to", "allowed", "kind"),
    [
        ("v1.13.0", "v1.13.2", (), None),
        ("v1.12.9", "v1.13.0", (), None),
        ("v1.13.0", "v1.14.0", (), None),
        ("v1.11.0", "v1.13.0", (), InvalidInput),
        ("v1.11.0", "v1.13.0", ("minor_skip",), None),
        ("v1.11.0", "v1.14.0", ("minor_skip", "downgrade"), Unsupported),
        ("v1.13.2", "v1.13.0", (), InvalidInput),
        ("v1.13.2", "v1.13.0", ("downgrade",), None),
        ("v1.13.0", "v1.13.0-rc.1", (), InvalidInput),
        ("v1.13.2", "v1.12.0", ("downgrade",), None),
        ("v1.14.0", "v1.12.0", ("downgrade",), Unsupported),
    ],
)
def test_no_version_is_left_out_and_none_goes_back(
    running: str, to: str, allowed: tuple[str, ...], kind: type[NfviError] | None
) -> None:
    if kind is None:
        rules.refuse_way(running, version(to), allowed)
        return
    with pytest.raises(kind) as caught:
        rules.refuse_way(running, version(to), allowed)
    assert caught.value.path == ("image",)


@pytest.mark.parametrize(
    ("kubelet", "fits"), [("v1.30.9", False), ("v1.31.0", True), ("v1.36.3", True), ("v1.37.0", False)]
)
def test_kubernetes_must_fit(kubelet: str, fits: bool) -> None:
    if fits:
        refuse_machine(way(), wanted(), "10.0.0.1", machine(kubelet=kubelet))
        return
    with pytest.raises(InvalidInput, match=r"runs Kubernetes 1\.31 … 1\.36") as caught:
        refuse_machine(way(), wanted(), "10.0.0.1", machine(kubelet=kubelet))
    assert caught.value.object == "node 10.0.0.1"
    refuse_machine(way(allow=["kubernetes"]), wanted(), "10.0.0.1", machine(kubelet=kubelet))


# ---- what is wanted


@pytest.mark.parametrize(
    ("image", "options", "expected"),
    [
        (IMAGE, {}, ("v1.13.2", STOCK)),
        (f"{IMAGE}@sha256:{'ab' * 32}", {}, ("v1.13.2", STOCK)),
        (f"mirror.example.com:5000/talos/metal-installer-secureboot/{OTHER}:v1.14.0", {}, ("v1.14.0", OTHER)),
        ("ghcr.io/siderolabs/installer:v1.13.0", {}, ("v1.13.0", None)),
        ("ghcr.io/siderolabs/installer:v1.13.0", {"schematic": OTHER}, ("v1.13.0", OTHER)),
        (f"mirror.example.com/installer@sha256:{'ab' * 32}", {"version": "1.13.2"}, ("v1.13.2", None)),
        ("mirror.example.com/installer:telco-7", {"version": "v1.13.2"}, ("v1.13.2", None)),
    ],
)
def test_an_image_tells_what_is_in_it(image: str, options: dict[str, str], expected: tuple[str, str | None]) -> None:
    found = wanted(image, **options)
    assert (str(found.version), found.schematic) == expected


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"image": "installer with spaces:v1.13.0"}, "image"),
        ({"image": "mirror.example.com/installer:telco-7"}, "version"),
        ({"image": "mirror.example.com/installer"}, "version"),
        ({"image": "mirror.example.com/installer:x", "version": "latest"}, "version"),
        ({"image": "ghcr.io/siderolabs/installer:v1.14.0"}, "image"),
        ({"image": IMAGE, "schematic": OTHER}, "schematic"),
        ({"image": IMAGE, "schematic": "abc"}, "schematic"),
    ],
)
def test_an_image_that_cannot_be_is_refused(options: dict[str, str], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Wanted.parse(Given(options))
    assert caught.value.path == (path,)


def test_a_machine_is_there_when_version_and_schematic_are() -> None:
    assert wanted().is_run_by(System(version("v1.13.2"), STOCK))
    assert not wanted().is_run_by(System(version("v1.13.2"), OTHER))
    assert not wanted().is_run_by(System(version("v1.13.1"), STOCK))
    assert wanted("r.example.com/installer:v1.13.2").is_run_by(System(version("v1.13.2"), OTHER))


def test_extensions_that_would_be_lost_are_told() -> None:
    plain = wanted("r.example.com/installer:v1.13.2")
    assert OTHER in next(remarks(plain, {"10.0.0.1": System(version("v1.13.0"), OTHER)}))
    assert not list(remarks(wanted(), {"10.0.0.1": System(version("v1.13.0"), OTHER)}))


# ---- machines


@pytest.mark.parametrize(
    ("options", "changes", "kind", "path"),
    [
        ({}, {"maintenance": True}, "precondition", ()),
        ({}, {"stage": "upgrading"}, "busy", ()),
        ({"stage": True}, {}, "unsupported", ("stage",)),
        ({"method": "lifecycle"}, {"version": "v1.12.9"}, "unsupported", ("method",)),
        ({"reboot_mode": "force"}, {"version": "v1.12.9"}, "unsupported", ("reboot_mode",)),
    ],
)
def test_what_a_machine_cannot_do_is_refused(
    options: dict[str, Any], changes: dict[str, Any], kind: str, path: tuple[str, ...]
) -> None:
    with pytest.raises(NfviError) as caught:
        refuse_machine(way(**options), wanted(), "10.0.0.1", machine(**changes))
    assert (caught.value.kind, caught.value.path, caught.value.object) == (kind, path, "node 10.0.0.1")


def test_the_older_call_stages() -> None:
    refuse_machine(way(stage=True, method="legacy"), wanted(), "10.0.0.1", machine())
    refuse_machine(way(stage=True), wanted(), "10.0.0.1", machine(version="v1.12.9"))
    with pytest.raises(InvalidInput):
        way(stage=True, method="lifecycle")


# ---- order


def test_a_canary_goes_alone_before_the_others() -> None:
    names = [f"10.0.0.{n}" for n in range(1, 7)]
    machines = {name: machine("controlplane" if n < 2 else "worker") for n, name in enumerate(names)}
    pace = Pace.parse(Given({"limit": 2}))
    assert batches_of(way(), pace, machines) == [tuple(names[2:4]), tuple(names[4:]), (names[0],), (names[1],)]
    alone = [(names[2],), tuple(names[3:5]), (names[5],), (names[0],), (names[1],)]
    assert batches_of(way(canary=True), pace, machines) == alone
    assert batches_of(way(canary=True), pace, {}) == []


def test_no_batch_takes_machines_of_two_zones_down() -> None:
    machines = {f"10.0.0.{n}": machine("worker" if n else "controlplane") for n in range(6)}
    zones = {"10.0.0.1": "a", "10.0.0.2": "b", "10.0.0.3": "a", "10.0.0.4": "a"}
    found = batches_of(way(zones=zones), Pace.parse(Given({"limit": 2})), machines)
    assert found == [("10.0.0.1", "10.0.0.3"), ("10.0.0.4",), ("10.0.0.2",), ("10.0.0.5",), ("10.0.0.0",)]


def systems(count: int) -> dict[str, System]:
    return {f"10.0.0.{n}": System(version("v1.13.0"), OTHER) for n in range(1, count + 1)}


def test_the_control_plane_goes_one_by_one() -> None:
    batches = [("10.0.0.1",), ("10.0.0.2",), ("10.0.0.3",)]
    steps = plan_upgrade(way(), wanted(), batches, systems(3), etcd(True, True, True))
    lines = [f"upgrade node 10.0.0.{n}: version v1.13.0 → v1.13.2" for n in (1, 2, 3)]
    assert [str(step) for step in steps.values()] == lines
    assert {step.impact for step in steps.values()} == {Impact.NODE_REBOOT}


def test_another_schematic_is_an_upgrade_too() -> None:
    found = {"10.0.0.1": System(version("v1.13.2"), OTHER)}
    steps = plan_upgrade(way(), wanted(), [("10.0.0.1",)], found, Quorum())
    assert str(steps["10.0.0.1"]) == f"upgrade node 10.0.0.1: schematic {OTHER} → {STOCK}"


@pytest.mark.parametrize(
    ("well", "refused"),
    [
        ((True, True, True), False),
        ((True,), False),  # there is no other way
        ((True, True), True),
        ((True, True, False), True),
        ((True, True, True, True, False), True),  # a bare majority is not enough
        ((False, True, True), False),  # it may be what repairs it
    ],
)
def test_etcd_must_be_well_before_a_member_goes(well: tuple[bool, ...], refused: bool) -> None:
    batches = [("10.0.0.1",)]
    if not refused:
        steps = plan_upgrade(way(), wanted(), batches, systems(1), etcd(*well))
        assert steps["10.0.0.1"].impact == (Impact.OUTAGE if well == (True,) else Impact.NODE_REBOOT)
        return
    with pytest.raises(Precondition) as caught:
        plan_upgrade(way(), wanted(), batches, systems(1), etcd(*well))
    assert caught.value.object == "node 10.0.0.1"
    assert plan_upgrade(way(quorum="ignored"), wanted(), batches, systems(1), etcd(*well))


# ---- the way back


def rollout(**options: Any) -> talos_upgrade.Rollout:
    pace = Pace.parse(Given({}))
    return talos_upgrade.Rollout(wanted(), way(**options), pace, None, (), {})  # type: ignore[arg-type]


START = Journey("b1", left=True, ready_before=True)
BACK = machine("worker", boot_id="b2", version="v1.13.2")


def test_a_machine_is_back_with_the_wanted_version_and_as_ready_as_before() -> None:
    verdict = rollout().verdict
    assert verdict(BACK, START) == Ready()
    assert isinstance(verdict(machine("worker"), START), NotYet)
    assert isinstance(verdict(Unreachable("connection refused"), START), NotYet)
    unready = replace(BACK, ready=False, unmet=("nodeReady: not yet",))
    assert verdict(unready, START) == NotYet("is running (nodeReady: not yet)")
    assert verdict(unready, replace(START, ready_before=False)) == Ready()


def test_a_machine_with_its_old_version_has_rolled_back() -> None:
    seen = machine("worker", boot_id="b2", stage="booting")
    said = rollout().verdict(seen, START)
    assert isinstance(said, Never)
    assert "rolled back: it runs v1.13.0 again" in said.why
    staged = rollout(stage=True).verdict
    assert isinstance(staged(seen, START), NotYet)
    assert isinstance(staged(replace(seen, stage="running"), START), Never)


def test_what_talos_says_in_plain_text_gets_its_kind() -> None:
    for said, kind in (
        ('error validating installer image "x": not found', "not_found"),
        ("error validating etcd for upgrade: etcd member count(2) is insufficient", "precondition"),
        ("another installation/upgrade is already in progress", "busy"),
        ("something else", "unreachable"),
    ):
        with pytest.raises(NfviError) as caught, talos_upgrade.explained("node 10.0.0.1"):
            raise Unreachable(said)
        assert caught.value.kind == kind
