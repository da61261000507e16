# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-handler's part of a live migration: the target is made ready, the guest moves, the source's launcher ends
(kubevirt pkg/virt-handler/migration-target.go, migration-source.go)."""

from __future__ import annotations

from collections.abc import Callable

from . import kinds
from .client import Obj
from .controller import Program, deleting, fresh, now
from .kubevirt_liveupdate import arrived
from .kubevirt_vmi import FINAL, Faults, owned_pods, phase_of
from .watch import key_of

# How long a guest is on its way.
_SECONDS = 0.5
_ATTEMPTED = 0.2
# virt-launcher's words (virtwrap/live-migration-source.go).
_FAILED = "Live migration failed."


class Mover:
    """virt-handlers of all nodes, as far as migrations go; ``runs_on`` says whether a node has one."""

    def __init__(self, program: Program, faults: Faults, runs_on: Callable[[str], bool]) -> None:
        self._program, self._faults, self._runs_on = program, faults, runs_on
        self._queue = program.queue("virt-handler migration", self._reconcile)
        program.feed(kinds.VMI, self._queue)

    async def _reconcile(self, key: str) -> None:
        vmi = self._program.cache(kinds.VMI).get(key)
        state = (vmi or {}).get("status", {}).get("migrationState")
        if vmi is None or not state or phase_of(vmi) != "Running" or deleting(vmi):
            return
        if state.get("completed"):
            await self._end(vmi, state)
        elif not state.get("targetNodeAddress") and self._runs_on(state["targetNode"]):
            await self._change(vmi, targetNodeAddress=self._address(state["targetNode"]))
        elif state.get("targetNodeAddress") and not state.get("startTimestamp") and self._runs_on(state["sourceNode"]):
            await self._change(vmi, startTimestamp=now(), mode="PreCopy")
            self._queue.add_after(key, _SECONDS)
        elif state.get("startTimestamp"):
            await self._move(vmi, state)

    async def _move(self, vmi: Obj, state: Obj) -> None:
        """The guest arrives, or it does not; its migration object has to say Running before it may be over."""
        if not self._is_running(vmi, state):
            self._queue.add_after(key_of(vmi), _ATTEMPTED)
        elif self._faults.get("vm-migration-fails", key_of(vmi)) is not None:
            await self._change(vmi, endTimestamp=now(), completed=True, failed=True, failureReason=_FAILED)
        else:
            await self._arrive(vmi, state)

    def _is_running(self, vmi: Obj, state: Obj) -> bool:
        return any(
            each["metadata"]["uid"] == state["migrationUid"] and (each.get("status") or {}).get("phase") == "Running"
            for each in self._program.cache(kinds.MIGRATION)
        )

    async def _arrive(self, vmi: Obj, state: Obj) -> None:
        changed = fresh(vmi)
        status, stamp = changed["status"], now()
        status["migrationState"] = {
            **state,
            "targetNodeDomainDetected": True,
            "targetNodeDomainReadyTimestamp": stamp,
            "endTimestamp": stamp,
            "completed": True,
        }
        status["nodeName"] = state["targetNode"]
        status.pop("evacuationNodeName", None)
        changed["metadata"]["labels"]["kubevirt.io/nodeName"] = state["targetNode"]
        arrived(changed)
        await self._program.update(kinds.VMI, changed)
        message = f"The VirtualMachineInstance migrated to node {state['targetNode']}."
        await self._program.event(kinds.VMI, vmi, "Normal", "Migrated", message)

    async def _end(self, vmi: Obj, state: Obj) -> None:
        """The launcher that holds no guest any more ends by itself, and its pod stays as what it is: over."""
        over = state["targetPod"] if state.get("failed") else state.get("sourcePod")
        for pod in owned_pods(self._program, vmi):
            runs = pod.get("status", {}).get("phase") not in FINAL and not deleting(pod)
            if runs and pod["metadata"]["name"] == over:
                await self._program.patch(kinds.POD, pod, {"status": {"phase": "Succeeded"}}, "status")

    async def _change(self, vmi: Obj, **state: object) -> None:
        changed = fresh(vmi)
        changed["status"]["migrationState"] |= state
        await self._program.update(kinds.VMI, changed)

    def _address(self, node: str) -> str:
        found = self._program.cache(kinds.NODE).get(node) or {}
        addresses = found.get("status", {}).get("addresses") or []
        return next((str(each["address"]) for each in addresses if each["type"] == "InternalIP"), node)
