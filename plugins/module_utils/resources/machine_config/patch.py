# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strategic merge of a patch into a configuration, by the rules of contract 1.13.

Source: pkg/machinery/config/{configpatcher,merge,configloader/internal/decoder} of siderolabs/talos v1.13. What is
marked ``$patch: delete`` goes first, then the rest of the patch is merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.error import InvalidInput
from ...core.path import Json, Path
from .documents import Configuration, Identity, identity_of, shape
from .shape import Entries, Fields, Flag, Free, Items, Number, Shape

_MARK = "$patch"


def apply(configuration: Configuration, patch: Iterable[Mapping[str, Json]], *, path: Path = ()) -> Configuration:
    """The configuration with the patch's documents merged into it; a document that it lacks is added.

    ``path`` is where the patch stands in the user's input. Raises `InvalidInput` when a value to delete is not there.
    """
    documents = configuration.named()
    for index, part in enumerate(patch):
        _merge_document(documents, part, (*path, index))
    return Configuration(tuple(documents.values()))


def _merge_document(documents: dict[Identity, dict[str, Json]], part: Mapping[str, Json], path: Path) -> None:
    identity = identity_of(part)
    known = shape(part)
    if known is None:
        raise InvalidInput(f"contract 1.13 does not know documents of kind {identity.kind}", path=path)
    if part.get(_MARK) == "delete":
        if not part.get("kind"):
            raise InvalidInput("the main document cannot be deleted", path=path)
        documents.pop(identity, None)
        return
    base = documents.get(identity, {})
    documents[identity] = _merged(_deleted(base, part, path), _unmarked(part), known, path)


def _deleted(base: Json, part: Json, path: Path) -> Json:
    """``base`` without what ``part`` marks as deleted."""
    if isinstance(part, Mapping):
        kept = dict(base) if isinstance(base, Mapping) else {}
        for key, value in part.items():
            if _marked(value):
                if key not in kept:
                    raise InvalidInput("there is nothing to delete", path=(*path, str(key)))
                del kept[key]
            elif _has_mark(value):
                kept[key] = _deleted(kept.get(key), value, (*path, str(key)))
        return kept if isinstance(base, Mapping) or kept else base
    if isinstance(part, list):
        return _without(list(base or []), part, path)
    return base


def _without(items: list[Json], part: list[Json], path: Path) -> list[Json]:
    """The items without the first one that each marked item of the patch selects by its first field."""
    for index, value in enumerate(part):
        if not _marked(value):
            continue
        key = next((name for name in value if name != _MARK), None)
        found = [item for item in items if isinstance(item, Mapping) and key in item and item[key] == value[key]]
        if not found:
            raise InvalidInput("there is nothing to delete", path=(*path, index))
        items.remove(found[0])
    return items


def _marked(value: Json) -> bool:
    return isinstance(value, Mapping) and value.get(_MARK) == "delete"


def _has_mark(value: Json) -> bool:
    parts: Iterable[Any] = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return _marked(value) or any(_has_mark(part) for part in parts)


def _unmarked(value: Json) -> Json:
    """The patch without the parts that only delete; what is left of them empty goes too."""
    if isinstance(value, Mapping):
        return {key: _unmarked(part) for key, part in value.items() if not _only_deletes(part)}
    if isinstance(value, list):
        return [_unmarked(part) for part in value if not _only_deletes(part)]
    return value


def _only_deletes(value: Json) -> bool:
    """Whether nothing is left of the value once its marks are taken out."""
    if _marked(value):
        return True
    if isinstance(value, (Mapping, list)) and _has_mark(value):
        return all(_only_deletes(part) for part in (value.values() if isinstance(value, Mapping) else value))
    return False


def _merged(left: Json, right: Json, kind: Shape, path: Path) -> Json:
    """``right`` merged into ``left``, both of which have the shape ``kind``; None says nothing."""
    if right is None:
        return left
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
        return right or left
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
    key = next((name for name in keys if wanted.get(name)), None)
    if key is None:
        return None
    return next((index for index, item in enumerate(items) if item.get(key) == wanted[key]), None)


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
