# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site points to by name: a folder is a table, each of its files a row."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Generic, TypeVar

from ..core.given import Given
from . import document
from .document import Document
from .formats import near
from .notes import Notes

Row = TypeVar("Row")


class Table(Generic[Row]):
    """The rows of one folder, each read once. ``complaints`` says what is wrong inside the files that were read."""

    def __init__(self, folder: pathlib.Path, what: str, parse: Callable[[Document, Notes], Row]) -> None:
        self.folder = folder
        self.complaints: list[str] = []
        self._what = what
        self._parse = parse
        self._rows: dict[str, Row] = {}

    def row(self, given: Given, key: str) -> Row:
        """The row that the text under ``key`` names; refused there, with those that exist, when there is none."""
        name = given.name(key)
        if name not in self._rows:
            file = self.folder / f"{name}.yml"
            if not file.is_file():
                known = (other.stem for other in self.folder.glob("*.yml"))
                given.at(key).refuse(f"no {self._what} {name!r} in {self.folder}", hint=near(known))
            self._rows[name] = self._read(file)
        return self._rows[name]

    def _read(self, file: pathlib.Path) -> Row:
        source, notes = document.read(file), Notes()
        row = self._parse(source, notes)
        self.complaints += source.complaints(notes.findings)
        return row
