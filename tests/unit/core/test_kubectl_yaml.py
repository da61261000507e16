# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML is read with kubectl's eyes; tests/interop asks kubectl itself about the same texts."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.kubectl_yaml import documents


def read(text: str) -> object:
    ((_line, value),) = documents(text.encode(), "x.yaml")
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True),
        ("off", False),
        ("tRue", "tRue"),
        ("10:11:22:33:44:55", "10:11:22:33:44:55"),
        ("22:22", "22:22"),
        ("2026-01-01", "2026-01-01"),
        ("0777", 511),
        ("0o777", 511),
        ("08", 8),
        ("0x1F", 31),
        ("1_000", 1000),
        ("1e3", 1000),
        ("1.0", 1),
        ("1.5", 1.5),
        ("1e400", "1e400"),
        ("0b12", "0b12"),
        ("~", None),
        ("!!binary aGVsbG8=", "hello"),
        ("v1.2", "v1.2"),
    ],
)
def test_plain_scalars(text: str, value: object) -> None:
    found = read(f"key: [{text}]")
    assert found == {"key": [value]}
    assert type(found["key"][0]) is type(value)  # type: ignore[index]


def test_keys_are_texts() -> None:
    assert read("{1: a, on: b, 2.5: c, z: d}") == {"1": "a", "true": "b", "2.5": "c", "z": "d"}


def test_anchors_and_merge_keys() -> None:
    assert read("a: &a {x: 1}\nb: {<<: *a, y: n}") == {"a": {"x": 1}, "b": {"x": 1, "true": False}}


def test_every_document_has_its_line_and_empty_ones_are_none() -> None:
    text = b"# head\n---\na: 1\n---\n---\n# only this\n---\n\nb: 2\n"
    assert list(documents(text, "x.yaml")) == [(3, {"a": 1}), (9, {"b": 2})]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"a: 1\nb: c: d\n", r"^x\.yaml:2: not YAML: mapping values"),
        (b"a:\n- !thing b\n", r"^x\.yaml:2: not YAML: the tag !thing"),
        (b"a: !!binary '%'\n", r"^x\.yaml:1: not YAML: not the base64"),
        (b"a: !!map b\n", r"^x\.yaml:1: not YAML: a mapping is expected"),
        (b"a: !!seq b\n", r"^x\.yaml:1: not YAML: a list is expected"),
        (b"~: b\n", r"^x\.yaml:1: not YAML: a key must be a text"),
        (b"a: &a [*a]\n", r"^x\.yaml:1: not YAML: it contains itself"),
        (b"\x1f\x8b\x08\x00", r"^x\.yaml: not YAML"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(text: bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        list(documents(text, "x.yaml"))
