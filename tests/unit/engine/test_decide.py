# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done, given what lives and what the server answered to a dry run."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mask import Masker
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.decide import (
    as_answered,
    creation,
    shown,
    unchanged,
    update,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.item import Item
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY

MASKER = Masker(b"key")
OURS = {"manager": "us", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:x": {}}}}


def settings(data, *entries, **meta):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "n", "managedFields": list(entries), **meta},
        "data": data,
    }


def item(manifest):
    return Item(REGISTRY.find("v1", manifest["kind"]), manifest)


def owning(*keys):
    return {**OURS, "fieldsV1": {"f:data": {f"f:{key}": {} for key in keys}}}


def decided(live, predicted, *, force=False):
    return update(item(predicted), live, predicted, "us", MASKER, force=force)


def told(decision):
    return [str(change) for change in decision.changes]


def test_a_field_that_we_own_and_that_changes_is_told():
    decision = decided(settings({"x": "1"}, owning("x")), settings({"x": "2"}, owning("x")))
    assert told(decision) == ["update ConfigMap n/a: data.x 1 → 2"]
    assert decision.predicted["data"] == {"x": "2"}


def test_a_field_that_we_drop_is_told_as_a_removal():
    decision = decided(settings({"x": "1", "y": "1"}, owning("x", "y")), settings({"x": "1"}, owning("x")))
    assert told(decision) == ["update ConfigMap n/a: data.y 1 → (none)"]


@pytest.mark.parametrize(
    "theirs",
    [
        settings({"x": "1", "default": "theirs"}, owning("x")),
        settings({"x": "1"}, owning("x"), resourceVersion="7", generation=3, uid="u"),
        {**settings({"x": "1"}, owning("x")), "status": {"phase": "Active"}},
    ],
)
def test_what_others_write_is_no_change_of_ours(theirs):
    assert told(decided(settings({"x": "1"}, owning("x")), theirs)) == []


def test_owning_what_is_there_already_is_told():
    decision = decided(settings({"x": "1"}), settings({"x": "1"}, owning("x")))
    assert told(decision) == ["adopt ConfigMap n/a"]


def test_force_is_carried_on():
    assert decided(settings({}), settings({"x": "1"}, owning("x")), force=True).force


def test_nothing_to_do_is_no_change():
    live = settings({"x": "1"}, owning("x"))
    assert (unchanged(item(live), live).changes, unchanged(item(live), live).predicted) == ((), live)


def test_a_creation_that_nobody_could_be_asked_about_is_unverified():
    wanted = settings({"x": "1"})
    assert creation(item(wanted), None, MASKER).verified is False
    assert creation(item(wanted), wanted, MASKER).verified is True


def test_a_creation_tells_what_is_wanted_as_the_server_writes_it():
    answer = settings({"x": "one", "defaulted": "y"})
    (change,) = creation(item(settings({"x": "1"})), answer, MASKER).changes
    assert (change.action, change.after["data"]) == ("create", {"x": "one"})


@pytest.mark.parametrize(
    ("wanted", "there", "expected"),
    [
        ({"cpu": "0.5"}, {"cpu": "500m", "memory": "1Gi"}, {"cpu": "500m"}),
        ({"gone": 1}, {}, {"gone": 1}),
        ([{"a": 1}], [{"a": 2, "b": 3}], [{"a": 2}]),
        ([1, 2], [1, 2, 3], [1, 2, 3]),
    ],
)
def test_as_answered(wanted, there, expected):
    assert as_answered(wanted, there) == expected


def secret(data):
    fields = {"f:data": {f"f:{key}": {} for key in data}}
    return {**settings(data, {**OURS, "fieldsV1": fields}), "kind": "Secret"}


def test_a_secrets_values_are_digests_and_a_change_still_shows():
    decision = decided(secret({"p": "b2xk", "q": "c2FtZQ=="}), secret({"p": "bmV3", "q": "c2FtZQ=="}))
    (change,) = decision.changes
    assert change.path == ("data", "p")
    assert change.before.startswith("<secret ")
    assert change.after.startswith("<secret ")
    assert change.before != change.after


def test_a_secret_is_masked_when_it_is_made_and_when_it_is_shown():
    wanted = secret({"p": "bmV3"})
    (change,) = creation(item(wanted), wanted, MASKER).changes
    assert "bmV3" not in str(change.after)
    assert "bmV3" not in str(shown(wanted, item(wanted), MASKER))


def test_showing_leaves_out_bookkeeping_and_changes_nothing():
    live = settings({"x": "1"}, owning("x"), uid="u")
    before = copy.deepcopy(live)
    assert shown(live, item(live), MASKER)["metadata"] == {"name": "a", "namespace": "n", "uid": "u"}
    assert live == before
