# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From manifests to items: which kind each is, and where it lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Union

from ..clients.kube.client import KubeClient
from ..clients.kube.discovery import find
from ..core.error import NotFound, Unreachable
from ..core.path import Json, Path
from .item import Item, as_sent, named
from .kind import Kind, Registry, defined_by
from .place import Place

GroupKind = tuple[str, str]
Wanted = tuple[Union[Path, Place], Json]
"""A manifest, behind its place in the user's input."""


def resolve(wanted: Sequence[Wanted], kinds: Kinds, namespace: str) -> list[Item]:
    """Every manifest as an item; ``namespace`` is for namespaced objects that name none."""
    items = []
    for given, manifest in wanted:
        place = given if isinstance(given, Place) else Place(given)
        kind = kinds.of(*named(manifest, place.path), place.path)
        items.append(Item(kind, as_sent(manifest, kind, namespace), place))
    return items


def defined(wanted: Iterable[Wanted]) -> Mapping[GroupKind, Kind]:
    """The kinds that CustomResourceDefinitions among the manifests will define."""
    crds = (m for _place, m in wanted if isinstance(m, dict) and m.get("kind") == "CustomResourceDefinition")
    return {(kind.api_version, kind.kind): kind for crd in crds for kind in defined_by(crd)}


class Kinds:
    """Which kind a manifest is of: the table first, then the CRDs given with it, then the server."""

    def __init__(self, client: KubeClient, registry: Registry, given: Mapping[GroupKind, Kind], pending: bool) -> None:
        self._client = client
        self._registry = registry
        self._given = given
        self._pending = pending

    def of(self, api_version: str, kind: str, path: Path) -> Kind:
        """The kind's row; `NotFound` with the nearest kinds when nobody knows it."""
        row = self._registry.find(api_version, kind) or self._given.get((api_version, kind))
        return row or self._discovered(api_version, kind, path)

    def _discovered(self, api_version: str, kind: str, path: Path) -> Kind:
        try:
            found = find(self._client, api_version, kind)
        except (NotFound, Unreachable) as exc:
            if not self._pending:
                exc.about(f"{kind} ({api_version})", path=path)
                raise
            return Kind(api_version, kind, plural="", namespaced=True)
        return Kind(api_version, kind, found.plural, found.namespaced)
