# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-controller's side of a VMI: from Pending to a launcher pod, its phase until virt-handler takes over, its end
(kubevirt pkg/virt-controller/watch/vmi/lifecycle.go)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from . import kinds
from .client import Obj
from .conditions import drop_condition, is_true, set_condition
from .controller import Postponed, Program, condition, deleting, finalizers, fresh, now
from .kubevirt_defaults import VMI_FINALIZER
from .kubevirt_launcher import IMPOSSIBLE, claims, launcher, multus_networks
from .kubevirt_liveupdate import tell
from .kubevirt_vm import VM_FINALIZER
from .watch import key_of

FINAL = ("Succeeded", "Failed")
_LOOK_AGAIN_SECONDS = 1.0


class Faults(Protocol):
    """The lab's faults, as far as operators ask for them."""

    def get(self, name: str, target: str) -> object | None:
        """The fault as it applies to ``target``; None if it is not injected."""


@dataclass(frozen=True)
class SyncError:
    """Why there is no pod; becomes the condition Synchronized=False."""

    reason: str
    message: str


class Vmis:
    """The controller of VirtualMachineInstances."""

    def __init__(self, program: Program, faults: Faults, image: str) -> None:
        self._program, self._faults, self._image = program, faults, image
        self._queue = program.queue("vmi", self._reconcile)
        program.feed(kinds.VMI, self._queue)
        program.notify(kinds.POD, self._pod_changed)
        for resource in (kinds.PVC, kinds.NAD):
            program.notify(resource, self._all_pending)

    def _pod_changed(self, old: Obj | None, new: Obj | None) -> None:
        meta = (new or old or {"metadata": {}})["metadata"]
        for owner in meta.get("ownerReferences") or []:
            if owner["kind"] == "VirtualMachineInstance":
                self._queue.add(f"{meta['namespace']}/{owner['name']}")

    def _all_pending(self, _old: Obj | None, _new: Obj | None) -> None:
        for vmi in self._program.cache(kinds.VMI):
            if phase_of(vmi) == "Pending":
                self._queue.add(key_of(vmi))

    async def _reconcile(self, key: str) -> None:
        vmi = self._program.cache(kinds.VMI).get(key)
        if vmi is None:
            return
        pods = owned_pods(self._program, vmi)
        if deleting(vmi) or phase_of(vmi) in FINAL:
            await self._clean_up(vmi, pods)
            return
        await self._heal(vmi, pods)
        error = None
        if not pods and phase_of(vmi) in ("", "Pending"):
            error = self._obstacle(vmi)
            if error is None:
                pods = [await self._program.create(kinds.POD, self._launcher(vmi))]
        await self._write(vmi, self._advanced(vmi, pods, error))
        if error:
            raise Postponed(error.message)

    def _launcher(self, vmi: Obj) -> Obj:
        return launcher(vmi, self._image, impossible=self._cursed(vmi))

    def _cursed(self, vmi: Obj) -> bool:
        return self._faults.get("vm-unschedulable", key_of(vmi)) is not None

    async def _heal(self, vmi: Obj, pods: list[Obj]) -> None:
        """When the fault is over, a launcher no node can take is replaced: a pod's node selector cannot be changed."""
        for pod in pods:
            if IMPOSSIBLE in (pod["spec"].get("nodeSelector") or {}) and not deleting(pod):
                if self._cursed(vmi):
                    self._queue.add_after(key_of(vmi), _LOOK_AGAIN_SECONDS)
                else:
                    await self._program.api.delete(kinds.POD, pod)

    def _obstacle(self, vmi: Obj) -> SyncError | None:
        spec, namespace = vmi["spec"], vmi["metadata"]["namespace"]
        for claim, _volume in claims(spec):
            if self._program.cache(kinds.PVC).get(f"{namespace}/{claim}") is None:
                return SyncError("FailedPvcNotFound", f"failed to render launch manifest: didn't find PVC {claim}")
        for _network, where, name in multus_networks(spec, namespace):
            if self._program.cache(kinds.NAD).get(f"{where}/{name}") is None:
                missing = f"failed to locate network attachment definition {where}/{name}"
                return SyncError("FailedCreate", f"failed to render launch manifest: {missing}")
        return self._unknown_binding(spec)

    def _unknown_binding(self, spec: Obj) -> SyncError | None:
        known: set[str] = set()
        for kubevirt in self._program.cache(kinds.KUBEVIRT):
            known |= set((kubevirt["spec"].get("configuration") or {}).get("network", {}).get("binding") or {})
        for nic in spec["domain"]["devices"].get("interfaces") or []:
            name = (nic.get("binding") or {}).get("name")
            if name and name not in known:
                message = f"failed to render launch manifest: couldn't find configuration for network binding: {name}"
                return SyncError("FailedCreate", message)
        return None

    def _advanced(self, vmi: Obj, pods: list[Obj], error: SyncError | None) -> Obj:
        changed, pod = fresh(vmi), current_pod(vmi, pods)
        status = changed.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        _ready_condition(conditions, phase_of(vmi), pod)
        phase = phase_of(vmi) or "Pending"
        if pod is not None and phase == "Pending":
            phase = "Scheduling"
        elif phase == "Scheduling" and pod is not None:
            _scheduled_condition(conditions, pod)
            if is_true(pod.get("status", {}).get("conditions") or [], "Ready"):
                phase = "Scheduled"
                status["nodeName"] = pod["spec"]["nodeName"]
                changed["metadata"].setdefault("labels", {})["kubevirt.io/nodeName"] = pod["spec"]["nodeName"]
        if (pod is None and phase != "Pending") or (pod is not None and _down(pod)):
            phase = "Failed"
        if pod is not None:
            active = [each for each in pods if not _down(each)] or [pod]
            status["activePods"] = {each["metadata"]["uid"]: each["spec"].get("nodeName", "") for each in active}
            status["launcherContainerImageVersion"] = self._image
            if pod.get("status", {}).get("qosClass"):
                status["qosClass"] = pod["status"]["qosClass"]
        _synchronized(conditions, error)
        if phase == "Running":
            tell(changed)
        set_phase(status, phase)
        return changed

    async def _clean_up(self, vmi: Obj, pods: list[Obj]) -> None:
        """Pods go once the guest is down; the finalizer goes once the pods are."""
        phase = phase_of(vmi)
        if phase in ("", "Pending", "Scheduling") or phase in FINAL:
            for pod in pods:
                if not deleting(pod):
                    await self._program.api.delete(kinds.POD, pod)
        changed = fresh(vmi)
        conditions = changed.setdefault("status", {}).setdefault("conditions", [])
        _ready_condition(conditions, phase, current_pod(vmi, pods))
        if not pods and phase not in FINAL:
            set_phase(changed["status"], "Failed")
        elif not pods:
            keep = [VM_FINALIZER] if self._owned(vmi) else []
            changed["metadata"]["finalizers"] = [
                f for f in finalizers(vmi) if f in keep or f not in (VMI_FINALIZER, VM_FINALIZER)
            ]
        await self._write(vmi, changed)

    def _owned(self, vmi: Obj) -> bool:
        vm = self._program.cache(kinds.VM).get(key_of(vmi))
        owners = vmi["metadata"].get("ownerReferences") or []
        return vm is not None and any(o["uid"] == vm["metadata"]["uid"] for o in owners)

    async def _write(self, vmi: Obj, changed: Obj) -> None:
        if changed != vmi:
            await self._program.update(kinds.VMI, changed)


def owned_pods(program: Program, vmi: Obj) -> list[Obj]:
    """All launchers that were made for it, those that have ended included."""
    return [
        pod
        for pod in program.cache(kinds.POD)
        if any(o["uid"] == vmi["metadata"]["uid"] for o in pod["metadata"].get("ownerReferences") or [])
    ]


def current_pod(vmi: Obj, pods: list[Obj]) -> Obj | None:
    """The newest launcher on the guest's node, or the newest of all before it has one (CurrentVMIPod)."""
    node = vmi.get("status", {}).get("nodeName")
    there = [pod for pod in pods if not node or pod["spec"].get("nodeName") == node]
    return max(there, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default=None)


def is_migratable(vmi: Obj) -> bool:
    """Whether virt-handler says that its guest can move."""
    found = condition(vmi, "LiveMigratable")
    return found is not None and found["status"] == "True"


def marked_for_eviction(vmi: Obj) -> bool:
    """Whether somebody has asked for its pod to be evicted, and it has not moved since."""
    return bool(vmi.get("status", {}).get("evacuationNodeName"))


def phase_of(vmi: Obj) -> str:
    """The VMI's phase, empty before the first."""
    return str(vmi.get("status", {}).get("phase", ""))


def set_phase(status: Obj, phase: str) -> None:
    """Set the phase and remember when."""
    if status.get("phase") != phase:
        status["phase"] = phase
        stamp = {"phase": phase, "phaseTransitionTimestamp": now()}
        status.setdefault("phaseTransitionTimestamps", []).append(stamp)


def _ready_condition(conditions: list[Obj], phase: str, pod: Obj | None) -> None:
    if pod is None:
        set_condition(conditions, "Ready", "False", "PodNotExists", "virt-launcher pod has not yet been scheduled")
    elif deleting(pod) or _down(pod):
        set_condition(conditions, "Ready", "False", "PodTerminating", "virt-launcher pod is terminating")
    elif phase != "Running":
        set_condition(conditions, "Ready", "False", "GuestNotRunning", "Guest VM is not reported as running")
    else:
        ready = is_true(pod.get("status", {}).get("conditions") or [], "Ready")
        set_condition(conditions, "Ready", "True" if ready else "False")


def _scheduled_condition(conditions: list[Obj], pod: Obj) -> None:
    """The scheduler's own words while it finds no node; nothing once it has."""
    for entry in pod.get("status", {}).get("conditions") or []:
        if entry["type"] == "PodScheduled" and entry["status"] == "False":
            set_condition(conditions, "PodScheduled", "False", entry.get("reason", ""), entry.get("message", ""))
            return
    drop_condition(conditions, "PodScheduled")


def _synchronized(conditions: list[Obj], error: SyncError | None) -> None:
    if error is None:
        if any(c["type"] == "Synchronized" for c in conditions):
            drop_condition(conditions, "Synchronized")
            drop_condition(conditions, "PodScheduled")
        return
    set_condition(conditions, "Synchronized", "False", error.reason, error.message)
    if error.reason == "FailedPvcNotFound":
        set_condition(conditions, "PodScheduled", "False", "Unschedulable", error.message)


def _down(pod: Obj) -> bool:
    return pod.get("status", {}).get("phase") in FINAL
