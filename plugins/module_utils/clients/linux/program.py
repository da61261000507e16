# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of the host: found, run with a list of arguments, ended when it takes too long."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...core.error import Precondition, Timeout

LONGEST = 60.0
"""Seconds that a program may take."""
# Where servers lie, which the PATH of users does not name.
_SYSTEM = ("/usr/local/sbin", "/usr/sbin", "/sbin")


@dataclass(frozen=True)
class Said:
    """How it ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """What it said last, in one line."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        return lines[-1] if lines else f"it ended with status {self.status}"


def find(name: str, hint: str) -> str:
    """Where the program is; raises `Precondition`."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_SYSTEM)))
    if found is None:
        raise Precondition(f"{name} is not installed", hint=hint)
    return found


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Said:
    """Run it to its end; one that goes on in the background has ended for us. Raises `Timeout`."""
    try:
        return asyncio.run(_run(command, environment))
    except asyncio.TimeoutError as exc:
        raise Timeout(f"{command[0]} did not end within {LONGEST:g} s") from exc


async def _run(command: Sequence[str], environment: Mapping[str, str] | None) -> Said:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env={**os.environ, **(environment or {})}
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), LONGEST)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        raise
    return Said(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))
