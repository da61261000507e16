# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that an object is as wanted: it may say no too often, never yes too often."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.ownership import as_wanted, covers, with_emptied

WANTED = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "s", "namespace": "n", "labels": {"a": "1"}},
    "spec": {"ports": [{"port": 80, "protocol": "TCP", "name": "http"}], "selector": {"app": "x"}},
}
FIELDS = {
    "f:metadata": {"f:labels": {"f:a": {}}},
    "f:spec": {
        "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}, "f:protocol": {}, "f:name": {}}},
        "f:selector": {},
    },
}


def live(**changes):
    """The object as the API server stores it, with defaults of its own."""
    found = copy.deepcopy(WANTED)
    found["spec"]["clusterIP"] = "10.96.0.9"
    found["spec"]["ports"][0]["targetPort"] = 80
    found["metadata"]["managedFields"] = [
        {"manager": "me", "operation": "Apply", "apiVersion": "v1", "fieldsV1": copy.deepcopy(FIELDS)}
    ]
    found["spec"].update(changes)
    return found


def test_what_servers_add_is_no_drift():
    assert as_wanted(WANTED, live(), "me")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda o: o["spec"]["selector"].update(app="y"),
        lambda o: o["spec"]["selector"].update(more="z"),
        lambda o: o["spec"]["ports"][0].update(name="web"),
        lambda o: o["spec"]["ports"].clear(),
        lambda o: o["metadata"]["labels"].update(a="2"),
        lambda o: o["metadata"]["labels"].clear(),
        lambda o: o["metadata"]["managedFields"][0].update(manager="you"),
        lambda o: o["metadata"]["managedFields"][0].update(operation="Update"),
        lambda o: o["metadata"]["managedFields"][0].update(apiVersion="v2"),
        lambda o: o["metadata"]["managedFields"][0].update(subresource="status"),
        lambda o: o["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]["f:labels"].update({"f:b": {}}),
        lambda o: o["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"].pop("f:ports"),
    ],
)
def test_any_doubt_is_left_to_a_dry_run(spoil):
    found = live()
    spoil(found)
    assert not as_wanted(WANTED, found, "me")


def test_true_is_not_one():
    wanted = {**WANTED, "spec": {"enabled": True}}
    found = {**live(), "spec": {"enabled": 1}}
    found["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"] = {"f:enabled": {}}
    assert not as_wanted(wanted, found, "me")


@pytest.mark.parametrize(
    ("fields", "wanted", "live_list", "proven"),
    [
        ({"f:l": {'v:"a"': {}, 'v:"b"': {}}}, ["a", "b"], ["b", "c", "a"], True),
        ({"f:l": {'v:"a"': {}, 'v:"b"': {}}}, ["a", "b"], ["b"], False),
        ({"f:l": {'v:"a"': {}}}, ["a", "b"], ["a", "b"], False),
        ({"f:l": {}}, ["a", "b"], ["a", "b"], True),
        ({"f:l": {}}, ["a", "b"], ["b", "a"], False),
        ({"f:l": {}}, [], [], True),
    ],
)
def test_sets_and_atomic_lists(fields, wanted, live_list, proven):
    wanted_object = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "l": wanted}
    entry = {"manager": "me", "operation": "Apply", "apiVersion": "v1", "fieldsV1": fields}
    found = {**wanted_object, "l": live_list, "metadata": {"name": "x", "managedFields": [entry]}}
    assert as_wanted(wanted_object, found, "me") is proven


def test_covers_looks_above_and_below():
    assert covers(FIELDS, ("metadata", "labels", "a"), WANTED)
    assert covers(FIELDS, ("metadata", "labels"), WANTED)
    assert covers(FIELDS, ("spec", "selector", "app"), WANTED)
    assert covers(FIELDS, ("spec", "ports", 0, "name"), WANTED)
    assert not covers(FIELDS, ("spec", "clusterIP"), WANTED)
    assert not covers(FIELDS, ("spec", "ports", 0, "targetPort"), WANTED)


# What of a KubeVirt object the first one made, and what we put into it (measured on 1.36.3).
MADE = {"f:spec": {".": {}, "f:strategy": {}, "f:config": {".": {}, "f:gates": {}}}}
OURS = {"f:spec": {"f:strategy": {"f:methods": {}}, "f:config": {"f:gates": {}, "f:limits": {"f:ports": {}}}}}


def sections(made, **spec):
    entries = [
        {"manager": "me", "operation": "Apply", "apiVersion": "k/v1", "fieldsV1": OURS},
        {"manager": "kubectl", "operation": "Update", "apiVersion": "k/v1", "fieldsV1": made},
    ]
    lives = {"strategy": {"methods": ["a"]}, "config": {"gates": ["g"], "limits": {"ports": [1]}}}
    live = {"metadata": {"name": "k", "managedFields": entries}, "spec": lives}
    return with_emptied({"apiVersion": "k/v1", "spec": spec}, live, "me")["spec"]


def test_a_section_that_somebody_else_holds_is_not_left_null():
    """Neither at the top nor further down; one that is all ours goes as a whole."""
    assert sections(MADE, config={"gates": ["g"]}) == {"config": {"gates": ["g"]}, "strategy": {"methods": []}}
    assert sections(MADE, config={}) == {"config": {"gates": []}, "strategy": {"methods": []}}
    assert sections({}, config={"gates": ["g"]}) == {"config": {"gates": ["g"]}}
