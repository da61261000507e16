# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a value in a machine configuration may be: one description that serves checking, patching and masking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Union

from ...core.path import Json, Path


@dataclass(frozen=True)
class Text:
    """A text; ``secret`` ones are never shown."""

    secret: bool = False


@dataclass(frozen=True)
class Number:
    """A whole number. ``nullable``: zero is a value of its own (a Go pointer), else zero says nothing."""

    nullable: bool = False


@dataclass(frozen=True)
class Flag:
    """True or false; false is a value of its own."""


@dataclass(frozen=True)
class Free:
    """Whatever another project's schema says (a kubelet's configuration, an admission plugin's); ``secret`` ones are
    never shown."""

    replace: bool = False
    secret: bool = False


@dataclass(frozen=True)
class Items:
    """A list. A patch appends, unless ``replace`` is set or items are told apart by a ``key``: then it merges the item,
    or replaces the ``whole`` of it."""

    of: Shape
    key: tuple[str, ...] = ()
    replace: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Entries:
    """A map with names of the user's own. ``whole``: a patch replaces an entry instead of merging it."""

    of: Shape
    whole: bool = False


@dataclass(frozen=True)
class Fields:
    """A map whose keys Talos knows. ``embedded``: it is there even when it is not written (a Go value, no pointer), so
    that a patch may delete keys of it."""

    of: Mapping[str, Shape] = field(default_factory=dict)
    embedded: bool = False


Shape = Union[Text, Number, Flag, Free, Items, Entries, Fields]

TEXT, SECRET, NUMBER, COUNT, FLAG, FREE = Text(), Text(secret=True), Number(), Number(nullable=True), Flag(), Free()
TEXTS, TEXT_MAP = Items(TEXT), Entries(TEXT)


@dataclass(frozen=True)
class Kind:
    """A kind of document. ``named``: there may be several, told apart by their name."""

    shape: Fields
    named: bool = True


def fields(**of: Shape) -> Fields:
    """A map whose keys are Python names."""
    return Fields(of)


def parts(value: Json, shape: Shape, at: Path = ()) -> Iterator[tuple[Path, Json, Shape]]:
    """Every value below (and including) ``value`` that the shape describes, with its path."""
    yield at, value, shape
    for path, part, kind in children(value, shape, at):
        yield from parts(part, kind, path)


def children(value: Json, shape: Shape, at: Path = ()) -> Iterator[tuple[Path, Json, Shape]]:
    """The values right below ``value`` that the shape describes, with their paths."""
    if isinstance(shape, Fields) and isinstance(value, Mapping):
        yield from (((*at, key), part, shape.of[key]) for key, part in value.items() if key in shape.of)
    elif isinstance(shape, Entries) and isinstance(value, Mapping):
        yield from (((*at, str(key)), part, shape.of) for key, part in value.items())
    elif isinstance(shape, Items) and isinstance(value, list):
        yield from (((*at, index), part, shape.of) for index, part in enumerate(value))


def secrets(value: Json, shape: Shape) -> Iterator[Path]:
    """Where the value holds secrets."""
    for path, part, kind in parts(value, shape):
        if isinstance(kind, (Text, Free)) and kind.secret and part:
            yield path
