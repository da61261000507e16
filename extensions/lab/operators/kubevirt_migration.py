# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-controller's migrations: a target pod, the hand-over to virt-handler, and the phases until the guest has moved
(kubevirt pkg/virt-controller/watch/migration/migration.go)."""

from __future__ import annotations

from datetime import UTC, datetime

from . import kinds
from .client import Obj
from .controller import Program, annotations_of, deleting, finalizers, fresh, labels_of, now
from .kubevirt_launcher import HOST_MODEL, launcher
from .kubevirt_vmi import FINAL, current_pod, owned_pods, phase_of
from .watch import key_of

FINALIZER = "kubevirt.io/migrationJobFinalize"
JOB, JOB_NAME = "kubevirt.io/migrationJobUID", "kubevirt.io/migrationJobName"
TARGET_NODE = "kubevirt.io/migrationTargetNodeName"
EVACUATION = "kubevirt.io/evacuationMigration"
FINISHED = ("Succeeded", "Failed")

# The defaults of spec.configuration.migrations.
_PARALLEL, _PARALLEL_OUTBOUND = 5, 2
_FIRST_BACKOFF_SECONDS = 20.0
_LOOK_AGAIN_SECONDS = 1.0
_UNSCHEDULABLE_SECONDS = 300.0
_BEFORE_TARGET = ("", "Pending")


class Migrations:
    """The controller of VirtualMachineInstanceMigrations."""

    def __init__(self, program: Program, image: str) -> None:
        self._program, self._image = program, image
        self._queue = program.queue("migration", self._reconcile)
        program.feed(kinds.MIGRATION, self._queue)
        program.notify(kinds.VMI, self._vmi_changed)
        program.notify(kinds.POD, self._pod_changed)

    def _vmi_changed(self, old: Obj | None, new: Obj | None) -> None:
        for migration in self._of((new or old or {})["metadata"]):
            self._queue.add(key_of(migration))

    def _pod_changed(self, old: Obj | None, new: Obj | None) -> None:
        pod = new or old or {"metadata": {}}
        name = annotations_of(pod).get(JOB_NAME)
        if name:
            self._queue.add(f"{pod['metadata']['namespace']}/{name}")

    def _of(self, meta: Obj) -> list[Obj]:
        """The migrations of the VMI with that metadata."""
        return [
            each
            for each in self._program.cache(kinds.MIGRATION)
            if each["metadata"]["namespace"] == meta["namespace"] and each["spec"].get("vmiName") == meta["name"]
        ]

    async def _reconcile(self, key: str) -> None:
        migration = self._program.cache(kinds.MIGRATION).get(key)
        if migration is None:
            return
        if phase_of_migration(migration) in FINISHED:
            await self._let_go(migration)
            return
        vmi = self._program.cache(kinds.VMI).get(f"{migration['metadata']['namespace']}/{migration['spec']['vmiName']}")
        target = self._target(migration)
        failure = self._failure(migration, vmi, target)
        if failure or vmi is None:
            await self._fail(migration, failure)
            return
        await self._advance(migration, vmi, target)

    def _target(self, migration: Obj) -> Obj | None:
        uid = migration["metadata"]["uid"]
        return next((pod for pod in self._program.cache(kinds.POD) if labels_of(pod).get(JOB) == uid), None)

    def _failure(self, migration: Obj, vmi: Obj | None, target: Obj | None) -> str:
        """Why it cannot go on; upstream's words."""
        if vmi is None:
            return "Migration failed because vmi does not exist."
        state = _state(vmi, migration)
        if phase_of(vmi) in FINAL:
            return "Migration failed vmi shutdown during migration."
        if deleting(migration) and not state:
            return "Migration failed due to being canceled"
        if target is not None and target.get("status", {}).get("phase") in FINAL:
            return "Migration failed because target pod shutdown during migration"
        if target is None and phase_of_migration(migration) not in _BEFORE_TARGET:
            return "Migration target pod was removed during active migration."
        return "source node reported migration failed" if state.get("failed") else ""

    async def _fail(self, migration: Obj, message: str) -> None:
        await self._program.event(kinds.MIGRATION, migration, "Warning", "FailedMigration", message)
        await self._write(migration, "Failed")

    async def _let_go(self, migration: Obj) -> None:
        if FINALIZER in finalizers(migration):
            left = [name for name in finalizers(migration) if name != FINALIZER]
            await self._program.patch(kinds.MIGRATION, migration, {"metadata": {"finalizers": left}})

    async def _write(self, migration: Obj, phase: str, **state: str) -> None:
        if phase_of_migration(migration) == phase:
            return
        changed = fresh(migration)
        status = changed.setdefault("status", {})
        status["phase"] = phase
        if state:
            status["migrationState"] = {**(status.get("migrationState") or {}), **state}
        stamp = {"phase": phase, "phaseTransitionTimestamp": now()}
        status.setdefault("phaseTransitionTimestamps", []).append(stamp)
        await self._program.update(kinds.MIGRATION, changed, "status")

    async def _advance(self, migration: Obj, vmi: Obj, target: Obj | None) -> None:
        phase, state = phase_of_migration(migration), _state(vmi, migration)
        if phase == "":
            await self._write(migration, "Pending")
        elif phase == "Pending":
            await self._pend(migration, vmi, target)
        elif phase == "Scheduling" and target is not None:
            await self._schedule(migration, vmi, target)
        elif phase == "Scheduled" and target is not None:
            await self._hand_over(migration, vmi, target)
        elif phase == "PreparingTarget" and state.get("targetNodeAddress"):
            await self._write(migration, "TargetReady")
        elif phase == "TargetReady" and state.get("startTimestamp"):
            await self._write(migration, "Running")
        elif phase == "Running" and state.get("completed"):
            message = "Source node reported migration succeeded"
            await self._program.event(kinds.MIGRATION, migration, "Normal", "SuccessfulMigration", message)
            await self._write(migration, "Succeeded")

    async def _pend(self, migration: Obj, vmi: Obj, target: Obj | None) -> None:
        if target is not None:
            source = current_pod(vmi, owned_pods(self._program, vmi))
            await self._write(migration, "Scheduling", sourcePod=source["metadata"]["name"] if source else "")
            return
        pause = self._backoff(migration, vmi)
        if pause > 0:
            message = f"backoff migrating vmi {key_of(vmi)}"
            await self._program.event(kinds.VMI, vmi, "Warning", "MigrationBackoff", message)
        elif self._is_crowded(vmi) or len(active_pods(self._program, vmi)) > 1:
            pause = _LOOK_AGAIN_SECONDS
        else:
            pod = await self._program.create(kinds.POD, self._target_pod(migration, vmi))
            message = f"Created migration target pod {pod['metadata']['name']}"
            await self._program.event(kinds.MIGRATION, migration, "Normal", "SuccessfulCreate", message)
        self._queue.add_after(key_of(migration), max(pause, 0.05))

    def _is_crowded(self, vmi: Obj) -> bool:
        """As many migrations run as may, everywhere or away from this node."""
        running = [each for each in self._program.cache(kinds.MIGRATION) if _runs(each)]
        vmis = [self._program.cache(kinds.VMI).get(_vmi_key(each)) for each in running]
        node = vmi["status"].get("nodeName")
        outbound = [each for each in vmis if each and each.get("status", {}).get("nodeName") == node]
        return len(running) >= _PARALLEL or len(outbound) >= _PARALLEL_OUTBOUND

    def _backoff(self, migration: Obj, vmi: Obj) -> float:
        """Seconds that an evacuation waits for, after others of the same guest have failed: 20, 40, 80 …"""
        if EVACUATION not in annotations_of(migration):
            return 0.0
        newest_first = sorted(self._of(vmi["metadata"]), key=_age, reverse=True)
        before = [each for each in newest_first if each["metadata"]["uid"] != migration["metadata"]["uid"]]
        failed = 0
        for each in before:
            if phase_of_migration(each) == "Succeeded":
                break
            failed += phase_of_migration(each) == "Failed"
        if not failed:
            return 0.0
        waited = (datetime.now(UTC) - _failed_at(before[0])).total_seconds()
        return float(_FIRST_BACKOFF_SECONDS * 2 ** (failed - 1)) - waited

    def _target_pod(self, migration: Obj, vmi: Obj) -> Obj:
        """The guest's pod once more: on another node with the same kind of machine, bearing the migration's name."""
        pod = launcher(vmi, self._image, impossible=False)
        meta, spec = pod["metadata"], pod["spec"]
        meta["labels"][JOB] = migration["metadata"]["uid"]
        meta["annotations"][JOB_NAME] = migration["metadata"]["name"]
        apart = {
            "labelSelector": {"matchLabels": {"kubevirt.io/created-by": vmi["metadata"]["uid"]}},
            "topologyKey": "kubernetes.io/hostname",
        }
        required = "requiredDuringSchedulingIgnoredDuringExecution"
        affinity = spec["affinity"] = fresh(spec.get("affinity") or {})
        affinity.setdefault("podAntiAffinity", {}).setdefault(required, []).append(apart)
        machine = vmi["status"].get("machine", {}).get("type")
        vendor = {"cpu-vendor.node.kubevirt.io/Intel": "true", HOST_MODEL: "true"}
        exact = {f"machine-type.node.kubevirt.io/{machine}": "true"} if machine else {}
        spec["nodeSelector"] = {**(migration["spec"].get("addedNodeSelector") or {}), **spec["nodeSelector"], **vendor}
        spec["nodeSelector"] |= exact
        return pod

    async def _schedule(self, migration: Obj, vmi: Obj, target: Obj) -> None:
        conditions = {each["type"]: each for each in target.get("status", {}).get("conditions") or []}
        if conditions.get("Ready", {}).get("status") == "True":
            await self._write(migration, "Scheduled")
        elif conditions.get("PodScheduled", {}).get("reason") == "Unschedulable":
            message = f"Migration target pod for VMI [{key_of(vmi)}] is currently unschedulable."
            await self._program.event(kinds.MIGRATION, migration, "Warning", "migrationTargetPodUnschedulable", message)
            if (datetime.now(UTC) - _time(target["metadata"]["creationTimestamp"])).total_seconds() > (
                _UNSCHEDULABLE_SECONDS
            ):
                await self._program.api.delete(kinds.POD, target)
            self._queue.add_after(key_of(migration), _LOOK_AGAIN_SECONDS)

    async def _hand_over(self, migration: Obj, vmi: Obj, target: Obj) -> None:
        """From here on it is virt-handler's, first on the target's node."""
        if _state(vmi, migration):
            await self._write(migration, "PreparingTarget")
            return
        node = target["spec"]["nodeName"]
        state = {
            "migrationUid": migration["metadata"]["uid"],
            "sourceNode": vmi["status"]["nodeName"],
            "sourcePod": migration["status"].get("migrationState", {}).get("sourcePod", ""),
            "targetNode": node,
            "targetPod": target["metadata"]["name"],
        }
        changed = fresh(vmi)
        changed["status"]["migrationState"] = state
        changed["metadata"].setdefault("labels", {})[TARGET_NODE] = node
        await self._program.update(kinds.VMI, changed)
        message = "Migration target pod is ready for preparation by virt-handler."
        await self._program.event(kinds.MIGRATION, migration, "Normal", "SuccessfulHandOver", message)


def phase_of_migration(migration: Obj) -> str:
    """Its phase, empty before the first."""
    return str((migration.get("status") or {}).get("phase", ""))


def is_migrating(vmi: Obj) -> bool:
    """Its guest is on the move."""
    state = vmi.get("status", {}).get("migrationState") or {}
    return bool(state.get("startTimestamp")) and not state.get("endTimestamp")


def active_pods(program: Program, vmi: Obj) -> list[Obj]:
    """Its pods that have not ended: two while it migrates."""
    return [pod for pod in owned_pods(program, vmi) if pod.get("status", {}).get("phase") not in FINAL]


def add_metadata(migration: Obj) -> Obj:
    """What virt-api's mutating webhook adds (migration-create-mutator.go)."""
    changed = fresh(migration)
    meta = changed["metadata"]
    meta.setdefault("labels", {})["kubevirt.io/vmi-name"] = changed["spec"].get("vmiName", "")
    meta["finalizers"] = [*(meta.get("finalizers") or []), FINALIZER]
    return changed


def _state(vmi: Obj, migration: Obj) -> Obj:
    """What the VMI says of this migration, empty before it was handed over."""
    state: Obj = vmi.get("status", {}).get("migrationState") or {}
    return state if state.get("migrationUid") == migration["metadata"]["uid"] else {}


def _runs(migration: Obj) -> bool:
    return phase_of_migration(migration) not in (*_BEFORE_TARGET, *FINISHED)


def _vmi_key(migration: Obj) -> str:
    return f"{migration['metadata']['namespace']}/{migration['spec'].get('vmiName')}"


def _age(migration: Obj) -> tuple[str, int]:
    return migration["metadata"]["creationTimestamp"], int(migration["metadata"]["resourceVersion"])


def _failed_at(migration: Obj) -> datetime:
    stamps = migration.get("status", {}).get("phaseTransitionTimestamps") or []
    found = next((each for each in stamps if each["phase"] == "Failed"), None)
    return _time(found["phaseTransitionTimestamp"] if found else now())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
