# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talos' calls about its services."""

from __future__ import annotations

from typing import Any

from ...core.path import Json
from .calls import Calls


class ServiceCalls(Calls):
    """Services by their names in ``talosctl services``."""

    async def services(self) -> list[Json]:
        """``{id, state, healthy, message}``; ``healthy`` is None while a service's health is not known."""
        return [_service(found) for found in (await self._one("ServiceList")).services]

    async def service(self, id: str) -> Json:
        """One service as in `services`, when something about it changed last (``at``, nanoseconds of Unix time, 0:
        never), and since when it is in its state (``since``); None when the machine has none of that name.
        """
        for found in (await self._one("ServiceList")).services:
            if found.id == id:
                events = sorted((event.ts.ToNanoseconds(), event.state) for event in found.events.events)
                other = [at for at, state in events if state != found.state]
                since = [at for at, _state in events if at > max(other, default=0)]
                at = events[-1][0] if events else 0
                return {**_service(found), "at": at, "since": since[0] if since else at}
        return None

    async def service_action(self, verb: str, id: str) -> None:
        """``verb`` (Start, Stop, Restart) is done with one service; refused for those that Talos keeps to itself."""
        await self._one(f"Service{verb}", id=id)


def _service(found: Any) -> Json:
    return {
        "id": found.id,
        "state": found.state,
        "healthy": None if found.health.unknown else found.health.healthy,
        "message": found.health.last_message or _last_event(found),
    }


def _last_event(service: Any) -> str:
    return str(service.events.events[-1].msg) if service.events.events else ""
