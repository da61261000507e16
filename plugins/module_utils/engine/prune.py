# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose objects are: a label says it, and what an owner does not want any more is found by it, of whatever kind.

A label alone proves nothing, as controllers copy labels (a Service's are on its EndpointSlices): what goes was also
applied by our own field manager.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..clients.kube.client import KubeClient
from ..clients.kube.discovery import deletable
from ..clients.kube.request import Resource
from ..core.error import Conflict, Finding, Forbidden, InvalidInput, NfviError, NotFound
from ..core.path import Json, dig
from .errors import raise_all
from .item import Item, Key
from .kind import Kind, Registry
from .observe import listed
from .ownership import applied_by
from .place import Place
from .settings import Settings

OWNER = "nfvi.kubevim.io/owner"
# Where a user asked for the removal of what they do not name.
_UNNAMED = Place(("prune",))
_LABEL = ("metadata", "labels", OWNER)
# What a label may say (k8s.io/apimachinery pkg/util/validation, IsValidLabelValue); an empty one marks nothing.
_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z")


@dataclass(frozen=True)
class Leftovers:
    """What an owner applied before and does not want any more, and what could not be looked through."""

    items: tuple[Item, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def live(self) -> dict[Key, Json]:
        return {item.key: item.manifest for item in self.items}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Says of which kinds something may be left."""
        return (f"not looked through for what is left over: {', '.join(self.unseen)}",) if self.unseen else ()


def refuse_settings(settings: Settings, state: str, wanted: Sequence[object]) -> None:
    """Raise `InvalidInput` for an owner that cannot be a label, and for a list that would remove everything unasked."""
    if settings.owner and not _VALUE.match(settings.owner):
        raise InvalidInput(f"{settings.owner!r} cannot be the value of a label", path=("owner",))
    if settings.prune and not settings.owner:
        raise InvalidInput("is needed with prune: it says whose objects are looked for", path=("owner",))
    if settings.prune and state == "present" and not wanted:
        hint = "state: absent with prune: true removes all that this owner has"
        raise InvalidInput(
            f"nothing is wanted, so all objects of {settings.owner} would go", path=("prune",), hint=hint
        )


def marked(items: Sequence[Item], owner: str) -> list[Item]:
    """The items with the owner's label."""
    return [replace(item, manifest=_with_label(item.manifest, owner)) for item in items] if owner else list(items)


def _with_label(manifest: Json, owner: str) -> Json:
    meta = manifest["metadata"]
    return {**manifest, "metadata": {**meta, "labels": {**(meta.get("labels") or {}), OWNER: owner}}}


def label_findings(items: Iterable[Item], owner: str) -> Iterator[Finding]:
    """Objects that were given with the label of another owner."""
    for item in items:
        said = dig(item.manifest, _LABEL)
        if owner and said not in (None, owner):
            yield Finding(item.place.of(_LABEL), f"is {said!r}, and owner is {owner!r}")


def refuse_strangers(items: Iterable[Item], live: Mapping[Key, Json], settings: Settings) -> None:
    """Raise `Conflict` for what another owner has, unless it is to be taken over."""
    if settings.owner and settings.on_conflict != "force":
        theirs = ((item, dig(live.get(item.key), _LABEL)) for item in items)
        raise_all((item, _stranger(whose)) for item, whose in theirs if whose not in (None, settings.owner))


def _stranger(whose: str) -> NfviError:
    return Conflict(f"belongs to owner {whose}", hint="on_conflict: force takes it over")


@dataclass(frozen=True)
class Search:
    """Looks through a cluster for what one owner applied."""

    client: KubeClient
    registry: Registry
    settings: Settings
    namespaces: frozenset[str] = field(default_factory=frozenset)

    def leftovers(self, keep: Container[Key], among: Sequence[Kind] = ()) -> Leftovers:
        """All of the owner's but ``keep``, of these kinds or of every kind there is. Where one may not be listed
        everywhere, ``namespaces`` are tried.
        """
        kinds, silent = (list(among), []) if among else self._every_kind()
        unseen, found = list(silent), list[Item]()
        for kind, answer in zip(kinds, self.client.each(self._of, kinds), strict=True):
            if isinstance(answer, Forbidden):
                unseen.append(kind.kind)
            elif isinstance(answer, NfviError) and not isinstance(answer, NotFound):
                raise answer
            elif not isinstance(answer, NfviError):
                found += [
                    Item(kind, live, _UNNAMED) for live in answer if applied_by(live, self.settings.field_manager)
                ]
        return Leftovers(tuple(item for item in found if item.key not in keep), tuple(sorted(unseen)))

    def _every_kind(self) -> tuple[list[Kind], list[str]]:
        resources, silent = deletable(self.client)
        return [self._kind(each) for each in resources], silent

    def _kind(self, resource: Resource) -> Kind:
        row = self.registry.find(resource.group_version, resource.kind)
        return row or Kind(resource.group_version, resource.kind, resource.plural, resource.namespaced)

    def _of(self, kind: Kind) -> list[Json]:
        selector = f"{OWNER}={self.settings.owner}"
        try:
            return listed(self.client, kind, label_selector=selector)
        except Forbidden:
            if not kind.namespaced or not self.namespaces:
                raise
            spaces = (listed(self.client, kind, space, label_selector=selector) for space in sorted(self.namespaces))
            return [live for found in spaces for live in found]
