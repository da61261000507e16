# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object that was asked for: its kind, its manifest, and its place in the user's input."""

from __future__ import annotations

import base64
import functools
from dataclasses import dataclass, field
from typing import NamedTuple

from ..core.error import Finding, InvalidInput
from ..core.path import Json, Path
from .kind import Kind
from .place import Place


class Key(NamedTuple):
    """What names an object in a cluster."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True)
class Item:
    """``manifest`` has its namespace filled in and is written the way it is sent."""

    kind: Kind
    manifest: Json
    place: Place = field(default_factory=Place)

    @property
    def path(self) -> Path:
        """Where the object stands in the user's input."""
        return self.place.path

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Empty for cluster-scoped objects."""
        return str(self.manifest["metadata"].get("namespace") or "")

    @functools.cached_property
    def key(self) -> Key:
        return Key(f"{self.kind.group}/{self.kind.kind}", self.namespace, self.name)

    @property
    def label(self) -> str:
        return self.kind.label(self.manifest)

    def findings(self) -> list[Finding]:
        """What a server, or nobody, would refuse later: said now, with the place in the user's input."""
        found = (finding for check in self.kind.checks for finding in check(self.manifest))
        return [Finding(self.place.of(each.path), each.reason) for each in found]


def as_sent(manifest: Json, kind: Kind, namespace: str) -> Json:
    """The manifest with its namespace, without nulls and status, and with ``stringData`` as ``data`` (the server
    merges it on write only).
    """
    out: Json = {key: drop_nulls(value) for key, value in manifest.items() if key != "status" and value is not None}
    meta = dict(out["metadata"])
    meta.pop("managedFields", None)
    if kind.namespaced:
        meta.setdefault("namespace", namespace or "default")
    else:
        meta.pop("namespace", None)
    out["metadata"] = meta
    if kind.kind == "Secret" and "stringData" in out:
        text = out.pop("stringData")
        out["data"] = {
            **out.get("data", {}),
            **{k: base64.b64encode(str(v).encode()).decode() for k, v in text.items()},
        }
    return out


def drop_nulls(value: Json) -> Json:
    """Without null map entries: they say nothing in server-side apply."""
    if isinstance(value, dict):
        return {key: drop_nulls(item) for key, item in value.items() if item is not None}
    return [drop_nulls(item) for item in value] if isinstance(value, list) else value


def named(manifest: Json, path: Path) -> tuple[str, str]:
    """The object's (apiVersion, kind); refused unless it has these and a name."""
    if not isinstance(manifest, dict):
        raise InvalidInput(f"an object is expected, not {manifest!r}", path=path)
    for key in ("apiVersion", "kind"):
        if not isinstance(manifest.get(key), str) or not manifest[key]:
            raise InvalidInput("is required", path=(*path, key))
    meta = manifest.get("metadata")
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str) or not meta["name"]:
        raise InvalidInput("is required", path=(*path, "metadata", "name"))
    return manifest["apiVersion"], manifest["kind"]


def duplicates(items: list[Item]) -> list[Finding]:
    """Objects that were given twice."""
    first: dict[Key, Item] = {}
    found = []
    for item in items:
        if item.key in first:
            found.append(Finding(item.path, f"{item.label} was given before"))
        first.setdefault(item.key, item)
    return found
