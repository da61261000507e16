# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that Talos would refuse in a configuration, and the mistakes that it takes without a word."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from ...core.error import Finding
from ...core.path import Json, Path
from .check_documents import document_findings
from .check_main import main_findings
from .conflicts import conflicts
from .contract import Contract, Minor
from .documents import MAIN, Configuration, Identity, identity_of, shape
from .schema_documents import EXCLUSIVE, KINDS
from .shape import Entries, Fields, Flag, Items, Number, Shape, Text, children, parts
from .since import key_since, kind_since


def findings(configuration: Configuration, contract: Contract) -> Iterator[Finding]:
    """What is wrong; paths begin with the document (``v1alpha1.machine.token``, ``LinkConfig.eth0.mtu``)."""
    known = True
    for document in configuration.documents:
        identity = identity_of(document)
        kind = shape(document)
        at = identity.path
        since = kind_since(identity.kind)
        if kind is None or (since is not None and since > contract.talos):
            known = False
            yield Finding(at, f"Talos {contract.talos} does not know documents of this kind{_why(identity, since)}")
        else:
            broken = [
                *_head(document, identity, at),
                *_mismatches(document, kind, at),
                *_too_new(document, kind, identity, contract),
            ]
            known = known and not broken
            yield from broken
    if known:
        yield from _rules(configuration, contract)


def _why(identity: Identity, since: Minor | None) -> str:
    if since is not None:
        return f"; they came with {since}"
    near = difflib.get_close_matches(identity.kind, KINDS, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _too_new(document: Json, kind: Shape, identity: Identity, contract: Contract) -> Iterator[Finding]:
    """Keys that came with a later contract: older machines refuse the whole configuration for them."""
    for path, value, _shape in parts(document, kind):
        since = key_since(identity.kind, path) if path else None
        if since is not None and since > contract.talos and value is not None:
            yield Finding(
                (*identity.path, *path), f"Talos {contract.talos} does not know this key; it came with {since}"
            )


def _rules(configuration: Configuration, contract: Contract) -> Iterator[Finding]:
    """Rules that read values, and may do so only when every value has its type."""
    if configuration.main:
        yield from main_findings(configuration, contract)
        yield from conflicts(configuration)
    for document in configuration.documents:
        if identity_of(document).kind != MAIN:
            yield from document_findings(document, configuration, contract)
    yield from _claimed_twice(configuration)


def _head(document: Mapping[str, Json], identity: Identity, at: Path) -> Iterator[Finding]:
    if identity.kind == MAIN:
        if document.get("version") != "v1alpha1":
            yield Finding((*at, "version"), "must be v1alpha1")
        return
    if document.get("apiVersion") != "v1alpha1":
        yield Finding((*at, "apiVersion"), "must be v1alpha1")
    if KINDS[identity.kind].named and not identity.name:
        yield Finding((*at, "name"), "is required")


def _mismatches(value: Json, kind: Shape, at: Path) -> Iterator[Finding]:
    """Keys that Talos does not know, and values of another type than it expects."""
    if value is None:
        return
    problem = _wrong_type(value, kind)
    if problem:
        yield Finding(at, problem)
        return
    if isinstance(kind, Fields):
        for key in value:
            if key not in kind.of:
                yield Finding((*at, str(key)), _unknown(str(key), kind))
    for path, part, part_kind in children(value, kind, at):
        yield from _mismatches(part, part_kind, path)


def _unknown(key: str, kind: Fields) -> str:
    near = difflib.get_close_matches(key, kind.of, 1)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known are {', '.join(kind.of)}"


def _wrong_type(value: Json, kind: Shape) -> str | None:
    """Why the value cannot be of that shape. A whole number may stand for a text, as Talos reads it; others may not:
    ``0000:04:00.00`` without quotes is a number to some YAML readers, ``off`` is false."""
    if isinstance(kind, (Fields, Entries)):
        return None if isinstance(value, Mapping) else "a mapping is expected"
    if isinstance(kind, Items):
        return None if isinstance(value, list) else "a list is expected"
    if isinstance(kind, Flag):
        return None if isinstance(value, bool) else f"true or false is expected, not {value!r}"
    if isinstance(kind, Number):
        return None if _is_whole(value) else f"a whole number is expected, not {value!r}"
    if isinstance(kind, Text) and not (isinstance(value, str) or _is_whole(value)):
        return f"a text is expected, not {value!r}; write it in quotes"
    return None


def _is_whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _claimed_twice(configuration: Configuration) -> Iterator[Finding]:
    """Two documents that configure one thing contradict each other."""
    for kinds in EXCLUSIVE:
        claimed: dict[str, Identity] = {}
        for document in configuration.documents:
            identity = identity_of(document)
            if identity.kind in kinds and claimed.setdefault(identity.name, identity) != identity:
                yield Finding(identity.path, f"is configured by {claimed[identity.name]} already")
