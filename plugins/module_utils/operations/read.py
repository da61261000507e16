# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading objects: nothing is waited for, nothing is an error but not being able to ask."""

from __future__ import annotations

from ..core.error import NotFound, Unreachable
from ..core.given import Given
from ..core.mode import Mode
from ..core.path import Json
from ..core.result import Result
from ..engine.converge import Kube
from ..engine.decide import shown
from ..engine.item import Item
from ..engine.observe import resource
from ..engine.resolve import Kinds


def read(given: Given, kube: Kube, mode: Mode) -> Result:
    """The objects of one kind, by name, namespace and selectors; secrets as digests unless ``reveal``."""
    try:
        return Result().named("resources", _resources(given, kube, mode))
    except (NotFound, Unreachable):
        if not mode.pending:
            raise
        return Result(verified=False).named("resources", [])


def _resources(given: Given, kube: Kube, mode: Mode) -> list[Json]:
    api_version, name = given.text("api_version", "v1"), given.text("name", "")
    kind = Kinds(kube.client, kube.registry, {}, pending=False).of(api_version, given.text("kind"), ("kind",))
    fields = list(given.get("field_selectors", [])) + ([f"metadata.name={name}"] if name else [])
    listing = kube.client.list(
        resource(kind),
        (given.text("namespace", "") or None) if kind.namespaced else None,
        label_selector=",".join(given.get("label_selectors", [])) or None,
        field_selector=",".join(fields) or None,
    )
    head = {"apiVersion": kind.api_version, "kind": kind.kind}
    found = [{**head, **item} for item in listing.items]
    if given.flag("reveal"):
        return found
    return [shown(item, Item(kind, item), mode.masker) for item in found]
