# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is wrong at once: reading goes on after a refusal, so that a user mends a file in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from ..core.error import Finding, InvalidInput
from ..core.given import Given

T = TypeVar("T")


class Notes:
    """Collects refusals. What was read after one must not be used: the caller raises when there are findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def read(self, reader: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """What ``reader`` returns; when it refuses, the refusal is kept and what is returned must not be used."""
        try:
            return reader(*args, **kwargs)
        except InvalidInput as refusal:
            reason = f"{refusal.reason} ({refusal.hint})" if refusal.hint else refusal.reason
            self.findings.append(Finding(refusal.path, reason))
            return cast(T, None)

    def known(self, given: Given, keys: Iterable[str]) -> Given:
        """``given`` itself; each of its keys that is not among ``keys`` is noted. Not a mapping: noted, and empty."""
        allowed = list(keys)
        if not isinstance(given.value, Mapping):
            self.read(given.only, allowed)
            return Given({}, given.path)
        for key in given.value:
            self.read(Given({key: None}, given.path).only, allowed)
        return given

    def each(self, given: Given, key: str, parse: Callable[[Given, Notes], T]) -> tuple[T, ...]:
        """Every item of the list under ``key``; none when there is no list (which is noted)."""
        return tuple(parse(item, self) for item in self.read(given.items, key) or [])
