# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine's control plane: its etcd member, and the API server, controller manager and scheduler on top of it."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from . import etcd, etcd_recovery, joining, recipes
from .arguments import ArgumentRefused
from .client import Client, Refused
from .etcd import EtcdMember
from .etcd_recovery import Recovery, RecoveryFailed
from .pki import CertificateRequest, issue
from .process import Process
from .settings import KeyPair, Settings
from .site import API_PORT, Recipe, Site
from .static_pods import DEFAULT_IMAGE, PROGRAMS, StaticPod

log = logging.getLogger("lab.kubernetes")

POLL = 0.1
HEALTH_PERIOD = 1.0
LEAVE_TIMEOUT = 60.0


class EtcdDataExists(Exception):
    """The machine has etcd data already: it was bootstrapped before, or has joined."""


@dataclass(frozen=True)
class Surroundings:
    """What a control plane needs of the lab: executables by name, the log directory, other members, and faults
    (whether the API server must stay down, whether etcd may not join others).
    """

    programs: Mapping[str, Path]
    logs: Path
    peers: Callable[[], list[ControlPlane]]
    api_server_held: Callable[[], bool]
    joining_held: Callable[[], bool]
    on_change: Callable[[], None]


class ControlPlane:
    """Runs from ``start`` to ``stop``; ``apply`` takes changed settings and restarts what they concern."""

    def __init__(self, site: Site, settings: Settings, around: Surroundings) -> None:
        self.site = site
        self.settings = settings
        self.members: list[EtcdMember] = []
        self.etcd_healthy: bool | None = None
        self.listening = False
        self.failure = ""
        self.processes: dict[str, Process] = {}
        self._around = around
        self._bootstrapped = asyncio.Event()
        self._recovery: Recovery | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def has_data(self) -> bool:
        """Whether this machine's etcd has a data directory with something in it."""
        return self.site.etcd_data.is_dir() and any(self.site.etcd_data.iterdir())

    @property
    def static_pods(self) -> list[StaticPod]:
        """The programs above etcd that were started, as their kubelet sees them."""
        return [self._static_pod(self.processes[name]) for name in PROGRAMS if name in self.processes]

    def start(self) -> None:
        """Begin; waits by itself for data, for a bootstrap, or for a cluster to join."""
        self._tasks = [asyncio.create_task(self._run(), name=f"control plane {self.settings.hostname}")]

    def bootstrap(self, recovery: Recovery | None = None) -> None:
        """Begin a new cluster on this machine, with the data of the backup that was sent to it if it is a recovery.

        Raises EtcdDataExists when it has data. A recovery that fails is told by ``failure``; another one may follow.
        """
        if self.has_data or self._bootstrapped.is_set():
            raise EtcdDataExists(self.settings.hostname)
        self.failure, self._recovery = "", recovery
        self._bootstrapped.set()

    async def stop(self) -> None:
        """Stop everything: first what writes, then etcd."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._set_listening(False)
        upper = [process for name, process in self.processes.items() if name != "etcd"]
        await asyncio.gather(*(process.stop() for process in upper))
        if "etcd" in self.processes:
            await self.processes["etcd"].stop()
        self.processes = {}

    async def apply(self, settings: Settings) -> None:
        """Take changed settings: programs whose recipe differs are started again, the others are left alone."""
        before, self.settings = self.settings, settings
        if before == settings or "kube-apiserver" not in self.processes:
            return
        for recipe in self._upper_recipes():
            running = self.processes.get(recipe.program)
            if running and running.recipe != recipe:
                await running.stop()
                self._launch(recipe)

    async def leave(self) -> None:
        """Leave the etcd cluster if it has other members, and forget the data."""
        own = [member for member in self.members if self.site.peer_url in member.peer_urls]
        if own and len(self.members) > 1 and self.etcd_healthy:
            async with self.etcd_client() as client, asyncio.timeout(LEAVE_TIMEOUT):
                while not await _removed(client, own[0]):
                    await asyncio.sleep(POLL)
        await self.stop()
        if self.site.etcd_data.exists():
            shutil.rmtree(self.site.etcd_data)

    def etcd_client(self) -> Client:
        """A client of this machine's etcd."""
        identity = issue(CertificateRequest(self.settings.etcd_ca, "talos", ("etcd",), client=True))
        return Client(self.site.etcd_url, self.settings.etcd_ca.crt, identity)

    def admin_identity(self, name: str) -> KeyPair:
        """A certificate with all rights (``system:masters``), as Talos issues for the admin kubeconfig."""
        return issue(CertificateRequest(self.settings.ca, name, ("system:masters",), client=True))

    async def _run(self) -> None:
        self._launch(await self._etcd_recipe())
        self._tasks.append(asyncio.create_task(self._watch_etcd()))
        while not self.etcd_healthy:
            await asyncio.sleep(POLL)
        server, *clients = self._upper_recipes()
        self._launch(server)
        self._tasks.append(asyncio.create_task(self._watch_listening()))
        await self._write_manifests()
        for recipe in clients:  # they give up at once when the API server is not ready: wait instead of a crash loop
            self._launch(recipe)

    def _upper_recipes(self) -> list[Recipe]:
        """The recipes above etcd; an argument Talos refuses leaves its program as it was."""
        out = []
        for make in (recipes.api_server, recipes.controller_manager, recipes.scheduler):
            try:
                recipe = make(self.settings, self.site)
                out.append(replace(recipe, image=self._image(recipe.program)))
            except ArgumentRefused as refused:
                log.error("%s: %s: %s", self.settings.hostname, make.__name__, refused)
        return out

    def _static_pod(self, process: Process) -> StaticPod:
        recipe, running = process.recipe, process.up.is_set()
        ready = running and (self.listening or recipe.program != "kube-apiserver")
        return StaticPod(recipe.program, recipe.image, running, ready)

    def _image(self, program: str) -> str:
        components = (self.settings.api_server, self.settings.controller_manager, self.settings.scheduler)
        named = dict(zip(PROGRAMS, components, strict=True))[program].image
        return named or DEFAULT_IMAGE.format(program=program)

    def _launch(self, recipe: Recipe) -> None:
        name = recipe.program
        held = self._around.api_server_held if name == "kube-apiserver" else lambda: False
        process = Process(recipe, self._around.programs[name], self._around.logs, held)
        self.processes[name] = process
        process.start()

    async def _etcd_recipe(self) -> Recipe:
        """Wait until there is a reason to run etcd, and say how."""
        alone = f"{self.settings.hostname}={self.site.peer_url}"
        while not self._bootstrapped.is_set():
            if self.failure:  # as in Talos, a service that failed does nothing more by itself
                await self._bootstrapped.wait()
                break
            if self.has_data:
                return recipes.etcd(self.settings, self.site, alone, existing=True)
            for peer in self._around.peers():
                if joined := await self._join(peer):
                    return recipes.etcd(self.settings, self.site, joined, existing=True)
            await asyncio.sleep(POLL)
        if self._recovery and not await self._recovered(self._recovery):
            return await self._etcd_recipe()
        return recipes.etcd(self.settings, self.site, alone, existing=self._recovery is not None)

    async def _recovered(self, recovery: Recovery) -> bool:
        """Whether the backup has become this member's data."""
        try:
            await etcd_recovery.recover(self._around.programs["etcdutl"], self.settings, self.site, recovery)
        except RecoveryFailed as failed:
            self.failure = str(failed)
            self._bootstrapped.clear()
            return False
        return True

    async def _join(self, peer: ControlPlane) -> str | None:
        """Become a learner of a peer's cluster; the initial cluster, or None when it cannot be had now."""
        if not peer.etcd_healthy or not self.settings.etcd_ca.key or self._around.joining_held():
            return None
        try:
            async with peer.etcd_client() as client:
                for stale in await etcd.members(client):
                    if stale.hostname == self.settings.hostname or self.site.peer_url in stale.peer_urls:
                        await etcd.remove(client, stale)
                members = await etcd.add_learner(client, self.site.peer_url)
        except (OSError, Refused) as problem:
            log.info("%s cannot join yet: %s", self.settings.hostname, problem)
            return None
        return ",".join(
            f"{member.hostname or self.settings.hostname}={url}" for member in members for url in member.peer_urls
        )

    async def _watch_etcd(self) -> None:
        """Ask etcd for its health and members every second, and promote learners that have caught up."""
        async with self.etcd_client() as client:
            while True:
                try:
                    self.members = await etcd.members(client)
                    self.etcd_healthy = await etcd.healthy(client)
                    await self._promote(client)
                except (OSError, Refused):
                    self.etcd_healthy = False
                await asyncio.sleep(HEALTH_PERIOD if self.etcd_healthy else POLL)

    async def _promote(self, client: Client) -> None:
        for member in self.members:
            if member.is_learner and member.hostname:
                try:
                    await etcd.promote(client, member)
                except Refused as refused:
                    log.debug("%s is not promoted yet: %s", member.hostname, refused)

    async def _watch_listening(self) -> None:
        """Keep ``listening`` true exactly while the API server accepts connections."""
        while True:
            process = self.processes["kube-apiserver"]
            await process.up.wait()
            while process.up.is_set() and not self.listening:
                self._set_listening(await _accepts(self.site.backend, API_PORT))
                await asyncio.sleep(POLL)
            await process.down.wait()
            self._set_listening(False)

    def _set_listening(self, listening: bool) -> None:
        if self.listening != listening:
            self.listening = listening
            self._around.on_change()

    async def _write_manifests(self) -> None:
        while True:
            try:
                server = f"https://{self.site.backend}:{API_PORT}"
                async with Client(server, self.settings.trusted, self.admin_identity("talos:admin")) as client:
                    await client.send("GET", "/readyz")
                    await joining.allow(client, self.settings)
                    return
            except (OSError, Refused, joining.TokenRefused) as problem:
                log.debug("%s: manifests wait: %s", self.settings.hostname, problem)
            await asyncio.sleep(POLL * 2)


async def _accepts(host: str, port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _removed(client: Client, member: EtcdMember) -> bool:
    """Whether the member is out; etcd wants its members to have been connected for some seconds before it lets one go,
    and Talos tries again as long as it says that it is unhealthy (internal/pkg/etcd LeaveCluster).
    """
    try:
        await etcd.remove(client, member)
    except Refused as refused:
        if refused.code != HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return False
    return True
