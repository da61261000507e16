# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A field of an object, told as the option that the user gave."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import parse, render
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.place import Place

OPTIONS = {
    "spec.cidrBlock": "cidr",
    "spec.routes[*].hop": "static_routes[*].next_hop",
    "spec.routes": "static_routes",
    'metadata.annotations["a.b/c"]': "interface.subnet",
}


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("", "subnets[1]"),
        ("spec.cidrBlock", "subnets[1].cidr"),
        ("spec.routes[3].hop", "subnets[1].static_routes[3].next_hop"),
        ("spec.routes[3].other", "subnets[1].static_routes[3].other"),
        ('metadata.annotations["a.b/c"]', "subnets[1].interface.subnet"),
        ("spec.somethingElse", "subnets[1].spec.somethingElse"),
        ("spec", "subnets[1].spec"),
    ],
)
def test_place_of(field, place):
    assert render(Place(("subnets", 1), OPTIONS).of(parse(field))) == place


def test_without_options_the_object_is_what_the_user_wrote():
    assert Place(("objects", 0)).of(("spec", "size")) == ("objects", 0, "spec", "size")
