# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's configuration file, as talosctl reads and writes it (pkg/machinery/client/config)."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core import yaml_text
from ...core.error import InvalidInput, NotFound
from ...core.path import Json
from .certificates import Pair

VARIABLE = "TALOSCONFIG"
_DEFAULT = "~/.talos/config"


@dataclass(frozen=True)
class Identity:
    """Who we are to Talos' API and whom we trust: everything PEM, as the file holds it."""

    authority: bytes
    client: Pair


@dataclass(frozen=True)
class Context:
    """One entry of the file: ``endpoints`` are the addresses to dial, ``nodes`` those that are meant by default."""

    name: str
    identity: Identity
    endpoints: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()


def locate(given: str | None) -> Path:
    """The file to use: the option, ``TALOSCONFIG``, or talosctl's default."""
    return Path(given or os.environ.get(VARIABLE) or _DEFAULT).expanduser()


def read(path: Path, name: str | None = None) -> Context:
    """The named context of the file, else its current one."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise NotFound(
            f"cannot be read: {exc.strerror}",
            object=f"talosconfig {path}",
            hint="kubevim.nfvi.talos_client_config writes it",
        ) from exc
    return parse(text, name, object=f"talosconfig {path}")


def parse(text: str, name: str | None = None, *, object: str = "talosconfig") -> Context:
    """The named context in the text of a talosconfig, else the current one."""
    return context_in(load(text, object=object), name, object=object)


def load(text: str, *, object: str = "talosconfig") -> dict[str, Json]:
    """The whole file; raises `InvalidInput` when it is something else."""
    document = yaml_text.load(text, object=object) or {}
    contexts = document.get("contexts") if isinstance(document, Mapping) else ()
    if not isinstance(document, Mapping) or not isinstance(contexts, (Mapping, type(None))):
        raise InvalidInput("is not a talosconfig", object=object, hint="a mapping of contexts is expected")
    return dict(document)


def context_in(document: Mapping[str, Json], name: str | None = None, *, object: str = "talosconfig") -> Context:
    """The named context of a file that is loaded, else its current one."""
    contexts = document.get("contexts") or {}
    chosen = name or document.get("context")
    if not isinstance(contexts.get(chosen), Mapping):
        known = ", ".join(sorted(map(str, contexts))) or "none"
        raise InvalidInput(f"has no context {chosen!r}", object=object, hint=f"contexts: {known}")
    entry = contexts[chosen]
    pair = Pair(_decoded(entry, "crt", object), _decoded(entry, "key", object))
    identity = Identity(_decoded(entry, "ca", object), pair)
    return Context(str(chosen), identity, _texts(entry, "endpoints"), _texts(entry, "nodes"))


def merged(document: Mapping[str, Json], context: Context, *, current: bool) -> dict[str, Json]:
    """The file with that context in it and all others as they were; ``current`` makes it the current one."""
    contexts = document.get("contexts") or {}
    chosen = context.name if current or not document.get("context") else document["context"]
    return {**document, "context": chosen, "contexts": {**contexts, context.name: _entry(context)}}


def _entry(context: Context) -> dict[str, Json]:
    entry: dict[str, Any] = {"endpoints": list(context.endpoints)}
    if context.nodes:
        entry["nodes"] = list(context.nodes)
    entry.update(
        ca=_encoded(context.identity.authority),
        crt=_encoded(context.identity.client.certificate),
        key=_encoded(context.identity.client.key),
    )
    return entry


def _texts(entry: Mapping[str, Json], key: str) -> tuple[str, ...]:
    found: Iterable[Json] = entry.get(key) or ()
    return tuple(str(item) for item in found)


def _decoded(entry: Mapping[str, Json], key: str, object: str) -> bytes:
    try:
        return base64.b64decode(entry[key], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as exc:
        raise InvalidInput(f"{key} is not base64 of PEM", object=object) from exc


def _encoded(pem: bytes) -> str:
    return base64.b64encode(pem).decode()
