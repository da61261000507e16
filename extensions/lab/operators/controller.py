# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every controller here is made of: a work queue of keys, one worker, exponential backoff; and the program that
controllers are parts of, with the caches they read and the name they write under."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from . import kinds
from .client import TRANSIENT, Api, ApiError, Obj, Resource
from .watch import Caches, Handler, Informer, key_of

LOG = logging.getLogger("lab.operators")

_FIRST_RETRY, _LAST_RETRY = 0.05, 5.0


class Postponed(Exception):
    """The real controller returns an error here and tries again later: so do we, and log the same words."""


class Queue:
    """Keys to reconcile: each once, in order of arrival; a key that failed comes back later and later (5 s at most)."""

    def __init__(self, name: str, reconcile: Callable[[str], Awaitable[None]]) -> None:
        self._name, self._reconcile = name, reconcile
        self._pending: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._failures: dict[str, int] = {}

    def add(self, key: str) -> None:
        self._pending.setdefault(key)
        self._wake.set()

    def add_after(self, key: str, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self.add, key)

    async def run(self) -> None:
        """Work for ever; returns only by cancellation."""
        while True:
            await self._wake.wait()
            while self._pending:
                key = next(iter(self._pending))
                del self._pending[key]
                await self._work(key)
            self._wake.clear()

    async def _work(self, key: str) -> None:
        try:
            await self._reconcile(key)
            self._failures.pop(key, None)
        except (Postponed, *TRANSIENT) as error:
            LOG.debug("%s %s: %s", self._name, key, error)
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            self.add_after(key, min(_FIRST_RETRY * 2 ** (failures - 1), _LAST_RETRY))


class Program:
    """One operator's process: the caches it reads, the name it writes under, its queues and what feeds them."""

    def __init__(self, api: Api, caches: Caches, manager: str) -> None:
        self.api, self.caches, self.manager = api, caches, manager
        self._queues: list[Queue] = []
        self._feeds: list[tuple[Informer, Handler]] = []

    def cache(self, resource: Resource) -> Informer:
        return self.caches[resource]

    def queue(self, name: str, reconcile: Callable[[str], Awaitable[None]]) -> Queue:
        queue = Queue(name, reconcile)
        self._queues.append(queue)
        return queue

    def feed(
        self, resource: Resource, queue: Queue, when: Callable[[Obj | None, Obj | None], bool] | None = None
    ) -> None:
        """Put the key of each changed object into the queue, if ``when(old, new)`` says that the change matters."""

        def handler(old: Obj | None, new: Obj | None) -> None:
            if when is None or when(old, new):
                queue.add(key_of(new or old or {}))

        self.notify(resource, handler)

    def notify(self, resource: Resource, handler: Handler) -> None:
        """Call ``handler(old, new)`` for every object there is and for every change from then on."""
        self._feeds.append((self.cache(resource), handler))

    async def run(self) -> None:
        """Work on all queues until cancelled."""
        await self.caches.synced()
        try:
            for informer, handler in self._feeds:
                informer.subscribe(handler)
                for obj in informer:
                    handler(None, obj)
            async with asyncio.TaskGroup() as group:
                for queue in self._queues:
                    group.create_task(queue.run())
        finally:
            for informer, handler in self._feeds:
                informer.unsubscribe(handler)

    # -- writes, each taken into the cache at once ------------------------------------------------------------------

    async def create(self, resource: Resource, obj: Obj) -> Obj:
        return self._keep(resource, await self.api.create(resource, obj, self.manager))

    async def update(self, resource: Resource, obj: Obj, sub: str | None = None) -> Obj:
        return self._keep(resource, await self.api.update(resource, obj, self.manager, sub))

    async def patch(self, resource: Resource, obj: Obj, patch: Obj, sub: str | None = None) -> Obj:
        return self._keep(resource, await self.api.patch(resource, obj, patch, self.manager, sub))

    def _keep(self, resource: Resource, obj: Obj) -> Obj:
        self.cache(resource).store(obj)
        return obj

    async def event(self, resource: Resource, obj: Obj, kind: str, reason: str, message: str) -> None:
        """Record an event about an object, once per reason and message; ``kind`` is Normal or Warning."""
        meta = obj["metadata"]
        digest = hashlib.sha256(f"{meta['uid']}{reason}{message}".encode()).hexdigest()[:16]
        namespace = meta.get("namespace", "default")
        body: Obj = {
            "metadata": {"name": f"{meta['name']}.{digest}", "namespace": namespace},
            "involvedObject": {
                "apiVersion": resource.api_version,
                "kind": resource.kind,
                "name": meta["name"],
                "uid": meta["uid"],
                **({"namespace": meta["namespace"]} if meta.get("namespace") else {}),
            },
            "type": kind,
            "reason": reason,
            "message": message,
            "count": 1,
            "firstTimestamp": now(),
            "lastTimestamp": now(),
            "source": {"component": self.manager},
        }
        try:
            await self.api.create(kinds.EVENT, body, self.manager)
        except ApiError as error:
            if error.code not in (403, 404, 409):  # namespace going away, or said already
                raise


def now() -> str:
    """The time as Kubernetes writes it: UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fresh(obj: Obj) -> Obj:
    """A copy to change; objects in caches are shared."""
    return copy.deepcopy(obj)


def deleting(obj: Obj) -> bool:
    """True once somebody has asked for the object to be deleted."""
    return "deletionTimestamp" in obj["metadata"]


def annotations_of(obj: Obj) -> dict[str, str]:
    """The object's annotations, not to be changed."""
    return obj["metadata"].get("annotations") or {}


def labels_of(obj: Obj) -> dict[str, str]:
    """The object's labels, not to be changed."""
    return obj["metadata"].get("labels") or {}


def finalizers(obj: Obj) -> list[str]:
    """The names of those who still have something to do before the object may go."""
    return list(obj["metadata"].get("finalizers") or [])


def condition(obj: Obj, kind: str) -> Obj | None:
    """The condition of this type in the object's status."""
    for entry in obj.get("status", {}).get("conditions") or []:
        if entry["type"] == kind:
            found: Obj = entry
            return found
    return None


def available(deployment: Obj | None) -> bool:
    """True while a Deployment has a replica that answers."""
    return bool(deployment and deployment.get("status", {}).get("availableReplicas"))
