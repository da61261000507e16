# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-ovn-controller: the name it writes under, where it speaks, and how it says that it has done its work."""

from __future__ import annotations

from ...core.path import Json, dig
from ...core.readiness import Never, NotYet, Predicate, Readiness, Ready, condition, said

CONTROLLER = "kube-ovn-controller"
LOOK = "kubectl -n kube-system logs deploy/kube-ovn-controller"
# What it refuses leaves neither a status nor an event (measured for most kinds): waiting is all that shows it.
SILENT = "no status yet: what kube-ovn-controller refuses it tells in its log only"


def is_ready(live: Json) -> bool:
    """``status.ready`` is true."""
    return dig(live, ("status", "ready")) is True


def ready_flag(live: Json) -> Readiness:
    """By ``status.ready``, in the words of the Error condition where there is one."""
    error = condition(live, "Error")
    if error is not None and error.get("status") == "True":
        return Never(said(error))
    if is_ready(live):
        return Ready()
    return NotYet("status.ready is not true yet" if live.get("status") else SILENT)


def filled(*fields: str) -> Predicate:
    """Ready when each of these fields of the status says something."""

    def judge(live: Json) -> Readiness:
        status = live.get("status") or {}
        missing = [name for name in fields if not status.get(name)]
        if not missing:
            return Ready()
        return NotYet(f"status has no {', '.join(missing)} yet" if status else SILENT)

    return judge
