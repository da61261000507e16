# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""COSI resources as a user names them: a type by any of its names, its namespace if they care, and no secret shown."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...clients.talos.connection import Connection
from ...clients.talos.resource_calls import Resource
from ...core.error import InvalidInput, NfviError
from ...core.given import Given
from ...core.mask import Masker
from ...core.path import Json, Path
from ...resources.machine_config.documents import parse

_CONFIG = "MachineConfigs.config.talos.dev"
_DEFINITIONS = ("meta", "ResourceDefinitions.meta.cosi.dev")


@dataclass(frozen=True)
class Wanted:
    """A type, by any of the names that talosctl knows, or one resource of it. ``path`` is where the user named it."""

    type: str
    namespace: str | None = None
    id: str | None = None
    path: Path = ()

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From ``type``, ``namespace`` and ``id``."""
        namespace = given.text("namespace") if given.has("namespace") else None
        return cls(given.text("type"), namespace, given.text("id") if given.has("id") else None, given.path)


@dataclass(frozen=True)
class Definition:
    """What Talos says of a type: ``names`` are its full name and its aliases in lower case, ``sensitive`` whether only
    os:admin may read it.
    """

    type: str
    namespace: str
    names: frozenset[str]
    sensitive: bool

    @classmethod
    def of(cls, spec: Mapping[str, Json]) -> Definition:
        """From the spec of a ResourceDefinition (cosi-project/runtime pkg/resource/meta)."""
        names = {str(name).lower() for name in (spec["type"], *(spec.get("allAliases") or ()))}
        sensitive = str(spec.get("sensitivity") or "") not in ("", "non-sensitive")
        return cls(str(spec["type"]), str(spec.get("defaultNamespace") or ""), frozenset(names), sensitive)


@dataclass(frozen=True)
class Found:
    """A type that a machine has, and the namespace to look into."""

    definition: Definition
    namespace: str


async def resolved(connection: Connection, wanted: Wanted) -> Found:
    """What this machine knows by that name; raises `InvalidInput` at the user's place."""
    known = [Definition.of(found.spec) for found in await connection.list(*_DEFINITIONS)]
    try:
        definition = named(wanted, known)
    except InvalidInput as error:
        error.about(connection.name)
        raise
    return Found(definition, wanted.namespace or definition.namespace)


def named(wanted: Wanted, known: Iterable[Definition]) -> Definition:
    """The definition of that name, as talosctl finds it: no matter in which case, and never one of several."""
    definitions = list(known)
    matching = [each for each in definitions if wanted.type.lower() in each.names]
    if len(matching) == 1:
        return matching[0]
    path = (*wanted.path, "type")
    if matching:
        names = ", ".join(sorted(each.type for each in matching))
        raise InvalidInput(f"{wanted.type} is the name of several types: {names}", path=path)
    every = sorted({name for each in definitions for name in each.names})
    near = difflib.get_close_matches(wanted.type.lower(), every, 1)
    hint = f"did you mean {near[0]}?" if near else "the type ResourceDefinitions lists those there are"
    raise InvalidInput(f"there is no resource type {wanted.type}", path=path, hint=hint)


async def read(connection: Connection, wanted: Wanted, masker: Masker) -> Json:
    """``{namespace, type, items}``; no items for a type that has none, or an id that is not there.

    Raises `Forbidden` where the caller's roles do not reach, which is what Talos lets administrators alone read.
    """
    try:
        found = await resolved(connection, wanted)
        items = await _items(connection, wanted.id, found)
    except NfviError as error:
        error.about(connection.name, path=wanted.path)
        raise
    return {
        "namespace": found.namespace,
        "type": found.definition.type,
        "items": [_shown(found.definition, item, masker) for item in items],
    }


async def _items(connection: Connection, id: str | None, found: Found) -> list[Resource]:
    if id is None:
        return await connection.list(found.namespace, found.definition.type)
    one = await connection.find(found.namespace, found.definition.type, id)
    return [one] if one is not None else []


def _shown(definition: Definition, item: Resource, masker: Masker) -> Json:
    spec = visible(definition, item.spec, masker)
    return {"id": item.id, "version": item.version, "phase": item.phase, "spec": spec}


def visible(definition: Definition, spec: Json, masker: Masker) -> Json:
    """A spec as people may see it: a machine configuration as its documents with secrets masked; of any other type that
    Talos calls sensitive every value is masked, for what it holds differs from version to version.
    """
    if definition.type == _CONFIG:
        return list(parse(spec).masked(masker).documents)
    return concealed(spec, masker) if definition.sensitive else spec


def concealed(value: Json, masker: Masker) -> Json:
    """The same shape with every value masked."""
    if isinstance(value, Mapping):
        return {key: concealed(item, masker) for key, item in value.items()}
    if isinstance(value, list):
        return [concealed(item, masker) for item in value]
    return value if value is None else masker.mask(value)
