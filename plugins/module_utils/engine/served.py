# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds that are not served: not at all, or not yet, as a CustomResourceDefinition's objects answer 404 for a moment
after it is Established.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..clients.kube.client import KubeClient
from ..clients.kube.errors import NotServed
from ..core.clock import Deadline
from ..core.error import NotFound, Timeout
from ..core.path import Json
from .errors import raise_all
from .item import Item
from .kind import Kind, defined_by
from .observe import World, resource
from .resolve import defined

_PAUSE = 0.05


def until_served(client: KubeClient, objects: Iterable[Json], deadline: Deadline) -> None:
    """Return when the server lists every kind that the CRDs among ``objects`` define."""
    for found in objects:
        if found.get("kind") == "CustomResourceDefinition":
            for kind in defined_by(found):
                _until_listed(client, kind, deadline)


def _until_listed(client: KubeClient, kind: Kind, deadline: Deadline) -> None:
    while True:
        try:
            client.list(resource(kind), None, limit=1)
            return
        except NotFound as exc:
            if deadline.over:
                label = f"CustomResourceDefinition {kind.plural}.{kind.group}"
                raise Timeout("is established, but not served", object=label) from exc
        deadline.clock.sleep(_PAUSE)


def refuse_unserved(items: Sequence[Item], world: World) -> None:
    """Raise `NotServed` for kinds that the server does not have and no CustomResourceDefinition among ``items`` brings:
    found out later, half of the list would be written.
    """
    brought = defined((item.place, item.manifest) for item in items)
    missing = (i for i in items if not world.serves(i.kind) and (i.kind.api_version, i.kind.kind) not in brought)
    hint = "is its CustomResourceDefinition installed, in this version?"
    raise_all((item, NotServed(f"the server has no {item.kind.api_version}", hint=hint)) for item in missing)
