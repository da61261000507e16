# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to a server to bring it to the state that is wanted: pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...core.change import Change, Impact
from ...core.error import Unsupported
from ...core.path import Json
from .system import System
from .wanted import Bmc, Wanted


class Step(enum.Enum):
    """One thing done to a server. The value is the action that users read."""

    BOOT = "update"
    SHUT_DOWN = "shut-down"
    POWER_OFF = "power-off"
    POWER_ON = "power-on"


@dataclass(frozen=True)
class Work:
    """A server's part of the plan: the steps in their order, the changes users read, and what it is like afterwards."""

    bmc: Bmc
    before: System
    after: System
    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def waits(self) -> bool:
        """There is something to do, or to wait for: somebody else's transition that is under way."""
        return bool(self.steps) or self.before.power != self.after.power


def plan_server(bmc: Bmc, wanted: Wanted, system: System) -> Work:
    """The work on one server. A running server that is to be on is left alone, its boot source too.

    Raises `Unsupported` when the BMC does not offer the boot source.
    """
    steps = tuple(_steps(wanted, system))
    boot = tuple(_boot_changes(bmc, wanted, system)) if Step.POWER_ON in steps else ()
    after = system.powered("Off" if wanted.state == "off" else "On")
    if boot and wanted.boot is not None:
        after = replace(after, boot=wanted.boot, enabled=wanted.enabled)
        steps = (Step.BOOT, *steps)
    power = tuple(_power_change(bmc, step, wanted, system) for step in steps if step is not Step.BOOT)
    return Work(bmc, system, after, steps, boot + power)


def _steps(wanted: Wanted, system: System) -> Iterator[Step]:
    """Stop before start: the power is seen to be off before it is switched on again, which a reset would not show."""
    if system.runs and wanted.state != "on":
        gently = wanted.state != "cycled" and wanted.force_after > 0 and system.takes("GracefulShutdown")
        yield Step.SHUT_DOWN if gently else Step.POWER_OFF
    if wanted.state != "off" and (wanted.state != "on" or not system.runs):
        yield Step.POWER_ON


def _boot_changes(bmc: Bmc, wanted: Wanted, system: System) -> Iterator[Change]:
    if wanted.boot is None:
        return
    if system.boot_targets and wanted.boot not in system.boot_targets:
        offered = ", ".join(system.boot_targets)
        raise Unsupported(f"the BMC offers no boot source {wanted.boot}; it offers {offered}", path=("boot_source",))
    pairs: dict[str, tuple[Json, Json]] = {
        "source": (system.boot, wanted.boot),
        "enabled": (system.enabled, wanted.enabled),
    }
    for key, (before, after) in pairs.items():
        if before != after:
            yield Change(Step.BOOT.value, bmc.object, ("boot", key), before, after)


def _power_change(bmc: Bmc, step: Step, wanted: Wanted, system: System) -> Change:
    """Its values are what a diff shows: the power before the whole work, and after this step."""
    impact = Impact.OUTAGE if wanted.state == "off" else Impact.NODE_REBOOT
    starts = step is Step.POWER_ON
    return Change(
        step.value,
        bmc.object,
        before={"power": system.power},
        after={"power": "On" if starts else "Off"},
        impact=Impact.NONE if starts else impact,
    )
