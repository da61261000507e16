# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON patches (RFC 6902) as Talos applies them.

Unlike the RFC it takes ``-1`` for a list's last item, and adds a key that is to be replaced and is not there.

Source: github.com/evanphx/json-patch v5.9.11, which pkg/machinery/config/configpatcher of siderolabs/talos uses.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from ...core.error import InvalidInput
from ...core.path import Json, Path
from .patch_given import Part


def apply(document: Json, operations: tuple[Part, ...]) -> Json:
    """The document after every operation; raises `InvalidInput` at the first that does not apply."""
    changed = copy.deepcopy(document)
    for part in operations:
        changed = _OPERATIONS[part.value["op"]](changed, part)
    return changed


def _add(document: Json, part: Part) -> Json:
    return _put(document, part, copy.deepcopy(part.value["value"]))


def _remove(document: Json, part: Part) -> Json:
    _take(document, part, "path")
    return document


def _replace(document: Json, part: Part) -> Json:
    value = copy.deepcopy(part.value["value"])
    steps = _steps(part, "path")
    if not steps:
        return value
    holder, last = _holder(document, part, "path")
    if isinstance(holder, list):
        holder[_index(holder, last, (*part.path, "path"))] = value
    else:
        holder[last] = value
    return document


def _move(document: Json, part: Part) -> Json:
    return _put(document, part, _take(document, part, "from"))


def _copy(document: Json, part: Part) -> Json:
    holder, last = _holder(document, part, "from")
    return _put(document, part, copy.deepcopy(_present(holder, last, (*part.path, "from"))))


def _test(document: Json, part: Part) -> Json:
    found = document
    if _steps(part, "path"):
        holder, last = _holder(document, part, "path")
        found = _present(holder, last, (*part.path, "path"))
    if not _same(found, part.value["value"]):
        raise InvalidInput("the test fails: there is another value", path=(*part.path, "value"))
    return document


_OPERATIONS: dict[str, Callable[[Json, Part], Json]] = {
    "add": _add,
    "copy": _copy,
    "move": _move,
    "remove": _remove,
    "replace": _replace,
    "test": _test,
}


def _put(document: Json, part: Part, value: Json) -> Json:
    path: Path = (*part.path, "path")
    holder, last = _holder(document, part, "path")
    if isinstance(holder, list):
        holder.insert(len(holder) if last == "-" else _index(holder, last, path, room=1), value)
    else:
        holder[last] = value
    return document


def _take(document: Json, part: Part, key: str) -> Json:
    path: Path = (*part.path, key)
    holder, last = _holder(document, part, key)
    found = _present(holder, last, path)
    if isinstance(holder, list):
        holder.pop(_index(holder, last, path))
    else:
        del holder[last]
    return found


def _holder(document: Json, part: Part, key: str) -> tuple[Json, str]:
    """The map or list that holds what the pointer names, and the name in it."""
    steps = _steps(part, key)
    path: Path = (*part.path, key)
    if not steps:
        raise InvalidInput("the whole document can only be replaced or tested", path=path)
    holder = document
    for step in steps[:-1]:
        holder = _present(holder, step, path)
    if not isinstance(holder, (dict, list)):
        raise InvalidInput("there is nothing at this path that could hold it", path=path)
    return holder, steps[-1]


def _present(holder: Json, step: str, path: Path) -> Json:
    if isinstance(holder, list):
        return holder[_index(holder, step, path)]
    if not isinstance(holder, Mapping) or step not in holder:
        raise InvalidInput(f"there is no {step!r} at this path", path=path)
    return holder[step]


def _index(items: list[Json], step: str, path: Path, *, room: int = 0) -> int:
    """The position of an item; with ``room`` the one behind the last is good too."""
    size = len(items) + room
    try:
        index = int(step)
    except ValueError:
        raise InvalidInput(f"{step!r} is not the number of an item", path=path) from None
    if not -size <= index < size:
        raise InvalidInput(f"there is no item {step}; there are {len(items)}", path=path)
    return index + size if index < 0 else index


def _steps(part: Part, key: str) -> list[str]:
    """``/a~1b/0`` → ``["a/b", "0"]``."""
    return [step.replace("~1", "/").replace("~0", "~") for step in str(part.value[key]).split("/")[1:]]


def _same(left: Json, right: Json) -> bool:
    """Equal values of equal types: true is not 1."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
