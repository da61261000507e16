# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-controller's evacuation: a migration for every guest that an eviction has marked (kubevirt
pkg/virt-controller/watch/drain/evacuation/evacuation.go)."""

from __future__ import annotations

from . import kinds
from .client import Obj
from .controller import Program, deleting
from .kubevirt_migration import FINISHED, active_pods, is_migrating, phase_of_migration
from .kubevirt_vmi import FINAL, is_migratable, marked_for_eviction, phase_of

EVACUATION = "kubevirt.io/evacuationMigration"


class Evacuations:
    """One key is one node."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._queue = program.queue("evacuation", self._reconcile)
        program.notify(kinds.VMI, self._vmi_changed)
        program.notify(kinds.POD, self._pod_changed)
        program.notify(kinds.MIGRATION, self._migration_changed)

    def _vmi_changed(self, old: Obj | None, new: Obj | None) -> None:
        node = (new or old or {}).get("status", {}).get("nodeName")
        if node:
            self._queue.add(node)

    def _pod_changed(self, old: Obj | None, new: Obj | None) -> None:
        node = (new or old or {}).get("spec", {}).get("nodeName")
        if node and (new or old or {})["metadata"].get("ownerReferences"):
            self._queue.add(node)

    def _migration_changed(self, old: Obj | None, new: Obj | None) -> None:
        migration = new or old or {"metadata": {}, "spec": {}}
        key = f"{migration['metadata'].get('namespace')}/{migration['spec'].get('vmiName')}"
        self._vmi_changed(None, self._program.cache(kinds.VMI).get(key))

    async def _reconcile(self, node: str) -> None:
        for vmi in self._program.cache(kinds.VMI):
            if self._is_due(vmi, node):
                migration = await self._program.create(kinds.MIGRATION, _migration(vmi, node))
                message = f"Created Migration {migration['metadata']['name']}"
                await self._program.event(kinds.VMI, vmi, "Normal", "SuccessfulCreate", message)

    def _is_due(self, vmi: Obj, node: str) -> bool:
        status = vmi.get("status", {})
        if status.get("nodeName") != node or status.get("evacuationNodeName") != node or is_migrating(vmi):
            return False
        ends = phase_of(vmi) in FINAL or deleting(vmi)
        wants = vmi["spec"].get("evictionStrategy") in ("LiveMigrate", "LiveMigrateIfPossible")
        return marked_for_eviction(vmi) and not ends and wants and is_migratable(vmi) and not self._under_way(vmi)

    def _under_way(self, vmi: Obj) -> bool:
        """A migration that has not ended, or pods of one before that have not."""
        meta = vmi["metadata"]
        unfinished = any(
            each["metadata"]["namespace"] == meta["namespace"]
            and each["spec"].get("vmiName") == meta["name"]
            and phase_of_migration(each) not in FINISHED
            for each in self._program.cache(kinds.MIGRATION)
        )
        return unfinished or len(active_pods(self._program, vmi)) > 1


def _migration(vmi: Obj, node: str) -> Obj:
    return {
        "metadata": {
            "generateName": "kubevirt-evacuation-",
            "namespace": vmi["metadata"]["namespace"],
            "annotations": {EVACUATION: node},
        },
        "spec": {"vmiName": vmi["metadata"]["name"], "priority": "system-critical"},
    }
