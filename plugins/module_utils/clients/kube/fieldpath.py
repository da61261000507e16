# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields as the API server writes them in its refusals, turned into paths into the object that was sent.

Two notations: of field.Path (``spec.containers[0].image``, ``data[a.b/c]``; k8s.io/apimachinery
pkg/util/validation/field) and of fieldpath.Path (``.spec.containers[name="c"].image``, ``.finalizers[="x"]``;
sigs.k8s.io/structured-merge-diff).
Neither quotes the keys of maps, so a key with dots can only be told apart by looking at the object itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ...core.path import Json, Path, Step, dig

_BRACKET = re.compile(r'\[((?:[^\]"]|"(?:[^"\\]|\\.)*")*)\]')
_NAME = re.compile(r"[^.\[]+")
_SELECTOR = re.compile(r'(\w*)=("(?:[^"\\]|\\.)*"|[^,]+)')


def locate(text: str, body: Json = None) -> Path:
    """Where the field ``text`` is in ``body``; ``()`` when none is meant. What is not there is read by syntax."""
    rest, steps = text.strip(), list[Step]()
    if rest == "<nil>":
        return ()
    while rest := rest.removeprefix("."):
        step, rest = _bracket(rest, body) if rest.startswith("[") else _name(rest, body)
        steps.append(step)
        body = dig(body, (step,))
    return tuple(steps)


def _name(text: str, body: Json) -> tuple[Step, str]:
    """The longest key of ``body`` that ``text`` begins with, else all up to the next separator."""
    keys = (key for key in body if _begins(text, key)) if isinstance(body, Mapping) else ()
    found = max(keys, key=len, default="")
    if not found:
        match = _NAME.match(text)
        found = match.group() if match else text
    return found, text[len(found) :]


def _begins(text: str, key: str) -> bool:
    return bool(key) and text.startswith(key) and text[len(key) : len(key) + 1] in ("", ".", "[")


def _bracket(text: str, body: Json) -> tuple[Step, str]:
    match = _BRACKET.match(text)
    if match is None:
        return text, ""
    inner, rest = match.group(1), text[match.end() :]
    if inner.isdecimal() and not isinstance(body, Mapping):
        return int(inner), rest
    if isinstance(body, list) and "=" in inner:
        return _selected(inner, body), rest
    return inner.strip('"'), rest


def _selected(selector: str, items: list[Json]) -> Step:
    """The index of the item that ``name="c",port=80`` or ``="x"`` selects; the selector itself when there is none."""
    wanted = {key: _literal(value) for key, value in _SELECTOR.findall(selector)}
    for index, item in enumerate(items):
        if wanted == {"": item} or (isinstance(item, Mapping) and all(item.get(k) == v for k, v in wanted.items())):
            return index
    return selector


def _literal(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text
