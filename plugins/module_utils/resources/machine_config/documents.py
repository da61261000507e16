# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine configuration: several documents in one text, each known by its kind and name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ...core import yaml_text
from ...core.error import Finding, refuse
from ...core.mask import Masker
from ...core.path import Json, Path, dig, prune
from . import schema_v1alpha1
from .schema_documents import shape_of
from .shape import Fields, secrets

# The main document bears no kind; this is the name under which Talos' own messages speak of it.
MAIN = "v1alpha1"


class Identity(NamedTuple):
    """What tells two documents of one configuration apart."""

    kind: str
    name: str = ""

    @property
    def path(self) -> Path:
        """Where the document stands in what people read: ``v1alpha1``, ``LinkConfig.eth0``."""
        return (self.kind, self.name) if self.name else (self.kind,)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind


@dataclass(frozen=True)
class Configuration:
    """The documents in order."""

    documents: tuple[dict[str, Json], ...]

    def find(self, identity: Identity) -> dict[str, Json] | None:
        """The document of that identity."""
        return next((document for document in self.documents if identity_of(document) == identity), None)

    @property
    def main(self) -> dict[str, Json]:
        """The v1alpha1 document; empty when there is none (a partial configuration)."""
        return self.find(Identity(MAIN)) or {}

    def get(self, *path: str) -> Json:
        """A value of the main document."""
        return dig(self.main, path)

    def named(self) -> dict[Identity, dict[str, Json]]:
        """Every document by its identity."""
        return {identity_of(document): document for document in self.documents}

    def text(self) -> str:
        """The text as Talos itself would write it."""
        return yaml_text.dump_all(self.documents)

    def masked(self, masker: Masker) -> Configuration:
        """The same with every secret masked; a document of an unknown kind is masked whole."""
        return Configuration(tuple(_masked(document, masker) for document in self.documents))


def new_document(kind: str, **fields: Json) -> dict[str, Json]:
    """A new document of that kind; a field that says nothing is left out."""
    return {"apiVersion": "v1alpha1", "kind": kind, **prune(**fields)}


def identity_of(document: Mapping[str, Json]) -> Identity:
    """The identity of a document; the main one has neither apiVersion nor kind."""
    kind = document.get("kind")
    return Identity(str(kind), str(document.get("name") or "")) if kind else Identity(MAIN)


def shape(document: Mapping[str, Json]) -> Fields | None:
    """What the document may hold in any contract; None for a kind that none of them knows."""
    identity = identity_of(document)
    return schema_v1alpha1.ROOT if identity.kind == MAIN else shape_of(identity.kind)


def parse(text: str, *, object: str = "machine configuration", path: Path = ()) -> Configuration:
    """The configuration in the text; raises `InvalidInput` for what no Talos could load."""
    documents = [document for document in yaml_text.load_all(text, object=object) if document is not None]
    found = [*_not_maps(documents, path)]
    refuse(found or _twice(documents, path), object=object)
    return Configuration(tuple(documents))


def _not_maps(documents: list[Json], path: Path) -> Iterable[Finding]:
    if not documents:
        yield Finding(path, "there is no document in it")
    for index, document in enumerate(documents):
        if not isinstance(document, Mapping):
            yield Finding((*path, index), "a document is a mapping")


def _twice(documents: list[Json], path: Path) -> Iterable[Finding]:
    for identity, times in Counter(identity_of(document) for document in documents).items():
        if times > 1:
            yield Finding((*path, str(identity)), f"there are {times} documents of this kind and name")


def _masked(document: dict[str, Json], masker: Masker) -> dict[str, Json]:
    known = shape(document)
    if known is None:
        head = ("apiVersion", "kind", "name")
        return {key: value if key in head else masker.mask(value) for key, value in document.items()}
    masked: dict[str, Json] = masker.masked(document, list(secrets(document, known)))
    return masked
