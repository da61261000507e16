# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Go programs the lab runs: found (``KUBEBUILDER_ASSETS``, then the cache) or built once into the cache."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from . import build
from .catalogue import OF_A_LAB, PROGRAMS, Program
from .errors import ProgramError

__all__ = ["OF_A_LAB", "PROGRAMS", "ProgramError", "ensure", "path"]


def path(name: str) -> Path:
    """The executable called ``name``; raises ProgramError when it is neither given nor built yet."""
    found = _find(_program(name))
    if found is None:
        raise ProgramError(f"{name} is not built yet: run `python extensions/lab programs --only {name}`")
    return found


def ensure(names: Iterable[str], report: build.Report = print) -> dict[str, Path]:
    """Find each program, building what is missing; ``report`` is given lines of progress.

    Raises ProgramError that says what is missing (Go, a module) or how the build failed.
    """
    wanted = [_program(name) for name in names]
    missing = [program for program in wanted if _find(program) is None]
    if missing:
        build.build(missing, report)
    return {program.name: path(program.name) for program in wanted}


def _program(name: str) -> Program:
    if name not in PROGRAMS:
        raise ProgramError(f"no program {name!r}; there are: {', '.join(PROGRAMS)}")
    return PROGRAMS[name]


def _find(program: Program) -> Path | None:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    candidates = [Path(assets) / program.name] if assets else []
    for candidate in (*candidates, build.target(program)):
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    return None
