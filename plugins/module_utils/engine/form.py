# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object as its user writes it: options, each of which becomes one of its fields, and says where it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from ..core.error import Finding, refuse
from ..core.fields import Field, Fields, needed, places, text, written
from ..core.given import Given
from ..core.path import Json, dig
from .kind import Kind
from .manifest import manifest
from .place import Place


@dataclass(frozen=True)
class Thing:
    """One object that is asked for, and where."""

    kind: Kind
    place: Place
    manifest: Json

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def spec(self) -> Json:
        return self.manifest.get("spec") or {}

    def get(self, field: str, default: Json = None) -> Json:
        """A field of its spec."""
        return dig(self.spec, (field,), default)


@dataclass(frozen=True)
class Form:
    """How a kind is written: ``fields`` are the options of its ``spec``, beside ``name`` (and ``namespace``)."""

    kind: Kind
    fields: Fields

    @cached_property
    def _options(self) -> dict[str, str]:
        return {"metadata.name": "name", "metadata.namespace": "namespace", **places(self.fields), "spec": ""}

    def place(self, given: Given) -> Place:
        """Where that object stands in the user's input."""
        return Place(given.path, self._options)

    def named(self, given: Given) -> Thing:
        """The object by its name alone, as it takes for a deletion."""
        space = given.name("namespace") if self.kind.namespaced and given.has("namespace") else ""
        return Thing(self.kind, self.place(given), manifest(self.kind, given.name("name"), namespace=space))

    def parse(self, given: Given) -> Thing:
        """The object that is asked for; raises `InvalidInput` for what nobody would make work."""
        bare = self.named(given)
        thing = Thing(self.kind, bare.place, {**bare.manifest, "spec": written(given, self.fields)})
        found = (finding for check in self.kind.checks for finding in check(thing.manifest))
        refuse(Finding(thing.place.of(each.path), each.reason) for each in found)
        return thing

    def options(self) -> dict[str, Field]:
        """All options. Only the name has to be given in any case: it takes no more to delete something."""
        space = {"namespace": text("namespace")} if self.kind.namespaced else {}
        rest = {key: replace(each, needed=False) for key, each in self.fields.items()}
        return {"name": needed(text("name")), **space, **rest}
