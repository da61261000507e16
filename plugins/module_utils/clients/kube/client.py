# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client: sends requests, one or many at a time and again where that helps; lists, watches, reads and writes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from ...core.clock import Clock, Deadline, SystemClock
from ...core.error import NfviError
from ...core.mode import silent
from ...core.path import Json
from . import request as ask
from .cluster import Cluster
from .endpoint import Endpoint, Stream, endpoint
from .errors import Expired, Modified
from .request import Request, Resource
from .retry import Patience
from .watch import Scope, Watch

T = TypeVar("T")
R = TypeVar("R")
Answer = Json | NfviError

# Objects a page, as kubectl and client-go have it.
PAGE = 500
# Lost races of a read-modify-write before we give up.
RACES = 5


@dataclass(frozen=True)
class Listing:
    """Objects (without ``apiVersion`` and ``kind``, as servers list them) and the version at which they were so."""

    items: list[Json]
    resource_version: str


class KubeClient:
    """Speaks to one cluster; cheap to make, its connections are kept by the process.

    ``threads`` requests run at once (more than 8 bring nothing: the server is the limit). ``patience`` is how long, in
    seconds, an outage or an overload is endured; ``progress`` is told of both.
    """

    def __init__(
        self,
        cluster: Cluster,
        threads: int = 8,
        *,
        patience: float = 15.0,
        clock: Clock | None = None,
        progress: Callable[[str], None] = silent,
    ) -> None:
        self.cluster = cluster
        self.threads = threads
        self._clock = clock or SystemClock()
        self._patience = Patience(patience, self._clock, progress)
        self._endpoint()  # wrong certificates are refused now, not at the first request

    def send(self, request: Request) -> Json:
        """The answer: JSON parsed, a log as text. Raises `NfviError`."""
        return self._persist(request, lambda: self._endpoint().exchange(request)).value()

    def send_all(self, requests: Iterable[Request]) -> list[Answer]:
        """The answer to every request, or why there is none, in their order; many at a time."""
        return self.each(self.send, requests)

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R | NfviError]:
        """``function`` of every item, or the `NfviError` it raised, in their order; many at a time."""
        todo = list(items)
        guarded = functools.partial(_caught, function)
        if len(todo) < 2:
            return [guarded(item) for item in todo]
        with ThreadPoolExecutor(min(self.threads, len(todo))) as pool:
            return list(pool.map(guarded, todo))

    def list(
        self,
        resource: Resource,
        namespace: str | None = None,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
        limit: int | None = None,
    ) -> Listing:
        """All objects of a kind (in ``namespace``; everywhere when None), or the first ``limit`` of them.

        Long lists come in pages; when the server has forgotten the version of the first, all are read anew at once.
        """
        page = functools.partial(
            ask.page, resource, namespace, label_selector=label_selector, field_selector=field_selector
        )
        if limit is not None:
            return _listing([self.send(page(limit=limit))])
        try:
            return _listing(_pages(self, page))
        except Expired:
            return _listing([self.send(page())])

    def watch(
        self,
        resource: Resource,
        namespace: str | None,
        resource_version: str,
        *,
        deadline: Deadline,
        name: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> Watch:
        """What happens after ``resource_version`` until ``deadline``: iterate it, close it from any thread.

        ``name`` is short for the field selector of that name.
        """
        field_selector = f"metadata.name={name}" if name else field_selector

        def request(version: str, seconds: int) -> Request:
            return ask.watch(
                resource,
                namespace,
                resource_version=version,
                timeout_seconds=seconds,
                label_selector=label_selector,
                field_selector=field_selector,
            )

        return Watch(Scope(request, functools.partial(self._open, deadline)), resource_version, deadline)

    def modify(self, read: Request, change: Callable[[Json], Request | None]) -> Json:
        """Read, and write what ``change`` makes of it (None: leave it); again when somebody else wrote in between.

        Returns the object as it is afterwards. ``change`` must keep ``metadata.resourceVersion`` in what it writes.
        """
        for race in range(RACES + 1):
            found = self.send(read)
            write = change(found)
            if write is None:
                return found
            try:
                return self.send(write)
            except Modified:
                if race == RACES:
                    raise
        raise AssertionError("unreachable")

    def _endpoint(self) -> Endpoint:
        """The process's own connections; a fork has others than its parent."""
        return endpoint(self.cluster)

    def _open(self, deadline: Deadline, request: Request, seconds: float) -> Stream:
        return self._persist(request, lambda: self._endpoint().stream(request, seconds), until=deadline.at)

    def _persist(self, request: Request, attempt: Callable[[], T], until: float | None = None) -> T:
        """``attempt`` until it works or its error is final."""
        trial = self._patience.begin()
        while True:
            try:
                answer = attempt()
            except NfviError as error:
                if not self._patience.again(error, request, trial, until):
                    raise
            else:
                self._patience.answered()
                return answer


def _caught(function: Callable[[T], R], item: T) -> R | NfviError:
    try:
        return function(item)
    except NfviError as error:
        return error


def _pages(client: KubeClient, page: Callable[..., Request]) -> list[Json]:
    pages = [client.send(page(limit=PAGE))]
    while token := pages[-1]["metadata"].get("continue"):
        pages.append(client.send(page(limit=PAGE, continue_=token)))
    return pages


def _listing(pages: list[Json]) -> Listing:
    items = [item for each in pages for item in each.get("items") or []]
    return Listing(items, pages[0]["metadata"].get("resourceVersion", ""))
