# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All the Kubernetes of a lab: which machine runs what, and the ports through which the world reaches it."""

from __future__ import annotations

import asyncio
import logging
import shutil
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .. import programs
from ..config import LabConfig, ServerSpec, private_directory
from ..faults import Faults
from . import kubeconfig, settings
from .client import Client, server_context
from .control_plane import ControlPlane, Surroundings
from .etcd import EtcdMember
from .etcd_recovery import Recovery
from .front import Address, Front
from .kubelet import Kubelet, KubeletSurroundings
from .process import write_private
from .services import Service, etcd_service, kubelet_service
from .settings import Json, KeyPair, Settings
from .site import API_PORT, KUBE_PRISM_PORT, Site

log = logging.getLogger("lab.kubernetes")

TICK = 0.2


@dataclass
class _Node:
    """What runs on one machine."""

    site: Site
    settings: Settings
    front: Front
    prism: Front
    control_plane: ControlPlane | None = None
    kubelet: Kubelet | None = None
    talos_version: str = ""
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


class Kubernetes:
    """One per lab; ``start`` it before anything else, ``close`` it at the end."""

    def __init__(self, lab: LabConfig, faults: Faults) -> None:
        self.operators_kubeconfig = lab.state / "operators.kubeconfig"
        self.admin_kubeconfig = lab.state / "kubeconfig"
        self._lab = lab
        self._faults = faults
        self._nodes: dict[str, _Node] = {}
        self._ticker: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._vip = Front((lab.vip or "", API_PORT), self._any_backend, faults, "api:vip", self._any_serving)
        self._balancer = Front((f"127.{lab.block}.0.2", KUBE_PRISM_PORT), self._any_backend)
        faults.on_change(self._faults_changed)

    async def start(self) -> None:
        """Begin to look after the ports; machines come with ``configure``."""
        self._ticker = asyncio.create_task(self._tick(), name="kubernetes ports")

    async def close(self) -> None:
        """Stop everything; all state stays on disk."""
        if self._ticker:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
        await asyncio.gather(*(self.halt(node.site.spec) for node in list(self._nodes.values())))
        await asyncio.gather(self._vip.close(), self._balancer.close())

    async def configure(
        self,
        spec: ServerSpec,
        documents: list[Json],
        talos_version: str = "",
        stopping: Callable[[], None] = lambda: None,
    ) -> None:
        """The machine booted with, or was given, these configuration documents: run what they ask for.

        ``talos_version`` is what its node will tell, by default the lab's; ``stopping`` is called when the kubelet ends
        and before the next begins.

        Returns when the programs' restart has been ordered; they come up on their own. A partial configuration
        (no v1alpha1 document) runs nothing.
        """
        wanted = settings.parse(documents, spec.name)
        if wanted is None:
            return
        node = self._nodes.get(spec.name) or self._new_node(spec, wanted)
        async with node.busy:
            changed = node.settings.of_node != wanted.of_node
            node.settings, node.talos_version = wanted, talos_version or self._lab.talos_version
            await self._configure_control_plane(node)
            if node.kubelet is None or changed:
                await self._restart_kubelet(node, stopping)

    async def bootstrap(self, spec: ServerSpec, recovery: Recovery | None = None) -> None:
        """Begin a new cluster on this machine, or one from the backup that was sent to it; returns at once.

        Raises EtcdDataExists when the machine has etcd data, LookupError when it is no configured control plane.
        """
        self._control_plane(spec).bootstrap(recovery)

    def etcd_snapshot(self, spec: ServerSpec) -> Path:
        """Where a backup of etcd is put for its recovery; raises LookupError on anything but a control plane."""
        return self._control_plane(spec).site.etcd_snapshot

    async def halt(self, spec: ServerSpec) -> None:
        """The machine goes down: stop all that runs on it. Its data stay."""
        node = self._nodes.pop(spec.name, None)
        if node is None:
            return
        async with node.busy:
            await asyncio.gather(node.front.close(), node.prism.close())
            stopping = [part.stop() for part in (node.kubelet, node.control_plane) if part]
            await asyncio.gather(*stopping)

    async def leave_etcd(self, spec: ServerSpec) -> None:
        """The machine's etcd leaves its cluster, if it has one, and forgets its data."""
        node = self._nodes.get(spec.name)
        if node and node.control_plane:
            await node.control_plane.leave()

    async def wipe(self, spec: ServerSpec) -> None:
        """The machine was reset: its data and the node's identity are gone. An etcd that did not leave still counts."""
        await self.halt(spec)
        shutil.rmtree(self._site(spec).folder)

    async def stop_kubelet(self, spec: ServerSpec) -> None:
        """Stop the machine's kubelet alone; its node stays. Nothing happens where there is none."""
        node = self._nodes.get(spec.name)
        if node and node.kubelet:
            async with node.busy:
                await node.kubelet.stop()
                node.kubelet = None

    async def start_kubelet(self, spec: ServerSpec) -> None:
        """Start it again, as another process."""
        node = self._nodes.get(spec.name)
        if node:
            async with node.busy:
                await self._restart_kubelet(node)

    def services(self, spec: ServerSpec) -> dict[str, Service]:
        """The services this part of the lab runs on the machine: kubelet, and on control planes etcd."""
        node = self._nodes.get(spec.name)
        if node is None:
            return {}
        etcd = {"etcd": etcd_service(node.control_plane)} if node.control_plane else {}
        return {**etcd, "kubelet": kubelet_service(node.kubelet, node.settings.kubelet.register)}

    def node_ready(self, spec: ServerSpec) -> bool | None:
        """Whether the machine's node is ready, or need not be there; None while it is not registered."""
        node = self._nodes.get(spec.name)
        if node is None or (node.kubelet is None and node.settings.kubelet.register):
            return None
        return node.kubelet.node_ready if node.kubelet else True

    def etcd_members(self, spec: ServerSpec) -> list[EtcdMember]:
        """The members as the machine's own etcd reported them within the last second; empty when it does not run."""
        node = self._nodes.get(spec.name)
        return list(node.control_plane.members) if node and node.control_plane else []

    def etcd_client(self, spec: ServerSpec) -> Client:
        """A client of the machine's own etcd; raises LookupError on anything but a configured control plane."""
        return self._control_plane(spec).etcd_client()

    def kubeconfig(self, spec: ServerSpec) -> str:
        """A new admin kubeconfig (YAML), signed by the configuration's CA.

        Raises LookupError on anything but a configured control plane.
        """
        control_plane = self._control_plane(spec)
        return self._admin_kubeconfig(control_plane, control_plane.settings.endpoint)

    def pids(self, spec: ServerSpec) -> dict[str, int]:
        """The process ids of what runs on the machine, by program."""
        node = self._nodes.get(spec.name)
        if node is None:
            return {}
        found = (
            {name: process.pid for name, process in node.control_plane.processes.items()} if node.control_plane else {}
        )
        found["kwok"] = node.kubelet.pid if node.kubelet else None
        return {name: pid for name, pid in found.items() if pid}

    def listening(self, spec: ServerSpec) -> bool:
        """Whether the machine's API server accepts connections."""
        node = self._nodes.get(spec.name)
        return bool(node and node.control_plane and node.control_plane.listening)

    def _site(self, spec: ServerSpec) -> Site:
        return Site(spec, private_directory(self._lab.server_state(spec) / "kubernetes"))

    def _new_node(self, spec: ServerSpec, wanted: Settings) -> _Node:
        site = self._site(spec)
        front = Front(
            (spec.address, API_PORT),
            lambda: self._backend(spec),
            self._faults,
            f"api:{spec.name}",
            lambda: _serving(site),
        )
        prism = Front((spec.address, KUBE_PRISM_PORT), lambda: self._backend_near(spec))
        node = _Node(site, wanted, front, prism)
        self._nodes[spec.name] = node
        return node

    async def _configure_control_plane(self, node: _Node) -> None:
        if not node.settings.control_plane:
            return
        if node.control_plane:
            await node.control_plane.apply(node.settings)
            return
        spec = node.site.spec
        logs = private_directory(self._lab.server_state(spec) / "logs")
        around = Surroundings(
            {name: programs.path(name) for name in programs.OF_A_LAB},
            logs,
            lambda: self._peers(node),
            lambda: self._faults.get("kill-apiserver", spec.name) is not None,
            lambda: self._faults.get("no-join", spec.name) is not None,
            self._changed.set,
        )
        node.control_plane = ControlPlane(node.site, node.settings, around)
        node.control_plane.start()

    async def _restart_kubelet(self, node: _Node, stopping: Callable[[], None] = lambda: None) -> None:
        if node.kubelet:
            kubelet, node.kubelet = node.kubelet, None
            stopping()
            await kubelet.stop()
        if node.settings.kubelet.register:
            logs = private_directory(self._lab.server_state(node.site.spec) / "logs")
            around = KubeletSurroundings(
                node.talos_version,
                programs.path("kwok"),
                logs,
                lambda: self._authority(node.settings),
                lambda: node.control_plane.static_pods if node.control_plane else [],
            )
            node.kubelet = Kubelet(node.site, node.settings, around)
            node.kubelet.start()

    def _control_plane(self, spec: ServerSpec) -> ControlPlane:
        node = self._nodes.get(spec.name)
        if node is None or node.control_plane is None:
            raise LookupError(f"{spec.name} is not a configured control-plane machine")
        return node.control_plane

    def _authority(self, wanted: Settings) -> KeyPair | None:
        """Of several, while one is replaced, that by which the machine itself goes."""
        found = [node.settings.ca for node in self._nodes.values() if node.settings.ca.key]
        return next((ca for crt in wanted.authorities for ca in found if ca.crt == crt), None)

    def _peers(self, node: _Node) -> list[ControlPlane]:
        """Control planes of other machines that were configured for the same cluster."""
        others = [other.control_plane for other in self._nodes.values() if other is not node]
        return [other for other in others if other and other.settings.etcd_ca.crt == node.settings.etcd_ca.crt]

    def _backend(self, spec: ServerSpec) -> Address | None:
        node = self._nodes.get(spec.name)
        if node and node.control_plane and node.control_plane.listening:
            return (node.site.backend, API_PORT)
        return None

    def _backend_near(self, spec: ServerSpec) -> Address | None:
        """KubePrism: the machine's own API server, else any other of its cluster."""
        own, node = self._backend(spec), self._nodes.get(spec.name)
        if own or node is None:
            return own
        own_cas = set(node.settings.authorities)
        cluster = [other for other in self._nodes.values() if own_cas & set(other.settings.authorities)]
        return next(filter(None, (self._backend(other.site.spec) for other in cluster)), None)

    def _any_backend(self) -> Address | None:
        return next(filter(None, (self._backend(node.site.spec) for node in self._nodes.values())), None)

    def _any_serving(self) -> ssl.SSLContext:
        return next(_serving(node.site) for node in self._nodes.values() if self._backend(node.site.spec))

    def _admin_kubeconfig(self, control_plane: ControlPlane, server: str) -> str:
        current = control_plane.settings
        identity = control_plane.admin_identity("admin")
        return kubeconfig.render(
            server=server, ca=current.trusted, identity=identity, user="admin", cluster=current.cluster_name
        )

    async def _tick(self) -> None:
        """Open and close ports as things change; a fault that runs out changes things without telling."""
        while True:
            fronts = [front for node in self._nodes.values() for front in (node.front, node.prism)]
            for front in (*fronts, self._balancer, *([self._vip] if self._lab.vip else [])):
                await self._reconcile(front)
            self._write_kubeconfigs()
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), TICK)
            except TimeoutError:
                continue

    async def _reconcile(self, front: Front) -> None:
        try:
            await front.reconcile()
        except OSError as problem:
            log.error("cannot listen: %s", problem)

    def _write_kubeconfigs(self) -> None:
        """Once there is an API server: kubeconfigs for the operators (past all faults) and for looking around."""
        for node in self._nodes.values():
            if node.control_plane and node.control_plane.listening:
                inner = f"https://{node.site.balancer}:{KUBE_PRISM_PORT}"
                self._publish(self.operators_kubeconfig, node.control_plane, inner)
                self._publish(self.admin_kubeconfig, node.control_plane, node.settings.endpoint)
                return

    def _publish(self, file: Path, control_plane: ControlPlane, server: str) -> None:
        """Write a kubeconfig unless the one that is there is of this server and its CAs already."""
        known = file.read_text() if file.exists() else ""
        if server not in known or b64encode(control_plane.settings.trusted).decode() not in known:
            write_private(file, self._admin_kubeconfig(control_plane, server).encode())

    def _faults_changed(self) -> None:
        for node in self._nodes.values():
            killed = self._faults.take("kill-apiserver", node.site.spec.name)
            if killed and node.control_plane and "kube-apiserver" in node.control_plane.processes:
                node.control_plane.processes["kube-apiserver"].kill()
            node.front.disturb()
        self._vip.disturb()
        self._changed.set()


def _serving(site: Site) -> ssl.SSLContext:
    return server_context(site.folder / "kube-apiserver", "apiserver")
