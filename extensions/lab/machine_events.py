# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's event stream, one for each boot, with the history that Talos keeps (runtime/v1alpha1 Events)."""

from __future__ import annotations

import asyncio
import base64
import itertools
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

#: How many past events can be asked for (Talos: capacity 1000 less a safety gap of 10).
HISTORY = 990


@dataclass(frozen=True)
class SequenceEvent:
    """A sequence (boot, install, reboot, …) starts or stops; ``error`` goes with action NOOP."""

    sequence: str
    action: str
    error: str = ""
    code: str = "FATAL"


@dataclass(frozen=True)
class PhaseEvent:
    """A phase of a sequence starts or stops."""

    phase: str
    action: str


@dataclass(frozen=True)
class TaskEvent:
    """A task of a phase starts or stops."""

    task: str
    action: str


@dataclass(frozen=True)
class ServiceStateEvent:
    """``healthy`` None: the service has no health check, or none has run yet."""

    service: str
    state: str
    message: str
    healthy: bool | None


@dataclass(frozen=True)
class MachineStatusEvent:
    """``unmet`` are pairs of a condition's name and the reason."""

    stage: str
    ready: bool
    unmet: tuple[tuple[str, str], ...] = ()


Payload = SequenceEvent | PhaseEvent | TaskEvent | ServiceStateEvent | MachineStatusEvent


@dataclass(frozen=True)
class Event:
    """An event with its place in the stream (ids grow) and the Unix time it happened at."""

    id: str
    at: float
    actor: str
    payload: Payload


class Signal:
    """Wakes everybody who waits, each time it fires."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        """Wake all who hold the current `next`."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    def next(self) -> asyncio.Event:
        """What the next `fire` sets. Take it before looking at the state, then nothing is missed."""
        return self._event


class EventLog:
    """Publishes events and plays them back."""

    def __init__(self) -> None:
        self._events: deque[tuple[int, Event]] = deque(maxlen=HISTORY)
        self._numbers = itertools.count()
        self._machine = secrets.token_bytes(5)
        self._published = Signal()

    def publish(self, payload: Payload, actor: str = "") -> None:
        """Add an event, on behalf of the API call ``actor``."""
        number, now = next(self._numbers), time.time()
        self._events.append((number, Event(self._id(number, now), now, actor, payload)))
        self._published.fire()

    def _id(self, number: int, now: float) -> str:
        """An xid, as Talos uses: seconds, machine, counter; ids sort by time."""
        raw = int(now).to_bytes(4, "big") + self._machine + number.to_bytes(3, "big")
        return base64.b32hexencode(raw).decode().rstrip("=").lower()

    async def watch(self, tail: int = 0, after: str = "", seconds: float = 0, actor: str = "") -> AsyncIterator[Event]:
        """Events from now on, and before them: the last ``tail`` (-1: all there are), those after the id ``after``, or
        those of the last ``seconds``. ``actor`` keeps only that actor's."""
        position = self._first(tail, after, seconds)
        while True:
            pending = self._published.next()
            for number, event in [entry for entry in self._events if entry[0] >= position]:
                position = number + 1
                if actor in ("", event.actor):
                    yield event
            await pending.wait()

    def _first(self, tail: int, after: str, seconds: float) -> int:
        entries = list(self._events)
        if tail:
            chosen = entries if tail < 0 else entries[-tail:]
        elif after:
            chosen = [entry for entry in entries if entry[1].id > after]
        elif seconds:
            chosen = [entry for entry in entries if entry[1].at > time.time() - seconds]
        else:
            chosen = []
        return chosen[0][0] if chosen else (entries[-1][0] + 1 if entries else 0)
