# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: changes in the order in which they are carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .change import Change, Impact
from .path import Json, Path, render


@dataclass(frozen=True)
class Plan:
    """What would change. True when it has something to do."""

    changes: tuple[Change, ...] = ()

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Plan:
        return cls(tuple(changes))

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __add__(self, other: Plan) -> Plan:
        return Plan(self.changes + other.changes)

    @property
    def actions(self) -> list[str]:
        """One line a change, for people."""
        return [str(change) for change in self.changes]

    @property
    def impact(self) -> Impact:
        """The worst of its changes."""
        return max((change.impact for change in self.changes), default=Impact.NONE)

    def diff(self) -> list[dict[str, Any]]:
        """Ansible's diff: one entry a target, whose ``before`` and ``after`` map paths to values."""
        entries: dict[str, dict[str, Any]] = {}
        told: set[tuple[str, Path]] = set()
        for change in self.changes:
            entry = entries.setdefault(change.target, _entry(change))
            if change.path and (change.target, change.path) in told:  # changed once more: what was before stays
                entry["after"].pop(render(change.path), None)
            else:
                _tell(entry["before"], change, change.before)
            _tell(entry["after"], change, change.after)
            told.add((change.target, change.path))
        return list(entries.values())


def _tell(side: dict[str, Any], change: Change, value: Json) -> None:
    """A value under its path; without a path the whole thing, or that the action was done."""
    if change.path:
        if value is not None:
            side[render(change.path)] = value
    elif isinstance(value, Mapping):
        side.update(value)
    elif value is not None:
        side[change.action] = value


def _entry(change: Change) -> dict[str, Any]:
    header = f"{change.action} {change.target}"
    return {"before_header": header, "after_header": header, "before": {}, "after": {}}
