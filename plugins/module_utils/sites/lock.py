# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time: a file that says who works on the site. It is stale when that process is gone."""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TextIO

from ..core.error import Busy
from .process import Process


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, since when (UTC) and what it runs."""

    process: Process
    since: str
    command: str

    def __str__(self) -> str:
        return f"process {self.process.pid} on {self.process.host} since {self.since}: {self.command}"


def take(file: pathlib.Path, wanted: Holder, site: str) -> None:
    """Hold the site; raises `Busy` naming the holder when another living process does. Taking it twice is no harm."""
    with _opened(file) as stream:
        holder = _holder(stream)
        if holder is not None and holder.process != wanted.process and holder.process.lives:
            raise Busy(
                f"another run works on this site: {holder}", object=f"site {site}", hint="wait for it to end, or end it"
            )
        _write(stream, json.dumps(asdict(wanted)))


def release(file: pathlib.Path, process: Process) -> None:
    """Give the site back, if that process holds it."""
    with _opened(file) as stream:
        holder = _holder(stream)
        if holder is not None and holder.process == process:
            _write(stream, "")


def holder_of(file: pathlib.Path) -> Holder | None:
    """The living process that holds the site, if any; nothing is written."""
    try:
        with file.open(encoding="utf-8") as stream:
            holder = _holder(stream)
    except FileNotFoundError:
        return None
    return holder if holder is not None and holder.process.lives else None


@contextmanager
def _opened(file: pathlib.Path) -> Iterator[TextIO]:
    """The file, alone: the kernel's lock lasts only for as long as it is looked at and written."""
    with open(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream


def _holder(stream: TextIO) -> Holder | None:
    """Who is written there; a line that was cut off counts as nobody (its writer died)."""
    try:
        found = json.loads(stream.read())
        return Holder(Process(**found["process"]), found["since"], found["command"])
    except (ValueError, KeyError, TypeError):
        return None


def _write(stream: TextIO, text: str) -> None:
    stream.seek(0)
    stream.truncate()
    stream.write(text)
    stream.flush()
