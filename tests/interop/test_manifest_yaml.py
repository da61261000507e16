# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubectl reads the same texts as we do, and finds the same in them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.kubectl_yaml import documents

SCALARS = """
y n Y N yes No TRUE tRue on OFF off true false ~ null Null NULL nUll
0 -0 +1 -1 08 0777 0o777 0O17 0o8 0x1F 0X1f -0x10 0b11 0b12 -0b11 1_000 1__0 1_ _1 0_8 0x_1 00 012.5
1. .5 -.5 +.5 ._5 . 1.0 1.5 1e3 1E5 1e+3 1.5e-7 12e03 .5e3 1e400 1e21 1e22 0.1 1_0.5
9223372036854775807 -9223372036854775808 99999999999999999999999
22:22 1:30 190:20:30 10:11:22:33:44:55 00:11:22:33:44:55 0000:04:00.00 10.0.0.1 1.2.3 fe80::1
2026-01-01 2026-01-01T10:00:00Z v1.2 1.36 1,000 = <= 10m 1Gi 5s a-b @sha256 'y' "1" !!str 1 !!binary aGVsbG8=
""".replace("@sha256", "'@sha256'")


def lines() -> list[str]:
    """One scalar a line; a tag goes with what follows it."""
    found: list[str] = []
    for word in SCALARS.split():
        found.append(f"{found.pop()} {word}" if found and found[-1].startswith("!!") and " " not in found[-1] else word)
    return found


def manifest() -> str:
    values = "".join(f"  k{number}: {text}\n" for number, text in enumerate(lines()))
    keys = "".join(f"  {text}: {number}\n" for number, text in enumerate(("1", "on", "2.5", "z", "010", "x")))
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{values}keys:\n{keys}"
        "merged:\n  base: &base {a: 1, b: 2}\n  more: {<<: *base, b: 3}\n"
        "  text: |\n    y\n    1\n  folded: >-\n    a\n    b\n"
    )


def test_kubectl_finds_the_same(lab_programs: dict[str, Path], tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(manifest())
    command = [lab_programs["kubectl"], "patch", "--local", "-f", file, "--type=merge", "-p", "{}", "-o", "json"]
    theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ((_line, ours),) = documents(file.read_bytes(), file.name)
    texts = dict(zip(ours["data"], lines(), strict=True))
    different = {
        texts[key]: (value, theirs["data"][key])
        for key, value in ours["data"].items()
        if (value, type(value)) != (theirs["data"][key], type(theirs["data"][key]))
    }
    assert not different
    assert {key: ours[key] for key in ("keys", "merged")} == {key: theirs[key] for key in ("keys", "merged")}
