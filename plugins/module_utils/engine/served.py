# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CustomResourceDefinition that is Established is not yet served: its objects answer 404 for a moment."""

from __future__ import annotations

from collections.abc import Iterable

from ..clients.kube.client import KubeClient
from ..core.clock import Deadline
from ..core.error import NotFound, Timeout
from ..core.path import Json
from .kind import Kind, defined_by
from .observe import resource

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
