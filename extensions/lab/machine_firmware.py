# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server's firmware has to set: the attributes, their types, what they are when it leaves the factory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int


@dataclass(frozen=True)
class Attribute:
    """One of them, as an iDRAC's attribute registry describes it. Numbers and lengths lie within ``low`` … ``high``."""

    kind: str
    default: Value
    values: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    read_only: bool = False

    def takes(self, value: object) -> bool:
        """Whether the attribute can be set to ``value``."""
        if self.kind == "Enumeration":
            return value in self.values
        if self.kind == "Integer":
            return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high
        return isinstance(value, str) and self.low <= len(value) <= self.high


_SWITCH = ("Enabled", "Disabled")
_PROFILES = ("PerfPerWattOptimizedDapc", "PerfPerWattOptimizedOs", "PerfOptimized", "Custom")

# Those of a PowerEdge of the 15th generation that matter to a telco server, under Dell's names.
ATTRIBUTES: Mapping[str, Attribute] = {
    "AcPwrRcvryUserDelay": Attribute("Integer", 120, low=120, high=600),
    "AssetTag": Attribute("String", "", high=63),
    "LogicalProc": Attribute("Enumeration", "Enabled", _SWITCH),
    "ProcCStates": Attribute("Enumeration", "Enabled", _SWITCH),
    "ProcVirtualization": Attribute("Enumeration", "Enabled", _SWITCH),
    "SetupPassword": Attribute("Password", "", high=32),
    "SriovGlobalEnable": Attribute("Enumeration", "Disabled", _SWITCH),
    "SysProfile": Attribute("Enumeration", "PerfPerWattOptimizedDapc", _PROFILES),
    "SystemModelName": Attribute("String", "PowerEdge XR11", high=40, read_only=True),
}


@dataclass(frozen=True)
class Firmware:
    """Current settings, and those that wait for a start; ``scheduled`` ones come into force with it.

    Both hold only what is not as it left the factory, and what waits. A change without an apply time is kept and never
    carried out: an iDRAC wants a job for it.
    """

    current: Mapping[str, Value]
    pending: Mapping[str, Value]
    scheduled: bool = False

    @property
    def settings(self) -> dict[str, Value]:
        """What is in force; passwords are never shown."""
        return {
            name: self.current.get(name, attribute.default)
            for name, attribute in ATTRIBUTES.items()
            if attribute.kind != "Password"
        }

    def started(self) -> Firmware:
        """After a start."""
        if not self.scheduled:
            return self
        return Firmware({**self.current, **self.pending}, {})


FACTORY = Firmware({}, {})
