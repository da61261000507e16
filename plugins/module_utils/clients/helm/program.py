# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``helm`` program: found, run with a list of arguments, ended when it takes too long."""

from __future__ import annotations

import asyncio
import re
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...core.error import Precondition, Timeout

LONGEST = 120.0
"""Seconds that rendering may take; charts with loops without end exist."""

# Told to stop, helm marks the release as failed before it goes; killed, it leaves it pending.
_GRACE = 15.0

# helm pkg/chartutil/validate_name.go.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_LONGEST_NAME = 53
NAME_HINT = "at most 53 lower-case letters, digits, '-' and '.'"


@dataclass(frozen=True)
class Said:
    """How it ended, and what it printed."""

    status: int
    out: str
    err: str


def is_release_name(text: str) -> bool:
    """Whether helm takes that as the name of a release."""
    return bool(_NAME.match(text)) and len(text) <= _LONGEST_NAME


def run(
    arguments: Sequence[str],
    given: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    longest: float | None = None,
) -> Said:
    """Run helm to its end; ``given`` goes to its standard input, ``longest`` is in seconds.

    Raises `Precondition` without helm, and `Timeout`.
    """
    program = shutil.which("helm")
    if program is None:
        hint = "https://helm.sh/docs/intro/install/"
        raise Precondition("helm is not on PATH; it renders and installs charts", hint=hint)
    seconds = LONGEST if longest is None else longest
    try:
        return asyncio.run(_run([program, *arguments], given, environment, seconds))
    except TimeoutError as exc:
        raise Timeout(f"helm did not end within {seconds:g} s") from exc


async def _run(command: Sequence[str], given: str, environment: Mapping[str, str] | None, seconds: float) -> Said:
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment)
    talk = asyncio.ensure_future(process.communicate(given.encode()))
    try:
        out, err = await asyncio.wait_for(asyncio.shield(talk), seconds)
    except TimeoutError:
        await _end(process, talk)
        raise
    return Said(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))


async def _end(process: Process, talk: asyncio.Future[tuple[bytes, bytes]]) -> None:
    process.terminate()
    try:
        await asyncio.wait_for(asyncio.shield(talk), _GRACE)
    except TimeoutError:
        process.kill()
        await talk
