# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting by watches: every object until it is ready, at once failing where waiting cannot help."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ..clients.kube.client import KubeClient
from ..clients.kube.errors import Expired
from ..core.clock import Deadline
from ..core.error import NeverReady, NfviError, Timeout
from ..core.mode import Mode
from ..core.path import Json
from ..core.readiness import Never, NotYet, Readiness, Ready
from .events import warnings_about
from .item import Item, Key
from .kind import Kind
from .observe import resource

Group = tuple[str, str, str]


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
    stop = threading.Event()
    with ThreadPoolExecutor(len(groups)) as pool:
        futures = [pool.submit(Follower(client, group, verdicts, deadline, stop).run) for group in groups.values()]
        for future in futures:
            future.result()


@dataclass
class Follower:
    """Follows one kind in one namespace until its objects are ready, one of all cannot be, or time is over."""

    client: KubeClient
    items: Sequence[Item]
    verdicts: Verdicts
    deadline: Deadline
    stop: threading.Event

    @property
    def kind(self) -> Kind:
        return self.items[0].kind

    def run(self) -> None:
        """List, then watch from there; after a gap (410) list again."""
        try:
            while self._going():
                for key, live in self._states():
                    self.verdicts.see(key, live)
                    if not self._going():
                        break
        except NfviError:
            self.stop.set()
            raise

    def _going(self) -> bool:
        if self.verdicts.hopeless():
            self.stop.set()
        mine = {item.key for item in self.items}
        done = all(item.key not in mine for item in self.verdicts.waiting())
        return not (done or self.stop.is_set() or self.deadline.over)

    def _states(self) -> Iterator[tuple[Key, Json]]:
        mine = {item.key for item in self.items}
        namespace = self.items[0].namespace or None
        listing = self.client.list(resource(self.kind), namespace)
        for found in listing.items:
            if (key := self._key(found)) in mine:
                yield key, found
        try:
            for _type, found in self._watch(namespace, listing.resource_version):
                if (key := self._key(found)) in mine:
                    yield key, found
        except Expired:
            return

    def _watch(self, namespace: str | None, version: str) -> Iterable[tuple[str, Json]]:
        """Events until a moment at which something may have to be judged anew, though nothing happened."""
        until = Deadline(self.deadline.clock, min(self.deadline.at, self.deadline.clock.now() + self._patience()))
        return self.client.watch(resource(self.kind), namespace, version, deadline=until)

    def _patience(self) -> float:
        """Seconds after which to look up from the watch: a grace may have run out, or another watch given up."""
        return min(1.0, self.kind.grace or 1.0)

    def _key(self, found: Json) -> Key:
        return Item(self.kind, found).key


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
