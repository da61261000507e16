# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields as the server writes them, found in the object that was sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.fieldpath import locate
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import Json, Path, render

POD = {
    "metadata": {"labels": {"app.kubernetes.io/name": "x", "app": "y"}, "finalizers": ["a", "b.io/c"]},
    "spec": {
        "containers": [
            {
                "name": "c",
                "ports": [{"containerPort": 80, "protocol": "UDP"}, {"containerPort": 80, "protocol": "TCP"}],
            },
            {"name": "d.e"},
        ]
    },
    "data": {"a.b/c": 1, "0": 2},
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()),
        ("<nil>", ()),
        (".", ()),
        ("spec.containers[1].image", ("spec", "containers", 1, "image")),
        ("spec.domain.devices.disks[1].Name", ("spec", "domain", "devices", "disks", 1, "Name")),
        ('.spec.containers[name="d.e"].image', ("spec", "containers", 1, "image")),
        (
            '.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].hostPort',
            ("spec", "containers", 0, "ports", 1, "hostPort"),
        ),
        ('.metadata.finalizers[="b.io/c"]', ("metadata", "finalizers", 1)),
        (".metadata.labels.app.kubernetes.io/name", ("metadata", "labels", "app.kubernetes.io/name")),
        (".metadata.labels.app", ("metadata", "labels", "app")),
        ("data[a.b/c]", ("data", "a.b/c")),
        ("data[0]", ("data", "0")),
        ('.spec.containers[name="gone"].image', ("spec", "containers", 'name="gone"', "image")),
        (".status.conditions", ("status", "conditions")),
    ],
)  # fmt: skip
def test_locate(text: str, path: Path) -> None:
    assert locate(text, POD) == path


def test_without_the_object_syntax_alone_decides() -> None:
    assert locate("spec.disks[1].name") == ("spec", "disks", 1, "name")


KEYS = st.text("ab-/", min_size=1, max_size=4)
OBJECTS = st.recursive(
    st.integers(), lambda inner: st.lists(inner, min_size=1) | st.dictionaries(KEYS, inner, min_size=1), max_leaves=6
)


def leaves(value: Json, at: Path = ()) -> list[Path]:
    if isinstance(value, dict):
        return [path for key, item in value.items() for path in leaves(item, (*at, key))]
    if isinstance(value, list):
        return [path for index, item in enumerate(value) for path in leaves(item, (*at, index))]
    return [at]


@given(st.dictionaries(KEYS, OBJECTS, min_size=1))
def test_every_leaf_is_found_by_its_rendered_path(value: Json) -> None:
    assert [locate(render(path), value) for path in leaves(value)] == leaves(value)


@given(st.text(), OBJECTS)
def test_any_text_ends_in_some_path(text: str, value: Json) -> None:
    assert isinstance(locate(text, value), tuple)
