# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a request is sent again, with a clock that nobody has to wait for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.endpoint import Cut, HungUp, NoConnection
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.errors import Modified, Overloaded, Refused
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.request import Request
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.retry import (
    LONGEST_PAUSE,
    Patience,
    backoff,
    helps,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.status import Status
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Conflict, Finding, Internal, NfviError

APPLY = Request("PATCH", "/x", body={"metadata": {"name": "a"}})
CREATE = Request("POST", "/x")
DRY = Request("POST", "/x", {"dryRun": "All"})
BOUND = Request("PUT", "/x", body={"metadata": {"resourceVersion": "1"}})


def overloaded(code: int, retry_after: float | None = None) -> Overloaded:
    return Overloaded(Status(code, "busy", retry_after=retry_after), object="Subnet a")


@pytest.mark.parametrize(
    ("error", "request_", "again"),
    [
        (NoConnection("refused"), CREATE, True),
        (Cut("reset"), APPLY, True),
        (Cut("reset"), CREATE, False),
        (Cut("reset"), DRY, True),
        (overloaded(429), CREATE, True),
        (overloaded(503), CREATE, True),
        (overloaded(504), CREATE, False),
        (overloaded(500), APPLY, True),
        (Modified("changed"), APPLY, True),
        (Modified("changed"), BOUND, False),
        (Conflict("VM is already running"), APPLY, False),
        (Refused([Finding(("spec",), "wrong")], object="x"), APPLY, False),
        (Internal("failed"), APPLY, False),
    ],
)
def test_what_helps(error: NfviError, request_: Request, *, again: bool) -> None:
    assert helps(error, request_) is again


def test_backoff_grows_and_stays_short() -> None:
    assert backoff(0) <= 0.1
    assert 1.0 <= backoff(50) <= LONGEST_PAUSE


@dataclass
class Clock:
    time: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def tries(patience: Patience, error: NfviError, request: Request = APPLY, until: float | None = None) -> int:
    trial = patience.begin()
    while patience.again(error, request, trial, until):
        pass
    return trial.failed


def test_a_server_that_hung_up_is_waited_for() -> None:
    """It restarts: where nobody listens nobody hangs up."""
    clock = Clock()
    assert tries(Patience(15, clock), HungUp("connection lost")) > 5
    assert 12 < clock.time <= 15


def test_a_server_that_never_answered_is_not_waited_for() -> None:
    clock = Clock()
    assert tries(Patience(15, clock), NoConnection("refused")) == 0
    assert not clock.slept


def test_a_refusal_is_an_answer_too() -> None:
    patience = Patience(15, Clock())
    assert not patience.again(Conflict("no"), APPLY, patience.begin())
    assert tries(patience, NoConnection("refused")) > 5


def test_an_outage_is_endured_as_long_as_patience_lasts() -> None:
    clock, said = Clock(), list[str]()
    patience = Patience(15, clock, said.append)
    patience.answered()
    assert tries(patience, NoConnection("refused")) > 5
    assert 12 < clock.time <= 15
    assert said[0] == "refused; trying again"


def test_all_requests_share_one_outage() -> None:
    clock = Clock()
    patience = Patience(15, clock)
    patience.answered()
    tries(patience, NoConnection("refused"))
    clock.sleep(2)
    assert tries(patience, NoConnection("refused")) == 0
    patience.answered()
    assert tries(patience, NoConnection("refused")) > 5


def test_retry_after_is_honoured_and_bounded() -> None:
    clock, said = Clock(), list[str]()
    assert tries(Patience(10, clock, said.append), overloaded(429, 4.0)) == 2
    assert clock.slept == [4.0, 4.0]
    assert said[0] == "Subnet a: busy (429); again in 4 s"
    assert tries(Patience(10, clock), overloaded(429, 3600.0)) == 0


def test_who_waits_anyhow_waits_through_an_outage() -> None:
    clock = Clock()
    patience = Patience(1, clock)
    patience.answered()
    tries(patience, Cut("reset"), until=100.0)
    assert 90 < clock.time <= 100
