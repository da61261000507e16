# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A YAML file with its places: every value has a path, and every path a line."""

from __future__ import annotations

import os
import pathlib
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..core import yaml_text
from ..core.error import Finding, InvalidInput
from ..core.given import Given
from ..core.path import Json, Path

# No site file nests this deep, but a YAML alias may hold itself.
DEEPEST = 20


@dataclass(frozen=True)
class Document:
    """One file as its user wrote it. ``lines`` count from 1; ``twice`` are keys that stand there more than once."""

    file: pathlib.Path
    value: Json
    lines: Mapping[Path, int]
    twice: tuple[Finding, ...] = ()

    @property
    def given(self) -> Given:
        """The whole document with its places."""
        return Given(self.value)

    def complaints(self, findings: Iterable[Finding]) -> list[str]:
        """One line a finding: ``sites/edge.yml:12: nodes[0].bmc.url: …``, in the order of the file."""
        ordered = sorted([*self.twice, *findings], key=lambda finding: self._line(finding.path))
        return [f"{self.file}:{self._line(finding.path)}: {finding}" for finding in dict.fromkeys(ordered)]

    def absolute(self, name: str) -> str:
        """A file named in this document: relative to it, ``~`` and ``$VARIABLES`` expanded."""
        return str(self.file.parent.absolute().joinpath(expanded(name)).resolve())

    def _line(self, path: Path) -> int:
        """The line of ``path``, or of what holds it when it is not there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(file: pathlib.Path) -> Document:
    """Read one YAML file; raises `InvalidInput` naming the file when it cannot be read or is not one YAML document."""
    try:
        node = yaml_text.compose(file.read_text(encoding="utf-8"), object=str(file))
        value = yaml_text.construct(node)
    except OSError as exc:
        raise InvalidInput(f"{file}: {exc.strerror}") from exc
    except ValueError as exc:
        raise InvalidInput(f"{file}: not YAML: {' '.join(str(exc).split())}") from exc
    lines: dict[Path, int] = {}
    twice = tuple(_walk(node, (), lines))
    return Document(file, value, lines, twice)


def expanded(name: str) -> pathlib.Path:
    """``~`` and ``$VARIABLES`` in a file name; raises `InvalidInput` for a variable that is not set.

    ``XDG_STATE_HOME`` has the default of the XDG base directory specification.
    """
    variables = {"XDG_STATE_HOME": "~/.local/state", **{key: text for key, text in os.environ.items() if text}}
    try:
        return pathlib.Path(string.Template(name).substitute(variables)).expanduser()
    except (KeyError, ValueError) as exc:
        raise InvalidInput(f"{name!r} names an environment variable that is not set") from exc


def _walk(node: Any, path: Path, lines: dict[Path, int]) -> Iterator[Finding]:
    """Note the line of everything below ``node``; yield the keys that stand twice (YAML silently keeps the last)."""
    if node is None or path in lines or len(path) > DEEPEST:
        return
    lines[path] = node.start_mark.line + 1
    if node.id == "sequence":
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, index), lines)
    elif node.id == "mapping":
        for key, item in node.value:
            where = (*path, str(key.value))
            if where in lines:
                yield Finding(where, f"stands twice, in lines {lines[where]} and {key.start_mark.line + 1}")
            yield from _walk(item, where, lines)
            lines.setdefault(where, key.start_mark.line + 1)
