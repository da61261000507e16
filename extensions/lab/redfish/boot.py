# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boot source override: Boot of the ComputerSystem schema, read and patched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..machine_state import ENABLED, TARGETS, BootOverride
from .messages import BASE, RedfishError

MODES = ("UEFI",)


def shown(override: BootOverride) -> dict[str, Any]:
    """The Boot object of a system that boots by UEFI only."""
    return {
        "BootSourceOverrideTarget": override.target,
        "BootSourceOverrideTarget@Redfish.AllowableValues": list(TARGETS),
        "BootSourceOverrideEnabled": override.enabled,
        "BootSourceOverrideEnabled@Redfish.AllowableValues": list(ENABLED),
        "BootSourceOverrideMode": "UEFI",
        "BootSourceOverrideMode@Redfish.AllowableValues": list(MODES),
    }


def patched(override: BootOverride, body: Mapping[str, Any]) -> BootOverride:
    """The override after a PATCH of the system; raises RedfishError (400) for what cannot be written like that."""
    for key in body:
        if key != "Boot":
            raise RedfishError(f"{BASE}.PropertyNotWritable", key)
    boot = body.get("Boot")
    if not isinstance(boot, Mapping) or not boot:
        raise RedfishError(f"{BASE}.PropertyMissing", "Boot")
    allowed = {"Target": TARGETS, "Enabled": ENABLED, "Mode": MODES}
    fields = {f"BootSourceOverride{name}": values for name, values in allowed.items()}
    for key, value in boot.items():
        if key not in fields:
            raise RedfishError(f"{BASE}.PropertyUnknown", f"Boot/{key}")
        if value not in fields[key]:
            raise RedfishError(f"{BASE}.PropertyValueNotInList", str(value), f"Boot/{key}")
    return _merged(override, boot.get("BootSourceOverrideTarget"), boot.get("BootSourceOverrideEnabled"))


def _merged(override: BootOverride, target: str | None, enabled: str | None) -> BootOverride:
    """Disabled and None go together; a target alone is meant for one start, as on an iDRAC."""
    if enabled == "Disabled" or (target == "None" and enabled is None):
        return BootOverride("None", "Disabled")
    was_off = override.enabled == "Disabled"
    return BootOverride(target or override.target, enabled or ("Once" if was_off else override.enabled))
