# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Image Factory, as far as schematics go (image-factory docs/api.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ...core.error import InvalidInput, Unsupported
from ...core.path import Json
from .session import Answer, Session


@dataclass(frozen=True)
class ImageFactory:
    """``url`` has no slash at its end."""

    url: str
    session: Session

    def find(self, name: str) -> str | None:
        """The canonical text of the schematic with that id; None when the factory never saw it."""
        answer = self.session.get(f"{self.url}/schematics/{name}")
        return None if answer.status == 404 else _text(answer.expected())

    def create(self, text: str) -> tuple[str, str]:
        """Hand in a schematic; the id and canonical text that the factory gives it (the same for the same text)."""
        answer = self.session.post(f"{self.url}/schematics", text.encode(), {"Content-Type": "application/yaml"})
        if answer.status == 400:
            raise InvalidInput(f"the factory refuses it: {' '.join(_text(answer).split())[:200]}")
        found = _json(answer.expected(201))
        if not isinstance(found, dict) or not isinstance(found.get("id"), str):
            raise _no_factory()
        return found["id"], str(found.get("schematic", ""))

    def extensions(self, version: str) -> list[str]:
        """Names of the official extensions for a version of Talos (``v1.13.0``)."""
        found = _json(self.session.get(f"{self.url}/version/{version}/extensions/official").expected())
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise _no_factory()
        return [str(each.get("name", "")) for each in found]


def _text(answer: Answer) -> str:
    return answer.content.decode(errors="replace")


def _json(answer: Answer) -> Json:
    try:
        return json.loads(answer.content)
    except ValueError as exc:
        raise _no_factory() from exc


def _no_factory() -> Unsupported:
    return Unsupported("this is no answer of an Image Factory", hint="check the address")
