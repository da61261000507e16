# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes turned by patches, and what has been done so far."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ...clients.kube.request import Request, get, merge
from ...core.change import Change
from ...core.error import NfviError
from ...core.mode import Mode
from ...core.path import Json, put
from ...engine.converge import Kube
from .look import NODE
from .node import Turn

Nodes = Mapping[str, Json]
Turning = Callable[[Json], Turn]


@dataclass(frozen=True)
class Work:
    """A cluster, and what has been done to it so far; shared by the threads of several nodes."""

    kube: Kube
    mode: Mode
    _done: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, changes: Sequence[Change]) -> None:
        """These have been carried out."""
        with self._lock:
            self._done.extend(str(change) for change in changes)

    @property
    def done(self) -> list[str]:
        with self._lock:
            return list(self._done)

    def turn(self, found: Nodes, turning: Turning) -> dict[str, Json]:
        """Turn these nodes, each as it is at this moment; raises the first refusal, when all have been tried."""
        answers = self.kube.client.each(lambda name: self.turn_one(name, turning), found)
        for answer in answers:
            if isinstance(answer, NfviError):
                raise answer
        return dict(zip(found, answers, strict=True))

    def turn_one(self, name: str, turning: Turning) -> Json:
        """One node, by one patch that is bound to what it was made for."""
        made: list[Turn] = []

        def change(live: Json) -> Request | None:
            made[:] = [turning(live)]
            if not made[0]:
                return None
            patch = put(made[0].patch, ("metadata", "resourceVersion"), live["metadata"]["resourceVersion"])
            return merge(NODE, name, None, patch, field_manager=self.kube.settings.field_manager)

        node = self.kube.client.modify(get(NODE, name), change)
        self.note(made[0].changes)
        return node
