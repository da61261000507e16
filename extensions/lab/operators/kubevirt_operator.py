# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-operator: turns a KubeVirt object into a running KubeVirt (kubevirt pkg/virt-operator/kubevirt.go)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from . import kinds
from .client import Api, ApiError, Obj, Resource
from .conditions import drop_condition, set_condition
from .controller import Postponed, Program, available, deleting, finalizers, fresh
from .kubevirt_install import MANAGED, crds, deployments, handler
from .watch import Caches, established, key_of

MANAGER = "virt-operator"
FINALIZER = "kubevirt.io/foregroundDeleteKubeVirt"
_COMPONENTS = ("virt-api", "virt-controller", "virt-handler")


async def run(api: Api, caches: Caches, deployment: Obj, remove_webhooks: Callable[[], Awaitable[None]]) -> None:
    """Be virt-operator until cancelled."""
    program = Program(api, caches, MANAGER)
    Operator(program, deployment, remove_webhooks)
    await program.run()


class Operator:
    """The controller of KubeVirt objects."""

    def __init__(self, program: Program, deployment: Obj, remove_webhooks: Callable[[], Awaitable[None]]) -> None:
        self._program, self._remove_webhooks = program, remove_webhooks
        self._namespace = deployment["metadata"]["namespace"]
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        environment = {e["name"]: e.get("value", "") for e in container.get("env", [])}
        self._image = container["image"]
        self._version = environment.get("KUBEVIRT_VERSION", "v0.0.0")
        self._images = {
            name: environment.get(f"{name.upper().replace('-', '_')}_IMAGE", "")
            for name in (*_COMPONENTS, "virt-launcher")
        }
        self._queue = program.queue("kubevirt", self._reconcile)
        program.feed(kinds.KUBEVIRT, self._queue)
        for resource in (kinds.DEPLOYMENT, kinds.DAEMONSET, kinds.CRD, kinds.VM):
            program.notify(resource, self._all)

    def _all(self, _old: Obj | None, _new: Obj | None) -> None:
        for kubevirt in self._program.cache(kinds.KUBEVIRT):
            self._queue.add(key_of(kubevirt))

    async def _reconcile(self, key: str) -> None:
        kubevirt = self._program.cache(kinds.KUBEVIRT).get(key)
        if kubevirt is None or kubevirt["metadata"]["namespace"] != self._namespace:
            return
        if deleting(kubevirt):
            await self._uninstall(kubevirt)
            return
        if not kubevirt.get("status", {}).get("phase"):
            kubevirt = await self._announce(kubevirt)
        await self._install()
        await self._report(kubevirt)

    async def _announce(self, kubevirt: Obj) -> Obj:
        changed = fresh(kubevirt)
        changed["status"] = {"phase": "Deploying", "conditions": [], **self._target(), "defaultArchitecture": "amd64"}
        self._deploying(changed["status"])
        changed = await self._program.update(kinds.KUBEVIRT, changed, "status")
        held = {"metadata": {"finalizers": list(dict.fromkeys([*finalizers(changed), FINALIZER]))}}
        return await self._program.patch(kinds.KUBEVIRT, changed, held)

    def _target(self) -> Obj:
        registry = self._image.rsplit("/", 1)[0]
        return {
            "operatorVersion": self._version,
            "targetKubeVirtVersion": self._version,
            "targetKubeVirtRegistry": registry,
            "targetDeploymentID": self._deployment_id(),
        }

    def _deployment_id(self) -> str:
        return str(self._image).rsplit(":", 1)[-1][:40]

    def _deploying(self, status: Obj) -> None:
        message = f"Deploying version {self._version} with registry {status['targetKubeVirtRegistry']}"
        for kind, value in (("Available", "False"), ("Progressing", "True"), ("Degraded", "False")):
            set_condition(status["conditions"], kind, value, "DeploymentInProgress", message)

    async def _install(self) -> None:
        for crd in crds():
            await self._create(kinds.CRD, {**crd, "metadata": {**crd["metadata"], "labels": MANAGED}})
        if not all(established(self._program.cache(kinds.CRD).get(crd["metadata"]["name"])) for crd in crds()):
            raise Postponed("waiting for CRDs")
        replicas = min(2, len(list(self._program.cache(kinds.NODE))) or 1)
        for deployment in deployments(self._namespace, self._images, self._version, replicas):
            await self._create(kinds.DEPLOYMENT, deployment)
        await self._create(kinds.DAEMONSET, handler(self._namespace, self._images, self._version))

    async def _create(self, resource: Resource, obj: Obj) -> None:
        if self._program.cache(resource).get(key_of(obj)) is not None:
            return
        try:
            await self._program.create(resource, obj)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise

    async def _report(self, kubevirt: Obj) -> None:
        """Created when everything exists, Available when everything answers.

        observedGeneration is written only here, on the way to Deployed: it lags behind later changes of the spec.
        """
        changed = fresh(kubevirt)
        status = changed["status"]
        status.update(self._target())
        set_condition(status["conditions"], "Created", "True", "AllResourcesCreated", "All resources were created.")
        if self._ready():
            first = status["phase"] != "Deployed"
            status["phase"] = "Deployed"
            for kind, value in (("Available", "True"), ("Progressing", "False"), ("Degraded", "False")):
                set_condition(status["conditions"], kind, value, "AllComponentsReady", "All components are ready.")
            status.update(
                {k.replace("target", "observed"): v for k, v in self._target().items() if k.startswith("target")}
            )
            if first:
                status["observedGeneration"] = kubevirt["metadata"]["generation"]
        else:
            self._deploying(status)
        if changed != kubevirt:
            await self._program.update(kinds.KUBEVIRT, changed, "status")

    def _ready(self) -> bool:
        deployed = [self._program.cache(kinds.DEPLOYMENT).get(f"{self._namespace}/{name}") for name in _COMPONENTS[:2]]
        daemon = self._program.cache(kinds.DAEMONSET).get(f"{self._namespace}/virt-handler") or {}
        status = daemon.get("status", {})
        desired = status.get("desiredNumberScheduled", 0)
        return all(map(available, deployed)) and bool(desired) and status.get("numberReady") == desired

    async def _uninstall(self, kubevirt: Obj) -> None:
        if FINALIZER not in finalizers(kubevirt):
            return
        changed = fresh(kubevirt)
        status = changed.setdefault("status", {})
        status["phase"] = "Deleting"
        conditions = status.setdefault("conditions", [])
        drop_condition(conditions, "Created")
        for kind, value in (("Available", "False"), ("Progressing", "False"), ("Degraded", "True")):
            set_condition(conditions, kind, value, "DeletionInProgress", "Deletion was triggered")
        if changed != kubevirt:
            kubevirt = await self._program.update(kinds.KUBEVIRT, changed, "status")
        await self._remove_workloads()
        left = [name for name in finalizers(kubevirt) if name != FINALIZER]
        await self._program.patch(kinds.KUBEVIRT, kubevirt, {"metadata": {"finalizers": left}})

    async def _remove_workloads(self) -> None:
        """VMs first, while virt-controller and virt-handler can still let go of them; then components; then CRDs."""
        for vm in self._program.cache(kinds.VM):
            if not deleting(vm):
                await self._program.api.delete(kinds.VM, vm)
        if list(self._program.cache(kinds.VM)) or list(self._program.cache(kinds.VMI)):
            raise Postponed("waiting for virtual machines to be gone")
        await self._remove_webhooks()
        for resource, names in ((kinds.DEPLOYMENT, _COMPONENTS[:2]), (kinds.DAEMONSET, _COMPONENTS[2:])):
            for name in names:
                await self._program.api.delete(resource, {"metadata": {"namespace": self._namespace, "name": name}})
        for crd in self._program.cache(kinds.CRD):
            if (crd["metadata"].get("labels") or {}).items() >= MANAGED.items():
                await self._program.api.delete(kinds.CRD, crd)
