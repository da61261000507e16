# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go's own YAML libraries write what a schematic's id is made of, byte for byte as we do."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.schematic import canonical
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.schematic.schematic import Schematic

from .tools import SCHEMATIC

# What looks like something else, or nearly so.
SCALARS = """
y n Y N yes No TRUE tRue on off oFF true false ~ null Null nUll << = .nan .NaN .nAn .inf -.Inf +.INF .5 -.5 .5e3 ._5 .5_
.0_0 .5e1_0 .5_e3 .
0 -0 +1 -1 08 0777 -017 0o777 0O17 0o8 0x1F 0X1f -0x10 0b11 0b12 -0b11 1_000 1__0 1_ _1 0_8 0x_1 00 1. 1.5 1e3 1E5 1e+3
1.5e-7 1e400 -1e400 .1e999 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809
+9223372036854775808 18446744073709551615 18446744073709551616 0xFFFFFFFFFFFFFFFF 0x1FFFFFFFFFFFFFFFF
0777777777777777777777 22:22 1:30 190:20:30.5 10:11:22:33:44:55 00:11:22:33:44:55 0000:04:00.00 04:00.0 10.0.0.1 aa:bb
2026-01-01 2026-1-1 2026-13-01 2026-02-30 2024-02-29 0000-02-29 2026-01-01T10:00:00Z 2026-01-01t1:2:3.5+01:00
2026-01-01T25:00:00Z 2026-01-01T10:00:00 v1.2 1,000 -a - -- --- ---a ... ? ?a : :a a: a:b #a a#b 'a' a'b "a" a"b &a *a
!a |a >a %a @a `a {} [] {a} [a] ,a a,b \\a a\\b é € hugepagesz=1G "hugepagesz=1G" -selinux console=ttyS0,115200
""".split()
SPACED = ("", " ", " a", "a ", "a b", "a: b", "a #b", "a# b", "- a", "? a", ": a", "\ta", "a\tb", "é: ü")
LINES = (
    "a\n",
    "a\nb",
    "a\n\nb\n",
    "a\n\n",
    "a \nb",
    "a\n b\n",
    "a\n\n\n",
    "a\tb\nc",
    "a\n ",
    "a: b\n#c\n",
    "\t\n",
    "é\nü",
)
LETTERS = "abcxyzEN019_-+.:,;#'\"\\{}[]&*!|>%@`~=<?/ \t\né"
TEXT = st.text(LETTERS, max_size=12).filter(lambda text: not canonical.unwritable(text))
KEY = st.text("abB019_-.zé", min_size=1, max_size=6)
VALUE = st.recursive(
    st.one_of(TEXT, st.booleans(), st.integers(-(2**40), 2**40)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=4)),
    max_leaves=8,
)


@pytest.fixture(scope="session")
def program() -> Path:
    """The built program."""
    return SCHEMATIC.built()


def theirs(program: Path, values: list[Any]) -> list[list[str]]:
    done = subprocess.run([program], input=json.dumps(values), capture_output=True, text=True, check=True)
    written: list[list[str]] = json.loads(done.stdout)
    return written


def different(program: Path, values: list[Any]) -> list[tuple[Any, str, list[str]]]:
    """Each value that is not written alike by all three, with what each writes."""
    ours = [canonical.text(value) for value in values]
    return [
        (value, mine, there)
        for value, mine, there in zip(values, ours, theirs(program, values), strict=True)
        if {mine} != set(there)
    ]


def test_texts_are_quoted_alike(program: Path) -> None:
    settled = [text for text in (*SCALARS, *SPACED, *LINES) if not canonical.unwritable(text)]
    assert different(program, [{"a": [text], "b": {"c": text}} for text in settled]) == []


@pytest.mark.parametrize("text", ["<<", "\t\n", "\na", "\ta\n", "a \nb"])
def test_what_the_libraries_write_differently_is_refused(program: Path, text: str) -> None:
    ((one, other),) = theirs(program, [{"a": text}])
    assert one != other
    assert canonical.unwritable(text)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXT, min_size=1, max_size=60))
def test_any_text_is_quoted_alike(program: Path, texts: list[str]) -> None:
    assert different(program, [{"a": {"b": [text]}} for text in texts]) == []


def _ordered(value: Any) -> Any:
    """Maps as `canonical` wants them."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in canonical.in_order(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(KEY, VALUE, min_size=1, max_size=4), min_size=1, max_size=12))
def test_anything_nested_is_written_alike(program: Path, values: list[Any]) -> None:
    assert different(program, [_ordered(value) for value in values]) == []


def test_keys_are_in_gos_order(program: Path) -> None:
    """Go sorts a map by itself, whatever the order in which it was given."""
    keys = ["a", "B", "b", "b1", "b-1", "b01", "b9", "b10", "b100", "9", "10", "010", "_", "é", "a.b", "a.10", "a.9"]
    random.Random(4).shuffle(keys)
    assert different(program, [_ordered(dict.fromkeys(keys, "x"))]) == []


def test_a_whole_schematic_is_written_alike(program: Path) -> None:
    schematic = Schematic.parse(
        Given(
            {
                "overlay": {"image": "siderolabs/sbc-raspberrypi", "name": "rpi_generic", "options": {"b": [{"c": 1}]}},
                "customization": {
                    "embeddedMachineConfiguration": "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: e1\n",
                    "extraKernelArgs": ["console=ttyS0,115200", "-selinux"],
                    "meta": [{"key": 10, "value": "a: 1\nb: 2"}, {"key": 12, "value": "{}"}],
                    "systemExtensions": {"officialExtensions": ["siderolabs/intel-ucode"]},
                    "bootloader": "dual-boot",
                    "secureboot": {"enrollKeys": "off", "includeWellKnownCertificates": True},
                },
            }
        )
    )
    sorted_by_go = json.loads(json.dumps(schematic.content))
    parts = [{key: sorted_by_go["overlay"][key]} for key in sorted_by_go["overlay"]]
    parts += [{"customization": {key: value}} for key, value in sorted_by_go["customization"].items()]
    assert different(program, parts) == []
