# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists by their meaning: what has no order of its own, and what comes and goes item by item.

In FieldsV1 (structured-merge-diff) a keyed list shows as ``k:{…}`` and a set as ``v:…``; all other lists are one value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest

from ..core.diff import Difference
from ..core.path import Json


def aligned(after: Json, before: Json, fields: Json) -> Json:
    """``after`` with the members of its keyed lists and sets in the order that they have in ``before``.

    ``fields`` is a FieldsV1 tree; of what it does not speak of, nothing is known and nothing is moved.
    """
    parts = {key: part for key, part in fields.items() if key != "."}
    if isinstance(after, Mapping) and isinstance(before, Mapping):
        below = {k: aligned(v, before.get(k), parts[f"f:{k}"]) for k, v in after.items() if f"f:{k}" in parts}
        return {**after, **below}
    if isinstance(after, list) and isinstance(before, list):
        if any(key.startswith("k:") for key in parts):
            return _keyed(after, before, parts)
        if any(key.startswith("v:") for key in parts):
            return _in_order_of(before, after)
    return after


def itemised(found: Iterable[Difference]) -> Iterator[Difference]:
    """Two lists of maps are told item by item, so that what comes or goes is seen."""
    for each in found:
        before, after = each.before or [], each.after or []
        if not (before or after) or not (_of_maps(before) and _of_maps(after)):
            yield each
            continue
        for index, (old, new) in enumerate(zip_longest(before, after)):
            if old != new:
                yield Difference((*each.path, index), old, new)


def _keyed(after: list[Json], before: list[Json], parts: Json) -> list[Json]:
    """Items are the same when they agree in the fields of the key; each is aligned in itself."""
    keys = [(json.loads(key[2:]), part) for key, part in parts.items() if key.startswith("k:")]
    names = {name for key, _part in keys for name in key}
    old = {_key(item, names): item for item in before}
    below = {_key(key, names): part for key, part in keys}
    items = {_key(item, names): item for item in after}
    order = _in_order_of(list(old), list(items))
    return [aligned(items[key], old.get(key), below.get(key, {})) for key in order]


def _key(item: Json, names: Iterable[str]) -> tuple[tuple[str, Json], ...]:
    return tuple(sorted((name, item.get(name)) for name in names))


def _in_order_of(first: list[Json], members: list[Json]) -> list[Json]:
    """The members, those of ``first`` in its order, then the new ones."""
    return [m for m in first if m in members] + [m for m in members if m not in first]


def _of_maps(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
