# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences by path and by meaning, within a scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .path import Json, Path

Same = Callable[[Path, Json, Json], bool]


@dataclass(frozen=True)
class Difference:
    """The value at ``path`` was ``before`` and is to be ``after``; None stands for absence."""

    path: Path
    before: Json
    after: Json


def equal(_path: Path, left: Json, right: Json) -> bool:
    """Plain equality: the meaning of most values."""
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def differences(before: Json, after: Json, same: Same = equal, at: Path = ()) -> Iterator[Difference]:
    """Every leaf that differs. Maps go key by key, lists of equal length item by item, the rest as a whole."""
    if same(at, before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key), after.get(key), same, (*at, key))
    elif _alike(before, after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, same, (*at, index))
    else:
        yield Difference(at, before, after)


def _alike(before: Json, after: Json) -> bool:
    """Two lists of maps of one length: their items are worth comparing one by one."""
    if not (isinstance(before, list) and isinstance(after, list) and len(before) == len(after)):
        return False
    return all(isinstance(item, Mapping) for item in (*before, *after))
