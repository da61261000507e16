# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conventions of every source file that no linter knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LICENCE = "# SPDX-License-Identifier: GPL-3.0-or-later"
HEADER = (
    "# Copyright: (c) 2026, kubevim.nfvi contributors",
    "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
    LICENCE,
)
# What must not stand in a public repository; written so that this file does not match itself.
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.-])/(?:work|farm|root)/[a-z.]|/home/(?!user\b)[a-z]+/"),
    "a package registry by its host": re.compile(
        r"https?://[a-z0-9.-]*(?:pypi|pythonhosted|golang|npmjs|crates|maven|debian)[a-z0-9.-]*\.(?:org|io|com)"
    ),
    "something left open": re.compile(r"\b(?:TODO|FIXME|X{3})\b|NotImplementedError"),
}
GENERATED = (".sum", ".lock", "LICENSE")


def sources(*suffixes: str) -> list[Path]:
    """The files git knows or would add, with these suffixes (none: all)."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = [ROOT / name for name in listed.splitlines()]
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def test_python_files_name_their_licence() -> None:
    silent = [relative(path) for path in sources(".py") if path.stat().st_size and LICENCE not in lines_of(path)[:4]]
    assert not silent


def test_plugins_begin_with_the_whole_header() -> None:
    files = [path for path in sources(".py") if path.is_relative_to(ROOT / "plugins") and path.stat().st_size]
    assert not [relative(path) for path in files if tuple(lines_of(path)[:3]) != HEADER]


def test_a_plugin_file_is_one_idea() -> None:
    """24 KB is where a reader starts to scroll for what belongs together; tables and documentation included."""
    files = [path for path in sources(".py") if path.is_relative_to(ROOT / "plugins")]
    assert not {relative(path): path.stat().st_size for path in files if path.stat().st_size > 24_000}


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_nothing_that_must_not_be_published(what: str) -> None:
    pattern, here = FORBIDDEN[what], Path(__file__)
    files = [path for path in sources() if path != here and not path.name.endswith(GENERATED)]
    found = [
        f"{relative(path)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(lines_of(path), 1)
        if pattern.search(line)
    ]
    assert not found, f"{what}:\n" + "\n".join(found)


def test_no_sanity_ignore_entries() -> None:
    assert not [relative(path) for path in (ROOT / "tests" / "sanity").glob("ignore*") if path.stat().st_size]


def test_no_test_may_be_skipped() -> None:
    skipping = re.compile(r"pytest\.(?:mark\.)?(?:skip|xfail|importorskip)|unittest\.skip")
    files = [path for path in sources(".py") if path.is_relative_to(ROOT / "tests") and path != Path(__file__)]
    assert not [relative(path) for path in files if skipping.search(path.read_text(encoding="utf-8"))]


def test_no_error_is_its_own_cause() -> None:
    """Who follows the chain of causes, as ansible-core 2.19 does to print it, would never come to its end."""
    circle = re.compile(r"raise (\w+)(?:\.\w+\(.*\))? from \1$", re.M)
    assert not [path for path in sources(".py") if circle.search(path.read_text(encoding="utf-8"))]
