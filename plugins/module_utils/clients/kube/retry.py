# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When sending again can help, and how long to go on: the rules are pure, `Patience` adds a clock."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from ...core.clock import Clock
from ...core.error import NfviError
from ...core.mode import silent
from .endpoint import Cut, HungUp, NoConnection
from .errors import Modified, Overloaded
from .request import Request

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
# From this pause on a person wants to be told (seconds).
TOLD_FROM = 1.0


def helps(error: NfviError, request: Request) -> bool:
    """Whether ``request`` may be sent again after ``error``, and may fare better.

    Never what may have been carried out and is not repeatable; of conflicts only a lost race of a write that is not
    bound to one version; nothing that names a field or comes from a webhook's judgement.
    """
    if isinstance(error, NoConnection):
        return True
    if isinstance(error, Cut):
        return request.repeatable
    if isinstance(error, Overloaded):
        return request.repeatable or error.unprocessed
    return isinstance(error, Modified) and not request.conditional


def backoff(failed: int) -> float:
    """Seconds to wait after ``failed`` tries: doubling up to `LONGEST_PAUSE`, spread so that threads do not march."""
    doubled: float = FIRST_PAUSE * 2 ** min(failed, 10)
    return min(LONGEST_PAUSE, doubled) * random.uniform(0.5, 1.0)


@dataclass
class Trial:
    """One request's attempts: when the first began (seconds of the clock), and how many failed."""

    started: float
    failed: int = 0


class Patience:
    """How long one client goes on, shared by its threads.

    An outage is the server's, not a request's: its ``seconds`` begin when the first thread meets it, so that a list of
    500 fails together. A server that never answered is not waited for: its address is wrong, or it is yet to be made.
    """

    def __init__(self, seconds: float, clock: Clock, progress: Callable[[str], None] = silent) -> None:
        self._seconds = seconds
        self._clock = clock
        self._progress = progress
        self._lock = threading.Lock()
        self._reached = False
        self._down_since: float | None = None

    def begin(self) -> Trial:
        """A request's first attempt."""
        return Trial(self._clock.now())

    def answered(self) -> None:
        """The server said something, be it a refusal."""
        if self._down_since is not None or not self._reached:
            with self._lock:
                self._reached, self._down_since = True, None

    def again(self, error: NfviError, request: Request, trial: Trial, until: float | None = None) -> bool:
        """Pause as long as it makes sense and say True; False when ``error`` is final.

        ``until`` (a moment of the clock) replaces the client's own limit: whoever waits anyhow waits through an outage.
        """
        away = isinstance(error, (NoConnection, Cut))
        if not away:
            self.answered()
        if not helps(error, request):
            return False
        since = self._outage(error) if away else trial.started
        pause = max(getattr(error, "retry_after", None) or 0.0, backoff(trial.failed))
        last = since + self._seconds if until is None else until
        if since == _NEVER or self._clock.now() + pause > last:
            return False
        trial.failed += 1
        if pause >= TOLD_FROM:
            self._progress(f"{error.object}: {error.reason}; again in {pause:.0f} s")
        self._clock.sleep(pause)
        return True

    def _outage(self, error: NfviError) -> float:
        """Since when the server is away (told once), or `_NEVER` when it never was there."""
        with self._lock:
            self._reached = self._reached or isinstance(error, HungUp)
            if not self._reached:
                return _NEVER
            first = self._down_since is None
            since = self._clock.now() if self._down_since is None else self._down_since
            self._down_since = since
        if first:
            self._progress(f"{error.reason}; trying again")
        return since


_NEVER = float("-inf")
