# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which attributes a BIOS has and what they take: DMTF's AttributeRegistry, where the BMC has the one of its BIOS."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...clients.redfish.client import ROOT, Redfish
from ...core.error import NotFound
from ...core.given import Given
from ...core.path import Json, dig
from .bios import Bios

_NAMED = 8
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True)
class Attribute:
    """What one attribute takes. ``low`` and ``high`` bound a number, or the length of a text; None: no bound."""

    name: str
    kind: str
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    pattern: str = ""
    read_only: bool = False

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Attribute:
        """From an entry of a registry's Attributes."""
        kind = str(entry.get("Type") or "String")
        low, high = ("LowerBound", "UpperBound") if kind == "Integer" else ("MinLength", "MaxLength")
        return cls(
            name=str(entry.get("AttributeName")),
            kind=kind,
            values=tuple(str(value.get("ValueName")) for value in entry.get("Value") or []),
            low=entry.get(low),
            high=entry.get(high),
            pattern=str(entry.get("ValueExpression") or ""),
            read_only=bool(entry.get("ReadOnly") or entry.get("Immutable")),
        )

    @classmethod
    def like(cls, name: str, value: Json) -> Attribute:
        """Where there is no registry: of the type of the value it has."""
        kinds = {bool: "Boolean", int: "Integer"}
        return cls(name, kinds.get(type(value), "String"))


@dataclass(frozen=True)
class Registry:
    """The attributes of one BIOS by name; None while nobody can be asked.

    ``complete``: the BMC has told what they take.
    """

    attributes: Mapping[str, Attribute] | None = None
    complete: bool = True

    @classmethod
    def guessed(cls, bios: Bios) -> Registry:
        """What can be told from the values there are."""
        return cls({name: Attribute.like(name, value) for name, value in bios.current.items()}, complete=False)

    def checked(self, given: Given) -> dict[str, Json]:
        """The values as the BIOS writes them; raises `InvalidInput` at the first that it does not take."""
        names = given.value if isinstance(given.value, Mapping) else {}
        if self.attributes is None:
            return {str(name): value for name, value in names.items()}
        return {str(name): _fit(self.attributes, str(name), given.at(name)) for name in names}


UNKNOWN = Registry()


def _fit(attributes: Mapping[str, Attribute], name: str, given: Given) -> Json:
    attribute = attributes.get(name)
    if attribute is None:
        near = difflib.get_close_matches(name, attributes, 1)
        given.refuse("the BIOS has no such attribute", hint=f"did you mean {near[0]}?" if near else "")
    if attribute.read_only:
        given.refuse("the BIOS lets nobody change it")
    if attribute.kind == "Password":
        given.refuse("a password can be neither compared nor shown", hint="set it on the BMC (Bios.ChangePassword)")
    fits = {"Enumeration": _choice, "Integer": _number, "Boolean": _truth}
    return fits.get(attribute.kind, _text)(attribute, given)


def read_registry(bios: Bios, redfish: Redfish) -> Registry:
    """The registry of this BIOS, or what its values tell when the BMC does not have it."""
    for path in _candidates(bios.registry, redfish):
        with suppress(NotFound):  # some BMCs list registries that they do not carry
            body = redfish.get(_location(redfish.get(path).body)).body
            if body.get("Id") == bios.registry or path.endswith(f"/{bios.registry}"):
                entries = dig(body, ("RegistryEntries", "Attributes"), []) or []
                return Registry({str(e.get("AttributeName")): Attribute.parse(e) for e in entries})
    return Registry.guessed(bios)


def _candidates(name: str, redfish: Redfish) -> Iterator[str]:
    """The registry files to look at: the one of that name, else those that may hold it under another."""
    files = dig(redfish.get(ROOT).body, ("Registries", "@odata.id"))
    if not (files and name):
        return
    paths = list(redfish.members(str(files)))
    exact = [path for path in paths if path.endswith(f"/{name}")]
    yield from exact or [path for path in paths if "biosattribute" in path.lower()]


def _location(file: Mapping[str, Any]) -> str:
    """Where the registry lies, in English when it can be had; raises `NotFound` when the BMC does not carry it."""
    places = [place for place in file.get("Location") or [] if place.get("Uri")]
    places.sort(key=lambda place: not str(place.get("Language", "")).startswith("en"))
    if not places:
        raise NotFound("the registry is not on the BMC")
    return str(places[0]["Uri"])


def _choice(attribute: Attribute, given: Given) -> Json:
    if given.value in attribute.values:
        return given.value
    hint = f"it takes {_listed(attribute.values)}"
    if isinstance(given.value, bool):
        hint += "; YAML reads on, off, yes and no as true and false unless they are quoted"
    return given.refuse(f"{given.value!r} is none of its values", hint=hint)


def _number(attribute: Attribute, given: Given) -> Json:
    text = "" if isinstance(given.value, bool) else str(given.value)
    if not re.fullmatch(r"-?\d+", text):
        given.refuse(f"{given.value!r} is not a whole number")
    _bound(attribute, int(text), given, f"{text} is not within")
    return int(text)


def _truth(_attribute: Attribute, given: Given) -> Json:
    value = _TRUTHS.get(str(given.value).lower())
    if value is None:
        given.refuse(f"{given.value!r} is neither true nor false")
    return value


def _text(attribute: Attribute, given: Given) -> Json:
    if not isinstance(given.value, (str, int)) or isinstance(given.value, bool):
        given.refuse(f"{given.value!r} is not a text", hint="quote it")
    text = str(given.value)
    _bound(attribute, len(text), given, f"{len(text)} characters are not within")
    if attribute.pattern and not _matches(attribute.pattern, text):
        given.refuse(f"{text!r} is not of the form {attribute.pattern}")
    return text


def _bound(attribute: Attribute, number: int, given: Given, what: str) -> None:
    low, high = attribute.low, attribute.high
    if (low is not None and number < low) or (high is not None and number > high):
        given.refuse(f"{what} {'…' if low is None else low} … {'' if high is None else high}".rstrip())


def _matches(pattern: str, text: str) -> bool:
    """Whether it does; a pattern that Python does not know is left to the BMC."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def _listed(values: Iterable[str]) -> str:
    names = list(values)
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
