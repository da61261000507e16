# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions as KubeVirt keeps them: type, status, reason, message, two times; no generation."""

from __future__ import annotations

from .client import Obj
from .controller import now


def set_condition(conditions: list[Obj], kind: str, status: str, reason: str = "", message: str = "") -> None:
    """Add or change a condition; one that says the same already keeps its times.

    Times are never null: a null inside a list does not survive a merge patch and breaks virt-controller's patches.
    """
    held = next((c for c in conditions if c["type"] == kind), None)
    if held is None:
        held = {"type": kind, "status": ""}
        conditions.append(held)
    if (held["status"], held.get("reason", ""), held.get("message", "")) == (status, reason, message):
        return
    if held["status"] != status:
        held["lastTransitionTime"] = now()
    held.update(status=status, lastProbeTime=now())
    for key, value in (("reason", reason), ("message", message)):
        held.pop(key, None)
        if value:
            held[key] = value


def drop_condition(conditions: list[Obj], kind: str) -> None:
    """Take a condition away, if it is there."""
    conditions[:] = [c for c in conditions if c["type"] != kind]


def is_true(conditions: list[Obj], kind: str) -> bool:
    """True when a condition of this type says so."""
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)
