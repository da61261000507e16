# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a BIOS is set to, and what it will be after the next start: DMTF's Bios with its settings resource (DSP0266)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...clients.redfish.client import Redfish, Resource
from ...core.error import StalePlan, Unsupported
from ...core.path import Json, dig

_SETTINGS = "@Redfish.Settings"
_APPLY_TIME = "@Redfish.SettingsApplyTime"


@dataclass(frozen=True)
class Bios:
    """``current`` is in force; ``pending`` is what differs from it and waits for a start.

    ``on_reset``: the BMC wants to be told that the next start is the time (else some keep a change for ever).
    """

    settings_path: str
    current: Mapping[str, Json]
    pending: Mapping[str, Json]
    registry: str = ""
    on_reset: bool = False

    def next(self, name: str) -> Json:
        """The value that an attribute has after the next start."""
        return self.pending.get(name, self.current.get(name))

    def set(self, values: Mapping[str, Json]) -> Bios:
        """The same, with other values from the next start on."""
        coming = {**self.pending, **values}
        return replace(self, pending={k: v for k, v in coming.items() if not same(v, self.current.get(k))})


def same(one: Json, other: Json) -> bool:
    """Equal; true is not one."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def read_bios(system: Resource, redfish: Redfish) -> Bios:
    """The BIOS, which itself is written where it has no settings resource; raises `Unsupported` when there is none."""
    path = dig(system.body, ("Bios", "@odata.id"))
    if not path:
        raise Unsupported("the BMC does not show the attributes of the BIOS", path=("bios",))
    body = redfish.get(str(path)).body
    settings_path = str(dig(body, (_SETTINGS, "SettingsObject", "@odata.id")) or path)
    settings = redfish.get(settings_path).body if settings_path != path else body
    current = body.get("Attributes") or {}
    return Bios(
        settings_path=settings_path,
        current=current,
        pending={k: v for k, v in (settings.get("Attributes") or {}).items() if not same(v, current.get(k))},
        registry=str(body.get("AttributeRegistry") or ""),
        on_reset="OnReset" in _apply_times(body, settings),
    )


def write_bios(bios: Bios, values: Mapping[str, Json], redfish: Redfish) -> None:
    """Have these values taken over at the next start."""
    change: dict[str, Json] = {"Attributes": dict(values)}
    if bios.on_reset:
        change[_APPLY_TIME] = {"ApplyTime": "OnReset"}
    try:
        redfish.patch(redfish.get(bios.settings_path), change)
    except StalePlan:  # something else in the resource changed between reading and writing: once more
        redfish.patch(redfish.get(bios.settings_path), change)


def _apply_times(bios: Mapping[str, Json], settings: Mapping[str, Json]) -> list[Json]:
    """Newer services list them beside the settings' link, older ones in the settings resource itself."""
    newer = dig(bios, (_SETTINGS, "SupportedApplyTimes")) or []
    older = dig(settings, (_APPLY_TIME, "ApplyTime@Redfish.AllowableValues")) or []
    return [*newer, *older]
