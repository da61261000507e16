# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out one server's work, and waiting until its power is what it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...clients.redfish.client import Redfish, Resource
from ...core.clock import Deadline
from ...core.error import Conflict, NfviError, Timeout
from ...core.mode import Mode
from ...core.path import dig
from .override import set_override
from .patience import Patience
from .plan import Step, Work
from .wanted import Wanted

# Redfish tells power changes by no event that all BMCs send: ask, at first often (seconds).


def carry_out(work: Work, redfish: Redfish, wanted: Wanted, mode: Mode) -> tuple[str, ...]:
    """Do the steps and wait for the end; returns warnings. An error says which actions had been carried out."""
    deadline = Deadline.after(mode.clock, wanted.wait_timeout)
    server = Server(work, redfish, wanted, mode, deadline)
    do: dict[Step, Callable[[], Iterator[str]]] = {
        Step.BOOT: server.set_boot,
        Step.SHUT_DOWN: server.shut_down,
        Step.POWER_OFF: server.power_off,
        Step.POWER_ON: server.power_on,
    }
    warnings: list[str] = []
    done: list[str] = []
    try:
        for step in work.steps:
            warnings.extend(do[step]())
            done.extend(str(change) for change in work.changes if change.action == step.value)
        server.await_power(work.after.power)
    except NfviError as error:
        error.about(work.bmc.object, path=work.bmc.path).after(done)
        raise
    return tuple(warnings)


@dataclass(frozen=True)
class Server:
    """One server while it is worked on. Steps yield warnings."""

    work: Work
    redfish: Redfish
    wanted: Wanted
    mode: Mode
    deadline: Deadline

    def set_boot(self) -> Iterator[str]:
        """Set the override for the start that follows."""
        after = self.work.after
        path = self.work.before.path
        yield from set_override(self.redfish, path, after.boot, after.enabled, self.work.bmc.object)

    def shut_down(self) -> Iterator[str]:
        """Ask the operating system; cut the power when it does not follow within ``force_after``."""
        self._reset("GracefulShutdown", "Off")
        if not self._reached("Off", Deadline.after(self.mode.clock, min(self.wanted.force_after, self.deadline.left))):
            if self.deadline.over:
                self.await_power("Off")
            yield from self.power_off()
            yield f"{self.work.bmc.object}: did not shut down within {self.wanted.force_after} s; its power was cut"

    def power_off(self) -> Iterator[str]:
        """Cut the power."""
        self._reset("ForceOff", "Off")
        self.await_power("Off")
        yield from ()

    def power_on(self) -> Iterator[str]:
        """Switch on, when it is fully off: a BMC refuses what comes in the middle of a transition."""
        self.await_power("Off")
        self._reset("On" if self.work.before.takes("On") else "ForceOn", "On")
        self.await_power("On")
        yield from ()

    def await_power(self, power: str) -> None:
        """Return when the server has this power state; raises `Timeout` at the deadline."""
        if not self._reached(power, self.deadline):
            last = self._power()
            reason = f"its power is {last}, not {power}, after {self.wanted.wait_timeout} s"
            raise Timeout(reason, hint="look at its console; a larger wait_timeout helps a slow one")

    def _reached(self, power: str, deadline: Deadline) -> bool:
        """Ask until the power is so, or the deadline is over. A BMC that does not answer for a while is asked again."""
        patience, seen = Patience(deadline), ""
        while True:
            try:
                state = self._power()
            except NfviError as error:
                if not error.retryable or deadline.over:
                    raise
                state = error.reason
            if state == power or deadline.over:
                return state == power
            if state != seen:
                self.mode.progress(f"{self.work.bmc.object}: {state}, waiting for {power}")
            seen = state
            patience.rest()

    def _reset(self, kind: str, power: str) -> None:
        """Press the button. A BMC answers 409 when the power already is what is asked for: that is success."""
        try:
            self.redfish.post(self.work.before.reset_path, {"ResetType": kind})
        except Conflict:
            if self._power() != power:
                raise

    def _power(self) -> str:
        return str(dig(self._read().body, ("PowerState",)))

    def _read(self) -> Resource:
        return self.redfish.get(self.work.before.path)
