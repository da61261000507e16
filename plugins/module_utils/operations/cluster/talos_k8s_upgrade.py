# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring Kubernetes to another version, a component on a machine at a time, each seen to run before the next.

The order, the images and where the configuration has them are those of ``talosctl upgrade-k8s`` (pkg/cluster/kubernetes
of siderolabs/talos). Machine configurations are read again right before they are changed, so that only images change.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...clients.kube.client import KubeClient
from ...clients.kube.config import cluster
from ...clients.talos.connection import Connection
from ...core.clock import Deadline
from ...core.error import NfviError, NotFound, Precondition
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.readiness import Never, NotYet, Readiness, Ready
from ...core.result import Result
from ...resources.machine_config import component_images as images
from ...resources.machine_config.component_images import COMPONENTS, KUBELET, PROXY, STATIC_PODS, Component
from ...resources.machine_config.documents import Configuration, parse
from . import kubernetes_state as kubernetes
from .kubeconfig_archive import unpacked
from .kubernetes_state import Kubernetes
from .talos_image_names import Image
from .talos_k8s_upgrade_plan import (
    Member,
    Stage,
    Task,
    Tasks,
    Wanted,
    arrived,
    plan,
    problems,
    refuse_versions,
    remarks,
    stages,
)
from .talos_machine import Machine, configuration, is_staged
from .talos_nodes import Pace, is_control_plane, label, named, observe, refuse_busy
from .talos_session import TalosSession, target, values
from .talos_wait import PAUSE, wait_for

_AGAIN = "nothing after it was touched; the next run goes on from here"
# Containerd's namespaces of static pods and of the kubelet, which is no pod.
_PODS, _SYSTEM = "NS_CRI", "NS_SYSTEM"


@dataclass(frozen=True)
class Upgrade:
    """One run: what is wanted, the machines by address, and how each is reached."""

    wanted: Wanted
    pace: Pace
    session: TalosSession
    kube: KubeClient
    members: Mapping[str, Member]
    state: Kubernetes
    order: Sequence[Stage]
    tasks: Tasks

    def image(self, component: Component, address: str) -> str:
        """What a component is to run from, changed by this run or before."""
        task = self.tasks.get((component.name, address))
        return task.image if task else self.members[address].current(component, self.state)

    def verdict(self, component: Component, address: str, state: Kubernetes) -> Readiness:
        """Whether a component of that machine runs what it is to."""
        return arrived(self.wanted, component, self.image(component, address), self.members[address], state)

    def of(self, address: str) -> dict[Component, Task]:
        """What is to be done on one machine."""
        by_name = {component.name: component for component in COMPONENTS}
        return {by_name[name]: task for (name, at), task in self.tasks.items() if at == address}

    @property
    def touched(self) -> list[str]:
        """The machines on which something is to be done."""
        return [address for address in self.members if self.of(address)]


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Upgrade what does not run the wanted version yet."""
    wanted, pace = Wanted.parse(given), Pace.parse(given)
    upgrade = _planned(given, wanted, pace, session, mode)
    if upgrade is None:
        return _told(wanted, Plan(), [], verified=False)
    values(session.each(upgrade.touched, functools.partial(_ask, upgrade)))
    state = upgrade.state
    if mode.apply:
        carry_out(upgrade, mode)
        state = kubernetes.look(upgrade.kube) if upgrade.tasks else state
    nodes = [_described(upgrade, member, state, mode) for member in upgrade.members.values()]
    result = _told(wanted, Plan.of(task.change for task in upgrade.tasks.values()), nodes, verified=True)
    return result.warning(*remarks(wanted, state))


def _planned(given: Given, wanted: Wanted, pace: Pace, session: TalosSession, mode: Mode) -> Upgrade | None:
    """What is to be done, once nothing speaks against it; None in check mode while machines are still to come."""
    asked = named(given) if given.has("nodes") else []
    if mode.pending and not session.there:
        return None
    kube = _reach(given, session, asked)
    state = _look(kube, mode, pace.reach_timeout)
    addresses = asked or [str(target(node.address)) for node in state.nodes]
    machines = observe(addresses, session, mode, pace.reach_timeout)
    if None in machines.values():
        return None
    members = {address: _member(address, found, state) for address, found in machines.items() if found}
    refuse_versions(wanted, members.values(), state)
    state = _well(wanted, members, kube, mode, pace.reach_timeout)
    order = stages(wanted, list(members.values()), pace.limit)
    tasks = plan(wanted, order, members, state)
    return Upgrade(wanted, pace, session, kube, members, state, order, tasks)


def _told(wanted: Wanted, todo: Plan, nodes: list[Json], *, verified: bool) -> Result:
    return Result(todo, verified=verified).named("version", str(wanted.version)).named("nodes", nodes)


def _reach(given: Given, session: TalosSession, asked: Sequence[str]) -> KubeClient:
    """Kubernetes by the kubeconfig that was given, else by one that a control-plane machine hands out."""
    if given.has("kubeconfig"):
        return KubeClient(cluster({"kubeconfig": given.text("kubeconfig")}), patience=0.0)
    context = session.context
    candidates = list(dict.fromkeys([*context.endpoints, *asked, *context.nodes]))
    first: NfviError | None = None
    for address in candidates:
        try:
            return KubeClient(cluster({"kubeconfig": unpacked(session.on(address, _kubeconfig))}), patience=0.0)
        except NfviError as error:
            first = first or error
    raise first or Precondition("no machine is named", hint="name nodes, or endpoints in the talosconfig")


async def _kubeconfig(connection: Connection, maintenance: bool) -> bytes:
    if maintenance:
        raise Precondition("is in maintenance mode", object=connection.name)
    return await connection.kubeconfig_archive()


def _look(kube: KubeClient, mode: Mode, patience: float) -> Kubernetes:
    deadline = Deadline.after(mode.clock, patience if mode.apply else 0.0)
    while True:
        try:
            return kubernetes.look(kube)
        except NfviError as error:
            if deadline.over or not error.retryable:
                raise
            mode.progress(str(error))
        mode.clock.sleep(min(PAUSE, deadline.left))


def _member(address: str, machine: Machine, state: Kubernetes) -> Member:
    """Refuses machines that are not part of the cluster, or that are on their way somewhere else."""
    if machine.maintenance or machine.configuration is None:
        raise Precondition("has no configuration yet", object=label(address))
    refuse_busy(address, machine)
    node = state.node_of(target(address).host, machine.hostname)
    if node is None:
        reason = f"{machine.hostname} is no node of this Kubernetes"
        raise Precondition(reason, object=label(address), hint="is the kubeconfig that of its cluster?")
    control_plane = is_control_plane(machine)
    return Member(address, machine.version, node, parse(machine.configuration), control_plane)


def _well(wanted: Wanted, members: Mapping[str, Member], kube: KubeClient, mode: Mode, patience: float) -> Kubernetes:
    """The state when everything works; a run that was stopped may have left something that is about to."""
    deadline = Deadline.after(mode.clock, patience if mode.apply else 0.0)
    while True:
        state = _look(kube, mode, deadline.left)
        found = list(problems(wanted, members.values(), state))
        if not found:
            return state
        if deadline.over:
            hint = "repair it first; nodes_ready: ignored does not ask for ready nodes"
            raise Precondition("; ".join(found), object="Kubernetes", hint=hint)
        mode.progress("; ".join(found))
        mode.clock.sleep(min(PAUSE, deadline.left))


async def _ask(upgrade: Upgrade, connection: Connection, _maintenance: bool) -> None:
    """Let the machine say whether it takes all of its changes without a reboot; nothing is changed by it.

    What waits for the next boot would come into force with our change, and is not ours to decide.
    """
    if await is_staged(connection):
        hint = "restart it, or apply the configuration that is in force"
        raise Precondition("has a configuration that waits for a restart", object=connection.name, hint=hint)
    todo = upgrade.of(str(connection.target))
    await _hand_over(connection, {component: task.image for component, task in todo.items()}, dry_run=True)


async def _hand_over(connection: Connection, wanted: Mapping[Component, str], *, dry_run: bool) -> None:
    current = parse(await configuration(connection) or "", object=connection.name)
    changed: Configuration = current
    for component, image in wanted.items():
        changed = images.with_image(changed, component, image)
    await connection.apply(changed.text().encode(), "NO_REBOOT", dry_run=dry_run)


def carry_out(upgrade: Upgrade, mode: Mode) -> None:
    """Images first, on all machines; then one stage after the other. The first failure ends it."""
    done: list[str] = []
    try:
        values(upgrade.session.each(upgrade.touched, functools.partial(_pull, upgrade)))
        for stage in upgrade.order:
            _change(upgrade, stage, done, mode)
    except NfviError as error:
        error.hint = error.hint or _AGAIN
        error.after(done)
        raise


async def _pull(upgrade: Upgrade, connection: Connection, _maintenance: bool) -> None:
    for component, task in upgrade.of(str(connection.target)).items():
        if component == PROXY:
            continue
        place = _SYSTEM if component == KUBELET else _PODS
        wanted = Image.parse(Given(task.image, ("images", component.name)))
        there = {each["name"]: each for each in await connection.images(place)}
        if wanted.among(there) is not None:
            continue
        try:
            await connection.image_pull(place, str(wanted), upgrade.pace.wait_timeout)
        except NotFound as error:
            path = ("images", component.name) if component.name in upgrade.wanted.images else ("to",)
            reason = f"cannot pull {wanted}: {error.reason}"
            raise NotFound(reason, object=connection.name, path=path, hint="no component was touched") from error


def _change(upgrade: Upgrade, stage: Stage, done: list[str], mode: Mode) -> None:
    """One component on some machines: changed where it must be, and seen to run on all of them."""
    component = stage.component
    due = [address for address in stage.batch if (component.name, address) in upgrade.tasks]

    async def patch(connection: Connection, _maintenance: bool) -> None:
        task = upgrade.tasks[component.name, str(connection.target)]
        try:
            await _hand_over(connection, {component: task.image}, dry_run=False)
        except NfviError as error:
            error.object = f"{component.program} on {connection.name}"
            raise
        done.append(str(task.change))
        mode.progress(str(task.change))

    values(upgrade.session.each(due, patch))
    _arrive(upgrade, stage, due, mode)


def _arrive(upgrade: Upgrade, stage: Stage, due: Sequence[str], mode: Mode) -> None:
    """Those that were changed, and those that a run before this one has changed and not seen running."""
    component = stage.component
    by_name = {
        f"{component.program} on {label(address)}": address
        for address in stage.batch
        if address in due or not isinstance(upgrade.verdict(component, address, upgrade.state), Ready)
    }

    def judge(names: list[str]) -> list[Readiness]:
        try:
            state = kubernetes.look(upgrade.kube)
        except NfviError as error:
            return [NotYet(error.reason) if error.retryable else Never(str(error)) for _name in names]
        return [upgrade.verdict(component, by_name[name], state) for name in names]

    wait_for(list(by_name), judge, mode, upgrade.pace.wait_timeout)


def _described(upgrade: Upgrade, member: Member, state: Kubernetes, mode: Mode) -> Json:
    """The machine for people, as it is or will be."""
    todo = upgrade.of(member.address)
    own = (*(STATIC_PODS if member.control_plane else ()), KUBELET)
    version = {component.name: member.runs(component, state) or None for component in own}
    if not mode.apply:
        coming = {each.name: images.tag(task.image) or task.image for each, task in todo.items() if each in own}
        version |= coming
    return {
        "address": member.address,
        "hostname": member.node.name,
        "control_plane": member.control_plane,
        **{each.name: version.get(each.name) for each in (*STATIC_PODS, KUBELET)},
    }
