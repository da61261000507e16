# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tables say of single fields."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, refuse
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import put, render
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine import checks
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.kind import NAMESPACED, Kind, Registry, fixed, ref


def wrong(check, manifest):
    return [(render(found.path), found.reason) for found in check(manifest)]


PORTS = {"spec": {"ports": [{"port": 80}, {"port": 99999}, {"port": "8080"}, {"port": "x"}, {}]}}


@pytest.mark.parametrize(
    ("check", "manifest", "places"),
    [
        (checks.required("spec.a", "spec.b"), {"spec": {"a": "x", "b": ""}}, ["spec.b"]),
        (checks.one_of("spec.a[*]", "x", "y"), {"spec": {"a": ["x", "", "z"]}}, ["spec.a[2]"]),
        (checks.within("spec.ports[*].port", 1, 65535), PORTS, ["spec.ports[1].port", "spec.ports[3].port"]),
        (checks.within("spec.flag", 0, 1), {"spec": {"flag": True}}, ["spec.flag"]),
        (checks.address("spec.a[*]"), {"spec": {"a": ["10.0.0.1,fd00::1", "10.0.0.300"]}}, ["spec.a[1]"]),
        (checks.network("spec.a[*]"), {"spec": {"a": ["10.0.0.5/24", "10.0.0.0/33"]}}, ["spec.a[1]"]),
        (checks.not_both("spec.a", "spec.b"), {"spec": {"a": 1, "b": 2}}, ["spec.b"]),
        (checks.not_both("spec.a", "spec.b"), {"spec": {"b": 2}}, []),
        (
            checks.ordered("spec.r[*].low", "spec.r[*].high"),
            {"spec": {"r": [{"low": 2, "high": 1}]}},
            ["spec.r[0].low"],
        ),
        (checks.ordered("spec.low", "spec.high"), {"spec": {"low": 2}}, []),
        (checks.never("spec.a", "is not yours"), {"spec": {"a": 0}}, ["spec.a"]),
        (checks.short_name(3, "why"), {"metadata": {"name": "four"}}, ["metadata.name"]),
    ],
)
def test_wrong_fields_are_named(check, manifest, places):
    assert [place for place, _why in wrong(check, manifest)] == places


def test_a_text_is_read_in_one_of_several_ways():
    check = checks.reads("spec.a", checks.addresses, checks.networks)
    assert not wrong(check, {"spec": {"a": "10.0.0.0/24"}})
    assert not wrong(check, {"spec": {"a": "10.0.0.1"}})
    assert wrong(check, {"spec": {"a": "10.0.0.0/33"}}) == [
        ("spec.a", "'10.0.0.0/33' does not appear to be an IPv4 or IPv6 network")
    ]


GATEWAY = Kind(
    "a/v1", "Gateway", "gateways", NAMESPACED,
    immutable=(*fixed("spec.vpc"), *fixed("spec.ip", when=lambda live: live["status"]["ready"])), versions=("v1beta1",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "ready", "places"),
    [
        (("spec", "vpc"), "other", False, ["spec.vpc"]),
        (("spec", "vpc"), "ran", False, []),
        (("spec", "vpc"), None, False, []),
        (("spec", "ip"), "10.0.0.2", False, []),
        (("spec", "ip"), "10.0.0.2", True, ["spec.ip"]),
        (("spec", "size"), 3, True, []),
    ],
)
def test_what_keeps_its_first_value(path, value, ready, places):
    live = {"spec": {"vpc": "ran", "ip": "10.0.0.1"}, "status": {"ready": ready}}
    assert [render(found.path) for found in GATEWAY.fixed(put(live, path, value), live)] == places


def test_what_was_empty_may_get_its_first_value():
    assert GATEWAY.fixed({"spec": {"vpc": "ran"}}, {"spec": {"vpc": ""}, "status": {"ready": True}}) == []


def test_a_change_that_cannot_be_is_told_in_one_sentence():
    live = {"spec": {"vpc": "ran"}, "status": {"ready": False}}
    with pytest.raises(InvalidInput, match="cannot be changed from 'ran' to 'core': delete it and create it anew"):
        refuse(GATEWAY.fixed({"spec": {"vpc": "core"}}, live))


def test_other_versions_of_a_kind_have_its_row():
    registry = Registry([GATEWAY])
    found = registry.find("a/v1beta1", "Gateway")
    assert found is not None
    assert (found.api_version, found.immutable) == ("a/v1beta1", GATEWAY.immutable)
    assert list(registry.all()) == [GATEWAY]
    assert registry.find("a/v2", "Gateway") is None


def names(reference, manifest):
    return [name for _path, name in reference.names(manifest)]


def test_the_kind_of_a_reference_may_stand_beside_the_name():
    own = ref("Own", "spec.type.name", when=("kind", ("Own",)))
    shared = ref("Shared", "spec.type.name", when=("kind", ("", "Shared")))
    for kind, found in (("own", (["u1"], [])), ("Shared", ([], ["u1"])), (None, ([], ["u1"]))):
        manifest = {"spec": {"type": {"name": "u1", **({"kind": kind} if kind else {})}}}
        assert (names(own, manifest), names(shared, manifest)) == found


def test_the_namespace_of_a_reference_may_stand_beside_the_name():
    source = ref("Claim", "spec.pvc.name", space="namespace")
    assert names(source, {"spec": {"pvc": {"name": "golden", "namespace": "images"}}}) == ["images/golden"]
    assert names(source, {"spec": {"pvc": {"name": "golden"}}}) == ["golden"]
