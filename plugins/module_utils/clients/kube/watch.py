# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A watch: what happens to a kind from a resource version on, through cuts and restarts of the server."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...core.clock import Deadline
from ...core.error import NfviError
from ...core.path import Json, dig
from .endpoint import Cut, Stream
from .errors import error_from
from .request import Request

Event = tuple[str, Json]

# The longest a single answer may last: then the server ends it, and we go on where it ended.
SESSION_SECONDS = 60.0
# A session shorter than this, and without a word, is followed by a pause of the same length.
BRIEF = 0.2


@dataclass(frozen=True)
class Scope:
    """What is watched: ``ask(resource_version, timeout_seconds)`` makes the request, ``open`` sends it."""

    ask: Callable[[str, int], Request]
    open: Callable[[Request, float], Stream]


class Watch:
    """Iterate for ``(type, object)`` (ADDED, MODIFIED, DELETED) until the deadline, or until somebody closes it.

    Raises `Expired` when the server has forgotten the version (410: list again, then watch from there), and whatever
    else the server refuses; `NoConnection` when an outage lasts until the deadline. Bookmarks are not handed on: they
    move `resource_version`, where it goes on after a cut.
    """

    def __init__(self, scope: Scope, resource_version: str, deadline: Deadline) -> None:
        self.resource_version = resource_version
        self._scope = scope
        self._deadline = deadline
        self._stream: Stream | None = None
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Event]:
        while not self._over():
            started, heard = self._deadline.clock.now(), False
            for event in self._session():
                heard = True
                yield event
                if self._over():
                    return
            if not heard and self._deadline.clock.now() - started < BRIEF:
                self._deadline.clock.sleep(min(BRIEF, self._deadline.left))

    def close(self) -> None:
        """End the iteration, from any thread."""
        self._closed.set()
        stream = self._stream
        if stream is not None:
            stream.close()

    def _over(self) -> bool:
        return self._closed.is_set() or self._deadline.over

    def _session(self) -> Iterator[Event]:
        """The events of one answer. Its end, or a cut, is none of the caller's business."""
        seconds = min(self._deadline.left, SESSION_SECONDS)
        request = self._scope.ask(self.resource_version, max(1, math.ceil(seconds)))
        stream = self._open(request, seconds)
        if stream is None:
            return
        lines = stream.lines()
        try:
            for line in lines:
                yield from self._event(line, request)
        except Cut:
            return
        finally:
            self._stream = None
            lines.close()  # type: ignore[attr-defined]

    def _open(self, request: Request, seconds: float) -> Stream | None:
        """The answer; None when the time is over, or somebody closed us, meanwhile."""
        try:
            stream = self._scope.open(request, max(seconds, 0.05))
        except Cut:
            if self._over():
                return None
            raise
        self._stream = stream
        if self._closed.is_set():
            stream.close()
        return stream

    def _event(self, line: bytes, request: Request) -> Iterator[Event]:
        if not line.strip():
            return
        event = json.loads(line)
        kind, thing = event["type"], event["object"]
        if kind == "ERROR":
            raise _refusal(thing, request)
        self.resource_version = dig(thing, ("metadata", "resourceVersion")) or self.resource_version
        if kind != "BOOKMARK":
            yield kind, thing


def _refusal(status: Json, request: Request) -> NfviError:
    return error_from(dig(status, ("code",), 500), status, {}, request)
