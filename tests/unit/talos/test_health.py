# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a cluster unhealthy: each check fails by itself, and says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_health import (
    PASSED,
    SKIPPED,
    WAITING,
    Look,
    healthy,
    judge,
)


def service(name: str, state: str = "Running", healthy: bool | None = True) -> dict[str, Any]:
    return {"id": name, "state": state, "healthy": healthy, "message": ""}


def member(name: str, learner: bool = False) -> dict[str, Any]:
    return {"id": "1", "hostname": name, "learner": learner}


def node(name: str, ready: bool = True) -> dict[str, Any]:
    return {"nodename": name, "nodeReady": ready}


PLANE = Look(
    "10.0.0.1",
    control_plane=True,
    hostname="e1",
    stage="running",
    services=tuple(service(name) for name in ("apid", "etcd", "kubelet", "trustd")),
    members=(member("e1"),),
    nodes=(node("e1"),),
    diagnostics=(),
)
WORKER = replace(
    PLANE,
    address="10.0.0.2",
    control_plane=False,
    hostname="e2",
    services=(service("apid"), service("kubelet"), service("ext-a", "Finished", None)),
    members=(),
    nodes=(node("e2"),),
)
NO_NETWORK = (("nodeReady", 'node "e1" is not ready'),)


def waiting(*looks: Look, nodes_ready: bool = True) -> dict[str, str]:
    return {check.name: check.reason for check in judge(looks, nodes_ready=nodes_ready) if check.state == WAITING}


def test_a_healthy_cluster() -> None:
    checks = judge([PLANE, WORKER], nodes_ready=True)
    assert {check.state for check in checks} == {PASSED}
    assert healthy(checks) == Ready()


@pytest.mark.parametrize(
    ("changes", "check", "said"),
    [
        ({"lost": "connection refused"}, "machines", "10.0.0.1 connection refused"),
        ({"maintenance": True}, "machines", "maintenance"),
        ({"stage": "booting"}, "machines", "10.0.0.1 is booting"),
        ({"unmet": (("services", "etcd not running"),)}, "machines", "lacks services: etcd not running"),
        ({"services": PLANE.services[:3]}, "services", "10.0.0.1 has no trustd yet"),
        ({"services": (*PLANE.services, service("ext-b", "Failed", None))}, "services", "ext-b of 10.0.0.1 is Failed"),
        ({"services": (*PLANE.services[1:], service("apid", healthy=False))}, "services", "apid of 10.0.0.1"),
        ({"members": (member("e1"), member("e9"))}, "etcd", "member e9 is none of the machines named"),
        ({"members": ()}, "etcd", "e1 is no member"),
        ({"members": (member("e1", learner=True),)}, "etcd", "e1 does not vote yet"),
        ({"etcd_error": "no leader"}, "etcd", "10.0.0.1 does not tell: no leader"),
        ({"alarms": ({"member": "a1", "alarm": "NOSPACE"},)}, "alarms", "NOSPACE of member a1"),
        ({"nodes": (node("e1", ready=False),)}, "nodes", "node e1 is not ready"),
        ({"nodes": ()}, "nodes", "10.0.0.1 has no node yet"),
        ({"diagnostics": ("no disk",)}, "diagnostics", "10.0.0.1: no disk"),
    ],
)
def test_one_thing_is_wrong(changes: dict[str, Any], check: str, said: str) -> None:
    found = waiting(replace(PLANE, **changes), WORKER)
    assert list(found) == [check]
    assert said in found[check]
    verdict = healthy(judge([replace(PLANE, **changes), WORKER], nodes_ready=True))
    assert isinstance(verdict, NotYet)
    assert verdict.why.startswith(f"{check}: ")


def test_machines_that_list_other_members_are_told_apart() -> None:
    other = replace(PLANE, address="10.0.0.3", hostname="e3", members=(member("e1"), member("e3")), nodes=(node("e3"),))
    assert waiting(PLANE, other) == {"etcd": "machines list other members: 10.0.0.1: e1; 10.0.0.3: e1, e3"}


def test_workers_alone_are_no_cluster() -> None:
    assert waiting(WORKER) == {"machines": "no control-plane machine is named"}


def test_without_a_network_the_rest_is_judged() -> None:
    look = replace(PLANE, nodes=(node("e1", ready=False),), unmet=NO_NETWORK)
    assert list(waiting(look)) == ["machines", "nodes"]
    assert waiting(look, nodes_ready=False) == {}


def test_what_nobody_can_tell_is_skipped() -> None:
    checks = judge([replace(PLANE, diagnostics=None), WORKER], nodes_ready=True)
    assert [(check.name, check.reason) for check in checks if check.state == SKIPPED] == [
        ("diagnostics", "10.0.0.1 cannot tell")
    ]
    assert healthy(checks) == Ready()
