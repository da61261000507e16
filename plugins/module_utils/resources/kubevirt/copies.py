# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of virtual machines: snapshots, restores, clones, exports, backups. What each is made of is needed while it is
made only.
"""

from __future__ import annotations

from ...core.path import Json, dig
from ...core.readiness import Never, NotYet, Predicate, Readiness, Ready, condition, is_true, never_when, said
from ...engine.checks import required
from ...engine.kind import NAMESPACED, Kind, Ref, fixed, ref

_SNAPSHOT = "snapshot.kubevirt.io/v1beta1"


def phase(wanted: str, *hopeless: str) -> Predicate:
    """Ready in phase ``wanted``, never out of one of ``hopeless``; in the words of its conditions."""

    def judge(live: Json) -> Readiness:
        found = dig(live, ("status", "phase"), "no phase yet")
        if found == wanted:
            return Ready()
        why = _explained(live)
        text = f"{found}: {why}" if why else str(found)
        return Never(text) if found in hopeless else NotYet(text)

    return judge


def _explained(live: Json) -> str:
    """The words of the condition that is about a failure, or of the one that is still to become true."""
    for name in ("Failure", "Ready", "Progressing"):
        found = condition(live, name)
        if found is not None and said(found):
            return said(found)
    return ""


def _not_failed(live: Json) -> Readiness:
    failed = dig(live, ("status", "phase")) == "Failed"
    return Never(_error(live) or _explained(live) or "phase Failed") if failed else Ready()


def _usable(live: Json) -> Readiness:
    """Ready to be used, or the error that keeps it from that (it may still heal until the failure deadline)."""
    usable = dig(live, ("status", "readyToUse")) is True
    return Ready() if usable else NotYet(_error(live) or "not ready to use yet")


def _error(live: Json) -> str:
    return str(dig(live, ("status", "error", "message")) or "")


def _source(*kinds: str, path: str = "spec.source.name") -> tuple[Ref, ...]:
    return tuple(ref(kind, path, when=("kind", (kind,)), holds=False) for kind in kinds)


SNAPSHOT = Kind(
    _SNAPSHOT, "VirtualMachineSnapshot", "virtualmachinesnapshots", NAMESPACED, ready=(_not_failed, _usable),
    refers_to=_source("VirtualMachine"), checks=(required("spec.source.kind", "spec.source.name"),),
    controllers=("virt-controller",), versions=("v1alpha1",),
)  # fmt: skip
CONTENT = Kind(
    _SNAPSHOT, "VirtualMachineSnapshotContent", "virtualmachinesnapshotcontents", NAMESPACED, ready=(_usable,),
    controllers=("virt-controller",), versions=("v1alpha1",),
)  # fmt: skip
RESTORE = Kind(
    _SNAPSHOT, "VirtualMachineRestore", "virtualmachinerestores", NAMESPACED,
    ready=(never_when("Failure"), is_true("status.complete", else_="not complete yet")),
    refers_to=(ref("VirtualMachineSnapshot", "spec.virtualMachineSnapshotName", holds=False),),
    checks=(required("spec.target.name", "spec.virtualMachineSnapshotName"),),
    controllers=("virt-controller",), versions=("v1alpha1",),
)  # fmt: skip
CLONE = Kind(
    "clone.kubevirt.io/v1beta1", "VirtualMachineClone", "virtualmachineclones", NAMESPACED,
    ready=(phase("Succeeded", "Failed"),), refers_to=_source("VirtualMachine", "VirtualMachineSnapshot"),
    checks=(required("spec.source.name"),), controllers=("virt-controller",), versions=("v1alpha1",),
)  # fmt: skip
EXPORT = Kind(
    "export.kubevirt.io/v1beta1", "VirtualMachineExport", "virtualmachineexports", NAMESPACED,
    ready=(phase("Ready", "Skipped", "Terminated"),),
    refers_to=(
        *_source("VirtualMachine", "VirtualMachineSnapshot", "PersistentVolumeClaim"),
        ref("Secret", "spec.tokenSecretRef", required=False, holds=False),
    ),
    controllers=("virt-controller",), versions=("v1alpha1", "v1"),
)  # fmt: skip
BACKUP = Kind("backup.kubevirt.io/v1alpha1", "VirtualMachineBackup", "virtualmachinebackups", NAMESPACED)
TRACKER = Kind(
    "backup.kubevirt.io/v1alpha1", "VirtualMachineBackupTracker", "virtualmachinebackuptrackers", NAMESPACED,
    refers_to=_source("VirtualMachine"), immutable=fixed("spec"),
)  # fmt: skip

KINDS = (SNAPSHOT, CONTENT, RESTORE, CLONE, EXPORT, BACKUP, TRACKER)
