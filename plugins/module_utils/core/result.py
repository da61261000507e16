# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module returns: always the same keys, the thing under its own name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .path import Json
from .plan import Plan


@dataclass(frozen=True)
class Result:
    """A plan, carried out or predicted, and the things it is about.

    ``verified`` is False in check mode where something could not be asked because this very plan creates it.
    """

    plan: Plan = field(default_factory=Plan)
    things: dict[str, Json] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    verified: bool = True

    def named(self, name: str, value: Json) -> Result:
        """The same result with ``value`` under ``name``."""
        return replace(self, things={**self.things, name: value})

    def warning(self, *texts: str) -> Result:
        return replace(self, warnings=(*self.warnings, *texts))

    def as_result(self, *, diff: bool) -> dict[str, Any]:
        """The dictionary that Ansible gets."""
        out: dict[str, Any] = {
            "changed": bool(self.plan),
            "actions": self.plan.actions,
            "impact": str(self.plan.impact),
            "warnings": list(self.warnings),
            "verified": self.verified,
            **self.things,
        }
        if diff:
            out["diff"] = self.plan.diff()
        return out
