# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-controller's VM controller: VM to VMI, and the VM's status (kubevirt pkg/virt-controller/watch/vm/vm.go)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import kinds
from .client import ApiError, Obj, Resource
from .conditions import drop_condition, is_true, set_condition
from .controller import Program, annotations_of, condition, deleting, finalizers, fresh
from .kubevirt_liveupdate import InTheWay, change

VM_FINALIZER = "kubevirt.io/virtualMachineControllerFinalize"
GENERATION = "kubevirt.io/vm-generation"
REVISION = Resource("apps", "v1", "controllerrevisions", "ControllerRevision", namespaced=True)

_OBSERVED = {"kubevirt.io/latest-observed-api-version": "v1", "kubevirt.io/storage-observed-api-version": "v1"}
_FINAL = ("Succeeded", "Failed")
_NOT_COPIED = ("Ready", "Failure", "RestartRequired")


@dataclass(frozen=True)
class Failure:
    """Why there is no VMI, or why it is not changed; becomes the condition Failure=True."""

    reason: str
    message: str


class Vms:
    """The controller of VirtualMachines."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._queue = program.queue("vm", self._reconcile)
        program.feed(kinds.VM, self._queue)
        program.feed(kinds.VMI, self._queue)

    async def _reconcile(self, key: str) -> None:
        vm = self._program.cache(kinds.VM).get(key)
        vmi = self._program.cache(kinds.VMI).get(key)
        if vm is None:
            return
        if deleting(vm):
            await self._terminate(vm, vmi)
            return
        vm = await self._adopt(vm)
        if not vm.get("status"):
            vm = await self._write_status(
                vm, None, None, ""
            )  # a VM just created says Stopped, whatever it is to become
        failure, vmi = await self._sync(vm, vmi)
        restart = ""
        try:
            restart = await self._check_revision(vm, vmi)
        except InTheWay as problem:
            failure = Failure(*problem.args)
        await self._write_status(vm, self._program.cache(kinds.VMI).get(key), failure, restart)
        await self._let_go(vmi)

    async def _adopt(self, vm: Obj) -> Obj:
        if VM_FINALIZER in finalizers(vm) and annotations_of(vm).items() >= _OBSERVED.items():
            return vm
        held = list(dict.fromkeys([*finalizers(vm), VM_FINALIZER]))
        return await self._program.patch(kinds.VM, vm, {"metadata": {"finalizers": held, "annotations": _OBSERVED}})

    async def _sync(self, vm: Obj, vmi: Obj | None) -> tuple[Failure | None, Obj | None]:
        """Make or remove the VMI as the run strategy, or somebody's request, wants it."""
        strategy = run_strategy(vm)
        if vmi is not None:
            phase = vmi.get("status", {}).get("phase", "")
            again = phase in _FINAL if strategy == "Always" else phase == "Failed" and strategy == "RerunOnFailure"
            if (strategy == "Halted" or again or _asked_to_stop(vm, vmi)) and not deleting(vmi):
                await self._program.api.delete(kinds.VMI, vmi)
                if again and strategy == "RerunOnFailure":
                    request = {"status": {"stateChangeRequests": [{"action": "Start"}]}}
                    await self._program.patch(kinds.VM, vm, request, "status")
            return None, vmi
        if not _is_to_run(vm):
            return None, None
        failure = _unstartable(vm)
        if failure:
            return failure, None
        try:
            return None, await self._start(vm)
        except ApiError as error:
            if error.reason != "Invalid":
                raise
            return Failure("FailedCreate", f"Failure while starting VMI: {error.message}"), None

    async def _start(self, vm: Obj) -> Obj | None:
        name = await self._record_revision(vm)
        template = fresh(vm["spec"]["template"])
        meta = template.get("metadata") or {}
        vmi = {
            "metadata": {
                "name": vm["metadata"]["name"],
                "namespace": vm["metadata"]["namespace"],
                "labels": meta.get("labels") or {},
                "annotations": {
                    **(meta.get("annotations") or {}),
                    **_OBSERVED,
                    GENERATION: str(vm["metadata"]["generation"]),
                },
                "finalizers": [VM_FINALIZER],
                "ownerReferences": [_owner(vm)],
            },
            "spec": template["spec"],
            "status": {"virtualMachineRevisionName": name},  # VMIs have no status subresource
        }
        return await self._program.create(kinds.VMI, vmi)

    # -- what the VM was started with ----------------------------------------------------------------------------------

    async def _record_revision(self, vm: Obj) -> str:
        meta = vm["metadata"]
        name = f"revision-start-vm-{meta['uid']}-{meta['generation']}"
        revision = {
            "metadata": {"name": name, "namespace": meta["namespace"], "ownerReferences": [_owner(vm)]},
            "data": {"spec": vm["spec"]},
            "revision": meta["generation"],
        }
        try:
            await self._program.api.create(REVISION, revision, self._program.manager)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
        return name

    async def _check_revision(self, vm: Obj, vmi: Obj | None) -> str:
        """Why a template that differs from what runs needs a restart, nothing if it is changed live; when it does not
        differ, the VMI's generation follows the VM's.
        """
        name = (vmi or {}).get("status", {}).get("virtualMachineRevisionName")
        if (
            vmi is None
            or not name
            or deleting(vmi)
            or annotations_of(vmi).get(GENERATION) == str(vm["metadata"]["generation"])
        ):
            return ""
        revision = await self._program.api.get(REVISION, name, vm["metadata"]["namespace"])
        if revision["data"]["spec"]["template"]["spec"] != vm["spec"]["template"]["spec"]:
            restart, live = change(vm, revision["data"]["spec"], vmi)
            if live:
                await self._program.patch(kinds.VMI, vmi, {"spec": live})
            return restart
        bumped = {"metadata": {"annotations": {GENERATION: str(vm["metadata"]["generation"])}}}
        await self._program.patch(kinds.VMI, vmi, bumped)
        return ""

    # -- status --------------------------------------------------------------------------------------------------------

    async def _write_status(self, vm: Obj, vmi: Obj | None, failure: Failure | None, restart: str) -> Obj:
        changed = fresh(vm)
        status = changed["status"] = dict(changed.get("status") or {})
        conditions = status["conditions"] = list(status.get("conditions") or [])
        _sync_conditions(conditions, vmi, failure, restart)
        _sync_flags(status, vm, vmi)
        _trim_requests(status, vmi)
        status["printableStatus"] = printable(vm, vmi, started=bool(vm.get("status")) and failure is None)
        return await self._program.update(kinds.VM, changed, "status") if changed != vm else vm

    async def _terminate(self, vm: Obj, vmi: Obj | None) -> None:
        if vmi is not None:
            if not deleting(vmi):
                await self._program.api.delete(kinds.VMI, vmi)
            await self._write_status(vm, vmi, None, "")
            await self._let_go(vmi)
        elif VM_FINALIZER in finalizers(vm):
            left = [f for f in finalizers(vm) if f != VM_FINALIZER]
            await self._program.patch(kinds.VM, vm, {"metadata": {"finalizers": left}})

    async def _let_go(self, vmi: Obj | None) -> None:
        """Take our finalizer off a VMI that has ended, now that its end is noted in the VM."""
        if vmi is not None and vmi.get("status", {}).get("phase") in _FINAL and VM_FINALIZER in finalizers(vmi):
            left = [f for f in finalizers(vmi) if f != VM_FINALIZER]
            await self._program.patch(kinds.VMI, vmi, {"metadata": {"finalizers": left}})


def run_strategy(vm: Obj) -> str:
    """The strategy, or what the deprecated ``running`` stands for."""
    spec = vm["spec"]
    return str(spec.get("runStrategy") or ("Always" if spec.get("running") else "Halted"))


def _asked_to_stop(vm: Obj, vmi: Obj) -> bool:
    """Whether the first request that waits is to stop this very guest."""
    first: Obj = next(iter(vm.get("status", {}).get("stateChangeRequests") or []), {})
    return first.get("action") == "Stop" and first.get("uid") in (None, vmi["metadata"]["uid"])


def _is_to_run(vm: Obj) -> bool:
    """Whether a VM without a guest gets one; Manual only on request, and RerunOnFailure not after it was stopped."""
    status, strategy = vm.get("status", {}), run_strategy(vm)
    requests = [each["action"] for each in status.get("stateChangeRequests") or []]
    if strategy in ("Manual", "RerunOnFailure") and requests[:1] == ["Start"]:
        return True
    if strategy == "RerunOnFailure":
        return bool(status.get("runStrategy") != strategy)
    return strategy in ("Always", "Once")


def _trim_requests(status: dict[str, Any], vmi: Obj | None) -> None:
    """A request that has been dealt with goes, one at a time (trimDoneVMChangeRequests)."""
    held = list(status.get("stateChangeRequests") or [])
    if not held:
        return
    first = held[0]
    stopped = vmi is None or first.get("uid") not in (None, vmi["metadata"]["uid"])
    if stopped if first["action"] == "Stop" else vmi is not None:
        del held[0]
    status.pop("stateChangeRequests", None)
    if held:
        status["stateChangeRequests"] = held


def printable(vm: Obj, vmi: Obj | None, started: bool) -> str:
    """The first that applies, in upstream's order (setPrintableStatus)."""
    phase = (vmi or {}).get("status", {}).get("phase", "")
    if deleting(vm):
        return "Terminating"
    if vmi is None:
        return "Starting" if started and _is_to_run(vm) else "Stopped"
    if phase in _FINAL:
        return "Stopped"
    if deleting(vmi) or run_strategy(vm) == "Halted":
        return "Stopping"
    conditions = vmi.get("status", {}).get("conditions") or []
    if phase == "Running":
        return "Paused" if is_true(conditions, "Paused") else "Running"
    reasons = {c["type"]: c.get("reason") for c in conditions if c["status"] == "False"}
    if reasons.get("Synchronized") == "FailedPvcNotFound":
        return "ErrorPvcNotFound"
    return "ErrorUnschedulable" if reasons.get("PodScheduled") == "Unschedulable" else "Starting"


def _sync_flags(status: dict[str, Any], vm: Obj, vmi: Obj | None) -> None:
    """created, ready: absent rather than false, as Go's omitempty has it."""
    flags = {
        "created": vmi is not None,
        "ready": is_true((vmi or {}).get("status", {}).get("conditions") or [], "Ready"),
    }
    for key, value in flags.items():
        status.pop(key, None)
        if value:
            status[key] = value
    if vmi is not None:
        status["runStrategy"] = run_strategy(vm)
        status["desiredGeneration"] = vm["metadata"]["generation"]
        status["observedGeneration"] = int(annotations_of(vmi).get(GENERATION, 0))


def _sync_conditions(conditions: list[Obj], vmi: Obj | None, failure: Failure | None, restart: str) -> None:
    ready = condition(vmi or {}, "Ready")
    if vmi is None:
        set_condition(conditions, "Ready", "False", "VMINotExists", "VMI does not exist")
    elif ready is None:
        set_condition(conditions, "Ready", "False", "VMIConditionMissing", "VMI is missing the Ready condition")
    else:
        _copy(conditions, ready)
    if failure:
        set_condition(conditions, "Failure", "True", failure.reason, failure.message)
    else:
        drop_condition(conditions, "Failure")
    if restart:
        set_condition(conditions, "RestartRequired", "True", "", restart)
    else:
        drop_condition(conditions, "RestartRequired")
    if vmi is not None:  # a VM without a VMI keeps what it had: stale, as upstream
        _mirror(conditions, vmi.get("status", {}).get("conditions") or [])


def _mirror(conditions: list[Obj], source: list[Obj]) -> None:
    present = {entry["type"] for entry in source}
    for entry in source:
        if entry["type"] not in _NOT_COPIED:
            _copy(conditions, entry)
    conditions[:] = [c for c in conditions if c["type"] in present or c["type"] in _NOT_COPIED]


def _copy(conditions: list[Obj], entry: Obj) -> None:
    set_condition(conditions, entry["type"], entry["status"], entry.get("reason", ""), entry.get("message", ""))


def _unstartable(vm: Obj) -> Failure | None:
    """What virt-controller fails on before there is a VMI: kinds that this lab does not serve."""
    wanted = vm["spec"].get("instancetype")
    if wanted:
        kind = wanted.get("kind", "VirtualMachineClusterInstancetype").lower() + "s"
        message = f'{kind}.instancetype.kubevirt.io "{wanted.get("name", "")}" not found'
        return Failure("FailedFindInstancetype", message)
    if vm["spec"].get("dataVolumeTemplates"):
        missing = "the server could not find the requested resource (post datavolumes.cdi.kubevirt.io)"
        message = f"failed to create DataVolume: {missing}"
        return Failure("FailedCreate", message)
    return None


def _owner(vm: Obj) -> Obj:
    return {
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachine",
        "name": vm["metadata"]["name"],
        "uid": vm["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
