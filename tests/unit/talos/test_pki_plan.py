# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which changes are left of a CA's replacement, wherever it was stopped."""

from __future__ import annotations

import base64
import datetime
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.certificates import Pair
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
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
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.authority import Place, Trust
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import STEPS, Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.check import findings
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import parse
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.generate import generate

from .conftest import START, cluster, node

OWN = Place(section="machine")
BEGINNING = State(
    pki.TALOS,
    "bundle",
    None,
    True,
    Access("access", (OLD,), OLD),
    (Holder("c1", Trust(OLD), OWN), Holder("w1", Trust(OLD), OWN, leads=False)),
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


BELOW = Place(section="cluster")
CONFIG = ("clusters", "edge", "certificate-authority-data"), ("users", "me", "client-certificate-data")
KUBERNETES = State(
    pki.KUBERNETES,
    "bundle",
    None,
    True,
    Access("config", (OLD,), OLD, CONFIG),
    (
        Holder("w1", Trust(OLD), BELOW, leads=False, impact=Impact.SERVICE_RESTART),
        Holder("file", Trust(OLD), BELOW),
        Holder("c1", Trust(OLD), BELOW, impact=Impact.SERVICE_RESTART),
    ),
)
BOTH = pytest.mark.parametrize("beginning", [BEGINNING, KUBERNETES], ids=["talos", "kubernetes"])


def actions(state: State) -> list[str]:
    return [text.replace('", "', '","') for text in pki.whole(pki.steps(state)).actions]


def moments(state: State) -> Iterator[State]:
    """Every state that the plan goes through, one write after the other."""
    for step in pki.steps(state):
        if step.bundle:
            state = replace(state, step=step.name or None, due=state.due and bool(step.name))
            yield state
        if step.access:
            assert state.access
            state = replace(state, access=state.access.after(step.name))
            yield state
        for target, changes in step.holders.items():
            if changes:
                there = [each.after(step.name) if each.target == target else each for each in state.holders]
                state = replace(state, holders=tuple(there))
                yield state


def test_the_whole_way() -> None:
    assert actions(BEGINNING) == WHOLE
    assert actions(replace(BEGINNING, due=False)) == []


def test_kubernetes_goes_the_same_way_but_workers_are_first_at_the_last_step() -> None:
    told = actions(KUBERNETES)
    assert told[:4] == [
        "update bundle: rotation.k8s.step (none) → accept",
        'update file: v1alpha1.cluster.acceptedCAs [] → ["new"]',
        'update c1: v1alpha1.cluster.acceptedCAs [] → ["new"]',
        'update w1: v1alpha1.cluster.acceptedCAs [] → ["new"]',
    ]
    assert told[6:8] == [
        'update config: clusters.edge.certificate-authority-data ["old"] → ["new","old"]',
        "update config: users.me.client-certificate-data old → new",
    ]
    assert [each.split()[1] for each in told[-5:]] == ["config:", "w1:", "file:", "c1:", "bundle:"]
    changes = pki.whole(pki.steps(KUBERNETES))
    assert {each.target: each.impact for each in changes} == {
        **dict.fromkeys(("bundle", "config", "file"), Impact.NONE),
        **dict.fromkeys(("c1", "w1"), Impact.SERVICE_RESTART),
    }


def test_a_kubeconfig_may_be_none_or_know_its_user_by_a_token() -> None:
    assert not [each for each in actions(replace(KUBERNETES, access=None)) if "config" in each]
    token = replace(KUBERNETES, access=Access("config", (OLD,), "", CONFIG))
    assert [each for each in actions(token) if "users" in each] == []
    assert [each for each in actions(token) if "clusters" in each][1:] == [
        'update config: clusters.edge.certificate-authority-data ["new","old"] → ["new"]'
    ]


@BOTH
def test_from_every_moment_what_is_left_is_the_rest_of_the_way(beginning: State) -> None:
    lengths, whole = [], actions(beginning)
    for state in moments(beginning):
        left = actions(state)
        assert left == whole[len(whole) - len(left) :]
        lengths.append(len(left))
    assert lengths == sorted(set(lengths), reverse=True)
    assert lengths[-1] == 0


@BOTH
def test_at_every_moment_the_users_file_and_each_machine_know_each_other(beginning: State) -> None:
    for state in moments(beginning):
        for holder in state.holders:
            assert state.access
            assert state.access.signer in (holder.trust.issuing, *holder.trust.accepted)
            assert holder.trust.issuing in state.access.trusts
    # And any two machines: each shows the other a certificate of its own CA.
    for state in moments(beginning):
        for one, other in itertools.permutations([holder.trust for holder in state.holders], 2):
            assert one.issuing in (other.issuing, *other.accepted)


def test_no_api_server_refuses_a_kubelet() -> None:
    """Its certificate is of the CA that issued when its own machine began to accept only that."""
    for state in moments(KUBERNETES):
        (worker,) = (each.trust for each in state.holders if not each.leads)
        kubelet = NEW if OLD not in (worker.issuing, *worker.accepted) else OLD
        for server in (each.trust for each in state.holders if each.leads):
            assert kubelet in (server.issuing, *server.accepted)


def test_other_cas_that_a_machine_accepts_stay() -> None:
    state = replace(BEGINNING, holders=(Holder("c1", Trust(OLD, ("mine",)), OWN),))
    for each in moments(state):
        state = each
    assert state.holders[0].trust == Trust(NEW, ("mine",))


# ---- the bundle


def rotations(bundle: Bundle, authority: str) -> list[Bundle]:
    """The bundle at each step, and at the end."""
    found = []
    for name in (*STEPS, ""):
        bundle = advanced(bundle, authority, name)
        found.append(bundle)
    return found


AUTHORITIES = pytest.mark.parametrize("name", ["os", "k8s"])


@AUTHORITIES
def test_the_bundle_holds_both_until_the_end(bundle: Bundle, name: str) -> None:
    old = bundle.pair(name)
    accept, issue, retire, done = rotations(bundle, name)
    new = done.pair(name)
    assert old != new
    assert [each.pair(name) for each in (accept, issue, retire)] == [old, new, new]
    others = [each.rotation(name) for each in (accept, issue, retire)]
    assert [each.other for each in others if each] == [new, old, old]
    assert [len(each.accepted(name)) for each in (accept, issue, retire, done)] == [1, 1, 0, 0]
    assert [each.trusted(name).certificate for each in (accept, issue, retire)] == [
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
        ({"etcd": {}}, "rotation.etcd: only os, k8s can be replaced"),
    ],
)
def test_a_broken_rotation_is_refused_at_its_place(bundle: Bundle, change: dict[str, Any], said: str) -> None:
    content = advanced(bundle, "os", "accept").content
    rotation = {name: {**content["rotation"].get(name, {}), **change.get(name, {})} for name in {**change, "os": 0}}
    with pytest.raises(InvalidInput) as refused:
        bundles.parse(Bundle({**content, "rotation": rotation}).text())
    assert said in str(refused.value)


def test_a_key_of_another_ca_in_a_rotation_is_refused(bundle: Bundle) -> None:
    content = advanced(bundle, "os", "accept").content
    entry = {**content["rotation"]["os"], "key": content["certs"]["os"]["key"]}
    with pytest.raises(InvalidInput, match=r"rotation\.os: the key is not the certificate's"):
        bundles.parse(Bundle({**content, "rotation": {"os": entry}}).text())


# ---- configurations


@pytest.mark.parametrize("version", ["v1.11.0", "v1.12.0", "v1.13.0", "v1.14.0"])
@pytest.mark.parametrize("role", ["controlplane", "worker"])
@AUTHORITIES
def test_a_machine_ends_with_what_is_generated_at_every_step(
    bundle: Bundle, version: str, role: str, name: str
) -> None:
    wanted, machine = cluster(talos_version=version, kubernetes_version="v1.34.0"), node(role=role)
    live = generate(wanted, machine, bundle)
    for each in rotations(bundle, name)[:3]:
        live = parse(configured(live.text(), each, name, "e1"))
        assert live == generate(wanted, machine, each)
        assert bool(live.get("machine", "ca", "key")) == (role == "controlplane")
        told, names = authority.trust(live, name, object="e1"), pki.fingerprints(pki.authorities(each, name))
        assert told.among(names) == pki.WANTED[str(each.content["rotation"][name]["step"])]
        assert list(findings(live, wanted.contract)) == []
    assert live == generate(wanted, machine, advanced(each, name, ""))


@AUTHORITIES
def test_what_else_a_configuration_accepts_stays(bundle: Bundle, name: str) -> None:
    stranger = certificates.make_authority("ed25519", "talos", START)
    entry = {"crt": base64.b64encode(stranger.certificate).decode()}
    section = {"os": "machine", "k8s": "cluster"}[name]
    wanted = cluster(patches=[{section: {"acceptedCAs": [entry]}}])
    live = generate(wanted, node(), bundle)
    for each in rotations(bundle, name)[:3]:
        live = parse(configured(live.text(), each, name, "e1"))
        assert live.get(section, "acceptedCAs")[-1] == entry
        assert live == generate(wanted, node(), each)
    assert authority.trust(live, name, object="e1").accepted == certificates.fingerprints(stranger.certificate)


def test_what_is_no_certificate_is_told(bundle: Bundle) -> None:
    live = parse('machine: {type: worker, ca: {crt: "!"}}')
    with pytest.raises(InvalidInput, match="e1: machine: is not base64"):
        authority.trust(live, "os", object="e1")


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
        ({"kubeconfig": "k"}, ("kubeconfig",)),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], path: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        wanted(**options)
    assert refused.value.path == path


def test_no_machine_may_be_forgotten_or_named_twice() -> None:
    seen = [Seen(Node(name), name, name, True, Trust(NEW), OWN, frozenset({"c1", "c2"})) for name in ("c1", "c2")]
    refuse_unnamed(seen)
    with pytest.raises(Precondition, match="other machines: c2"):
        refuse_unnamed(seen[:1])
    with pytest.raises(Precondition, match="two of the addresses"):
        refuse_unnamed([*seen, replace(seen[0], node=Node("10.0.0.9"))])
