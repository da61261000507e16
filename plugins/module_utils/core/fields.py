# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that become fields of an object: one table says what an option is, how it is read, and what it becomes.

Modules make their argument spec of it, so that an option is declared once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from . import json_text
from .given import Given
from .path import Json, prune


@dataclass(frozen=True)
class Field:
    """``to`` is the field's name in the object. ``type`` and ``elements`` are Ansible's; ``within`` holds for numbers.

    ``fields`` are those of the mappings in it; ``secret`` is never shown (False: it only sounds like one); ``as_text``
    is a number that the object has as a text, and ``as_json`` anything that it has as a JSON text.
    """

    to: str
    type: str = "str"
    elements: str = ""
    choices: tuple[str, ...] = ()
    default: Json = None
    within: tuple[int | None, int | None] = (None, None)
    fields: Mapping[str, Field] = field(default_factory=dict)
    needed: bool = False
    secret: bool | None = None
    as_text: bool = False
    as_json: bool = False

    def read(self, given: Given, key: str) -> Json:
        """What the user gave under ``key``, as the object says it; raises `InvalidInput`."""
        if self.as_json:
            return json_text.write(given.get(key))
        if self.fields and self.type == "list":
            return [written(each, self.fields) for each in given.items(key)]
        if self.type == "list":
            return [self._one(each.value, key) if self.elements == "str" else each.value for each in given.items(key)]
        if self.fields:
            return written(given.at(key), self.fields)
        return self._scalar(given, key)

    def _scalar(self, given: Given, key: str) -> Json:
        if self.type == "bool":
            return given.flag(key)
        if self.type == "int":
            low, high = self.within
            found = given.integer(key, low=low, high=high)
            return str(found) if self.as_text else found
        if self.choices:
            return given.choice(key, self.choices)
        return given.text(key) if self.type == "str" else given.get(key)

    def _one(self, value: Json, key: str) -> str:
        return Given({key: value}).text(key)


Fields = Mapping[str, Field]


def written(given: Given, fields: Fields) -> dict[str, Json]:
    """The fields that say something; raises `InvalidInput` for a needed one that is absent."""
    out: dict[str, Json] = {}
    for key, each in fields.items():
        if given.has(key):
            out[each.to] = each.read(given, key)
        elif each.needed:
            given.at(key).refuse("is required")
        else:
            out[each.to] = each.default
    return prune(**out)


def places(fields: Fields, option: str = "", there: str = "spec.") -> dict[str, str]:
    """Which option each field came from, inner ones first: ``spec.bfdPort.ip`` → ``bfd_port.ip``."""
    out: dict[str, str] = {}
    for key, each in fields.items():
        many = "[*]" if each.type == "list" else ""
        out.update(places(each.fields, f"{option}{key}{many}.", f"{there}{each.to}{many}."))
        out[f"{there}{each.to}"] = f"{option}{key}"
    return out


def text(to: str, default: str | None = None) -> Field:
    """A text."""
    return Field(to, default=default)


def flag(to: str) -> Field:
    """True or false."""
    return Field(to, "bool")


def number(to: str, low: int | None = None, high: int | None = None) -> Field:
    """A whole number."""
    return Field(to, "int", within=(low, high))


def choice(to: str, *allowed: str, default: str | None = None) -> Field:
    """One of some texts."""
    return Field(to, choices=allowed, default=default)


def texts(to: str) -> Field:
    """A list of texts."""
    return Field(to, "list", "str")


def mappings(to: str, fields: Fields | None = None) -> Field:
    """A list of mappings; without ``fields`` they are as the object has them."""
    return Field(to, "list", "dict", fields=fields or {})


def mapping(to: str, fields: Fields | None = None) -> Field:
    """A mapping; without ``fields`` it is as the object has it."""
    return Field(to, "dict", fields=fields or {})


def json_of(to: str) -> Field:
    """A mapping that the object has as a JSON text."""
    return Field(to, "dict", as_json=True)


def needed(field_: Field) -> Field:
    """The same, and it has to be given."""
    return replace(field_, needed=True)


def secret(field_: Field) -> Field:
    """The same, and nobody sees it."""
    return replace(field_, secret=True)


def public(field_: Field) -> Field:
    """The same, which only sounds like a secret."""
    return replace(field_, secret=False)
