# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an object stands in the user's input, and which of the user's options became which of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.path import Path, Step, parse


@dataclass(frozen=True)
class Place:
    """``options`` maps fields of the manifest to options below ``path``: ``spec.cidrBlock`` → ``cidr``.

    ``[*]`` stands for the same index on both sides. Without options the object itself is what the user wrote.
    """

    path: Path = ()
    options: Mapping[str, str] = field(default_factory=dict)

    def of(self, where: Path) -> Path:
        """The place of a field of the object; a field that no option names is told as it is called in the object."""
        for name, option in self.options.items():
            indexes = _matched(parse(name), where)
            if indexes is not None:
                return (*self.path, *_filled(parse(option), indexes), *where[len(parse(name)) :])
        return (*self.path, *where)


def _matched(pattern: Path, where: Path) -> list[Step] | None:
    """What the ``*`` of a pattern stand for at the beginning of ``where``; None when it is another place."""
    pairs = list(zip(pattern, where, strict=False))
    if len(pattern) > len(where) or any(wanted not in ("*", step) for wanted, step in pairs):
        return None
    return [step for wanted, step in pairs if wanted == "*"]


def _filled(option: Path, indexes: list[Step]) -> Path:
    rest = iter(indexes)
    return tuple(next(rest) if step == "*" else step for step in option)
