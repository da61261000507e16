# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML byte for byte as Go's ``yaml.Marshal`` writes it (gopkg.in/yaml.v3 and go.yaml.in/yaml/v4 alike).

An Image Factory names a schematic by the SHA-256 of this text, so that one space more is another schematic. What the
two libraries write differently, or only with escapes, is refused by `unwritable` and never comes here.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Iterable, Iterator, Mapping

from ...core.path import Json

_INDENT = 4
# Plain words that a reader would take for something else; of YAML 1.1 the second (encode.go isOldBool).
_WORDS = frozenset(
    "true True TRUE false False FALSE ~ null Null NULL "
    ".nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF".split()
)
_OLD_WORDS = frozenset("y Y yes Yes YES on On ON n N no No NO off Off OFF".split())
_WHOLE = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)\Z")
_REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_TIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d))"
    r"|(?: (\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?))?\Z"
)
# Here Go wants a digit on both sides of every underscore, elsewhere it takes them all away first.
_STRAY = re.compile(r"(?<![0-9])_|_(?![0-9])")
_INDICATORS = frozenset("#,[]{}&*!|>'\"%@`")
_UINT64, _INT64 = 2**64, -(2**63)


def text(document: Mapping[str, Json]) -> str:
    """The document; its values are mappings with texts as keys, lists, texts, whole numbers, true and false."""
    return "".join(f"{line}\n" for line in _mapping(document, 0))


def unwritable(value: str) -> str:
    """Why there is no settled way to write that text; empty when there is."""
    for character in value:
        if not (character in "\n\t" or " " <= character <= "~" or _is_letter_like(character)):
            return f"the character U+{ord(character):04X} has no place here"
    if "\n" in value and value[0] in " \t\n":
        return "a text of several lines begins with white space"
    if "\n" in value and any(line.endswith(" ") for line in value.split("\n")):
        return "a line of several ends with a space"
    if value == "<<":
        return "<< is YAML's merge key"
    return ""


def unsettled(value: str) -> bool:
    """Whether go.yaml.in/yaml v4.0.0-rc.5 and rc.6, and factories built with them, quote that text in another way."""
    return value in _OLD_WORDS or bool(_BASE_60.match(value))


def in_order(keys: Iterable[str]) -> list[str]:
    """Keys of a map as Go writes them: numbers in them by their value (sorter.go)."""
    return sorted(keys, key=functools.cmp_to_key(_compared))


def _mapping(value: Mapping[str, Json], indent: int) -> Iterator[str]:
    for key, item in value.items():
        yield from _entry(f"{' ' * indent}{_scalar(key, 0)}:", item, _next(indent))


def _list(value: list[Json], indent: int) -> Iterator[str]:
    for item in value:
        head = f"{' ' * indent}-"
        if isinstance(item, (Mapping, list)) and item:
            first, *rest = _block(item, indent + 2)
            yield f"{head} {first[indent + 2 :]}"
            yield from rest
        else:
            yield from _entry(head, item, indent + 2)


def _block(value: Json, indent: int) -> Iterator[str]:
    return _mapping(value, indent) if isinstance(value, Mapping) else _list(value, indent)


def _entry(head: str, value: Json, indent: int) -> Iterator[str]:
    if isinstance(value, (Mapping, list)) and value:
        yield head
        yield from _block(value, indent)
    else:
        yield f"{head} {_scalar(value, indent)}"


def _next(indent: int) -> int:
    """The next multiple of four (emitterc.go yaml_emitter_increase_indent)."""
    return _INDENT * (indent // _INDENT + 1)


def _scalar(value: Json, indent: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Mapping, list)):
        return "{}" if isinstance(value, Mapping) else "[]"
    if not isinstance(value, str):
        return str(value)
    if "\n" in value:
        return _literal(value, indent)
    if _means_more(value):
        return _double(value)
    if "\t" in value:
        return _double(value)
    return value if _may_be_plain(value) else "'" + value.replace("'", "''") + "'"


def _literal(value: str, indent: int) -> str:
    """A block of lines; empty ones are not indented."""
    chomping = "-" if not value.endswith("\n") else "+" if value.endswith("\n\n") else ""
    lines = value.removesuffix("\n").split("\n")
    return "\n".join([f"|{chomping}", *(f"{' ' * indent}{line}" if line else "" for line in lines)])


def _double(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _may_be_plain(value: str) -> bool:
    """Whether it needs no quotes on a line of its own (emitterc.go yaml_emitter_analyze_scalar)."""
    first, second = value[0], value[1:2]
    if value != value.strip(" ") or value.startswith(("---", "...")) or first in _INDICATORS:
        return False
    if first in "?:-" and second in ("", " "):
        return False
    return not (": " in value or value.endswith(":") or " #" in value)


def _means_more(value: str) -> bool:
    """Whether a reader would take the bare text for something other than a text (resolve.go)."""
    if not value or value in _WORDS or unsettled(value) or _is_time(value):
        return True
    bare = value.replace("_", "")
    if value[0] == ".":
        return bool(_REAL.match(bare)) and not _STRAY.search(value) and _is_finite(bare)
    if value[0] not in "+-0123456789":
        return False
    return (bool(_WHOLE.match(bare)) and _fits(bare)) or (bool(_REAL.match(bare)) and _is_finite(bare))


def _fits(bare: str) -> bool:
    digits = bare.lstrip("+-")
    octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
    number = int(digits, 8 if octal else 0) * (-1 if bare[0] == "-" else 1)
    return _INT64 <= number < (_UINT64 if bare[0] not in "+-" else -_INT64)


def _is_finite(bare: str) -> bool:
    return abs(float(bare)) != float("inf")


def _is_time(value: str) -> bool:
    found = _TIME.match(value)
    if not found:
        return False
    year, month, day, *clock = (int(part) for part in found.groups() if part is not None)
    hour, minute, second = clock or (0, 0, 0)
    try:
        datetime.datetime(year or 4, month, day, hour, minute, second)  # Go knows the year 0, a leap year
    except ValueError:
        return False
    return True


def _is_letter_like(character: str) -> bool:
    """Printable beyond ASCII, as go-yaml has it; not the line breaks that only YAML knows."""
    code = ord(character)
    inside = 0xA0 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    return inside and code not in (0x2028, 0x2029, 0xFEFF)


def _compared(one: str, other: str) -> int:
    """Like C's strcmp, in the order of `in_order`."""
    digits = False
    for index, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine == theirs:
            digits = mine.isdigit()
            continue
        if mine.isalpha() and theirs.isalpha():
            return ord(mine) - ord(theirs)
        if mine.isalpha() or theirs.isalpha():
            return -1 if mine.isalpha() == digits else 1
        return _by_number(one, other, index)
    return len(one) - len(other)


def _by_number(one: str, other: str, index: int) -> int:
    """Where neither is a letter: the numbers that begin there, of those the shorter, then the characters."""
    follows = "0" in (one[index], other[index]) and bool(re.search(r"[1-9][0-9]*\Z", one[:index]))
    numbers = [re.match(r"[0-9]*", word[index:]) for word in (one, other)]
    mine, theirs = (found[0] if found else "" for found in numbers)
    before = "1" if follows else "0"
    return int(before + mine) - int(before + theirs) or len(mine) - len(theirs) or ord(one[index]) - ord(other[index])
