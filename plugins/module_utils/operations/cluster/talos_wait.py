# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for machines: look, tell people what is missing, and give up when it cannot help or takes too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ...clients.talos.client import Outcome
from ...core.clock import Deadline
from ...core.error import NeverReady, NfviError, Timeout
from ...core.mode import Mode
from ...core.readiness import Never, NotYet, Readiness, Ready

T = TypeVar("T")
V = TypeVar("V")

# Seconds between two looks at a machine that restarts; its connections break, so that there is nothing to watch on.
PAUSE = 0.5


def wait_for(names: list[str], look: Callable[[list[str]], list[Readiness]], mode: Mode, seconds: float) -> None:
    """Look until every thing is ready; raises `NeverReady` or, after ``seconds``, `Timeout` with the last reasons."""
    deadline = Deadline.after(mode.clock, seconds)
    waiting, told = list(names), ""
    while waiting:
        verdicts = dict(zip(waiting, look(waiting), strict=True))
        for name, verdict in verdicts.items():
            if isinstance(verdict, Never):
                raise NeverReady(verdict.why, object=name)
        waiting = [name for name, verdict in verdicts.items() if not isinstance(verdict, Ready)]
        why = "; ".join(f"{name}: {v.why}" for name, v in verdicts.items() if isinstance(v, NotYet))
        if waiting and deadline.over:
            raise Timeout(f"not ready after {seconds:.0f} s: {why}", object=", ".join(waiting))
        if waiting and why != told:
            mode.progress(why)
            told = why
        if waiting:
            mode.clock.sleep(min(PAUSE, deadline.left))


def patiently(
    look: Callable[[list[T]], list[Outcome[V]]], things: list[T], mode: Mode, seconds: float
) -> list[Outcome[V]]:
    """Look at every thing, and again for up to ``seconds`` at those whose error says that another try may help."""
    deadline = Deadline.after(mode.clock, seconds)
    outcomes, told = look(things), ""
    while not deadline.over:
        missing = [index for index, found in enumerate(outcomes) if isinstance(found, NfviError) and found.retryable]
        if not missing:
            break
        why = "; ".join(str(outcomes[index]) for index in missing)
        if why != told:
            mode.progress(why)
            told = why
        mode.clock.sleep(min(PAUSE, deadline.left))
        for index, found in zip(missing, look([things[index] for index in missing]), strict=True):
            outcomes[index] = found
    return outcomes
