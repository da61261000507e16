# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's input together with its place, so that any refusal knows where it is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from .error import InvalidInput
from .path import Json, Path

T = TypeVar("T")

# RFC 1123 subdomain, as Kubernetes demands of most object names (k8s.io/apimachinery pkg/util/validation).
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")


@dataclass(frozen=True)
class Given:
    """A value that a user gave, and its path in what they gave. A key that is absent and one that is null are the
    same.
    """

    value: Json
    path: Path = ()

    def refuse(self, reason: str, *, hint: str = "") -> NoReturn:
        """Raise `InvalidInput` at this place."""
        raise InvalidInput(reason, path=self.path, hint=hint)

    def has(self, key: str) -> bool:
        return isinstance(self.value, Mapping) and self.value.get(key) is not None

    def at(self, key: str) -> Given:
        """The value under ``key`` (None when absent) with its own path."""
        return Given(self._mapping().get(key), (*self.path, key))

    def only(self, keys: Iterable[str]) -> Given:
        """Refuse keys that are not among ``keys``, naming the nearest one."""
        known = list(keys)
        for key in self._mapping():
            if key not in known:
                near = difflib.get_close_matches(str(key), known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}"
                Given(None, (*self.path, str(key))).refuse("unknown key", hint=hint)
        return self

    def get(self, key: str, default: Json = None) -> Json:
        """The plain value under ``key``."""
        found = self._mapping().get(key)
        return default if found is None else found

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required unless a default is given."""
        return str(self._typed(key, (str, int, float), "a text", default))

    def integer(self, key: str, default: int | None = None, *, low: int | None = None, high: int | None = None) -> int:
        """A whole number within ``low`` … ``high``; required unless a default is given."""
        number = int(self._typed(key, (int,), "a whole number", default))
        if (low is not None and number < low) or (high is not None and number > high):
            self.at(key).refuse(f"{number} is not within {low} … {high}")
        return number

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        found = self.get(key, default)
        if not isinstance(found, bool):
            self.at(key).refuse(f"{found!r} is neither true nor false")
        return found

    def name(self, key: str) -> str:
        """A Kubernetes object name (RFC 1123 subdomain, at most 253 characters)."""
        text = self.text(key)
        if not _NAME.match(text) or len(text) > 253:
            self.at(key).refuse(f"{text!r} is not a valid name", hint="lower-case letters, digits, '-' and '.'")
        return text

    def names(self, key: str) -> tuple[str, ...]:
        """A list of object names; empty when absent."""
        return tuple(Given({"name": item.value}, item.path).name("name") for item in self.items(key))

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        """One of ``allowed``."""
        options = list(allowed)
        text = self.text(key, default)
        if text not in options:
            self.at(key).refuse(f"{text!r} is not one of {', '.join(options)}")
        return text

    def items(self, key: str) -> list[Given]:
        """The items of the list under ``key``; none when absent."""
        found = self.get(key, [])
        if not isinstance(found, list):
            self.at(key).refuse(f"a list is expected, not {_what(found)}")
        return [Given(item, (*self.path, key, index)) for index, item in enumerate(found)]

    def each(self, key: str, parse: Callable[[Given], T]) -> tuple[T, ...]:
        """Every item of the list under ``key``, parsed with its own path."""
        return tuple(parse(item) for item in self.items(key))

    def maybe(self, key: str, parse: Callable[[Given], T]) -> T | None:
        """The value under ``key``, parsed; None when absent."""
        return parse(self.at(key)) if self.has(key) else None

    def _mapping(self) -> Mapping[str, Json]:
        if self.value is None:
            return {}
        if not isinstance(self.value, Mapping):
            self.refuse(f"a mapping is expected, not {_what(self.value)}")
        return self.value

    def _typed(self, key: str, types: tuple[type, ...], what: str, default: Json) -> Json:
        found = self.get(key, default)
        if found is None:
            self.at(key).refuse("is required")
        if not isinstance(found, types) or isinstance(found, bool):
            self.at(key).refuse(f"{what} is expected, not {_what(found)}")
        return found


def _what(value: Json) -> str:
    names = {list: "a list", dict: "a mapping", str: "a text", bool: "true/false", int: "a number", float: "a number"}
    return names.get(type(value), "nothing" if value is None else type(value).__name__)
