# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network as it will be: what is asked for, in place of and beside what lives. Rules between objects look at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...core.error import Finding
from ...core.path import Json, parse
from ...engine.form import Thing
from ...engine.kind import Kind


@dataclass(frozen=True)
class Scene:
    """What is asked for, and every object as it will be then, by kind and name: ``things`` over what lives."""

    things: Sequence[Thing]
    there: Mapping[str, Mapping[str, Json]]

    def each(self, kind: Kind) -> Iterator[Thing]:
        return (thing for thing in self.things if thing.kind.kind == kind.kind)

    def spec(self, kind: str, name: str) -> Json | None:
        """None where nothing is known of it: other checks tell what does not exist."""
        found = self.there.get(kind, {}).get(name)
        return None if found is None else found.get("spec") or {}


def scene(things: Sequence[Thing], live: Mapping[str, Iterable[Json]]) -> Scene:
    """The scene once ``things`` are there beside and in place of what lives."""
    there = {kind: {each["metadata"]["name"]: each for each in objects} for kind, objects in live.items()}
    for thing in things:
        there.setdefault(thing.kind.kind, {})[thing.name] = thing.manifest
    return Scene(things, there)


def at(thing: Thing, field: str, reason: str) -> Finding:
    """What is wrong with a field of its spec."""
    return Finding(thing.place.of(parse(f"spec.{field}")), reason)
