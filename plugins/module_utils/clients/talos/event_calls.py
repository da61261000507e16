# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's own log of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from . import wire
from .calls import MACHINE, Calls


class EventCalls(Calls):
    """Events come as they happen; a stream of them has no end."""

    async def events(self, tail: int = 0) -> AsyncIterator[Any]:
        """The machine's events, ``tail`` of the past ones first (-1 for all). The first message says nothing."""
        async for event in self._transport.stream(MACHINE, "Events", tail_events=tail):
            yield event

    async def failures(self, seconds: float = 1.0) -> list[str]:
        """What the machine's own event log says went wrong since it booted, oldest first."""
        said: list[str] = []
        try:
            async with asyncio.timeout(seconds):
                async for event in self.events(tail=-1):
                    said.extend(_failure(event))
        except TimeoutError:  # the stream has no end; what was told so far is all there is
            pass
        return said


# The events that tell of a failure; their type URL is Talos' own (talos/runtime/<full name>).
_TELLING = ("machine.SequenceEvent", "machine.ConfigLoadErrorEvent", "machine.ConfigValidationErrorEvent")


def _failure(event: Any) -> list[str]:
    name = event.data.type_url.rpartition("/")[2]
    if name not in _TELLING:
        return []
    told = wire.message(name).FromString(event.data.value)
    if name != "machine.SequenceEvent":
        return [told.error] if told.error else []
    return [f"{told.sequence}: {told.error.message}"] if told.error.message else []
