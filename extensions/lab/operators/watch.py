# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Informers: a cache per kind, kept by list and watch, as client-go's reflectors keep theirs.

A watch that ends is resumed from the last version seen; 410 Gone means list again; a kind whose CRD does not exist
(yet) is an empty cache that fills when the CRD is established. Nothing here ever gives up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator

from .client import TRANSIENT, Api, ApiError, Obj, Resource

LOG = logging.getLogger("lab.operators")

#: Called with (old, new); old is None for an addition, new is None for a deletion.
Handler = Callable[[Obj | None, Obj | None], None]

_RETRY_SECONDS = 0.5


def key_of(obj: Obj) -> str:
    """``namespace/name``, or ``name`` for a cluster-wide kind: client-go's MetaNamespaceKey."""
    meta = obj["metadata"]
    return f"{meta['namespace']}/{meta['name']}" if meta.get("namespace") else str(meta["name"])


class Informer:
    """The cache of one kind. Objects in it are shared: whoever wants to change one copies it first."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.synced = asyncio.Event()
        self._objects: dict[str, Obj] = {}
        self._gone: dict[str, str] = {}  # uid of the object last deleted under a key
        self._handlers: list[Handler] = []

    def subscribe(self, handler: Handler) -> None:
        self._handlers.append(handler)

    def unsubscribe(self, handler: Handler) -> None:
        if handler in self._handlers:
            self._handlers.remove(handler)

    def get(self, key: str) -> Obj | None:
        return self._objects.get(key)

    def __iter__(self) -> Iterator[Obj]:
        return iter(sorted(self._objects.values(), key=key_of))

    def store(self, obj: Obj) -> None:
        """Take in what a write of our own answered, unless the watch has brought something newer, or its end."""
        self._take("MODIFIED", obj)

    async def run(self, api: Api, crds: Informer) -> None:
        """List and watch for ever; returns only by cancellation."""
        while True:
            if self.resource.custom:
                await self._wait_for_crd(crds)
            try:
                await self._list_and_watch(api)
            except TRANSIENT as error:
                if not (isinstance(error, ApiError) and error.code == 410):
                    LOG.debug("watch of %s: %s", self.resource.plural, error)
                    await asyncio.sleep(_RETRY_SECONDS)

    async def _wait_for_crd(self, crds: Informer) -> None:
        while not established(crds.get(self.resource.crd)):
            self._replace([])
            await crds.changed()

    async def changed(self) -> None:
        """Return at the next change of this cache."""
        event = asyncio.Event()

        def note(_old: Obj | None, _new: Obj | None) -> None:
            event.set()

        self.subscribe(note)
        try:
            await event.wait()
        finally:
            self.unsubscribe(note)

    async def _list_and_watch(self, api: Api) -> None:
        listed = await api.list(self.resource)
        self._replace(listed["items"])
        version = listed["metadata"]["resourceVersion"]
        while True:
            async for event in api.watch(self.resource, version):
                version = event["object"]["metadata"]["resourceVersion"]
                self._take(event["type"], event["object"])

    def _take(self, kind: str, obj: Obj) -> None:
        if kind == "DELETED":
            self._drop(key_of(obj))
        elif kind != "BOOKMARK" and self._gone.get(key_of(obj)) != obj["metadata"]["uid"]:
            held = self._objects.get(key_of(obj))
            if held is None or _version(obj) > _version(held):
                self._put(obj)

    def _replace(self, objects: Iterable[Obj]) -> None:
        fresh = {key_of(obj): obj for obj in objects}
        for key in [key for key in self._objects if key not in fresh]:
            self._drop(key)
        for key, obj in sorted(fresh.items()):
            held = self._objects.get(key)
            if held is None or held["metadata"]["resourceVersion"] != obj["metadata"]["resourceVersion"]:
                self._put(obj)
        self.synced.set()

    def _put(self, obj: Obj) -> None:
        key = key_of(obj)
        old, self._objects[key] = self._objects.get(key), obj
        self._tell(old, obj)

    def _drop(self, key: str) -> None:
        old = self._objects.pop(key, None)
        if old is not None:
            self._gone[key] = old["metadata"]["uid"]
            self._tell(old, None)

    def _tell(self, old: Obj | None, new: Obj | None) -> None:
        for handler in list(self._handlers):
            handler(old, new)


class Caches:
    """The caches of all kinds that operators look at."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._informers = {resource: Informer(resource) for resource in resources}
        self._crds = next(i for r, i in self._informers.items() if r.plural == "customresourcedefinitions")

    def __getitem__(self, resource: Resource) -> Informer:
        return self._informers[resource]

    async def run(self, api: Api) -> None:
        """Keep all caches until cancelled."""
        async with asyncio.TaskGroup() as group:
            for informer in self._informers.values():
                group.create_task(informer.run(api, self._crds))

    async def synced(self) -> None:
        """Return when each cache has been filled once."""
        for informer in self._informers.values():
            await informer.synced.wait()


def established(crd: Obj | None) -> bool:
    """True when the API server serves the kind of this CustomResourceDefinition."""
    conditions = (crd or {}).get("status", {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


def _version(obj: Obj) -> int:
    # Opaque by contract, but comparable since Kubernetes 1.35 (KEP-5504) and in fact always an etcd revision.
    return int(obj["metadata"]["resourceVersion"])
