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
            f"cannot be read: {exc.strerror}", object=f"talosconfig {path}", hint="kubevim.nfvi.talos_secrets writes it"
        ) from exc
    return parse(text, name, object=f"talosconfig {path}")


def parse(text: str, name: str | None = None, *, object: str = "talosconfig") -> Context:
    """The named context in the text of a talosconfig, else the current one."""
    document = yaml_text.load(text, object=object)
    contexts = document.get("contexts") if isinstance(document, Mapping) else None
    chosen = name or (document.get("context") if isinstance(document, Mapping) else None)
    if not isinstance(contexts, Mapping) or not isinstance(contexts.get(chosen), Mapping):
        known = ", ".join(sorted(contexts)) if isinstance(contexts, Mapping) else "none"
        raise InvalidInput(f"has no context {chosen!r}", object=object, hint=f"contexts: {known}")
    entry = contexts[chosen]
    pair = Pair(_decoded(entry, "crt", object), _decoded(entry, "key", object))
    identity = Identity(_decoded(entry, "ca", object), pair)
    return Context(str(chosen), identity, _texts(entry, "endpoints"), _texts(entry, "nodes"))


def document(context: Context) -> dict[str, Json]:
    """The file's content for one context, ready to be written as YAML."""
    entry: dict[str, Any] = {"endpoints": list(context.endpoints)}
    if context.nodes:
        entry["nodes"] = list(context.nodes)
    entry.update(
        ca=_encoded(context.identity.authority),
        crt=_encoded(context.identity.client.certificate),
        key=_encoded(context.identity.client.key),
    )
    return {"context": context.name, "contexts": {context.name: entry}}


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
