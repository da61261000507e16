# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readiness is a predicate with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Union

from .path import Json, dig, parse


@dataclass(frozen=True)
class Ready:
    """It works."""


@dataclass(frozen=True)
class NotYet:
    """Wait; ``why`` is shown as progress and ends up in the timeout message."""

    why: str


@dataclass(frozen=True)
class Never:
    """Waiting cannot help; fail at once with ``why``."""

    why: str


Readiness = Union[Ready, NotYet, Never]
Predicate = Callable[[Json], Readiness]


def all_of(predicates: Iterable[Predicate]) -> Predicate:
    """Ready when each is; a `Never` anywhere wins over any `NotYet`."""
    parts = tuple(predicates)

    def judge(live: Json) -> Readiness:
        verdicts = [part(live) for part in parts]
        never = next((v for v in verdicts if isinstance(v, Never)), None)
        waiting = next((v for v in verdicts if isinstance(v, NotYet)), None)
        return never or waiting or Ready()

    return judge


def is_true(path: str, else_: str = "") -> Predicate:
    """Ready when the value at ``path`` is true."""
    where = parse(path)

    def judge(live: Json) -> Readiness:
        return Ready() if dig(live, where) is True else NotYet(else_ or f"{path} is not true")

    return judge


def is_set(path: str, else_: str = "") -> Predicate:
    """Ready when there is a non-empty value at ``path``."""
    where = parse(path)

    def judge(live: Json) -> Readiness:
        return Ready() if dig(live, where) else NotYet(else_ or f"{path} is empty")

    return judge


def equals(path: str, value: Json) -> Predicate:
    """Ready when the value at ``path`` is ``value``."""
    where = parse(path)

    def judge(live: Json) -> Readiness:
        found = dig(live, where)
        return Ready() if found == value else NotYet(f"{path} is {found!r}, not {value!r}")

    return judge


def condition(live: Json, kind: str) -> Json:
    """The entry of ``status.conditions`` of that type, or None."""
    conditions = dig(live, ("status", "conditions")) or []
    return next((c for c in conditions if c.get("type") == kind), None)


def said(found: Json) -> str:
    """A condition's own words: ``Reason: message``."""
    return ": ".join(str(part) for part in (found.get("reason"), found.get("message")) if part)


def has_condition(kind: str, status: str = "True") -> Predicate:
    """Ready when the condition has that status and is not about an older generation."""

    def judge(live: Json) -> Readiness:
        found = condition(live, kind)
        if found is None:
            return NotYet(f"no {kind} condition yet")
        if found.get("status") != status:
            return NotYet(f"{kind}={found.get('status')} {said(found)}".strip())
        seen = found.get("observedGeneration")
        behind = seen is not None and seen < dig(live, ("metadata", "generation"), 0)
        return NotYet(f"{kind} is about generation {seen}") if behind else Ready()

    return judge


def never_when(kind: str, status: str = "True") -> Predicate:
    """Never, in the condition's own words, when the condition has that status."""

    def judge(live: Json) -> Readiness:
        found = condition(live, kind)
        if found is not None and found.get("status") == status:
            return Never(said(found) or f"{kind}={status}")
        return Ready()

    return judge
