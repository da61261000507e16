# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine's kubelet: it joins with the token, registers its node, and reports it ready once the CNI is there.

The node and its lease are written with the kubelet's own certificate; its pods are run by a kwok process.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import joining, node, recipes
from .client import APPLY_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Client, Refused
from .pki import CertificateRequest, issue, issued_by
from .process import Process, write_private
from .settings import KeyPair, Settings
from .site import LOCAL, Site
from .static_pods import Mirror, StaticPod

log = logging.getLogger("lab.kubernetes")

STAGES = Path(__file__).resolve().parent / "stages"
LEASE_PERIOD = 10.0
#: How often the static pods are looked at, and after how many looks each is shown though it did not change.
LOOK, AGAIN = 0.2, 50
RETRY = 0.5


@dataclass(frozen=True)
class Identity:
    """The kubelet's certificate, kept on disk over restarts."""

    folder: Path

    def load(self, settings: Settings) -> KeyPair | None:
        """The stored certificate, if a CA that counts has issued it: Talos throws away any other when the kubelet
        starts (controllers/k8s/kubelet_service.go).
        """
        try:
            pair = KeyPair((self.folder / "kubelet.crt").read_bytes(), (self.folder / "kubelet.key").read_bytes())
        except FileNotFoundError:
            return None
        return pair if any(issued_by(pair.crt, ca) for ca in settings.authorities) else None

    def store(self, pair: KeyPair) -> None:
        """Keep a certificate."""
        write_private(self.folder / "kubelet.key", pair.key)
        write_private(self.folder / "kubelet.crt", pair.crt)


@dataclass(frozen=True)
class KubeletSurroundings:
    """What a kubelet needs of the lab; ``authority`` finds the cluster's CA with its key on some control plane, and
    ``static_pods`` are those of its own machine."""

    talos_version: str
    kwok: Path
    logs: Path
    authority: Callable[[], KeyPair | None]
    static_pods: Callable[[], Sequence[StaticPod]]


class Kubelet:
    """Started with a machine's settings, stopped when the machine goes down or its settings change."""

    def __init__(self, site: Site, settings: Settings, around: KubeletSurroundings) -> None:
        self.settings = settings
        self.registered = False
        self._problem = ""
        self._stopping = False
        self._site = site
        self._around = around
        self._pods: Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of its kwok."""
        return self._pods.pid if self._pods else None

    @property
    def node_ready(self) -> bool | None:
        """The Ready condition that it reports; None while its node is not registered."""
        return self._network_mark.exists() if self.registered else None

    def start(self) -> None:
        """Begin to work; returns at once."""
        self._task = asyncio.create_task(self._run(), name=f"kubelet {self.settings.hostname}")

    async def stop(self) -> None:
        """Stop; the node stays registered, as it does when a real kubelet goes."""
        self._stopping = True
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._pods:
            await self._pods.stop()

    async def _run(self) -> None:
        """Until it is stopped: a task group that fails while it is cancelled tells of the failure alone."""
        while not self._stopping:
            try:
                await self._serve()
            except* (TimeoutError, OSError, Refused, joining.TokenRefused) as problems:
                self._report(str(problems.exceptions[0]))
            await asyncio.sleep(RETRY)

    def _report(self, problem: str) -> None:
        """Log why it is not further, once for each reason."""
        if problem != self._problem:
            log.warning("kubelet %s: %s", self.settings.hostname, problem)
        self._problem = problem

    async def _serve(self) -> None:
        identity = await self._identity()
        async with Client(self._site.kube_prism, self.settings.trusted, identity, name=LOCAL) as client:
            uid = await self._register(client)
            await self._own_metadata(client)
            self._start_pods()
            self.registered, self._problem = True, ""
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._renew(client, uid))
                tasks.create_task(self._show_static_pods(Mirror(client, self._site.spec, self.settings, uid)))
                tasks.create_task(self._await_network(client))

    async def _identity(self) -> KeyPair:
        stored = Identity(self._site.folder)
        pair = stored.load(self.settings)
        if pair is None:
            pair = await joining.join(self._site.kube_prism, self.settings)
            stored.store(pair)
        return pair

    async def _register(self, client: Client) -> str:
        """Create the node (or find it there) and report its status; the node's uid."""
        try:
            made = await client.send("POST", "/api/v1/nodes", node.registration(self._site.spec, self.settings))
        except Refused as refused:
            if refused.code != 409:
                raise
            made = await client.send("GET", self._path)
        status = node.status(self._site.spec, self.settings, self._around.talos_version, self._network_mark.exists())
        await client.send("PATCH", f"{self._path}/status", {"status": status}, STRATEGIC_PATCH)
        return str(made["metadata"]["uid"])

    async def _own_metadata(self, client: Client) -> None:
        """Set Talos' labels: on control planes as its admin, on workers as the kubelet (NodeRestriction applies)."""
        if not self.settings.ca.key:
            await self._patch_metadata(client)
            return
        talos = issue(CertificateRequest(self.settings.ca, "talos:admin", ("system:masters",), client=True))
        async with Client(self._site.kube_prism, self.settings.trusted, talos, name=LOCAL) as admin:
            await self._patch_metadata(admin)

    async def _patch_metadata(self, client: Client) -> None:
        observed = await client.send("GET", self._path)
        patch = node.owned_metadata(self.settings, observed)
        try:
            await client.send("PATCH", f"{self._path}?fieldManager=talos", patch, MERGE_PATCH)
        except Refused as refused:
            if refused.code != 403:
                raise
            log.warning("node %s keeps its labels: %s", self.settings.hostname, refused)

    def _start_pods(self) -> None:
        authority = self._around.authority()
        if self._pods is None and authority:
            stages = b"---\n".join(stage.read_bytes() for stage in sorted(STAGES.iterdir()))
            recipe = recipes.kwok(self.settings, self._site, stages, authority)
            self._pods = Process(recipe, self._around.kwok, self._around.logs)
            self._pods.start()

    async def _renew(self, client: Client, uid: str) -> None:
        path = f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{self.settings.hostname}"
        while True:
            await client.send(
                "PATCH", f"{path}?fieldManager=kubelet&force=true", node.lease(self.settings, uid), APPLY_PATCH
            )
            await asyncio.sleep(LEASE_PERIOD)

    async def _show_static_pods(self, mirror: Mirror) -> None:
        """Whatever changes, and all of them now and then: somebody may have deleted one."""
        shown: list[StaticPod] = []
        while True:
            for _look in range(AGAIN):
                now = list(self._around.static_pods())
                for pod in now:
                    if pod not in shown:
                        await mirror.show(pod)
                shown = now
                await asyncio.sleep(LOOK)
            shown = []

    async def _await_network(self, client: Client) -> None:
        """Watch for the CNI's pod until it is ready; its configuration stays on the disk, and the node ready."""
        while not self._network_mark.exists():
            selector = {"fieldSelector": f"spec.nodeName={self.settings.hostname}"}
            async with client.watch("/api/v1/pods", selector) as events:
                async for event in events:
                    if event["type"] in ("ADDED", "MODIFIED") and node.is_running_cni(event["object"]):
                        os.close(os.open(self._network_mark, os.O_CREAT | os.O_WRONLY, 0o600))
                        break
        conditions = {"status": {"conditions": [node.ready(True)]}}
        await client.send("PATCH", f"{self._path}/status", conditions, STRATEGIC_PATCH)

    @property
    def _path(self) -> str:
        return f"/api/v1/nodes/{self.settings.hostname}"

    @property
    def _network_mark(self) -> Path:
        """Stands for the CNI's configuration file on the machine's disk."""
        return self._site.folder / "cni-configured"
