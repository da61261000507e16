# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server in the background that writes its process id into a file, as dnsmasq and nginx do."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...core.clock import Clock, Deadline
from ...core.error import Precondition, Timeout
from . import program

_GRACE = 10.0
_PAUSE = 0.05


@dataclass(frozen=True)
class Daemon:
    """``start`` are the arguments that start it, ``check`` those to only look whether its configuration will do.

    ``package`` is where Debian has it. ``mark`` is a text of its command line that no other process has: the path of
    its configuration.
    """

    name: str
    package: str
    pid_file: Path
    mark: str
    start: Sequence[str]
    check: Sequence[str]

    @property
    def pid(self) -> int | None:
        """Its process, if it runs; a number that another process got meanwhile is not taken for it."""
        try:
            number = int(self.pid_file.read_text())
            line = Path(f"/proc/{number}/cmdline").read_bytes().decode(errors="replace")
        except (OSError, ValueError):
            return None
        return number if self.mark in line else None

    def installed(self) -> str:
        """The path of the program; raises `Precondition`."""
        return program.find(self.name, f"Debian has it in the package {self.package}")

    def examine(self) -> None:
        """Raise `Precondition` with what it does not like about its configuration."""
        said = program.run([self.installed(), *self.check])
        if said.status:
            raise Precondition(said.complaint, object=self.name)

    def begin(self, clock: Clock) -> None:
        """Start it and return when it says that it serves; raises `Precondition` with its reason not to."""
        said = program.run([self.installed(), *self.start])
        if said.status:
            raise Precondition(said.complaint, object=self.name)
        deadline = Deadline.after(clock, _GRACE)
        while self.pid is None:  # the file comes a moment after the parent has gone
            if deadline.over:
                raise Timeout(f"does not run after {_GRACE:g} s", object=self.name)
            clock.sleep(_PAUSE)

    def end(self, clock: Clock) -> None:
        """Have it end, in the hard way if need be; returns when it is gone."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            deadline = Deadline.after(clock, _GRACE)
            if not self._told(how):
                return
            while self.pid is not None and not deadline.over:
                clock.sleep(_PAUSE)

    def _told(self, how: signal.Signals) -> bool:
        """Whether there was somebody to be told."""
        number = self.pid
        if number is None:
            return False
        try:
            os.kill(number, how)
        except ProcessLookupError:
            return False
        return True
