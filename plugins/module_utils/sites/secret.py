# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secret references: a site file says where a secret lies, never what it is; resolved where it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..core.given import Given
from ..core.path import Json

FORMS = "{file: <path>}, {env: <NAME>} or {vault: <file>, key: <name>}"


@dataclass(frozen=True)
class SecretRef:
    """Where a secret lies: ``source`` is file, env or vault, ``name`` a path or variable, ``key`` a vault's entry."""

    source: str
    name: str
    key: str = ""

    def reference(self, absolute: Callable[[str], str]) -> dict[str, str]:
        """The reference as data, its file made absolute: what is handed on instead of the secret."""
        if self.source == "env":
            return {"env": self.name}
        if self.source == "vault":
            return {"vault": absolute(self.name), "key": self.key}
        return {"file": absolute(self.name)}


def is_reference(value: Json) -> bool:
    """Whether ``value`` is written like a reference; nothing else in a site is."""
    return isinstance(value, Mapping) and set(value) in ({"file"}, {"env"}, {"vault", "key"})


def secret_ref(given: Given, key: str) -> SecretRef:
    """The reference under ``key``; a literal is refused without repeating it."""
    value = given.get(key)
    if value is None:
        given.at(key).refuse("is required", hint=FORMS)
    if not isinstance(value, Mapping):
        given.at(key).refuse("a secret must not stand here in plain text", hint=FORMS)
    if not is_reference(value):
        given.at(key).refuse("is not a secret reference", hint=FORMS)
    return parse_reference(given.at(key))


def parse_reference(given: Given) -> SecretRef:
    """A mapping of which `is_reference` holds."""
    if given.has("env"):
        return SecretRef("env", given.text("env"))
    if given.has("vault"):
        return SecretRef("vault", given.text("vault"), given.text("key"))
    return SecretRef("file", given.text("file"))
