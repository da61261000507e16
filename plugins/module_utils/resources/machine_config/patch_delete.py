# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a patch marks with ``$patch: delete``.

Source: pkg/machinery/config/configloader/internal/decoder/{delete,selector}.go of siderolabs/talos v1.13.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.error import InvalidInput
from ...core.path import Json, Path
from .shape import Entries, Fields, Free, Items, Shape, Text

MARK = "$patch"


def deleted(base: Json, part: Json, kind: Shape, path: Path) -> Json:
    """``base`` without what ``part`` marks; both have the shape ``kind``. Nothing is changed in place.

    A key that Talos knows may be deleted where it is not written, as long as what holds it is there.
    """
    if isinstance(part, list):
        return _without(base, part, kind, path)
    if not isinstance(part, Mapping) or not has_mark(part):
        return base
    if base is None and isinstance(kind, Fields) and kind.embedded:
        base = {}
    if not isinstance(base, Mapping):
        raise _nothing(path)
    kept = dict(base)
    for key, value in part.items():
        _delete_key(kept, key, value, kind, (*path, str(key)))
    return kept


def _delete_key(kept: dict[str, Json], key: str, value: Json, kind: Shape, path: Path) -> None:
    if marked(value, path):
        known = isinstance(kind, Fields) and key in kind.of
        if key not in kept and not known:
            raise _nothing(path)
        kept.pop(key, None)
    elif has_mark(value):
        left = deleted(kept.get(key), value, _shape_of(key, kind), path)
        if left or key in kept:
            kept[key] = left


def _without(base: Json, part: list[Json], kind: Shape, path: Path) -> Json:
    """The items without the first one that each marked item of the patch selects by its first field."""
    items = list(base or [])
    for index, value in enumerate(part):
        at = (*path, index)
        if marked(value, at):
            items.remove(_selected(items, value, kind, at))
        elif has_mark(value):
            hint = "delete the whole item, and add it as it shall be with another patch"
            raise InvalidInput("nothing inside an item of a list can be deleted", path=at, hint=hint)
    return items


def _selected(items: list[Json], value: Mapping[str, Json], kind: Shape, path: Path) -> Json:
    key = next((name for name in value if name != MARK), None)
    if key is None:
        raise InvalidInput("needs a field that tells which item is meant, before $patch", path=path)
    known = isinstance(kind, Items) and isinstance(kind.of, Fields)
    if not known or not isinstance(_shape_of(key, kind.of if isinstance(kind, Items) else kind), Text):
        raise InvalidInput(f"Talos does not tell items of this list apart by {key}", path=(*path, key))
    for item in items:
        if isinstance(item, Mapping) and str(item.get(key) or "") == str(value[key]):
            return item
    raise _nothing(path)


def _shape_of(key: str, kind: Shape) -> Shape:
    if isinstance(kind, Fields):
        return kind.of.get(key, Free())
    return kind.of if isinstance(kind, Entries) else Free()


def _nothing(path: Path) -> InvalidInput:
    return InvalidInput("there is nothing to delete", path=path)


def marked(value: Json, path: Path = ()) -> bool:
    """Whether the value is to be deleted; raises `InvalidInput` for a mark that is none."""
    if not isinstance(value, Mapping) or MARK not in value:
        return False
    if value[MARK] != "delete":
        raise InvalidInput(f"{value[MARK]!r} is unknown; delete is all that Talos knows", path=(*path, MARK))
    return True


def has_mark(value: Json) -> bool:
    """Whether anything in the value is marked."""
    parts: Iterable[Any] = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return (isinstance(value, Mapping) and MARK in value) or any(has_mark(part) for part in parts)


def unmarked(value: Json) -> Json:
    """The patch without the parts that only delete; what is left of them empty goes too."""
    if isinstance(value, Mapping):
        return {key: unmarked(part) for key, part in value.items() if not _only_deletes(part)}
    if isinstance(value, list):
        return [unmarked(part) for part in value if not _only_deletes(part)]
    return value


def _only_deletes(value: Json) -> bool:
    """Whether nothing is left of the value once its marks are taken out."""
    if marked(value):
        return True
    if isinstance(value, (Mapping, list)) and has_mark(value):
        return all(_only_deletes(part) for part in (value.values() if isinstance(value, Mapping) else value))
    return False
