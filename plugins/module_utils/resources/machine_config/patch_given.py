# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A patch as a user gives it: documents to merge, or operations of a JSON patch (RFC 6902)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...core import yaml_text
from ...core.error import Finding, InvalidInput, refuse
from ...core.given import Given
from ...core.path import Json, Path

_OPERATIONS = {
    "add": ("path", "value"),
    "copy": ("from", "path"),
    "move": ("from", "path"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "test": ("path", "value"),
}


@dataclass(frozen=True)
class Part:
    """A document or an operation (a mapping either way), with its place in the user's input."""

    value: Json
    path: Path


@dataclass(frozen=True)
class Patch:
    """``documents`` are merged in order, ``operations`` carried out in order; a patch has either."""

    documents: tuple[Part, ...]
    operations: tuple[Part, ...]
    path: Path

    @classmethod
    def parse(cls, given: Given) -> Patch:
        """A mapping is a document, a list the operations of a JSON patch; a text is YAML or JSON of either."""
        path = given.path
        found, inside = _documents(given)
        if len(found) == 1 and isinstance(found[0], list):
            parts = tuple(Part(value, (*path, index)) for index, value in enumerate(found[0]))
            refuse(finding for part in parts for finding in _wrong_operation(part))
            return cls((), parts, path)
        parts = tuple(Part(value, (*path, index) if inside else path) for index, value in enumerate(found))
        refuse(finding for part in parts for finding in _wrong_document(part))
        return cls(parts, (), path)


def _documents(given: Given) -> tuple[list[Json], bool]:
    """The documents, and whether there may be several: then each is known by its number."""
    if not isinstance(given.value, str):
        return [given.value], False
    try:
        found = [part for part in yaml_text.load_all(given.value) if part is not None]
    except InvalidInput as error:
        given.refuse(error.reason)
    if not found:
        given.refuse("there is no document in it", hint="a mapping, a list of operations, or YAML of either")
    return found, len(found) > 1


def _wrong_document(part: Part) -> Iterator[Finding]:
    """What stops Talos from telling which document is meant."""
    document = part.value
    if not isinstance(document, Mapping):
        yield Finding(part.path, "a patch is a mapping, a list of operations, or a text with YAML of either")
    elif document.get("kind") and document.get("apiVersion") != "v1alpha1":
        yield Finding((*part.path, "apiVersion"), f"must be v1alpha1, not {document.get('apiVersion')!r}")
    elif document.get("apiVersion") and not document.get("kind"):
        yield Finding((*part.path, "kind"), "is required with apiVersion; the main document has neither")


def _wrong_operation(part: Part) -> Iterator[Finding]:
    operation = part.value
    if not isinstance(operation, Mapping):
        yield Finding(part.path, "an operation is a mapping with op and path")
        return
    name = operation.get("op")
    if name not in _OPERATIONS:
        yield Finding((*part.path, "op"), f"{name!r} is not one of {', '.join(_OPERATIONS)}")
        return
    for key in _OPERATIONS[name]:
        if key not in operation:
            yield Finding((*part.path, key), f"is required for {name}")
        elif key != "value" and not _is_pointer(operation[key]):
            yield Finding((*part.path, key), f"{operation[key]!r} is not a JSON pointer (for example /machine/type)")


def _is_pointer(text: Json) -> bool:
    return isinstance(text, str) and (text == "" or text.startswith("/"))


def repeated(identities: list[str], parts: tuple[Part, ...]) -> Iterator[Finding]:
    """Documents that the patch holds more than once; ``identities`` go with ``parts``."""
    times = Counter(identities)
    for index, identity in enumerate(identities):
        if times[identity] > 1 and identity in identities[:index]:
            yield Finding(parts[index].path, f"the patch has a document {identity} already")
