# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which component of Kubernetes is brought to another version on which machine, and in which order: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...core.change import Change, Impact
from ...core.error import InvalidInput, Precondition
from ...core.given import Given
from ...core.readiness import NotYet, Readiness, Ready
from ...resources.machine_config import component_images as images
from ...resources.machine_config.component_images import KUBELET, PROXY, STATIC_PODS, Component
from ...resources.machine_config.documents import Configuration
from .kubernetes_skew import Running, refuse_skew, refuse_talos, versions
from .kubernetes_state import Kubernetes, Node
from .talos_image_names import Image
from .talos_nodes import Batch, chunks, label
from .talos_upgrade_rules import Version


@dataclass(frozen=True)
class Wanted:
    """The version, the images that are named for it, and whether kubelets get it too."""

    version: Version
    images: Mapping[str, str]
    kubelet: bool
    ready: bool

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From ``to``, ``images``, ``kubelet`` and ``nodes_ready``; an image must not name another version."""
        version = Version.parse(given.text("to"), path=("to",))
        named = given.at("images")
        chosen = {each.name: named.text(each.name) for each in images.COMPONENTS if named.has(each.name)}
        for name in chosen:
            _refuse_image(named.at(name), version)
        ready = given.choice("nodes_ready", ("required", "ignored"), "required") == "required"
        return cls(version, chosen, given.flag("kubelet", True), ready)

    def image(self, component: Component, current: str) -> str:
        """The image to run: the one that is named, else the current one with the version as its tag."""
        if component.name in self.images:
            return self.images[component.name]
        if not current:
            return component.upstream(str(self.version))
        if not images.tag(current):
            hint = f"name the image of {self.version}"
            raise InvalidInput(
                f"{current} has no tag that could be another", path=("images", component.name), hint=hint
            )
        return images.retagged(current, str(self.version))


def _refuse_image(given: Given, version: Version) -> None:
    """A tag that is no version says nothing."""
    Image.parse(given)
    for found in versions("", "", [images.tag(str(given.value))]):
        if found.version != version:
            given.refuse(f"is an image of {found.version}, not of {version}")


@dataclass(frozen=True)
class Member:
    """A machine, the node that it is in Kubernetes, and what it is configured to run."""

    address: str
    talos: str
    node: Node
    configuration: Configuration
    control_plane: bool

    @property
    def label(self) -> str:
        return label(self.address)

    def configured(self, component: Component) -> str:
        """The image in its configuration."""
        return images.image_of(self.configuration, component)

    def runs(self, component: Component, state: Kubernetes) -> str:
        """The version, or the tag, of what runs on its node; empty when nothing does."""
        if component == KUBELET:
            return (state.node_of(self.address, self.node.name) or self.node).kubelet
        pod = state.pods.get((component.program, self.node.name))
        return images.tag(pod.image) or pod.image if pod else ""

    def current(self, component: Component, state: Kubernetes) -> str:
        """The image that it has: where the configuration names none, the one that Talos chose."""
        configured = self.configured(component)
        pod = state.pods.get((component.program, self.node.name))
        if configured or component == PROXY:
            return configured
        if component == KUBELET:
            return component.upstream(self.runs(component, state))
        return pod.image if pod else ""


@dataclass(frozen=True)
class Stage:
    """A component on the machines that get it together."""

    component: Component
    batch: Batch


@dataclass(frozen=True)
class Task:
    """One change on one machine: the image that it gets."""

    image: str
    change: Change


Tasks = Mapping[tuple[str, str], Task]  # by component and address


def stages(wanted: Wanted, members: Sequence[Member], limit: int) -> list[Stage]:
    """API servers one by one, then what speaks to them, then kubelets: nothing is newer than an API server."""
    control_plane = [each.address for each in members if each.control_plane]
    out = [Stage(component, (address,)) for component in STATIC_PODS for address in control_plane]
    out += [Stage(PROXY, tuple(control_plane))] if control_plane else []
    if wanted.kubelet:
        workers = [each.address for each in members if not each.control_plane]
        out += [Stage(KUBELET, batch) for batch in (*chunks(control_plane, 1), *chunks(workers, limit))]
    return out


def plan(
    wanted: Wanted, order: Sequence[Stage], members: Mapping[str, Member], state: Kubernetes
) -> dict[tuple[str, str], Task]:
    """What differs from the wanted images, in the order in which it is changed."""
    tasks = {}
    for stage in order:
        for address in stage.batch:
            task = _task(wanted, stage.component, members[address], state)
            if task is not None:
                tasks[stage.component.name, address] = task
    return tasks


def _task(wanted: Wanted, component: Component, member: Member, state: Kubernetes) -> Task | None:
    current = member.current(component, state)
    if component == PROXY and not current and images.is_off(member.configuration, PROXY):
        return None
    image = wanted.image(component, current)
    if image == current:
        return None
    before, after = images.tag(current) or None, images.tag(image) or str(wanted.version)
    path = ("image",) if before == after else ("version",)
    told = (current, image) if before == after else (before, after)
    impact = Impact.NONE if component == PROXY else Impact.SERVICE_RESTART
    return Task(image, Change("upgrade", f"{component.program} on {member.label}", path, *told, impact))


def refuse_versions(wanted: Wanted, members: Iterable[Member], state: Kubernetes) -> None:
    """Refuse what components, and the machines' Talos, do not allow."""
    found = list(members)
    refuse_talos(wanted.version, [(each.label, each.talos) for each in found])
    refuse_skew(wanted.version, [running for each in found for running in _running(wanted, each, state)])
    named = {each.node.name for each in found}
    for node in state.nodes:
        if node.name not in named:
            refuse_skew(wanted.version, versions(KUBELET.program, f"node {node.name}", [node.kubelet]))
            _refuse_left_out(wanted, node, state)


def _running(wanted: Wanted, member: Member, state: Kubernetes) -> Iterator[Running]:
    """What runs on a machine, and what it is configured to."""
    for component in (*(STATIC_PODS if member.control_plane else ()), KUBELET):
        texts = [member.runs(component, state), images.tag(member.configured(component))]
        yield from versions(component.program, member.label, dict.fromkeys(texts))


def _refuse_left_out(wanted: Wanted, node: Node, state: Kubernetes) -> None:
    """A kubelet must not be newer than any API server that it may reach."""
    for component in STATIC_PODS if node.control_plane else ():
        pod = state.pods.get((component.program, node.name))
        running = images.tag(pod.image) if pod else "nothing"
        if running != str(wanted.version):
            reason = f"is of the control plane, runs {component.program} {running}, and is not named"
            raise Precondition(
                reason, object=f"node {node.name}", hint=f"add {node.address} to nodes, or leave them out"
            )


def problems(wanted: Wanted, members: Iterable[Member], state: Kubernetes) -> Iterator[str]:
    """What does not work before anything is touched: an upgrade makes it no better."""
    for member in members:
        node = state.node_of(member.address, member.node.name)
        if wanted.ready and (node is None or node.unready):
            yield f"{member.label} is not ready: {node.unready if node else 'it is gone'}"
        for component in STATIC_PODS if member.control_plane else ():
            pod = state.pods.get((component.program, member.node.name))
            if pod is None or pod.unready:
                yield f"{component.program} on {member.label} is not ready: {pod.unready if pod else 'it has no pod'}"


def arrived(wanted: Wanted, component: Component, image: str, member: Member, state: Kubernetes) -> Readiness:
    """Ready when the component of that node really runs what it was given, and is ready."""
    if component == PROXY:
        return Ready()
    if component == KUBELET:
        return _kubelet_arrived(wanted, member, state)
    pod = state.pods.get((component.program, member.node.name))
    if pod is None:
        return NotYet("there is no pod of it")
    if pod.image != image:
        return NotYet(f"still runs {pod.image}")
    return NotYet(f"{images.tag(image) or image} is not ready: {pod.unready}") if pod.unready else Ready()


def _kubelet_arrived(wanted: Wanted, member: Member, state: Kubernetes) -> Readiness:
    node = state.node_of(member.address, member.node.name)
    if node is None:
        return NotYet("its node is gone")
    if node.kubelet.partition("+")[0] != str(wanted.version):
        return NotYet(f"still runs {node.kubelet}")
    was_ready = not member.node.unready
    return NotYet(f"its node is not ready: {node.unready}") if node.unready and (wanted.ready or was_ready) else Ready()


def remarks(wanted: Wanted, state: Kubernetes) -> Iterator[str]:
    """What this upgrade does not do."""
    old = sorted(image for image in state.proxies if images.tag(image) != str(wanted.version))
    if old:
        yield (
            f"kube-proxy's pods run {', '.join(old)}: Talos writes such manifests once and does not update them; "
            "the configuration names the new image"
        )
