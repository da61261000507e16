# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that will be done, or was: the unit from which `changed`, `diff` and `actions` are read."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass

from .path import Json, Path, render


class Impact(enum.IntEnum):
    """What a change does to running service, from nothing to an outage."""

    NONE = 0
    SERVICE_RESTART = 1
    POD_RESTART = 2
    VM_RESTART = 3
    NODE_REBOOT = 4
    OUTAGE = 5

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Change:
    """``action`` is create, update, delete, replace, or what is done (reboot, drain, migrate); ``target`` names the
    thing.
    """

    action: str
    target: str
    path: Path = ()
    before: Json = None
    after: Json = None
    impact: Impact = Impact.NONE

    def __str__(self) -> str:
        head = f"{self.action} {self.target}"
        if not self.path:
            return head
        return f"{head}: {render(self.path)} {_short(self.before)} → {_short(self.after)}"


def _short(value: Json, limit: int = 80) -> str:
    """A value on one line: text as it is, absence as (none), the rest as compact JSON, cut when long."""
    if value is None:
        return "(none)"
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
