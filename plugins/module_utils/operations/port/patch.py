# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to become of annotations: single keys, by a merge patch. Pure.

Server-side apply would be wrong here: with the last key that we own it takes the whole map away, and with it what a
webhook put there, which nobody owns (measured with KubeVirt's annotations of templates).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...clients.kube.request import Request, merge
from ...core.change import Change, Impact
from ...core.error import Conflict
from ...core.path import Json, Path, dig, put, render
from ...engine.item import Item
from ...engine.kind import Kind
from ...engine.observe import resource
from ...engine.place import Place
from ...resources.kubeovn.port import missing, owned, owners
from .workload import Seen

_OWN: Path = ("metadata", "annotations")
_TEMPLATE: Path = ("spec", "template", *_OWN)


@dataclass(frozen=True)
class Patch:
    """Annotations at ``at`` that an object is to get, or (None) to lose."""

    kind: Kind
    live: Json
    place: Place
    at: Path
    annotations: Mapping[str, str | None]
    impact: Impact = Impact.NONE

    @property
    def item(self) -> Item:
        return Item(self.kind, {**self.live, "kind": self.kind.kind}, self.place)

    def changes(self) -> Iterator[Change]:
        for key, value in sorted(self.annotations.items()):
            before = dig(self.live, (*self.at, key))
            yield Change("update", self.item.label, (*self.at, key), before, value, self.impact)

    def request(self, manager: str, *, dry_run: bool = False) -> Request:
        meta, body = self.live["metadata"], put({}, self.at, dict(self.annotations))
        name, space = meta["name"], meta["namespace"]
        return merge(resource(self.kind), name, space, body, field_manager=manager, dry_run=dry_run)


def template_patch(seen: Seen, manager: str, *, force: bool) -> Patch | None:
    """What the template lacks; what somebody else owns with another value is a conflict unless ``force``."""
    wanted = seen.wanted.annotations()
    gone = sorted(owned(seen.live, manager, _TEMPLATE))
    change = missing(wanted, gone, dig(seen.live, _TEMPLATE) or {})
    if not change:
        return None
    if not force:
        _refuse_conflicts(seen, change, manager)
    impact = Impact.POD_RESTART if seen.rolls else Impact.NONE
    return Patch(seen.kind, seen.live, Place(seen.wanted.path), _TEMPLATE, change, impact)


def _refuse_conflicts(seen: Seen, change: Mapping[str, str | None], manager: str) -> None:
    for key, value in change.items():
        others = owners(seen.live, (*_TEMPLATE, key)) - {manager, *seen.kind.controllers}
        if value is not None and others and dig(seen.live, (*_TEMPLATE, key)) is not None:
            raise Conflict(
                f"{', '.join(sorted(others))} owns {render((*_TEMPLATE, key))}",
                object=seen.wanted.label,
                path=seen.wanted.path,
                hint="leave it to its owner, or force",
            )


def live_patches(seen: Seen, manager: str) -> Iterator[Patch]:
    """What the guest and the pods lack: they follow the template, whoever wrote theirs."""
    dropped = owned(seen.live, manager, _TEMPLATE)
    for kind, live in seen.copies:
        gone = sorted(dropped | owned(live, manager, _OWN))
        change = missing(seen.wanted.annotations(), gone, dig(live, _OWN) or {})
        if change:
            yield Patch(kind, live, Place(seen.wanted.path), _OWN, change)
