# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects with their places: which source, which file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ...core.error import Finding, InvalidInput
from ...core.kubectl_yaml import documents
from ...core.path import Json, Path, dig
from .files import File


@dataclass(frozen=True)
class Placed:
    """An object as its author wrote it, and its place: ``manifests[0]["kube-ovn.yaml:42"]``."""

    path: Path
    manifest: Json

    @property
    def name(self) -> str:
        """``Kind/name``, as kubectl writes it."""
        return f"{self.manifest['kind']}/{dig(self.manifest, ('metadata', 'name'), '')}"

    def under(self, path: Path) -> Placed:
        """The same object, its place seen from further out."""
        return replace(self, path=(*path, *self.path))


def objects(files: Iterable[File]) -> list[Placed]:
    """The objects of all files, in order; lists (``kind: List``) are taken apart.

    Raises `InvalidInput` naming file and line of what is not YAML or no object.
    """
    return [
        placed
        for file in files
        for line, document in documents(file.content, file.name)
        for placed in _objects(document, (f"{file.name}:{line}",))
    ]


def without(placed: Iterable[Placed], names: Iterable[str]) -> tuple[list[Placed], list[Finding]]:
    """The objects that are not called ``Kind/name``, and what is wrong with these names: they exclude nothing."""
    rest, unwanted = list(placed), list(names)
    known = {each.name for each in rest}
    findings = [
        Finding(("exclude", index), f"{name!r} is not among the objects")
        for index, name in enumerate(unwanted)
        if name not in known
    ]
    return [each for each in rest if each.name not in unwanted], findings


def _objects(document: Json, path: Path) -> Iterator[Placed]:
    if not isinstance(document, Mapping) or not document.get("kind") or not document.get("apiVersion"):
        raise InvalidInput("not a Kubernetes object: it has no apiVersion and kind", path=path)
    items = document.get("items")
    if str(document["kind"]).endswith("List") and isinstance(items, list):
        for index, item in enumerate(items):
            yield from _objects(item, (*path, "items", index))
    else:
        yield Placed(path, document)
