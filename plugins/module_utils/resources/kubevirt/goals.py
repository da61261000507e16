# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When what was asked of a virtual machine is really done: the object that shows it, and what has to be seen there.

virt-api answers as soon as a request is noted; the machine is not one bit further then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...core.path import Json, dig
from ...core.readiness import Never, NotYet, Predicate, Readiness, Ready, condition, has_condition, said
from ...engine.kind import Kind
from . import kinds
from .lifecycle import has

Uids = Mapping[tuple[str, str], str]

# Out of these a guest comes by itself within moments, or not at all: seconds.
_GRACE = 10.0


def goals(verb: str, before: Uids) -> tuple[Kind, ...]:
    """The kinds to watch for that verb, one after the other, each with the goal as its readiness; ``before`` are the
    guests' uids by (namespace, name).
    """
    if verb == "restart":
        return replace(kinds.VMI, ready=(_replaced(before),), grace=_GRACE), _STARTED
    return (_GOALS[verb],)


def _started(vm: Json) -> Readiness:
    """printableStatus says Running before ``status.ready`` does."""
    shown = dig(vm, ("status", "printableStatus"), "no status yet")
    if shown in kinds.BROKEN:
        return Never(kinds.explained(vm, shown))
    return Ready() if dig(vm, ("status", "ready")) is True else NotYet(kinds.explained(vm, shown))


def _stopped(vm: Json) -> Readiness:
    """Its guest is gone, and nobody has asked for another: printableStatus says Stopped before that."""
    shown = dig(vm, ("status", "printableStatus"), "no status yet")
    there, asked = (dig(vm, ("status", key)) for key in ("created", "stateChangeRequests"))
    return Ready() if shown == "Stopped" and not there and not asked else NotYet(str(shown))


def _replaced(before: Uids) -> Predicate:
    """Another guest than before, and it is Ready."""

    def judge(vmi: Json) -> Readiness:
        meta = vmi["metadata"]
        if meta.get("uid") == before.get((meta.get("namespace", ""), meta["name"])):
            return NotYet("the old guest is still there")
        return _stuck(vmi) or has_condition("Ready")(vmi)

    return judge


def _stuck(vmi: Json) -> Never | None:
    """No node, or something is missing: KubeVirt tells by conditions."""
    for kind in ("PodScheduled", "Synchronized"):
        found = condition(vmi, kind)
        if found is not None and found.get("status") == "False":
            return Never(said(found))
    return None


def _paused(vm: Json) -> Readiness:
    return _ended(vm) or (Ready() if has(vm, "Paused") else NotYet("not paused yet"))


def _unpaused(vm: Json) -> Readiness:
    return _ended(vm) or (NotYet("still paused") if has(vm, "Paused") else Ready())


def _ended(vm: Json) -> Never | None:
    shown = dig(vm, ("status", "printableStatus"))
    return Never(f"its guest has ended: {shown}") if shown in ("Stopped", "Terminating") else None


def _migrated(migration: Json) -> Readiness:
    phase = dig(migration, ("status", "phase")) or "not begun"
    if phase == "Failed":
        why = dig(migration, ("status", "migrationState", "failureReason"))
        return Never(": ".join(part for part in ("migration Failed", why) if part))
    return Ready() if phase == "Succeeded" else NotYet(f"migration is {phase}")


_STARTED = replace(kinds.VM, ready=(kinds.failure, _started), grace=_GRACE)
_GOALS: Mapping[str, Kind] = {
    "start": _STARTED,
    "stop": replace(kinds.VM, ready=(_stopped,)),
    "pause": replace(kinds.VM, ready=(_paused,)),
    "unpause": replace(kinds.VM, ready=(_unpaused,)),
    "migrate": replace(kinds.MIGRATION, ready=(_migrated,), look=kinds.LOOK),
}
