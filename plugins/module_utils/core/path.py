# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths into JSON-like values: tuples of keys and indexes, written the way users write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Union

Json = Any
Step = Union[str, int]
Path = tuple[Step, ...]

_PLAIN = re.compile(r"[A-Za-z0-9_\-]+\Z")
_PART = re.compile(r"([^.\[\]]+)|\[(\d+|\*|\"[^\"]*\")\]")


def render(path: Path) -> str:
    """``("vpcs", 0, "static_routes")`` → ``vpcs[0].static_routes``; keys with dots are quoted in brackets."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.match(step) or step == "*":
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def parse(text: str) -> Path:
    """The opposite of `render`; ``[*]`` stands for every item of a list."""
    steps: list[Step] = []
    for name, bracket in _PART.findall(text):
        if name:
            steps.append(name)
        elif bracket == "*":
            steps.append("*")
        else:
            steps.append(bracket[1:-1] if bracket.startswith('"') else int(bracket))
    return tuple(steps)


def dig(value: Json, path: Path, default: Json = None) -> Json:
    """The value at ``path`` or ``default`` where a step is missing."""
    for step in path:
        in_map = isinstance(step, str) and isinstance(value, Mapping) and step in value
        in_list = isinstance(step, int) and isinstance(value, list) and step < len(value)
        if not (in_map or in_list):
            return default
        value = value[step]
    return value


def every(value: Json, path: Path, at: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Each ``(path, value)`` that matches ``path``, whose ``*`` steps stand for every list item or map key."""
    if not path:
        yield at, value
        return
    step, rest = path[0], path[1:]
    if step == "*" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from every(item, rest, (*at, index))
    elif step == "*" and isinstance(value, Mapping):
        for key, item in value.items():
            yield from every(item, rest, (*at, key))
    else:
        missing = object()
        found = dig(value, (step,), missing)
        if found is not missing:
            yield from every(found, rest, (*at, step))


def put(value: Json, path: Path, new: Json) -> Json:
    """A copy of ``value`` with ``new`` at ``path``; only what lies on the path is copied."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(value)
        items[step] = put(items[step], rest, new)
        return items
    fields = dict(value or {})
    fields[step] = put(fields.get(step), rest, new)
    return fields


def prune(**fields: Json) -> dict[str, Json]:
    """Only the fields that say something: no ``None``, no empty list, map or text."""
    return {
        key: value for key, value in fields.items() if value is not None and value != [] and value != {} and value != ""
    }
