# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual machine in a few words, for people and playbooks."""

from __future__ import annotations

from ...core.path import Json, dig
from .lifecycle import Seen, Step, has

_STATUS, _STRATEGY = "status.printableStatus", "spec.runStrategy"


def summary(seen: Seen) -> Json:
    """As it is now; texts are empty, and flags false, where there is no guest."""
    meta = seen.vm["metadata"]
    return {
        "name": meta["name"],
        "namespace": meta["namespace"],
        "run_strategy": seen.strategy,
        "status": seen.shown,
        "ready": dig(seen.vm, ("status", "ready")) is True,
        "node": seen.node,
        "paused": seen.paused,
        "restart_required": seen.restart_required,
    }


def predicted(step: Step) -> Json:
    """As it will be, as far as that is known: not which node the scheduler takes."""
    now = summary(step.seen)
    if step.change is None:
        return now
    after = step.change.after or {}
    shown = after.get(_STATUS, now["status"])
    if step.change.action == "restart":
        now["restart_required"] = False
    gone = shown == "Stopped"
    return {
        **now,
        "run_strategy": after.get(_STRATEGY, now["run_strategy"]),
        "status": shown,
        "ready": not gone,
        "node": "" if gone else now["node"],
        "paused": shown == "Paused",
    }


def details(seen: Seen) -> Json:
    """All that is known of it, its addresses and its guest's own words among it."""
    return {
        **summary(seen),
        "labels": dict(dig(seen.vm, ("metadata", "labels")) or {}),
        "phase": seen.phase,
        "live_migratable": has(seen.vmi, "LiveMigratable"),
        "agent_connected": has(seen.vmi, "AgentConnected"),
        "guest_os": dict(dig(seen.vmi, ("status", "guestOSInfo")) or {}),
        "interfaces": [_interface(each) for each in dig(seen.vmi, ("status", "interfaces")) or []],
        "conditions": [_condition(each) for each in dig(seen.vm, ("status", "conditions")) or []],
    }


def _interface(found: Json) -> Json:
    return {
        "name": found.get("name", ""),
        "mac": found.get("mac", ""),
        "addresses": list(found.get("ipAddresses") or ([found["ipAddress"]] if found.get("ipAddress") else [])),
    }


def _condition(found: Json) -> Json:
    return {key: str(found.get(key) or "") for key in ("type", "status", "reason", "message")}
