# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kinds a server has: aggregated discovery, two requests, kept in memory and in the user's cache (0600).

Format: apidiscovery.k8s.io/v2 (KEP-3352), served since Kubernetes 1.30. What is kept is thrown away as soon as a kind
is missing in it, so that a CustomResourceDefinition made a second ago is found.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.path import Json
from .cluster import Cluster
from .errors import NotServed
from .request import Resource, raw

if TYPE_CHECKING:
    from .client import KubeClient

ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

# "kubeovn.io/v1" -> "Subnet" -> ("subnets", namespaced)
Kinds = dict[str, dict[str, tuple[str, bool]]]

_known: dict[str, Kinds] = {}


def find(client: KubeClient, group_version: str, kind: str) -> Resource:
    """Where that kind is served; `NotServed` names the kinds that are near."""
    key = _key(client.cluster)
    kinds = _known.get(key) or _stored(key)
    if kind not in kinds.get(group_version, {}):
        kinds = _asked(client)
        _store(key, kinds)
    _known[key] = kinds
    if kind not in kinds.get(group_version, {}):
        raise _missing(kinds, group_version, kind)
    plural, namespaced = kinds[group_version][kind]
    return Resource(group_version, kind, plural, namespaced)


def deletable(client: KubeClient) -> tuple[list[Resource], list[str]]:
    """Every kind whose objects can be listed and deleted, in the version its group prefers, and the groups' versions
    that do not answer now (an aggregated API server that is away: ``freshness: Stale``).
    """
    found: dict[tuple[str, str], Resource] = {}
    silent = []
    for group in (group for answer in _answers(client) for group in answer.get("items") or []):
        name = group["metadata"].get("name") or ""
        for version in group.get("versions") or []:
            place = f"{name}/{version['version']}" if name else version["version"]
            silent += [place] if version.get("freshness") == "Stale" else []
            for each in filter(_goes, version.get("resources") or []):
                found.setdefault((name, each["resource"]), _resource(place, each))
    return list(found.values()), silent


def _answers(client: KubeClient) -> list[Json]:
    """The server's own answer, core group and all others."""
    return [client.send(raw(path, accept=ACCEPT, doing="discover kinds")) for path in ("/api", "/apis")]


def _asked(client: KubeClient) -> Kinds:
    return dict(pair for answer in _answers(client) for pair in _versions(answer))


def _goes(resource: Json) -> bool:
    return {"list", "delete"} <= set(resource.get("verbs") or [])


def _resource(group_version: str, found: Json) -> Resource:
    return Resource(group_version, found["responseKind"]["kind"], found["resource"], found["scope"] == "Namespaced")


def _versions(answer: Json) -> Iterator[tuple[str, dict[str, tuple[str, bool]]]]:
    for group in answer.get("items") or []:
        name = group["metadata"].get("name")
        for version in group.get("versions") or []:
            resources = filter(_whole, version.get("resources") or [])
            table = {r["responseKind"]["kind"]: (r["resource"], r["scope"] == "Namespaced") for r in resources}
            yield (f"{name}/{version['version']}" if name else version["version"]), table


def _whole(resource: Json) -> bool:
    """A kind that has objects or is posted; not one that is only what a subresource answers."""
    kind, verbs = resource.get("responseKind", {}).get("kind"), resource.get("verbs") or []
    return bool(kind) and ("get" in verbs or "create" in verbs)


def _missing(kinds: Kinds, group_version: str, kind: str) -> NotServed:
    if group_version in kinds:
        near = difflib.get_close_matches(kind, kinds[group_version], 3, 0.5) or sorted(kinds[group_version])[:10]
        return NotServed(f"{group_version} has no kind {kind}", hint=f"it has {', '.join(near)}")
    group = group_version.rpartition("/")[0]
    versions = sorted(each for each in kinds if each.rpartition("/")[0] == group)
    elsewhere = sorted(each for each, table in kinds.items() if kind in table)
    hint = "is its CustomResourceDefinition installed?"
    if elsewhere or versions:
        hint = f"{kind} is in {', '.join(elsewhere)}" if elsewhere else f"the server has {', '.join(versions)}"
    return NotServed(f"the server has no {group_version}", hint=hint)


def _key(cluster: Cluster) -> str:
    return hashlib.sha256(cluster.server.encode() + b"\0" + (cluster.ca or b"")).hexdigest()[:32]


def _file(key: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "kubevim-nfvi" / "discovery" / f"{key}.json"


def _stored(key: str) -> Kinds:
    """What is on disk; nothing when there is none, or what there is cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        loaded: Kinds = json.loads(_file(key).read_text(encoding="utf-8"))
        return loaded
    return {}


def _store(key: str, kinds: Kinds) -> None:
    """Whole or not at all; a cache that cannot be written is no fault."""
    file = _file(key)
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(kinds, stream)
        os.replace(draft, file)
