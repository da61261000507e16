# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be done with a service, what is to be done, and when it is done."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Readiness, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_service import (
    Seen,
    Wanted,
    plan_service,
    settled,
)

NODE = "10.0.0.1"


def seen(state: str, healthy: bool | None = True, at: int = 10) -> Seen:
    return Seen(state, healthy, "m", at)


@pytest.mark.parametrize(
    ("name", "state"),
    [("kubelet", "stopped"), ("etcd", "restarted"), ("apid", "started"), ("extern", "stopped"), ("ext-a", "paused")],
)
def test_what_talos_does_not_let_one_do_is_refused(name: str, state: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Wanted.parse(Given({"name": name, "state": state}))
    assert caught.value.path == (("state",) if state == "paused" else ("name",))


@pytest.mark.parametrize(
    ("name", "state"), [("kubelet", "started"), ("kubelet", "restarted"), ("ext-a", "stopped"), ("ext-a", "restarted")]
)
def test_what_talos_lets_one_do(name: str, state: str) -> None:
    assert Wanted.parse(Given({"name": name, "state": state})) == Wanted(name, state)


@pytest.mark.parametrize(
    ("state", "now", "action", "impact"),
    [
        ("started", "Running", None, None),
        ("started", "Waiting", None, None),
        ("started", "Finished", "start", Impact.NONE),
        ("started", "Failed", "start", Impact.NONE),
        ("stopped", "Running", "stop", Impact.OUTAGE),
        ("stopped", "Preparing", "stop", Impact.OUTAGE),
        ("stopped", "Finished", None, None),
        ("restarted", "Running", "restart", Impact.SERVICE_RESTART),
        ("restarted", "Finished", "start", Impact.NONE),
    ],
)
def test_the_plan(state: str, now: str, action: str | None, impact: Impact | None) -> None:
    change = plan_service(Wanted("ext-a", state), NODE, seen(now))
    assert (change and change.action, change and change.impact) == (action, impact)


def test_a_machine_that_is_not_there_yet_is_planned_for() -> None:
    change = plan_service(Wanted("kubelet", "restarted"), NODE, None)
    assert str(change) == "restart service kubelet on node 10.0.0.1"


@pytest.mark.parametrize(
    ("now", "state", "kind"),
    [
        (seen("Running"), "started", Ready),
        (seen("Running", None), "restarted", Ready),
        (seen("Running", False), "started", NotYet),
        (seen("Running", at=5), "restarted", NotYet),  # it has not gone down yet
        (seen("Failed", at=5), "started", NotYet),  # that was before it was told to start
        (seen("Failed"), "started", Never),
        (seen("Waiting"), "started", NotYet),
        (seen("Stopping"), "stopped", NotYet),
        (seen("Finished"), "stopped", Ready),
    ],
)
def test_settled(now: Seen, state: str, kind: type[Readiness]) -> None:
    assert isinstance(settled(now, state, since=5), kind)
