# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refusal names the place in the user's input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Finding, InvalidInput, refuse
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import parse, render

INPUT = Given({"vpcs": [{"name": "a", "routes": [{"cidr": 5}]}, {"name": "Not_Valid"}], "n": 7, "f": "yes"})


@pytest.mark.parametrize(
    ("ask", "place", "words"),
    [
        (lambda g: g.each("vpcs", lambda v: v.name("name")), "vpcs[1].name", "not a valid name"),
        (lambda g: g.text("absent"), "absent", "is required"),
        (lambda g: g.integer("n", low=1, high=5), "n", "7 is not within 1 … 5"),
        (lambda g: g.flag("f"), "f", "neither true nor false"),
        (lambda g: g.items("n"), "n", "a list is expected, not a number"),
        (lambda g: g.choice("f", ["a", "b"]), "f", "'yes' is not one of a, b"),
        (lambda g: g.at("n").text("x"), "n", "a mapping is expected"),
        (lambda g: g.only(["vpcs", "n"]), "f", "unknown key"),
        (lambda g: g.items("vpcs")[0].items("routes")[0].at("cidr").refuse("no"), "vpcs[0].routes[0].cidr", "no"),
    ],
)
def test_refusals(ask, place, words):
    with pytest.raises(InvalidInput) as refused:
        ask(INPUT)
    assert render(refused.value.path) == place
    assert words in str(refused.value)


def test_null_and_absent_are_the_same():
    assert Given({"a": None}).text("a", "default") == Given({}).text("a", "default") == "default"


def test_the_nearest_key_is_named():
    with pytest.raises(InvalidInput, match="did you mean hardware"):
        Given({"hardwre": 1}).only(["hardware", "release"])


def test_all_findings_are_told_at_once():
    with pytest.raises(InvalidInput, match=r"a\[0\]: bad; b: worse"):
        refuse([Finding(("a", 0), "bad"), Finding(("b",), "worse")])


steps = st.one_of(st.integers(0, 99), st.text("abcXYZ09_-", min_size=1), st.text("a./b", min_size=1))


@given(st.lists(steps, min_size=1).filter(lambda p: isinstance(p[0], str)))
def test_a_path_survives_being_written(path):
    assert parse(render(tuple(path))) == tuple(path)
