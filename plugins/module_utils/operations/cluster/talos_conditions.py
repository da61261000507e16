# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user waits for in a resource: pure judgements of its spec that say what was seen instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...core.given import Given
from ...core.path import Json, Path, dig, parse, render
from ...core.readiness import NotYet, Readiness, Ready

PRESENT, ABSENT = "present", "absent"
_MISSING = object()


@dataclass(frozen=True)
class Condition:
    """One value of a spec, and what it shall be. ``said`` is that in words, for the message when it is not so."""

    path: Path
    holds: Callable[[Json], bool]
    said: str

    @classmethod
    def parse(cls, given: Given) -> Condition:
        """From ``path`` and one of ``equals``, ``one_of`` and ``matches``; without any of them, a value is wanted."""
        path = parse(given.text("path", ""))
        if given.has("matches"):
            pattern = _pattern(given.at("matches"))
            return cls(path, lambda found: bool(pattern.search(plain(found))), f"does not match {pattern.pattern}")
        if given.has("equals") or given.has("one_of"):
            wanted = [given.get("equals")] if given.has("equals") else [item.value for item in given.items("one_of")]
            texts = [plain(value) for value in wanted]
            return cls(path, lambda found: plain(found) in texts, f"is not {' or '.join(texts)}")
        return cls(path, lambda found: found not in (None, "", [], {}), "is empty")

    def judge(self, spec: Json) -> Readiness:
        """Ready when the value is what it shall be; else what it is."""
        found = dig(spec, self.path, _MISSING)
        name = render(self.path) or "the spec"
        if found is _MISSING:
            return NotYet(f"{name} is not there")
        return Ready() if self.holds(found) else NotYet(f"{name} {self.said}: {plain(found)}")


def judged(spec: Json, there: bool, conditions: Iterable[Condition], state: str) -> Readiness:
    """A resource's verdict; ``there`` says whether there is one."""
    if state == ABSENT:
        return NotYet("is still there") if there else Ready()
    if not there:
        return NotYet("is not there")
    verdicts = [condition.judge(spec) for condition in conditions]
    reasons = [verdict.why for verdict in verdicts if isinstance(verdict, NotYet)]
    return NotYet(", ".join(reasons)) if reasons else Ready()


def plain(value: Json) -> str:
    """A value as text, by which values are compared: templates make texts of numbers and of true and false."""
    if isinstance(value, str):
        return value.lower() if value in ("True", "False") else value
    return json.dumps(value, sort_keys=True, default=str)


def _pattern(given: Given) -> re.Pattern[str]:
    try:
        return re.compile(str(given.value))
    except re.error as error:
        given.refuse(f"is no regular expression: {error}")
