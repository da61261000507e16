# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's operators: Kube-OVN's, KubeVirt's and SR-IOV's controllers, on watches, writing what the real ones write.

Each acts only while its Deployment has available replicas, as a real one does: without it nothing reconciles.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from . import kinds, kubeovn, kubevirt_operator, sriov
from .cdi import Cdi
from .client import TRANSIENT, Access, Api, Obj
from .controller import Program, available
from .kubevirt_evacuation import Evacuations
from .kubevirt_handler import Handler
from .kubevirt_hotplug import Plugger
from .kubevirt_install import launcher_image
from .kubevirt_migration import Migrations
from .kubevirt_vm import Vms
from .kubevirt_vmi import Faults, Vmis
from .watch import Caches
from .webhook import Webhook

LOG = logging.getLogger("lab.operators")

_AGAIN_SECONDS = 1.0

Body = Callable[[Obj], Awaitable[None]]


async def run_operators(kubeconfig: Path, faults: Faults, webhook_address: str = "127.0.0.1:0") -> None:
    """Be all operators until cancelled; survives an API server that goes away.

    ``webhook_address`` is where virt-api answers admission reviews: an address and a port of this machine which the API
    server reaches; 0 takes any port.
    """
    api, webhook, caches = Api(Access.read(kubeconfig)), Webhook(webhook_address), Caches(kinds.WATCHED)
    uploads = Cdi(webhook_address.rpartition(":")[0], faults)
    await webhook.start()
    await uploads.start()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(caches.run(api))
            for name, body in _bodies(api, caches, faults, webhook, uploads).items():
                group.create_task(_while_available(caches, name, body))
    finally:
        await uploads.close()
        await webhook.close()
        await api.close()


def _bodies(api: Api, caches: Caches, faults: Faults, webhook: Webhook, uploads: Cdi) -> dict[str, Body]:
    """What to do while the Deployment of this name is available."""

    async def ovn(deployment: Obj) -> None:
        await kubeovn.run(api, caches, deployment)

    async def operator(deployment: Obj) -> None:
        await kubevirt_operator.run(api, caches, deployment, lambda: webhook.remove(api))

    async def admission(deployment: Obj) -> None:
        await webhook.configure(api, deployment["metadata"]["namespace"])
        await asyncio.Event().wait()

    async def controller(deployment: Obj) -> None:
        program = Program(api, caches, "virt-controller")
        Vms(program)
        Vmis(program, faults, launcher_image(deployment))
        Plugger(program)
        Migrations(program, launcher_image(deployment))
        Evacuations(program)
        async with asyncio.TaskGroup() as group:
            group.create_task(program.run())
            group.create_task(_handle(api, caches, faults))

    async def importer(deployment: Obj) -> None:
        await uploads.run(api, caches, deployment)

    async def vfs(deployment: Obj) -> None:
        await sriov.run(api, caches, deployment)

    return {
        "cdi-deployment": importer,
        "kube-ovn-controller": ovn,
        "sriov-network-operator": vfs,
        "virt-operator": operator,
        "virt-api": admission,
        "virt-controller": controller,
    }


async def _handle(api: Api, caches: Caches, faults: Faults) -> None:
    program = Program(api, caches, "virt-handler")
    Handler(program, faults)
    await program.run()


async def _while_available(caches: Caches, name: str, body: Body) -> None:
    """Run ``body`` whenever a Deployment of this name has available replicas, and only then."""
    cache = caches[kinds.DEPLOYMENT]
    while True:
        deployment = _find(caches, name)
        if not available(deployment):
            await cache.changed()
            continue
        LOG.info("%s is available", name)
        running = asyncio.ensure_future(body(deployment or {}))
        try:
            await _until_unavailable(caches, name, running)
        finally:
            running.cancel()
        await _settle(running, name)


async def _until_unavailable(caches: Caches, name: str, running: asyncio.Future[None]) -> None:
    while available(_find(caches, name)) and not running.done():
        change = asyncio.ensure_future(caches[kinds.DEPLOYMENT].changed())
        try:
            await asyncio.wait({change, running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            change.cancel()


async def _settle(running: asyncio.Future[None], name: str) -> None:
    """Wait for what was cancelled; what the API server did to it is no reason to stop, a mistake of ours is."""
    try:
        await running
    except asyncio.CancelledError:
        LOG.info("%s is not available any more", name)
    except TRANSIENT as error:
        LOG.debug("%s: %s", name, error)
        await asyncio.sleep(_AGAIN_SECONDS)


def _find(caches: Caches, name: str) -> Obj | None:
    return next((d for d in caches[kinds.DEPLOYMENT] if d["metadata"]["name"] == name), None)
