# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a cluster's first etcd member, once."""

from __future__ import annotations

from dataclasses import dataclass

from ...clients.kube.client import KubeClient
from ...clients.kube.config import cluster
from ...clients.kube.request import Resource, get
from ...clients.talos.connection import Connection
from ...core.change import Change
from ...core.clock import Deadline
from ...core.error import Conflict, NfviError, NotFound, Precondition, Timeout, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.readiness import NotYet, Readiness, Ready
from ...core.result import Result
from .kubeconfig_archive import unpacked
from .talos_ready import etcd_ready
from .talos_session import TalosSession, values
from .talos_wait import PAUSE, patiently, wait_for

_NAMESPACE = Resource("v1", "Namespace", "namespaces", namespaced=False)


@dataclass(frozen=True)
class Etcd:
    """What the node says of its etcd. ``members`` is empty until it runs."""

    maintenance: bool
    services: dict[str, Json]
    members: tuple[Json, ...] = ()


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Bootstrap etcd on the node unless it has members already, and wait until it works."""
    address, seconds = given.text("node"), float(given.integer("wait_timeout", 600, low=1))
    label = f"node {address}"
    seen = _observe(address, session, mode, float(given.integer("reach_timeout", 60, low=0)))
    plan = plan_bootstrap(label, seen)
    if mode.apply:
        plan = _bootstrap(plan, address, session, mode, seconds)
        try:
            seen = _settled(given, address, session, mode, seconds)
        except NfviError as error:
            error.after(plan.actions)
            raise
    etcd = {"node": address, "members": list(seen.members) if seen else []}
    return Result(plan, verified=seen is not None).named("etcd", etcd)


def plan_bootstrap(label: str, seen: Etcd | None) -> Plan:
    """Nothing to do when etcd runs; a node in maintenance mode cannot be bootstrapped."""
    if seen is not None and seen.maintenance:
        raise Precondition("is in maintenance mode", object=label, hint="kubevim.nfvi.talos_apply configures it")
    running = seen is not None and (bool(seen.members) or seen.services.get("etcd", {}).get("state") == "Running")
    return Plan() if running else Plan.of([Change("bootstrap", f"etcd on {label}")])


def _observe(address: str, session: TalosSession, mode: Mode, patience: float) -> Etcd | None:
    """One look; None in check mode for a node that this very run will configure."""
    if mode.pending and not session.there:
        return None
    outcomes = patiently(lambda some: session.each(some, _look), [address], mode, patience if mode.apply else 0.0)
    if mode.pending and isinstance(outcomes[0], Unreachable):
        return None
    seen = values(outcomes)[0]
    return None if mode.pending and seen.maintenance else seen


async def _look(connection: Connection, maintenance: bool) -> Etcd:
    if maintenance:
        return Etcd(True, {})
    services = {service["id"]: service for service in await connection.services()}
    running = services.get("etcd", {}).get("state") == "Running"
    return Etcd(False, services, tuple(await connection.etcd_members()) if running else ())


def _bootstrap(plan: Plan, address: str, session: TalosSession, mode: Mode, seconds: float) -> Plan:
    """Carry out the plan; returns what was done. "Too early" is tried again, "there is one" is as good as done."""
    deadline = Deadline.after(mode.clock, seconds)

    async def bootstrap(connection: Connection, _maintenance: bool) -> None:
        await connection.bootstrap()

    while plan:
        try:
            session.on(address, bootstrap)
            return plan
        except Conflict:
            return Plan()
        except Precondition as error:
            if deadline.over:
                raise Timeout(error.reason, object=error.object) from error
            mode.progress(str(error))
            mode.clock.sleep(2 * PAUSE)
    return plan


def _settled(given: Given, address: str, session: TalosSession, mode: Mode, seconds: float) -> Etcd:
    """Wait as far as the user wants, and return the last look."""
    if not given.flag("wait", True):
        return session.on(address, _look)
    last: list[Etcd] = []

    def judge(_names: list[str]) -> list[Readiness]:
        outcome = session.each([address], _look)[0]
        if isinstance(outcome, NfviError):
            return [_patience(outcome)]
        last.append(outcome.value)
        ready = etcd_ready(outcome.value.services)
        if isinstance(ready, Ready) and given.flag("wait_for_kubernetes", True):
            return [_kubernetes(address, session)]
        return [ready]

    wait_for([f"node {address}"], judge, mode, seconds)
    return last[-1]


def _kubernetes(address: str, session: TalosSession) -> Readiness:
    """Ready when the API server answers the administrator, and its controllers have made their first namespaces."""

    async def kubeconfig(connection: Connection, _maintenance: bool) -> Json:
        return unpacked(await connection.kubeconfig_archive())

    try:
        administrator = cluster({"kubeconfig": session.on(address, kubeconfig)})
        KubeClient(administrator, patience=0.0).send(get(_NAMESPACE, "kube-system"))
    except NotFound:
        return NotYet("Kubernetes has no namespace kube-system yet")
    except NfviError as error:
        return _patience(error, "Kubernetes: ")
    return Ready()


def _patience(error: NfviError, about: str = "") -> Readiness:
    """While a control plane starts, what may help to ask again is not a failure; what cannot is one."""
    if not error.retryable:
        raise error
    return NotYet(f"{about}{error.reason}")
