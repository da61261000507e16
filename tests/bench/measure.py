# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs programs and says what they cost: wall time, CPU time, memory; medians and ratios of rounds."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A measured program did not do what it was to do; the message ends with its last words."""


@dataclass(frozen=True)
class Run:
    """One program from its start to its end, with all its children.

    ``seconds`` of wall time, ``cpu`` seconds (user and system), ``peak`` MiB resident of the largest process.
    """

    seconds: float
    cpu: float
    peak: float
    output: str


@dataclass(frozen=True)
class Spread:
    """The middle of some measurements, and how far they lie apart."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))

    def __format__(self, form: str) -> str:
        """``2.13 (1.90–2.40)``; the format is that of each number."""
        return f"{self.median:{form}} ({self.low:{form}}–{self.high:{form}})"


def ratio(peer: Sequence[float], ours: Sequence[float]) -> Spread:
    """How many times as long the peer takes, round by round: both ran in the same minute, under the same load."""
    return Spread.of([theirs / own for theirs, own in zip(peer, ours, strict=True)])


def run(command: Sequence[str | Path], environment: Mapping[str, str], folder: Path) -> Run:
    """Run a program to its end; raises `Failed` unless it exits with 0."""
    with tempfile.TemporaryFile() as out:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=dict(environment), cwd=folder
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read().decode(errors="replace")
    if process.returncode:
        last = "\n".join(output.splitlines()[-25:])
        raise Failed(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{last}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)
