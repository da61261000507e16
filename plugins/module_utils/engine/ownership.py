# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we own of an object, read from ``metadata.managedFields`` (structured-merge-diff, FieldsV1).

An object is provably as wanted when our own entry owns exactly the wanted fields and the live values there equal the
wanted ones. Anything else proves nothing and is left to a dry run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ..core.path import Json, Path, dig

_IDENTITY = {"apiVersion", "kind"}
_IDENTITY_META = {"name", "namespace"}


def owned(live: Json, manager: str, api_version: str) -> Json | None:
    """The FieldsV1 tree of our server-side apply entry, or None."""
    for entry in dig(live, ("metadata", "managedFields")) or []:
        ours = entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource")
        if ours and entry.get("apiVersion") == api_version:
            return entry.get("fieldsV1") or {}
    return None


def applied_by(live: Json, manager: str) -> bool:
    """Whether ``manager`` applied the object, in whichever version: an entry by server-side apply is its."""
    entries = dig(live, ("metadata", "managedFields")) or []
    return any(entry.get("manager") == manager and entry.get("operation") == "Apply" for entry in entries)


def as_wanted(wanted: Json, live: Json, manager: str) -> bool:
    """True when the live object is provably what is wanted: no request is needed to know it."""
    fields = owned(live, manager, wanted["apiVersion"])
    return fields is not None and _holds(fields, without_identity(wanted), live)


def with_emptied(wanted: Json, live: Json, manager: str) -> Json:
    """The manifest with empty lists where dropping our last fields would leave a section null.

    An API server turns a section of a custom resource that somebody else holds too, and from which the last field was
    dropped, into null, and then refuses it (measured on 1.36: ``spec in body must be of type object: "null"``). Owning
    an empty list keeps it.
    """
    fields = owned(live, manager, wanted["apiVersion"]) or {}
    entries = dig(live, ("metadata", "managedFields")) or []
    others = [e.get("fieldsV1") or {} for e in entries if e.get("fieldsV1") != fields and not e.get("subresource")]
    return _emptied(wanted, live, fields, others)


def _emptied(wanted: Json, live: Json, fields: Json, others: Sequence[Json]) -> Json:
    """One section and those below it; ``others`` are the parts that somebody else holds of it."""
    out = dict(wanted)
    for key, there in live.items():
        had, value = fields.get(f"f:{key}") or {}, wanted.get(key)
        if not (had and isinstance(there, Mapping)):
            continue
        shared = [each[f"f:{key}"] for each in others if f"f:{key}" in each]
        if isinstance(value, Mapping) and value:
            out[key] = _emptied(value, there, had, shared)
        elif (value == {} or (value is None and shared)) and {f"f:{k}" for k in there} <= set(had):
            lists: Json = {k: [] for k, v in there.items() if isinstance(v, list)}
            out.update({key: lists} if lists or value == {} else {})
    return out


def without_identity(manifest: Json) -> Json:
    """The manifest without what names it: those fields have no owner."""
    rest = {key: value for key, value in manifest.items() if key not in _IDENTITY}
    meta = {key: value for key, value in (rest.get("metadata") or {}).items() if key not in _IDENTITY_META}
    rest.pop("metadata", None)
    return {**rest, "metadata": meta} if meta else rest


def _holds(fields: Json, wanted: Json, live: Json) -> bool:
    """``fields`` owns exactly ``wanted`` and ``live`` equals it there."""
    parts = {key: value for key, value in fields.items() if key != "."}
    if not parts:
        return _same(wanted, live)
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        return _map_holds(parts, wanted, live)
    if isinstance(wanted, list) and isinstance(live, list):
        return _list_holds(parts, wanted, live)
    return False


def _map_holds(parts: Json, wanted: Mapping[str, Json], live: Mapping[str, Json]) -> bool:
    if {f"f:{key}" for key in wanted} != set(parts):
        return False
    return all(key in live and _holds(parts[f"f:{key}"], value, live[key]) for key, value in wanted.items())


def _list_holds(parts: Json, wanted: list[Json], live: list[Json]) -> bool:
    """Associative lists (``k:{…}``) and sets (``v:…``); an order of their own they have not."""
    if len(parts) != len(wanted):
        return False
    return all(_member_holds(key, part, wanted, live) for key, part in parts.items())


def _member_holds(key: str, part: Json, wanted: list[Json], live: list[Json]) -> bool:
    prefix, _colon, text = key.partition(":")
    want, have = _member(prefix, text, wanted), _member(prefix, text, live)
    if want is None or have is None:
        return False
    return True if prefix == "v" else _holds(part, want, have)


def _member(prefix: str, text: str, items: list[Json]) -> Json | None:
    """The item that a FieldsV1 key speaks of."""
    if prefix == "v":
        return next((item for item in items if item == json.loads(text)), None)
    if prefix == "k":
        keys = json.loads(text)
        return next((i for i in items if isinstance(i, Mapping) and _has(i, keys)), None)
    return None


def _has(item: Mapping[str, Json], keys: Mapping[str, Json]) -> bool:
    return all(item.get(key) == value for key, value in keys.items())


def _same(wanted: Json, live: Json) -> bool:
    return bool(wanted == live) and isinstance(wanted, bool) == isinstance(live, bool)


def covers(fields: Json, path: Path, value: Json) -> bool:
    """Whether the FieldsV1 tree speaks of ``path`` (into ``value``): something at, above or below it is owned."""
    node = fields
    for step in path:
        parts = {key: part for key, part in node.items() if key != "."}
        if not parts:
            return True
        node = _child(parts, step, value)
        if node is None:
            return False
        value = dig(value, (step,))
    return True


def _child(parts: Json, step: str | int, value: Json) -> Json | None:
    if isinstance(step, str):
        return parts.get(f"f:{step}")
    item = dig(value, (step,))
    for key, part in parts.items():
        prefix, _colon, text = key.partition(":")
        if prefix in "vk" and _member(prefix, text, [item]) is not None:
            return part
    return None
