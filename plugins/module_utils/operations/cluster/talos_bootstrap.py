# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a cluster's first etcd member, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...clients.kube.client import KubeClient
from ...clients.kube.config import cluster
from ...clients.kube.request import Resource, get
from ...clients.talos.client import Outcome
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
from .talos_nodes import label
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

    @property
    def runs(self) -> bool:
        """Whether it has been bootstrapped, or has joined others."""
        return bool(self.members) or self.services.get("etcd", {}).get("state") == "Running"


@dataclass(frozen=True)
class Members:
    """The machines that run etcd, the one to be bootstrapped first."""

    addresses: tuple[str, ...]

    @classmethod
    def parse(cls, given: Given) -> Members:
        """From ``node`` and ``control_plane``."""
        node = given.text("node")
        others = [str(item.value) for item in given.items("control_plane")]
        if others and node not in others:
            given.at("node").refuse(f"{node} is not one of control_plane: {', '.join(others)}")
        return cls((node, *(each for each in others if each != node)))

    @property
    def first(self) -> str:
        """The machine that is bootstrapped."""
        return self.addresses[0]


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Bootstrap etcd on the node unless the cluster has members already, and wait until it works."""
    members = Members.parse(given)
    seen = _observe(members, session, mode, float(given.integer("reach_timeout", 60, low=0)))
    plan = plan_bootstrap(label(members.first), seen)
    found = seen[0].members if seen[0] else ()
    if mode.apply:
        seconds = float(given.integer("wait_timeout", 600, low=1))
        plan = _bootstrap(plan, members.first, session, mode, seconds)
        try:
            found = _settled(given, members, session, mode, seconds)
        except NfviError as error:
            error.after(plan.actions)
            raise
    return Result(plan, verified=None not in seen).named("etcd", {"node": members.first, "members": list(found)})


def plan_bootstrap(label: str, seen: Sequence[Etcd | None]) -> Plan:
    """Nothing to do when etcd runs on any of the machines that were ``seen``. The first is to be bootstrapped; it
    must not be in maintenance mode then.
    """
    if any(each is not None and each.runs for each in seen):
        return Plan()
    if seen[0] is not None and seen[0].maintenance:
        raise Precondition("is in maintenance mode", object=label, hint="kubevim.nfvi.talos_apply configures it")
    return Plan.of([Change("bootstrap", f"etcd on {label}")])


def _observe(members: Members, session: TalosSession, mode: Mode, patience: float) -> list[Etcd | None]:
    """One look at each; None in check mode for a machine that this very run will configure."""
    if mode.pending and not session.there:
        return [None for _address in members.addresses]
    outcomes = patiently(
        lambda some: session.each(some, _look), list(members.addresses), mode, patience if mode.apply else 0.0
    )
    return [_seen(outcome, mode) for outcome in outcomes]


def _seen(outcome: Outcome[Etcd], mode: Mode) -> Etcd | None:
    if mode.pending and isinstance(outcome, Unreachable):
        return None
    found = values([outcome])[0]
    return None if mode.pending and found.maintenance else found


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


def _settled(given: Given, members: Members, session: TalosSession, mode: Mode, seconds: float) -> tuple[Json, ...]:
    """Wait as far as the user wants, and return the members that there are then."""
    kubernetes = given.flag("wait_for_kubernetes", True)

    def judge(labels: list[str]) -> list[Readiness]:
        some = [address for address in members.addresses if label(address) in labels]
        outcomes = session.each(some, _look)
        return [verdict(address, outcome) for address, outcome in zip(some, outcomes, strict=True)]

    def verdict(address: str, outcome: Outcome[Etcd]) -> Readiness:
        if isinstance(outcome, NfviError):
            return not_yet(outcome)
        ready = etcd_ready(outcome.value.services)
        first = address == members.first
        return kubernetes_answers(address, session) if first and kubernetes and isinstance(ready, Ready) else ready

    if given.flag("wait", True):
        wait_for([label(address) for address in members.addresses], judge, mode, seconds)
    return session.on(members.first, _look).members


def kubernetes_answers(address: str, session: TalosSession) -> Readiness:
    """Ready when the API server answers the administrator, and its controllers have made their first namespaces."""

    async def kubeconfig(connection: Connection, _maintenance: bool) -> Json:
        return unpacked(await connection.kubeconfig_archive())

    try:
        administrator = cluster({"kubeconfig": session.on(address, kubeconfig)})
        KubeClient(administrator, patience=0.0).send(get(_NAMESPACE, "kube-system"))
    except NotFound:
        return NotYet("Kubernetes has no namespace kube-system yet")
    except NfviError as error:
        return not_yet(error, "Kubernetes: ")
    return Ready()


def not_yet(error: NfviError, about: str = "") -> Readiness:
    """While a control plane starts, what may help to ask again is not a failure; what cannot is one."""
    if not error.retryable:
        raise error
    return NotYet(f"{about}{error.reason}")
