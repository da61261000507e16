# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patches on a configuration, by Talos' rules: strategic merge patches, and JSON patches where it takes them.

Source: pkg/machinery/config/{configpatcher,merge} of siderolabs/talos v1.13. What is marked ``$patch: delete`` goes
first, then the rest of the document is merged.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...core.error import InvalidInput, refuse
from ...core.path import Json, Path
from . import json_patch
from .contract import Contract
from .documents import MAIN, Configuration, Identity, identity_of, shape
from .patch_delete import deleted, marked, unmarked
from .patch_given import Part, Patch, repeated
from .shape import Entries, Fields, Flag, Free, Items, Number, Shape, Text


def apply(configuration: Configuration, patch: Patch, contract: Contract) -> Configuration:
    """The configuration with the patch's documents merged into it, or its operations carried out on it.

    A document that it lacks is added. Raises `InvalidInput` at the place in the patch that does not apply.
    """
    if patch.operations:
        return _operated(configuration, patch)
    if not contract.repeats:
        refuse(repeated([str(identity_of(part.value)) for part in patch.documents], patch.documents))
    documents = configuration.named()
    for part in patch.documents:
        _merge_document(documents, part)
    return Configuration(tuple(documents.values()))


def _operated(configuration: Configuration, patch: Patch) -> Configuration:
    """Talos applies JSON patches to a configuration of one document only."""
    if len(configuration.documents) != 1:
        names = ", ".join(str(identity_of(document)) for document in configuration.documents)
        reason = f"a JSON patch needs a configuration of one document; this one has {names}"
        raise InvalidInput(reason, path=patch.path, hint="say the same as a strategic merge patch")
    document = json_patch.apply(configuration.documents[0], patch.operations)
    if not isinstance(document, Mapping):
        raise InvalidInput("what it leaves is not a mapping", path=patch.path)
    return Configuration((dict(document),))


def _merge_document(documents: dict[Identity, dict[str, Json]], part: Part) -> None:
    identity = identity_of(part.value)
    known = _shape(part)
    if marked(part.value, part.path):
        if identity.kind == MAIN:
            raise InvalidInput("the main document cannot be deleted", path=part.path)
        documents.pop(identity, None)
        return
    base = documents.get(identity)
    kept = {} if base is None else deleted(base, part.value, known, part.path)
    documents[identity] = _merged(kept, unmarked(part.value), known, part.path)


def _shape(part: Part) -> Fields:
    known = shape(part.value)
    if known is None:
        raise InvalidInput(f"no Talos knows documents of kind {part.value.get('kind')}", path=(*part.path, "kind"))
    return known


def _merged(left: Json, right: Json, kind: Shape, path: Path) -> Json:
    """``right`` merged into ``left``, both of which have the shape ``kind``; None says nothing."""
    if right is None:
        return "" if left is None and isinstance(kind, Text) else left
    if left is None:
        return right
    if isinstance(kind, Items):
        return _merged_items(left, right, kind, path)
    if isinstance(kind, Fields):
        return _merged_map(left, right, kind.of, path)
    if isinstance(kind, Entries):
        return {**left, **right} if kind.whole else _merged_map(left, right, dict.fromkeys(right, kind.of), path)
    if isinstance(kind, Free) and not kind.replace:
        return _merged_free(left, right, path)
    return right if _says(right, kind) else left


def _merged_map(left: Json, right: Json, kinds: Mapping[str, Shape], path: Path) -> Json:
    _same_type(left, right, Mapping, path)
    out = dict(left)
    for key, value in right.items():
        out[key] = _merged(left.get(key), value, kinds.get(key, Free()), (*path, str(key)))
    return out


def _merged_items(left: Json, right: Json, kind: Items, path: Path) -> Json:
    _same_type(left, right, list, path)
    if kind.replace:
        return right
    if not kind.key:
        return [*left, *right]
    out = list(left)
    for index, item in enumerate(right):
        at = _matching(out, item, kind.key)
        if at is None:
            out.append(item)
        else:
            out[at] = item if kind.whole else _merged(out[at], item, kind.of, (*path, index))
    return out


def _matching(items: list[Json], wanted: Mapping[str, Json], keys: tuple[str, ...]) -> int | None:
    """The position of the item with the same key: the first of ``keys`` that the wanted one has decides."""
    key = keys[0] if len(keys) == 1 else next((name for name in keys if wanted.get(name)), None)
    if key is None:
        return None
    same = (index for index, item in enumerate(items) if (item.get(key) or None) == (wanted.get(key) or None))
    return next(same, None)


def _merged_free(left: Json, right: Json, path: Path) -> Json:
    """Values without a schema: maps by key, lists appended, the type may not change."""
    if type(left) is not type(right):
        raise InvalidInput(f"{type(right).__name__} cannot be merged into {type(left).__name__}", path=path)
    if isinstance(left, Mapping):
        return _merged_map(left, right, {}, path)
    if isinstance(left, list):
        return [*left, *right]
    return right if right or isinstance(right, bool) else left


def _same_type(left: Json, right: Json, wanted: type, path: Path) -> None:
    for value in (left, right):
        if not isinstance(value, wanted):
            name = "a list" if wanted is list else "a mapping"
            raise InvalidInput(f"{name} is expected", path=path)


def _says(value: Json, kind: Shape) -> bool:
    """Whether a scalar means something: Go's zero value does not, unless the type can tell it from nothing."""
    return bool(value) or isinstance(kind, Flag) or (isinstance(kind, Number) and kind.nullable)
