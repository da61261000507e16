# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists without an order are compared without one; items that come and go are told one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.diff import Difference, differences
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.compare import aligned, itemised

PORTS = {"f:ports": {'k:{"name":"a"}': {".": {}, "f:name": {}, "f:number": {}}, 'k:{"name":"b"}': {}}}
TAGS = {"f:tags": {'v:"a"': {}, 'v:"b"': {}}}


def port(name, number):
    return {"name": name, "number": number}


def test_a_keyed_list_goes_by_its_key():
    before, after = {"ports": [port("a", 1), port("b", 2)]}, {"ports": [port("b", 22), port("a", 1)]}
    assert aligned(after, before, PORTS) == {"ports": [port("a", 1), port("b", 22)]}


def test_new_items_come_last():
    before, after = {"ports": [port("b", 2)]}, {"ports": [port("a", 1), port("b", 2)]}
    assert aligned(after, before, PORTS)["ports"] == [port("b", 2), port("a", 1)]


@given(st.permutations(["a", "b", "c", "d"]), st.permutations(["a", "b", "c", "d"]))
def test_a_set_has_no_order(before, after):
    fields = {"f:tags": {f'v:"{tag}"': {} for tag in after}}
    assert list(differences({"tags": before}, aligned({"tags": after}, {"tags": before}, fields))) == []


@pytest.mark.parametrize("fields", [{}, {"f:tags": {}}, {"f:other": TAGS["f:tags"]}])
def test_of_other_lists_the_order_counts(fields):
    assert aligned({"tags": ["b", "a"]}, {"tags": ["a", "b"]}, fields) == {"tags": ["b", "a"]}


@given(st.lists(st.sampled_from("abc"), unique=True), st.lists(st.sampled_from("abc"), unique=True))
def test_nothing_is_lost_and_nothing_added(before, after):
    fields = {"f:tags": {f'v:"{tag}"': {} for tag in after}}
    assert sorted(aligned({"tags": after}, {"tags": before}, fields)["tags"]) == sorted(after)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([{"n": 1}], [{"n": 1}, {"n": 2}], [Difference(("l", 1), None, {"n": 2})]),
        ([{"n": 1}], [], [Difference(("l", 0), {"n": 1}, None)]),
        (None, [{"n": 1}], [Difference(("l", 0), None, {"n": 1})]),
        (["a"], ["a", "b"], [Difference(("l",), ["a"], ["a", "b"])]),
        (None, [], [Difference(("l",), None, [])]),
        ("x", "y", [Difference(("l",), "x", "y")]),
    ],
)
def test_itemised(before, after, expected):
    assert list(itemised([Difference(("l",), before, after)])) == expected
