# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a KubeVirt that does not come up is told to lack, and until when it is waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.client import Listing
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Change
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Timeout
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.plan import Plan
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.converge import Converged, Kube
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.settings import Settings
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kubevirt import cluster

UNSCHEDULABLE = {
    "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available",
}  # fmt: skip
READY = {"type": "Ready", "status": "True"}


def pod(name: str, app: str, *conditions: dict[str, str]) -> dict[str, Any]:
    meta = {"name": name, "namespace": "kubevirt", "labels": {"kubevirt.io": app}}
    return {"metadata": meta, "status": {"phase": "Running", "conditions": list(conditions)}}


def kubevirt(generation: int = 2, seen: int = 2, phase: str = "Deployed") -> dict[str, Any]:
    conditions = [{"type": "Available", "status": "True" if phase == "Deployed" else "False", "reason": "Words"}]
    status = {"phase": phase, "observedGeneration": seen, "conditions": conditions}
    meta = {"name": "kubevirt", "namespace": "kubevirt", "generation": generation}
    return {"apiVersion": "kubevirt.io/v1", "kind": "KubeVirt", "metadata": meta, "status": status}


@dataclass
class Passing:
    """A clock that runs by itself, a second a look."""

    time: float = 0.0

    def now(self) -> float:
        self.time += 1.0
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Silence:
    """A watch in which nothing happens."""

    def __iter__(self) -> Any:
        return iter(())

    def close(self) -> None:
        pass


@dataclass
class Client:
    """A cluster with one KubeVirt and these pods."""

    found: dict[str, Any]
    pods: list[dict[str, Any]] = field(default_factory=list)

    def list(self, resource: Any, *_where: object, **_how: object) -> Listing:
        return Listing({"Pod": self.pods, "KubeVirt": [self.found]}.get(resource.kind, []), "1")

    def watch(self, *_what: object, **_how: object) -> Silence:
        return Silence()


def awaited(client: Client, *, changed: bool = True) -> Any:
    kube = Kube(client, REGISTRY, Settings(wait_timeout=60.0))  # type: ignore[arg-type]
    plan = Plan((Change("update", "KubeVirt kubevirt/kubevirt"),)) if changed else Plan()
    return cluster._awaited(kube, Converged(plan, [client.found]), Mode(clock=Passing()))


def test_one_that_lags_behind_its_generation_is_deployed_all_the_same() -> None:
    assert awaited(Client(kubevirt(generation=4, seen=2)))["metadata"]["generation"] == 4
    assert awaited(Client(kubevirt(generation=4, seen=2)), changed=False)["metadata"]["generation"] == 4


def test_one_that_does_not_come_up_is_told_with_the_pods_that_do_not() -> None:
    pods = [pod("virt-operator-1", "virt-operator", READY), pod("virt-api-1", "virt-api", UNSCHEDULABLE)]
    with pytest.raises(Timeout) as late:
        awaited(Client(kubevirt(phase="Deploying"), pods))
    assert late.value.reason.endswith(
        "Deploying: Words: Pod virt-api-1 is not ready: Unschedulable: 0/1 nodes are available"
    )
    assert late.value.done == ("update KubeVirt kubevirt/kubevirt",)


def test_one_without_an_operator_is_told_so() -> None:
    with pytest.raises(Timeout, match="there is no pod of virt-operator in kubevirt"):
        awaited(Client({**kubevirt(), "status": {}}))
