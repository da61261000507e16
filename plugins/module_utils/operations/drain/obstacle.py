# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the way of a drain whose time is over: budgets, migrations, pods that do not end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...clients.kube.client import KubeClient
from ...clients.kube.request import POD, Resource
from ...core.error import NfviError, Timeout
from ...core.path import Json, dig
from ...core.readiness import condition
from ...resources.kubernetes import budgets, pods
from ...resources.kubevirt.evacuation import why_not_migratable
from .evict import Attempt
from .look import BUDGET, MIGRATION, NODE, VMI, everything
from .plan import How

# The label of a migration's target pod (api/core/v1 MigrationJobLabel).
_JOB = ("metadata", "labels", "kubevirt.io/migrationJobUID")
# How many are explained; of more only the number is told.
TOLD = 10


def late(client: KubeClient, node: Json, waiting: Sequence[Attempt], seconds: float) -> Timeout:
    """The error for a drain that did not end within ``seconds``, with what each pod waits for."""
    world = World(client, {each.step.pod["metadata"]["namespace"] for each in waiting})
    told = [f"{each.step.label} {'; '.join(_why(each, world))}" for each in waiting[:TOLD]]
    if len(waiting) > TOLD:
        told.append(f"and {len(waiting) - TOLD} more")
    return Timeout(
        f"not drained after {seconds:g} s: " + "; ".join(told),
        object=NODE.label(node["metadata"]["name"]),
        hint=_hint(node, waiting),
    )


class World:
    """The objects that may explain it, read anew; what cannot be read explains nothing."""

    def __init__(self, client: KubeClient, namespaces: set[str]) -> None:
        self._client, self._namespaces = client, sorted(namespaces)
        self._known: dict[str, list[Json]] = {}

    def all(self, kind: Resource) -> list[Json]:
        """Those of the namespaces in question."""
        if kind.kind not in self._known:
            answers = self._client.each(lambda each: everything(self._client, kind, each), self._namespaces)
            found = [items for items in answers if not isinstance(items, NfviError)]
            self._known[kind.kind] = [item for items in found for item in items]
        return self._known[kind.kind]


def _why(each: Attempt, world: World) -> Iterator[str]:
    if each.step.how is How.MIGRATE:
        yield from _migration(each, world)
    elif each.accepted:
        yield "does not end" + _held(each.step.pod)
    else:
        yield f"is not evicted: {each.why or 'there was no time to ask'}"
        yield from (budgets.told(budget) for budget in budgets.guarding(each.step.pod, world.all(BUDGET)))


def _held(pod: Json) -> str:
    held = dig(pod, ("metadata", "finalizers")) or []
    grace = dig(pod, ("spec", "terminationGracePeriodSeconds"), 30)
    return f" (finalizers {', '.join(held)})" if held else f" (its grace period is {grace} s)"


def _migration(each: Attempt, world: World) -> Iterator[str]:
    """The newest migration of a guest, and the guest's own view of it."""
    path = pods.path(each.step.vmi)
    vmi = next((found for found in world.all(VMI) if pods.path(found) == path), None)
    if vmi is None:
        yield "is gone, its pod is not"
        return
    yield f"is still on {dig(vmi, ('status', 'nodeName'), 'no node')}: {each.why or 'no eviction was asked for'}"
    obstacle = why_not_migratable(vmi)
    if obstacle:
        yield f"it cannot migrate: {obstacle}"
    last = newest(vmi, world.all(MIGRATION))
    yield "KubeVirt has started no migration" if last is None else _told(last, world)
    reason = dig(vmi, ("status", "migrationState", "failureReason"))
    if reason:
        yield f"the last one failed: {reason}"


def newest(vmi: Json, migrations: Sequence[Json]) -> Json:
    """The newest migration of a guest; None when there is none."""
    meta = vmi["metadata"]
    own = [
        each
        for each in migrations
        if each["metadata"]["namespace"] == meta["namespace"] and dig(each, ("spec", "vmiName")) == meta["name"]
    ]
    return max(own, key=lambda each: str(each["metadata"]["creationTimestamp"]), default=None)


def _told(migration: Json, world: World) -> str:
    """The migration in one line; while it is Scheduling, with what the scheduler says of its target pod."""
    phase = dig(migration, ("status", "phase")) or "not begun"
    line = f"VirtualMachineInstanceMigration {pods.path(migration)} is {phase}"
    uid = migration["metadata"]["uid"]
    for pod in world.all(POD) if phase == "Scheduling" else []:
        found = condition(pod, "PodScheduled")
        if dig(pod, _JOB) == uid and found is not None and found.get("status") != "True":
            return f"{line}: {found.get('message')}"
    return line


def _hint(node: Json, waiting: Sequence[Attempt]) -> str:
    ready = condition(node, "Ready")
    if ready is not None and ready.get("status") != "True":
        return "the node is not Ready: its kubelet does not confirm that pods have ended"
    if any(each.step.how is How.MIGRATE for each in waiting):
        return "KubeVirt goes on trying to migrate; kubectl get vmim,vmi,pods -A -o wide"
    if any(not each.accepted for each in waiting):
        return "raise wait_timeout, or give the budgets' pods room; kubectl get pdb,pods -A"
    return "kubectl describe the pod"
