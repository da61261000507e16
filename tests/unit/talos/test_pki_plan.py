# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which changes are left of a CA's replacement, wherever it was stopped."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.certificates import Pair
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_pki_plan as pki
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_pki_nodes import (
    Node,
    Seen,
    refuse_unnamed,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_pki_plan import (
    NEW,
    OLD,
    Access,
    Holder,
    State,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_pki_rotate import Wanted
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_pki_steps import (
    advanced,
    configured,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import authority
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import bundle as bundles
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.authority import Trust
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import STEPS, Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import parse
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.generate import generate

from .conftest import START, cluster, node

BEGINNING = State(
    "bundle", None, True, Access("access", (OLD,), OLD), (Holder("c1", Trust(OLD)), Holder("w1", Trust(OLD)))
)
WHOLE = [
    "update bundle: rotation.os.step (none) → accept",
    'update c1: v1alpha1.machine.acceptedCAs [] → ["new"]',
    'update w1: v1alpha1.machine.acceptedCAs [] → ["new"]',
    "update bundle: certs.os old → new",
    "update bundle: rotation.os.step accept → issue",
    'update access: ca ["old"] → ["new","old"]',
    "update access: crt old → new",
    "update c1: v1alpha1.machine.ca old → new",
    'update c1: v1alpha1.machine.acceptedCAs ["new"] → ["old"]',
    "update w1: v1alpha1.machine.ca old → new",
    'update w1: v1alpha1.machine.acceptedCAs ["new"] → ["old"]',
    "update bundle: rotation.os.step issue → retire",
    'update access: ca ["new","old"] → ["new"]',
    'update c1: v1alpha1.machine.acceptedCAs ["old"] → []',
    'update w1: v1alpha1.machine.acceptedCAs ["old"] → []',
    "update bundle: rotation.os.step retire → (none)",
]


def actions(state: State) -> list[str]:
    return [text.replace('", "', '","') for text in pki.whole(pki.steps(state)).actions]


def moments(state: State) -> Iterator[State]:
    """Every state that the plan goes through, one write after the other."""
    for step in pki.steps(state):
        if step.bundle:
            state = replace(state, step=step.name or None, due=state.due and bool(step.name))
            yield state
        if step.access:
            state = replace(state, access=state.access.after(step.name))
            yield state
        for index, holder in enumerate(state.holders):
            if step.holders.get(holder.target):
                there = list(state.holders)
                there[index] = Holder(holder.target, holder.after(step.name))
                state = replace(state, holders=tuple(there))
                yield state


def test_the_whole_way() -> None:
    assert actions(BEGINNING) == WHOLE
    assert actions(replace(BEGINNING, due=False)) == []


def test_from_every_moment_what_is_left_is_the_rest_of_the_way() -> None:
    lengths = []
    for state in moments(BEGINNING):
        left = actions(state)
        assert left == WHOLE[len(WHOLE) - len(left) :]
        lengths.append(len(left))
    assert lengths == sorted(set(lengths), reverse=True)
    assert lengths[-1] == 0


def test_at_every_moment_the_talosconfig_and_each_machine_know_each_other() -> None:
    for state in moments(BEGINNING):
        for holder in state.holders:
            assert state.access.signer in (holder.trust.issuing, *holder.trust.accepted)
            assert holder.trust.issuing in state.access.trusts
    # And any two machines: each shows the other a certificate of its own CA.
    for state in moments(BEGINNING):
        one, other = (holder.trust for holder in state.holders)
        assert one.issuing in (other.issuing, *other.accepted)
        assert other.issuing in (one.issuing, *one.accepted)


def test_other_cas_that_a_machine_accepts_stay() -> None:
    state = replace(BEGINNING, holders=(Holder("c1", Trust(OLD, ("mine",))),))
    for each in moments(state):
        state = each
    assert state.holders[0].trust == Trust(NEW, ("mine",))


# ---- the bundle


def rotations(bundle: Bundle) -> list[Bundle]:
    """The bundle at each step, and at the end."""
    found = []
    for name in (*STEPS, ""):
        bundle = advanced(bundle, name)
        found.append(bundle)
    return found


def test_the_bundle_holds_both_until_the_end(bundle: Bundle) -> None:
    old = bundle.pair("os")
    accept, issue, retire, done = rotations(bundle)
    new = done.pair("os")
    assert old != new
    assert [each.pair("os") for each in (accept, issue, retire)] == [old, new, new]
    others = [each.rotation("os") for each in (accept, issue, retire)]
    assert [each.other for each in others if each] == [new, old, old]
    assert [len(each.accepted("os")) for each in (accept, issue, retire, done)] == [1, 1, 0, 0]
    assert [each.trusted("os").certificate for each in (accept, issue, retire)] == [
        old.certificate,
        new.certificate + old.certificate,
        new.certificate,
    ]
    for each in (accept, issue, retire, done):
        assert bundles.parse(each.text()) == each
        assert {**each.content, "rotation": 0, "certs": 0} == {**bundle.content, "rotation": 0, "certs": 0}
    assert done.content.keys() == bundle.content.keys()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"os": {"step": "begin"}}, "rotation.os.step: is none of accept, issue, retire"),
        ({"os": {"key": ""}}, "rotation.os.key: is missing"),
        ({"etcd": {}}, "rotation.etcd: only os can be replaced"),
    ],
)
def test_a_broken_rotation_is_refused_at_its_place(bundle: Bundle, change: dict[str, Any], said: str) -> None:
    content = advanced(bundle, "accept").content
    rotation = {name: {**content["rotation"].get(name, {}), **change.get(name, {})} for name in {**change, "os": 0}}
    with pytest.raises(InvalidInput) as refused:
        bundles.parse(Bundle({**content, "rotation": rotation}).text())
    assert said in str(refused.value)


def test_a_key_of_another_ca_in_a_rotation_is_refused(bundle: Bundle) -> None:
    content = advanced(bundle, "accept").content
    entry = {**content["rotation"]["os"], "key": content["certs"]["os"]["key"]}
    with pytest.raises(InvalidInput, match=r"rotation\.os: the key is not the certificate's"):
        bundles.parse(Bundle({**content, "rotation": {"os": entry}}).text())


# ---- configurations


@pytest.mark.parametrize("version", ["v1.11.0", "v1.12.0", "v1.13.0", "v1.14.0"])
@pytest.mark.parametrize("role", ["controlplane", "worker"])
def test_a_machine_ends_with_what_is_generated_at_every_step(bundle: Bundle, version: str, role: str) -> None:
    wanted, machine = cluster(talos_version=version, kubernetes_version="v1.34.0"), node(role=role)
    live = generate(wanted, machine, bundle)
    for each in rotations(bundle)[:3]:
        live = parse(configured(live.text(), each, "e1"))
        assert live == generate(wanted, machine, each)
        assert bool(live.get("machine", "ca", "key")) == (role == "controlplane")
    assert live == generate(wanted, machine, advanced(each, ""))


def test_what_else_a_configuration_accepts_stays(bundle: Bundle) -> None:
    stranger = certificates.make_authority("ed25519", "talos", START)
    entry = {"crt": base64.b64encode(stranger.certificate).decode()}
    wanted = cluster(patches=[{"machine": {"acceptedCAs": [entry]}}])
    live = generate(wanted, node(), bundle)
    for each in rotations(bundle)[:3]:
        live = parse(configured(live.text(), each, "e1"))
        assert live.get("machine", "acceptedCAs")[-1] == entry
        assert live == generate(wanted, node(), each)
    assert authority.trust(live, object="e1").accepted == certificates.fingerprints(stranger.certificate)


def test_what_is_no_certificate_is_told(bundle: Bundle) -> None:
    live = parse('machine: {type: worker, ca: {crt: "!"}}')
    with pytest.raises(InvalidInput, match="e1: machine: is not base64"):
        authority.trust(live, object="e1")


# ---- when, and whom


def wanted(**options: Any) -> Wanted:
    given = {"secrets": "s", "nodes": [{"address": "10.0.0.1"}], **options}
    return Wanted.parse(Given(given), START + datetime.timedelta(days=1))


@pytest.mark.parametrize(
    ("options", "days", "due"),
    [
        ({}, 0, False),
        ({}, 3650 - 366, False),
        ({}, 3650 - 365, True),
        ({"rotate_before": "0"}, 3649, False),
        ({"rotate_before": "0"}, 3650, True),
        ({"made_before": "2026-11-21"}, 1, False),
        ({"made_before": "2026-11-21T00:00:01"}, 1, True),
        ({"made_before": "2026-11-21T01:00:00+01:00"}, 1, False),
        ({"made_before": "2026-11-22"}, 1, True),
    ],
)
def test_a_ca_is_due(bundle: Bundle, options: dict[str, Any], days: int, due: bool) -> None:
    now = START + datetime.timedelta(days=days)
    assert wanted(**options).is_due(bundle.pair("os"), now) == due
    made: Pair = bundles.another("os", now)
    assert not wanted(**options).is_due(made, now)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"nodes": []}, ("nodes",)),
        ({"nodes": [{"address": "a"}, {"address": "a:50000"}]}, ("nodes", 1, "address")),
        ({"rotate_before": "3650d"}, ("rotate_before",)),
        ({"made_before": "2026-11-23"}, ("made_before",)),
        ({"made_before": "soon"}, ("made_before",)),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], path: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        wanted(**options)
    assert refused.value.path == path


def test_no_machine_may_be_forgotten_or_named_twice() -> None:
    seen = [Seen(Node(name), name, name, True, Trust(NEW), frozenset({"c1", "c2"})) for name in ("c1", "c2")]
    refuse_unnamed(seen)
    with pytest.raises(Precondition, match="other machines: c2"):
        refuse_unnamed(seen[:1])
    with pytest.raises(Precondition, match="two of the addresses"):
        refuse_unnamed([*seen, replace(seen[0], node=Node("10.0.0.9"))])
