# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of a release, and what its chart and values would make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...clients.helm.release import Helm, Revision, UnservedKind, Wish
from ...clients.kube.request import raw
from ...core.kubectl_yaml import documents
from ...core.path import Json, dig
from ...engine.converge import Kube
from ...engine.item import Item
from ...engine.resolve import Kinds, defined, resolve
from ...resources.manifests import rendered
from ...resources.manifests.placed import objects


@dataclass(frozen=True)
class State:
    """A release at one moment: its chart as ``name-version``, the values given, its objects without hooks."""

    chart: str
    app_version: str
    values: Mapping[str, Json] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    verified: bool = True


@dataclass(frozen=True)
class Found:
    """Its history, oldest first, and the state that an upgrade would start from (None: it would be an installation).

    ``attempted`` are the objects of a newest revision that failed: some of them may have been made.
    """

    revisions: tuple[Revision, ...] = ()
    base: State | None = None
    attempted: tuple[Item, ...] = ()

    @property
    def last(self) -> Revision | None:
        return self.revisions[-1] if self.revisions else None

    @property
    def pending(self) -> Revision | None:
        """What helm is at work on, or was killed at."""
        return self.last if self.last and self.last.pending else None

    @property
    def standing(self) -> Revision | None:
        """The revision that was reached last; helm keeps it as deployed until the next one is."""
        return standing(self.revisions)


def standing(revisions: Sequence[Revision]) -> Revision | None:
    """The newest one that is deployed, else the newest that once was."""
    for status in ("deployed", "superseded"):
        for revision in reversed(revisions):
            if revision.status == status:
                return revision
    return None


def find(helm: Helm, name: str, namespace: str, kube: Kube) -> Found:
    """The release; one that was uninstalled with its history kept is none."""
    revisions = tuple(helm.history(name, namespace))
    if not revisions or revisions[-1].status == "uninstalled":
        return Found()
    revision = standing(revisions) or revisions[-1]
    live = helm.status(name, namespace, revision.number)
    base = State(revision.chart, revision.app_version, live.get("config") or {}, _items(live, namespace, kube))
    if revisions[-1].status != "failed" or revision == revisions[-1]:
        return Found(revisions, base)
    return Found(revisions, base, _items(helm.status(name, namespace, revisions[-1].number), namespace, kube))


def predict(
    helm: Helm, wish: Wish, kube: Kube, crds: Sequence[Json], found: Found, *, ask: bool, served: bool
) -> State:
    """What the release would be; without ``ask``, or where the server cannot tell yet, what the templates alone say.

    ``served`` says whether there is a cluster, whose version and APIs they are told.
    """
    if ask:
        try:
            made = helm.predicted(wish)
        except UnservedKind:
            if not crds:
                raise
        else:
            meta = dig(made, ("chart", "metadata"), {})
            items = _items(made, wish.namespace, kube, crds)
            return State(_named(meta), str(meta.get("appVersion", "")), made.get("config") or {}, items)
    version, apis = _served(kube, crds) if served else ("", _apis(crds))
    text = helm.rendered(wish, version, apis, is_upgrade=bool(found.standing))
    meta = next(value for _line, value in documents(helm.chart(wish.chart).encode(), "Chart.yaml"))
    items = items_of(text, wish.namespace, kube, crds)
    return State(_named(meta), str(meta.get("appVersion", "")), wish.values, items, verified=False)


def items_of(manifest: str, namespace: str, kube: Kube, crds: Sequence[Json] = ()) -> tuple[Item, ...]:
    """The objects of a manifest; of a kind that nobody serves (any more) only the name is known."""
    placed = [each for each in objects(rendered.files(manifest)) if not rendered.hooks_of(each)]
    kinds = Kinds(kube.client, kube.registry, defined([((), crd) for crd in crds]), pending=True)
    return tuple(resolve([(each.path, each.manifest) for each in placed], kinds, namespace))


def crds_of(helm: Helm, wish: Wish) -> list[Json]:
    """The CustomResourceDefinitions that the chart brings beside its templates."""
    found = documents(helm.crds(wish.chart).encode(), "crds")
    return [value for _line, value in found if dig(value, ("kind",)) == "CustomResourceDefinition"]


def _items(release: Json, namespace: str, kube: Kube, crds: Sequence[Json] = ()) -> tuple[Item, ...]:
    return items_of(release.get("manifest") or "", namespace, kube, crds)


def _named(meta: Mapping[str, Json]) -> str:
    return f"{meta.get('name')}-{meta.get('version')}"


def _served(kube: Kube, crds: Sequence[Json]) -> tuple[str, list[str]]:
    """Version and APIs of the cluster, and those that the CRDs will add."""
    groups = kube.client.send(raw("/apis"))["groups"]
    apis = ["v1", *(version["groupVersion"] for group in groups for version in group["versions"])]
    return kube.client.send(raw("/version"))["gitVersion"], [*apis, *_apis(crds)]


def _apis(crds: Sequence[Json]) -> list[str]:
    kinds = defined([((), crd) for crd in crds]).values()
    return sorted({name for kind in kinds for name in (kind.api_version, f"{kind.api_version}/{kind.kind}")})
