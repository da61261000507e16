# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML is read with go-yaml's eyes and written in its hand."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core import yaml_text
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0000:04:00.00", "0000:04:00.00"),
        ("off", "off"),
        ("yes", "yes"),
        ("2026-01-01", "2026-01-01"),
        ("1:20", "1:20"),
        ("0o644", 420),
        ("0644", 420),
        ("true", True),
        ("~", None),
        ("1.5", 1.5),
        ("10.0.0.1", "10.0.0.1"),
        ('"4"', "4"),
    ],
)
def test_plain_scalars_are_read_as_go_yaml_reads_them(text: str, value: object) -> None:
    found = yaml_text.load(f"key: {text}")["key"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("value", ["0000:04:00.00", "off", "true", "4", "0o644", "", "null", "2026-01-01", "a\nb\n"])
def test_texts_survive_being_written(value: str) -> None:
    assert yaml_text.load(yaml_text.dump({"key": value})) == {"key": value}


def test_lists_and_maps_are_indented_as_talos_does() -> None:
    document = {
        "cluster": {"podSubnets": ["10.244.0.0/16"], "plugins": [{"name": "A", "configuration": {"b": {"c": ""}}}]}
    }
    assert yaml_text.dump(document) == (
        "cluster:\n"
        "    podSubnets:\n"
        "        - 10.244.0.0/16\n"
        "    plugins:\n"
        "        - name: A\n"
        "          configuration:\n"
        "            b:\n"
        '                c: ""\n'
    )


def test_the_line_of_a_mistake_is_told_and_its_text_is_not() -> None:
    with pytest.raises(InvalidInput, match="line 2") as caught:
        yaml_text.load_all("token: abcdef.0123456789abcdef\n\t- x\n", object="e1.yaml")
    assert "abcdef" not in str(caught.value)
