# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a watch goes on: scripted sessions and a clock that nobody has to wait for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.endpoint import Cut, Stream
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.errors import Expired
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.request import Request
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.watch import Scope, Watch
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.clock import Deadline
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Forbidden


@dataclass
class Clock:
    time: float = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class Server:
    """Plays sessions; each is a list of events, and an exception ends it. After the last there is silence."""

    clock: Clock
    sessions: list[list[Any]]
    asked: list[tuple[str, int]] = field(default_factory=list)

    def ask(self, version: str, seconds: int) -> Request:
        self.asked.append((version, seconds))
        return Request("GET", "/x", object="Subnet list")

    def open(self, _request: Request, seconds: float) -> Stream:
        script = self.sessions.pop(0) if self.sessions else []
        return cast(Stream, Played(script, self.clock, seconds if not script else 0.0))

    def watch(self, seconds: float = 10.0) -> Watch:
        return Watch(Scope(self.ask, self.open), "5", Deadline.after(self.clock, seconds))


@dataclass
class Played:
    script: list[Any]
    clock: Clock
    silence: float
    closed: bool = False

    def lines(self) -> Iterator[bytes]:
        self.clock.time += self.silence
        for each in self.script:
            if self.closed:
                return
            if isinstance(each, Exception):
                raise each
            yield json.dumps(each).encode()

    def close(self) -> None:
        self.closed = True


def event(kind: str, version: str, name: str = "a") -> dict[str, Any]:
    return {"type": kind, "object": {"metadata": {"name": name, "resourceVersion": version}}}


def error(code: int, message: str) -> dict[str, Any]:
    return {"type": "ERROR", "object": {"kind": "Status", "code": code, "message": message}}


def seen(watch: Watch) -> list[tuple[str, str]]:
    return [(kind, thing["metadata"]["resourceVersion"]) for kind, thing in watch]


def test_it_goes_on_from_the_last_event_and_from_bookmarks() -> None:
    server = Server(
        Clock(),
        [
            [event("ADDED", "6"), event("MODIFIED", "8"), Cut("reset")],
            [event("BOOKMARK", "99"), Cut("reset")],
            [event("DELETED", "100")],
        ],
    )
    assert seen(server.watch()) == [("ADDED", "6"), ("MODIFIED", "8"), ("DELETED", "100")]
    assert [version for version, _seconds in server.asked] == ["5", "8", "99", "100"]


def test_it_ends_with_its_time_and_says_so_to_the_server() -> None:
    server = Server(Clock(), [])
    assert seen(server.watch(seconds=150.5)) == []
    assert [seconds for _version, seconds in server.asked] == [60, 60, 31]


def test_a_forgotten_version_is_expired() -> None:
    server = Server(Clock(), [[event("ADDED", "6"), error(410, "too old resource version: 1 (212)")]])
    with pytest.raises(Expired, match="too old resource version"):
        seen(server.watch())


def test_other_refusals_are_told() -> None:
    with pytest.raises(Forbidden):
        seen(Server(Clock(), [[error(403, "no longer yours")]]).watch())


def test_a_server_that_hangs_up_at_once_is_not_hammered() -> None:
    server = Server(Clock(), [[Cut("reset")] for _each in range(1000)])
    assert seen(server.watch(seconds=10)) == []
    assert 10 < len(server.asked) <= 60


def test_nothing_comes_after_closing() -> None:
    server = Server(Clock(), [[event("ADDED", str(number)) for number in range(6, 20)]])
    watch = server.watch()
    events = iter(watch)
    assert next(events)[0] == "ADDED"
    watch.close()
    assert list(events) == []
