# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time as a value: what waits is given a clock, so that tests need not wait."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol


class Clock(Protocol):
    """Seconds since some fixed moment, and a way to let them pass."""

    def now(self) -> float:
        """Seconds since that moment."""

    def sleep(self, seconds: float) -> None:
        """Come back after that time."""


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


@dataclass(frozen=True)
class Deadline:
    """The moment by which something must be done (seconds of ``clock``)."""

    clock: Clock
    at: float
    given: float = field(default=0.0)

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> Deadline:
        return cls(clock, clock.now() + seconds, seconds)

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock.now())

    @property
    def over(self) -> bool:
        return self.left <= 0.0
