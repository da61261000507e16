# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The power button: which resets a state allows, and transitions that take time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .host import Host
from .messages import BASE, IDRAC, RedfishError

ACTION = "ComputerSystem.Reset"


@dataclass(frozen=True)
class Reset:
    """A ResetType (DMTF Resource schema): the power it needs (None: any) and the one it passes through.

    ``forced`` ones end whatever is under way; the others wait for it.
    """

    needs: str | None
    through: str | None
    forced: bool
    carry_out: Callable[[Host], Awaitable[None]]


async def _nothing(_host: Host) -> None:
    """A diagnostic interrupt leaves the power as it is."""


async def _press(host: Host) -> None:
    if host.power == "On":
        await host.power_off(graceful=True)
    else:
        await host.power_on()


# Those that an iDRAC 9 lists (Redfish API guide, "Supported Action - Reset"), and those of its newer firmware.
RESETS: dict[str, Reset] = {
    "On": Reset("Off", "PoweringOn", False, lambda host: host.power_on()),
    "ForceOff": Reset("On", "PoweringOff", True, lambda host: host.power_off(graceful=False)),
    "ForceRestart": Reset("On", None, True, lambda host: host.power_cycle(graceful=False)),
    "GracefulRestart": Reset("On", None, False, lambda host: host.power_cycle(graceful=True)),
    "GracefulShutdown": Reset("On", "PoweringOff", False, lambda host: host.power_off(graceful=True)),
    "PushPowerButton": Reset(None, None, False, _press),
    "Nmi": Reset("On", None, False, _nothing),
    "PowerCycle": Reset("On", None, True, lambda host: host.power_cycle(graceful=False)),
}


class Power:
    """One server's power as its BMC shows and switches it. Resets are carried out in the background, in turn.

    ``settle`` is how long (seconds) the supplies take before the server itself begins to start.
    """

    def __init__(self, host: Host, settle: float) -> None:
        self._host = host
        self._settle = settle
        self._through: str | None = None
        self._running: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> str:
        """A Redfish PowerState: On, Off, PoweringOn or PoweringOff."""
        return self._through or self._host.power

    def reset(self, kind: object) -> None:
        """Begin a reset and return at once, as BMCs do (204).

        Raises RedfishError: 400 for a type that does not exist, 409 when the power is already what is asked for.
        A server that powers on counts as on; one that shuts down still is, so that one that hangs can be cut off.
        """
        if kind is None:
            raise RedfishError(f"{BASE}.ActionParameterMissing", ACTION, "ResetType")
        wanted = RESETS.get(str(kind))
        if wanted is None:
            raise RedfishError(f"{BASE}.ActionParameterValueNotInList", str(kind), "ResetType", ACTION)
        is_on = self.state != "Off"
        if wanted.needs == "Off" and is_on:
            raise RedfishError(f"{IDRAC}.PSU501")
        if wanted.needs == "On" and not is_on:
            raise RedfishError(f"{IDRAC}.PSU502")
        self._through = wanted.through
        task = asyncio.get_running_loop().create_task(self._carry_out(wanted, tuple(self._running)))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Give up what has not happened yet: a BMC without power switches nothing."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _carry_out(self, wanted: Reset, before: tuple[asyncio.Task[None], ...]) -> None:
        if wanted.forced:
            for task in before:
                task.cancel()
        await asyncio.gather(*before, return_exceptions=True)
        self._through = wanted.through
        try:
            if wanted.through == "PoweringOn":
                await asyncio.sleep(self._settle)
            await wanted.carry_out(self._host)
        finally:
            self._through = None
