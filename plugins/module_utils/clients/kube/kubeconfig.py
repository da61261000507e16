# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain kubeconfigs, read directly: certificates inline or by path, a token or its file.

Format and rules of merging: k8s.io/client-go tools/clientcmd (api/v1 types, loader.go). What is not plain (exec,
OIDC) goes to the official client, whose import costs a quarter of a second. No message shows a kubeconfig's content.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core import yaml_text
from ...core.error import InvalidInput, Unsupported
from ...core.path import Json
from . import official
from .cluster import Cluster, bearer

FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
PLAIN = {"client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile"}
IMPERSONATION = {"as", "as-uid", "as-groups", "as-user-extra"}


def read_files(files: Sequence[Path], context: str | None = None) -> Cluster:
    """The cluster of ``context`` (default: the current one) in these files; of two entries of a name the first wins.

    Raises `InvalidInput` that names the file and what is wrong in it.
    """
    where = ", ".join(map(str, files))
    merged: dict[str, Json] = {}
    for file in files:
        _merge(merged, _load(file))
    return read(merged, where, context)


def read(config: Mapping[str, Json], where: str, context: str | None = None) -> Cluster:
    """The cluster of ``context`` in a kubeconfig that is loaded already; ``where`` is what messages call it."""
    chosen = context or config.get("current-context")
    if not chosen:
        raise _wrong(where, "has no current-context", hint="name a context", option="context")
    link = _entry(config, "contexts", "context", chosen, where)
    cluster = _entry(config, "clusters", "cluster", link.get("cluster"), where)
    user = _entry(config, "users", "user", link["user"], where) if link.get("user") else {}
    if IMPERSONATION & set(user):
        raise Unsupported(f"{where}: impersonation (as, as-groups) of user {link['user']}", path=("kubeconfig",))
    if set(user) - PLAIN - {"extensions"}:
        return official.from_kubeconfig(dict(config), chosen, where)
    return _plain(cluster, user, where)


def _plain(cluster: Mapping[str, Json], user: Mapping[str, Json], where: str) -> Cluster:
    token = user.get("token")
    if not token and user.get("tokenFile"):
        token = _file(user["tokenFile"], where).decode(errors="replace")
    return Cluster(
        server=str(cluster.get("server") or ""),
        ca=_pem(cluster, "certificate-authority", where),
        client_certificate=_pem(user, "client-certificate", where),
        client_key=_pem(user, "client-key", where),
        authorization=bearer(token) if token else None,
        verify=not cluster.get("insecure-skip-tls-verify"),
        proxy=cluster.get("proxy-url"),
        tls_server_name=cluster.get("tls-server-name"),
    )


def _load(file: Path) -> dict[str, Json]:
    """A file's content, its relative paths made absolute."""
    try:
        loaded = yaml_text.load(file.read_text(encoding="utf-8", errors="replace"))
    except OSError as exc:
        raise _wrong(str(file), str(exc.strerror)) from exc
    except InvalidInput as exc:
        raise _wrong(str(file), exc.reason) from None
    if not isinstance(loaded, dict):
        raise _wrong(str(file), "is not a kubeconfig: a mapping is expected at its top")
    for part in (entry.get(key) for key in ("cluster", "user") for entry in _entries(loaded, f"{key}s", str(file))):
        _absolute(part, file.parent)
    return loaded


def _absolute(part: Json, folder: Path) -> None:
    for name in FILES:
        if isinstance(part, dict) and part.get(name):
            part[name] = str(folder / Path(part[name]).expanduser())


def _merge(into: dict[str, Json], config: Mapping[str, Json]) -> None:
    for key, value in config.items():
        if isinstance(value, list):
            into[key] = [*into.get(key, []), *value]
        elif value:
            into.setdefault(key, value)


def _entry(config: Mapping[str, Json], plural: str, key: str, name: Json, where: str) -> Mapping[str, Json]:
    entries = _entries(config, plural, where)
    found = next((entry.get(key) for entry in entries if entry.get("name") == name), None)
    if isinstance(found, Mapping):
        return found
    names = ", ".join(str(entry.get("name")) for entry in entries) or "none"
    option = "context" if key == "context" else "kubeconfig"
    raise _wrong(where, f"has no {key} {name!r}", hint=f"{plural}: {names}", option=option)


def _entries(config: Mapping[str, Json], plural: str, where: str) -> list[dict[str, Any]]:
    entries = config.get(plural) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong(where, f"{plural} is not a list of mappings")
    return entries


def _pem(part: Mapping[str, Json], name: str, where: str) -> bytes | None:
    """Inline data wins over a path, as in client-go."""
    inline = part.get(f"{name}-data")
    if inline:
        try:
            return base64.b64decode(inline, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise _wrong(where, f"{name}-data is not base64") from None
    return _file(part[name], where) if part.get(name) else None


def _file(name: str, where: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as exc:
        raise _wrong(where, f"{name}: {exc.strerror}") from exc


def _wrong(where: str, reason: str, *, hint: str = "", option: str = "kubeconfig") -> InvalidInput:
    return InvalidInput(f"{where}: {reason}", path=(option,), hint=hint)
