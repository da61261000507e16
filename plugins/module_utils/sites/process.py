# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which process runs the play, and whether another one still lives."""

from __future__ import annotations

import os
import pathlib
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """A process that cannot be mistaken for a later one of the same number.

    ``started`` is in clock ticks since boot (proc(5), stat field 22), 0 where there is no /proc.
    """

    host: str
    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process:
        """The process of this host that has that number now."""
        return cls(socket.gethostname(), pid, _started(pid) or 0)

    @property
    def lives(self) -> bool:
        """False when it has ended, a zombie included. One of another host cannot be seen and counts as alive."""
        if self.host != socket.gethostname():
            return True
        if not pathlib.Path("/proc/self/stat").exists():
            return _signalled(self.pid)
        return _started(self.pid) == self.started


def playbook() -> Process:
    """ansible-playbook itself: this code runs in one of its workers, which are its children."""
    return Process.of(os.getppid())


def _started(pid: int) -> int | None:
    """When it started; None when there is no such process, or only its zombie."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state == "Z" else int(fields[18])


def _signalled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
