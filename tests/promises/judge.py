# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How outsiders compare: what was predicted or told with what kubectl shows. Pure, and none of it the collection's."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
MASKED = "<secret "
_STEP = re.compile(r'([^.\[\]]+)|\[(\d+)\]|\["([^"]*)"\]')
_MISSING = object()


def at(value: Json, path: str) -> Json:
    """The value at ``spec.ports[0].name`` or ``metadata.labels["a.b/c"]``; None where a step is missing."""
    for name, index, quoted in _STEP.findall(path):
        step = int(index) if index else name or quoted
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def owned(found: Json, manager: str) -> Json:
    """The fields that the API server says ``manager`` applied (FieldsV1)."""
    entries = found["metadata"].get("managedFields") or []
    ours = [e for e in entries if e["manager"] == manager and e["operation"] == "Apply" and "subresource" not in e]
    return ours[0]["fieldsV1"] if ours else {}


def mispredicted(fields: Json, predicted: Json, found: Json, path: str = "") -> Iterator[str]:
    """Where, among those fields, the prediction is not what there is."""
    for key, below in fields.items():
        kind, _sep, text = key.partition(":")
        one, other = (_member(kind, text, value) for value in (predicted, found))
        if below.keys() - {"."}:
            yield from mispredicted({k: v for k, v in below.items() if k != "."}, one, other, f"{path}.{text}")
        elif one != other and not (is_masked(one) and not is_masked(other)):  # kubectl masks nothing
            yield f"{path}.{text}: predicted {one!r}, found {other!r}"


def _member(kind: str, text: str, value: Json) -> Json:
    """What one key of FieldsV1 speaks of: a field, an item by its keys, or a member of a set."""
    if kind == "f":
        return value.get(text) if isinstance(value, Mapping) else None
    wanted, items = json.loads(text), value if isinstance(value, list) else []
    if kind == "v":
        return wanted if wanted in items else None
    return next((item for item in items if wanted.items() <= item.items()), None)


def unlike(wanted: Json, found: Json, path: str = "") -> Iterator[str]:
    """Where ``found`` does not have what is wanted (it may have more); masked values are let pass."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key, value in wanted.items():
            yield from unlike(value, found.get(key), f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from unlike(one, other, f"{path}[{index}]")
    elif not is_masked(wanted) and wanted != found:
        yield f"{path}: told {wanted!r}, found {found!r}"


def is_masked(value: Json) -> bool:
    return isinstance(value, str) and value.startswith(MASKED)


def untrue(entry: Mapping[str, Json], before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[str]:
    """Where one entry of a diff is not what kubectl showed before and after (objects by label)."""
    action, _sep, label = entry["before_header"].partition(" ")
    if label.startswith("Release "):  # helm's own book, no object: tests/interop asks helm
        return
    told = {"before": (entry["before"], before.get(label)), "after": (entry["after"], after.get(label))}
    for side, (values, found) in told.items():
        if action in ("create", "delete"):
            yield from _whole(f"{label} {side}", values, found)
        else:
            yield from _paths(f"{label} {side}", values, found or {})


def _whole(what: str, values: Json, found: Json) -> Iterator[str]:
    if bool(values) != bool(found):
        yield f"{what}: told {values!r}, found {found!r}"
    elif values:
        yield from unlike(values, found, what)


def _paths(what: str, values: Mapping[str, Json], found: Json) -> Iterator[str]:
    for path, value in values.items():
        if path == "adopt":
            continue
        if not any(not list(unlike(value, there)) for there in anywhere(found, path)):
            yield f"{what}: told {path} {value!r}, found {at(found, path)!r}"


def anywhere(value: Json, path: str) -> Iterator[Json]:
    """The value at a path, and those in other places of keyed lists on it: these have no order."""
    head, bracket, rest = path.partition("[")
    if not bracket or rest.startswith('"'):
        yield at(value, path)
        return
    index, _sep, rest = rest.partition("]")
    items = at(value, head) or []
    for item in sorted(items, key=lambda item: item is not items[min(int(index), len(items) - 1)]):
        yield from anywhere(item, rest.removeprefix(".")) if rest else [item]


def traces(secret: str, text: str) -> list[str]:
    """The secret itself, or a base64 text that holds it at any offset, where it shows in ``text``."""
    return [form for form in (secret, *_in_base64(secret)) if form in text]


def _in_base64(secret: str) -> Iterator[str]:
    """What of a secret's base64 does not depend on what stands before and after it."""
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret.encode()).decode().rstrip("=")
        start, spare = (0, 2, 3)[offset], (offset + len(secret.encode())) % 3
        yield encoded[start : len(encoded) - (1 if spare else 0)]
