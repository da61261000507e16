# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as kubectl reads it: YAML 1.1 without its numbers to base 60 and its dates, and keys that are always texts.

The rules are those of go.yaml.in/yaml/v2 (resolve.go) and sigs.k8s.io/yaml. PyYAML's own would read the unquoted MAC
address 10:11:22:33:44:55 as a number and 2026-01-01 as a date.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NoReturn

from .error import InvalidInput
from .library import absent
from .path import Json

try:
    import yaml
except ImportError as exc:
    absent("PyYAML", exc)

_TAG = "tag:yaml.org,2002:"
_STR, _MAP, _SEQ = _TAG + "str", _TAG + "map", _TAG + "seq"
_TRUE = ("y", "yes", "true", "on")
_BOOL = r"^(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$"
_INT = r"^[-+]?[0-9](?:[0-9_]*|_*[xX][0-9a-fA-F_]+|_*[bB][01_]+|_*[oO][0-7_]+)$"
_FLOAT = r"^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9_]+)?$"
# Plain scalars and what they may begin with; the first that fits counts, all others are texts.
_SCALARS = (
    ("bool", _BOOL, "yYnNtTfFoO"),
    ("int", _INT, "-+0123456789"),
    ("float", _FLOAT, "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ("~", "n", "N", "")),
    ("merge", r"^<<$", "<"),
)
# Whole numbers of at most 64 bits are whole; Go's encoding/json writes larger ones with an exponent from here on.
_UINT64, _INT64, _EXPONENT = 2**64, -(2**63), 1e21


def documents(content: bytes, name: str) -> Iterator[tuple[int, Json]]:
    """Each document that is not empty, behind the line (from 1) in which it begins.

    Raises `InvalidInput` naming the file and the line of what is not YAML, or nothing that JSON could hold.
    """
    try:
        loader = _loader()(content)
        while loader.check_node():
            node = loader.get_node()
            value = Values(loader).of(node)
            if value is not None:
                yield node.start_mark.line + 1, value
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark else name
        raise InvalidInput(f"{place}: not YAML: {getattr(exc, 'problem', None) or 'it is not text'}") from exc


@functools.cache
def _loader() -> Any:
    """PyYAML's C parser with these rules."""

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    for tag, pattern, first in _SCALARS:
        Loader.add_implicit_resolver(_TAG + tag, re.compile(pattern), list(first))
    return Loader


class Values:
    """The values of one document's nodes. An alias is the very value of its anchor, as with PyYAML's own constructor,
    which this stands in for because it takes twice as long.
    """

    def __init__(self, loader: Any) -> None:
        self._flatten = loader.flatten_mapping
        self._made: dict[int, Json] = {}

    def of(self, node: Any) -> Json:
        """The value of a node and all below it."""
        tag = node.tag
        if tag == _STR and isinstance(node, yaml.ScalarNode):
            return node.value
        if isinstance(node, yaml.ScalarNode):
            return _SCALAR.get(tag, _unknown)(node)
        found = self._made.get(id(node), _NEW)
        if found is _BUSY:
            _wrong(node, "it contains itself")
        if found is not _NEW:
            return found
        self._made[id(node)] = _BUSY
        made = self._made[id(node)] = self._collection(node)
        return made

    def _collection(self, node: Any) -> Json:
        if isinstance(node, yaml.MappingNode) and node.tag == _MAP:
            self._flatten(node)
            return {self._key(key): self.of(item) for key, item in node.value}
        if isinstance(node, yaml.SequenceNode) and node.tag == _SEQ:
            return [self.of(item) for item in node.value]
        return _expected(node) if node.tag in (_MAP, _SEQ) else _unknown(node)

    def _key(self, node: Any) -> str:
        """A key as a text: ``on: 1`` is ``"true": 1`` to kubectl."""
        found = self.of(node)
        if not isinstance(found, (str, bool, int, float)):
            _wrong(node, "a key must be a text")
        return found if isinstance(found, str) else json.dumps(found)


_NEW, _BUSY = object(), object()


def _bool(node: Any) -> bool:
    return node.value.lower() in _TRUE


def _number(node: Any) -> Json:
    """A number; a text when it only looks like one (``0b12``, ``_1``), as Go's strconv would have it."""
    plain = node.value.replace("_", "")
    with contextlib.suppress(ValueError):
        return _whole(plain)
    with contextlib.suppress(ValueError):
        return _real(plain)
    return node.value


def _whole(plain: str) -> int:
    """Go's strconv.ParseInt with base 0: a leading 0 means octal. Raises `ValueError` beyond 64 bits too."""
    digits = plain.lstrip("-+")
    octal = len(digits) > 1 and digits.isdigit() and digits[0] == "0"
    number = int(plain, 8 if octal else 0)
    if not _INT64 <= number < _UINT64:
        raise ValueError(plain)
    return number


def _real(plain: str) -> float:
    """As Go writes it down in JSON: without a fraction when it has none. Raises `ValueError` for what is too large."""
    number = float(plain)
    if math.isinf(number):
        raise ValueError(plain)
    return int(number) if number.is_integer() and abs(number) < _EXPONENT else number


def _binary(node: Any) -> str:
    try:
        return base64.b64decode("".join(node.value.split()), validate=True).decode()
    except ValueError:
        _wrong(node, "not the base64 of a text")


def _expected(node: Any) -> NoReturn:
    _wrong(node, "a mapping is expected" if node.tag == _MAP else "a list is expected")


def _unknown(node: Any) -> NoReturn:
    _wrong(node, f"the tag {node.tag} means nothing here")


def _wrong(node: Any, problem: str) -> NoReturn:
    raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_SCALAR: dict[str, Callable[[Any], Json]] = {
    _TAG + "null": lambda _node: None,
    _TAG + "bool": _bool,
    _TAG + "int": _number,
    _TAG + "float": _number,
    _TAG + "binary": _binary,
    _TAG + "timestamp": lambda node: node.value,
    _MAP: _expected,
    _SEQ: _expected,
}
