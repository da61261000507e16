# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting by watches: every object until it is ready, at once failing where waiting cannot help."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from ..clients.kube.client import KubeClient
from ..clients.kube.errors import Expired
from ..clients.kube.watch import Event, Watch
from ..core.clock import Deadline
from ..core.error import NeverReady, Timeout
from ..core.mode import Mode
from ..core.path import Json
from ..core.readiness import Never, NotYet, Readiness, Ready
from .events import warnings_about
from .item import Item, Key
from .observe import resource

Group = tuple[str, str, str]

# Seconds between two looks at whether one of many watches has found that waiting is no use.
_LOOK_UP = 0.2


@dataclass
class Verdicts:
    """What is known of each awaited object: its newest state and how it was judged. Shared by the watching threads."""

    items: Mapping[Key, Item]
    mode: Mode
    live: dict[Key, Json] = field(default_factory=dict)
    state: dict[Key, Readiness] = field(default_factory=dict)
    never_since: dict[Key, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def see(self, key: Key, live: Json) -> None:
        """Judge a newer state of an object; a changed reason is progress."""
        item = self.items[key]
        verdict = item.kind.judge(live)
        with self.lock:
            before, self.state[key], self.live[key] = self.state.get(key), verdict, live
            if not isinstance(verdict, Never):
                self.never_since.pop(key, None)
            else:
                self.never_since.setdefault(key, self.mode.clock.now())
        if verdict != before and not isinstance(verdict, Ready):
            self.mode.progress(f"{item.label}: {verdict.why}")

    def gone(self, key: Key) -> None:
        """An object was deleted before it was ready, whatever it said last. It may be made anew; one that had been
        ready (a job that is tidied away) was all that was asked for.
        """
        with self.lock:
            if isinstance(self.state.get(key), (Ready, Never)):
                return
            self.state[key] = NotYet("was deleted meanwhile")
        self.mode.progress(f"{self.items[key].label}: was deleted")

    def missing(self, keys: Iterable[Key], there: Container[Key]) -> None:
        """Of objects that had been seen, those that a list does not show have been deleted."""
        for key in keys:
            if key in self.live and key not in there:
                self.gone(key)

    def waiting(self) -> list[Item]:
        return [item for key, item in self.items.items() if not isinstance(self.state.get(key), Ready)]

    def hopeless(self) -> Item | None:
        """An object whose `Never` has lasted its kind's grace."""
        now = self.mode.clock.now()
        with self.lock:
            since = dict(self.never_since)
        return next((self.items[k] for k, at in since.items() if now - at >= self.items[k].kind.grace), None)

    def why(self, item: Item) -> str:
        verdict = self.state.get(item.key)
        return verdict.why if isinstance(verdict, (Never, NotYet)) else "has not been seen yet"


def until_ready(
    client: KubeClient, items: Sequence[Item], live: Mapping[Key, Json], deadline: Deadline, mode: Mode
) -> dict[Key, Json]:
    """Wait until every item is ready and return its newest state; `NeverReady` or `Timeout` says which is not, and
    why.
    """
    verdicts = Verdicts({item.key: item for item in items}, mode)
    for key, state in live.items():
        if key in verdicts.items:
            verdicts.see(key, state)
    groups = _groups(verdicts.waiting())
    if groups:
        _follow_all(client, groups, verdicts, deadline)
    _judge(client, verdicts, deadline)
    return verdicts.live


def _groups(items: Sequence[Item]) -> dict[Group, list[Item]]:
    """One watch serves all objects of a kind in a namespace."""
    groups: dict[Group, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.kind.api_version, item.kind.kind, item.namespace].append(item)
    return groups


def _follow_all(
    client: KubeClient, groups: Mapping[Group, Sequence[Item]], verdicts: Verdicts, deadline: Deadline
) -> None:
    """One thread and one watch a group, until all are through, or one of them says that it is no use."""
    followers = [Follower(client, group, verdicts, deadline) for group in groups.values()]
    with ThreadPoolExecutor(len(followers)) as pool:
        futures = [pool.submit(follower.run) for follower in followers]
        rest = set(futures)
        while rest:
            done, rest = wait(rest, timeout=_LOOK_UP, return_when=FIRST_COMPLETED)
            if verdicts.hopeless() or any(future.exception() for future in done):
                for follower in followers:
                    follower.close()
    for future in futures:
        future.result()


class Follower:
    """Follows one kind in one namespace until its objects are ready, time is over, or it is closed."""

    def __init__(self, client: KubeClient, items: Sequence[Item], verdicts: Verdicts, deadline: Deadline) -> None:
        self._client = client
        self._items = {item.key: item for item in items}
        self._kind = items[0].kind
        self._namespace = items[0].namespace or None
        self._verdicts = verdicts
        self._deadline = deadline
        self._watch: Watch | None = None
        self._closed = threading.Event()

    def run(self) -> None:
        """List, then watch from there; after a gap (410) list again."""
        while self._going():
            for event, live in self._states():
                key = Item(self._kind, live).key
                if key in self._items and event == "DELETED":
                    self._verdicts.gone(key)
                elif key in self._items:
                    self._verdicts.see(key, live)
                if not self._going():
                    return

    def close(self) -> None:
        """Stop following; from any thread."""
        self._closed.set()
        if self._watch is not None:
            self._watch.close()

    def _going(self) -> bool:
        done = all(item.key not in self._items for item in self._verdicts.waiting())
        return not (done or self._closed.is_set() or self._deadline.over)

    def _states(self) -> Iterator[Event]:
        listing = self._client.list(resource(self._kind), self._namespace)
        head = {"apiVersion": self._kind.api_version, "kind": self._kind.kind}
        states = [{**head, **live} for live in listing.items]
        self._verdicts.missing(self._items, {Item(self._kind, live).key for live in states})
        yield from (("ADDED", live) for live in states)
        self._watch = self._client.watch(
            resource(self._kind), self._namespace, listing.resource_version, deadline=self._deadline
        )
        try:
            yield from self._watch
        except Expired:
            return
        finally:
            self._watch.close()


def _judge(client: KubeClient, verdicts: Verdicts, deadline: Deadline) -> None:
    hopeless = verdicts.hopeless()
    if hopeless:
        raise NeverReady(
            verdicts.why(hopeless) + warnings_about(client, hopeless),
            object=hopeless.label,
            path=hopeless.path,
            hint=hopeless.kind.look,
        )
    waiting = verdicts.waiting()
    if waiting:
        raise _late(client, waiting, verdicts.why, deadline)


def _late(client: KubeClient, waiting: Sequence[Item], why: Callable[[Item], str], deadline: Deadline) -> Timeout:
    first = waiting[0]
    reasons = "; ".join(f"{item.label}: {why(item)}" for item in waiting[1:10])
    told = f"not ready after {deadline.given:g} s: {why(first)}" + warnings_about(client, first)
    if reasons:
        told += f"; and {len(waiting) - 1} more: {reasons}"
    return Timeout(told, object=first.label, path=first.path, hint=first.kind.look)
