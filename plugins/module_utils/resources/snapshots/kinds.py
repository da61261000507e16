# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of volumes (kubernetes-csi/external-snapshotter v8.6)."""

from __future__ import annotations

from ...core.path import Json, dig
from ...core.readiness import NotYet, Readiness, Ready
from ...engine.checks import not_both, required
from ...engine.kind import CLUSTER, NAMESPACED, Kind, fixed, ref

LOOK = "kubectl -n kube-system logs deploy/snapshot-controller"
_API = "snapshot.storage.k8s.io/v1"
# v1beta2 is what servers store and more of them know, though v1 is served too.
_GROUP = "groupsnapshot.storage.k8s.io/v1beta2"
_GROUP_VERSIONS = ("v1", "v1beta1")


def _usable(live: Json) -> Readiness:
    """``readyToUse``. The error is the last one: the snapshotter goes on trying."""
    if dig(live, ("status", "readyToUse")) is True:
        return Ready()
    return NotYet(dig(live, ("status", "error", "message")) or "not ready to use yet")


SNAPSHOT = Kind(
    _API, "VolumeSnapshot", "volumesnapshots", NAMESPACED, ready=(_usable,),
    refers_to=(
        ref("PersistentVolumeClaim", "spec.source.persistentVolumeClaimName", holds=False),
        ref("VolumeSnapshotContent", "spec.source.volumeSnapshotContentName"),
        ref("VolumeSnapshotClass", "spec.volumeSnapshotClassName"),
    ),
    checks=(
        required("spec.source"),
        not_both("spec.source.persistentVolumeClaimName", "spec.source.volumeSnapshotContentName"),
    ),
    immutable=fixed("spec.source.persistentVolumeClaimName", "spec.source.volumeSnapshotContentName"),
    controllers=("snapshot-controller",), look=LOOK,
)  # fmt: skip
CONTENT = Kind(
    _API, "VolumeSnapshotContent", "volumesnapshotcontents", CLUSTER, ready=(_usable,),
    refers_to=(ref("VolumeSnapshotClass", "spec.volumeSnapshotClassName"),),
    checks=(required("spec.driver", "spec.deletionPolicy"),),
    immutable=fixed("spec.source.volumeHandle", "spec.source.snapshotHandle", "spec.sourceVolumeMode"),
    controllers=("snapshot-controller", "csi-snapshotter"), look=LOOK,
)  # fmt: skip
GROUP_SNAPSHOT = Kind(
    _GROUP, "VolumeGroupSnapshot", "volumegroupsnapshots", NAMESPACED, ready=(_usable,),
    refers_to=(
        ref("VolumeGroupSnapshotClass", "spec.volumeGroupSnapshotClassName"),
        ref("VolumeGroupSnapshotContent", "spec.source.volumeGroupSnapshotContentName"),
    ),
    checks=(
        required("spec.source"), not_both("spec.source.selector", "spec.source.volumeGroupSnapshotContentName"),
    ),
    immutable=fixed("spec.source.selector", "spec.source.volumeGroupSnapshotContentName"),
    controllers=("snapshot-controller",), look=LOOK, versions=_GROUP_VERSIONS,
)  # fmt: skip
GROUP_CONTENT = Kind(
    _GROUP, "VolumeGroupSnapshotContent", "volumegroupsnapshotcontents", CLUSTER, ready=(_usable,),
    refers_to=(ref("VolumeGroupSnapshotClass", "spec.volumeGroupSnapshotClassName"),),
    immutable=fixed(
        "spec.driver", "spec.source.volumeHandles", "spec.source.groupSnapshotHandles",
        "spec.volumeGroupSnapshotClassName",
    ),
    controllers=("snapshot-controller", "csi-snapshotter"), look=LOOK, versions=_GROUP_VERSIONS,
)  # fmt: skip

KINDS = (
    SNAPSHOT,
    CONTENT,
    GROUP_SNAPSHOT,
    GROUP_CONTENT,
    Kind(_API, "VolumeSnapshotClass", "volumesnapshotclasses", CLUSTER, rank=2),
    Kind(
        _GROUP,
        "VolumeGroupSnapshotClass",
        "volumegroupsnapshotclasses",
        CLUSTER,
        rank=2,
        immutable=fixed("driver", "deletionPolicy", "parameters"),
        versions=_GROUP_VERSIONS,
    ),
)
