# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of a BMC's web service; target ``bmc:<server>``. (The fault `refuse` closes the listener: see server.py.)"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakSet

from aiohttp import web

from ..faults import Faults
from .messages import BASE, RedfishError
from .service import refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
RETRY_AFTER = 1


def middleware(faults: Faults, target: str) -> Any:
    """A middleware that delays new connections, answers 500 or 503, or cuts answers in the middle, while told to."""
    seen: WeakSet[Any] = WeakSet()

    @web.middleware
    async def broken(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.transport not in seen:
            seen.add(request.transport)
            await _delay(faults, target)
        error = _error(faults, target)
        if error is not None:
            return refusal(error)
        response = await handler(request)
        fault = faults.take("drop", target)
        return response if fault is None else await _cut(request, response, fault.seconds or 0.0)

    return broken


async def _delay(faults: Faults, target: str) -> None:
    fault = faults.take("delay", target)
    if fault is not None:
        await asyncio.sleep(fault.seconds or 0.0)


def _error(faults: Faults, target: str) -> RedfishError | None:
    if faults.take("error-500", target):
        return RedfishError(f"{BASE}.InternalError")
    if faults.take("error-503", target):
        seconds = str(RETRY_AFTER)
        return RedfishError(f"{BASE}.ServiceTemporarilyUnavailable", seconds, headers={"Retry-After": seconds})
    return None


async def _cut(request: web.Request, whole: web.StreamResponse, seconds: float) -> web.StreamResponse:
    """Promise the whole answer, send half of it, wait, and cut the connection."""
    body = whole.body if isinstance(whole, web.Response) and isinstance(whole.body, bytes) else b""
    part = web.StreamResponse(status=whole.status, headers={"Content-Type": "application/json"})
    part.content_length = max(len(body), 2)
    await part.prepare(request)
    await part.write(body[: len(body) // 2] or b"{")
    await asyncio.sleep(seconds)
    if request.transport is not None:
        request.transport.abort()
    return part
