# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of one node, followed by a watch on a thread of its own."""

from __future__ import annotations

import threading
from types import TracebackType

from ...clients.kube.client import KubeClient
from ...clients.kube.errors import Expired
from ...clients.kube.request import POD
from ...clients.kube.watch import Watch
from ...core.clock import Deadline
from ...core.error import NfviError
from ...core.path import Json
from .look import on


class PodsOfNode:
    """Who is there now, by uid, and a way to wait for the next change. As a context: it stops following at its end."""

    def __init__(self, client: KubeClient, node: str, deadline: Deadline) -> None:
        self._client, self._node, self._deadline = client, node, deadline
        self._pods: dict[str, Json] = {}
        self._changed = threading.Condition()
        self._news = False
        self._closed = False
        self._fault: NfviError | None = None
        self._watch: Watch | None = None
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> PodsOfNode:
        self._version = self._list()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        watch = self._watch
        if watch is not None:
            watch.close()
        self._thread.join()

    def get(self, uid: str) -> Json:
        """The pod as it is; None when it is gone. One of the same name made since is another."""
        with self._changed:
            return self._pods.get(uid)

    def all(self) -> list[Json]:
        """All that are there now."""
        with self._changed:
            return list(self._pods.values())

    def wait(self, seconds: float) -> None:
        """Until something changes, for at most so long; raises what ended the watch."""
        with self._changed:
            if not self._news and self._fault is None:
                self._changed.wait(seconds)
            self._news = False
            if self._fault is not None:
                raise self._fault

    def _list(self) -> str:
        listing = self._client.list(POD, field_selector=on(self._node))
        with self._changed:
            self._pods = {pod["metadata"]["uid"]: pod for pod in listing.items}
            self._tell()
        return listing.resource_version

    def _follow(self) -> None:
        try:
            while not (self._closed or self._deadline.over):
                self._session()
        except NfviError as error:
            with self._changed:
                self._fault = None if self._closed or self._deadline.over else error
                self._tell()

    def _session(self) -> None:
        """Until the server has forgotten the version (410): then all is listed anew."""
        self._watch = self._client.watch(
            POD, None, self._version, deadline=self._deadline, field_selector=on(self._node)
        )
        if self._closed:
            return
        try:
            for kind, pod in self._watch:
                self._take(kind, pod)
        except Expired:
            self._version = self._list()

    def _take(self, kind: str, pod: Json) -> None:
        with self._changed:
            if kind == "DELETED":
                self._pods.pop(pod["metadata"]["uid"], None)
            else:
                self._pods[pod["metadata"]["uid"]] = pod
            self._tell()

    def _tell(self) -> None:
        self._news = True
        self._changed.notify_all()
