# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CDI's kinds (cdi.kubevirt.io/v1beta1 of v1.66: phases and conditions of pkg/apis/core/v1beta1/types.go)."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.error import Finding
from ...core.path import Json, dig
from ...core.readiness import Never, NotYet, Readiness, Ready, condition, has_condition, said
from ...engine.kind import CLUSTER, NAMESPACED, Kind, Ref, ref

LOOK = "kubectl get pvc,pods -A; kubectl -n cdi logs deploy/cdi-deployment"
# As far as a DataVolume comes before somebody uses its claim.
_FOR_A_CONSUMER = ("WaitForFirstConsumer", "PendingPopulation")
# So often an importer may fail before we give up on it.
_RESTARTS = 3
_API = "cdi.kubevirt.io/v1beta1"


def _filled(volume: Json) -> Readiness:
    """By its phase: Succeeded; or what it waits for is a consumer or an upload, and those are others' to bring."""
    phase = dig(volume, ("status", "phase")) or "no phase yet"
    uploading = dig(volume, ("spec", "source", "upload")) is not None and phase == "UploadReady"
    if phase == "Succeeded" or phase in _FOR_A_CONSUMER or uploading:
        return Ready()
    hopeless = phase == "Failed" or dig(volume, ("status", "restartCount"), 0) >= _RESTARTS
    return Never(_told(volume, phase)) if hopeless else NotYet(_told(volume, phase))


def _told(volume: Json, phase: str) -> str:
    """The phase, how far it is, and what Running, Bound or Ready say to that."""
    progress = dig(volume, ("status", "progress"))
    shown = f"{phase} {progress}" if progress not in (None, "", "N/A") else str(phase)
    for name in ("Running", "Bound", "Ready"):
        found = condition(volume, name)
        if found is not None and found.get("status") != "True" and said(found):
            return f"{shown}: {said(found)}"
    return shown


def _up_to_date(cron: Json) -> Readiness:
    """UpToDate; while it is not, Progressing says why."""
    newest, progress = condition(cron, "UpToDate"), condition(cron, "Progressing")
    if newest is not None and newest.get("status") == "True":
        return Ready()
    words = [said(each) for each in (progress, newest) if each is not None and said(each)]
    return NotYet("; ".join(words) or "not imported yet")


def _deployed(cdi: Json) -> Readiness:
    phase, degraded = dig(cdi, ("status", "phase"), "no phase yet"), condition(cdi, "Degraded")
    if phase == "Deployed":
        return has_condition("Available")(cdi)
    return NotYet(f"{phase}: {said(degraded)}" if degraded and degraded.get("status") == "True" else str(phase))


def _transferred(transfer: Json) -> Readiness:
    phase = dig(transfer, ("status", "phase")) or "no phase yet"
    return Ready() if phase == "Complete" else NotYet(str(phase))


def _profiled(profile: Json) -> Readiness:
    if dig(profile, ("status", "claimPropertySets")):
        return Ready()
    return NotYet("no claimPropertySets: CDI does not know this provisioner, give them in its spec")


def _one_source(volume: Json) -> Iterator[Finding]:
    """``source`` or ``sourceRef``, one of its kinds; and ``storage`` or ``pvc`` (pkg/apiserver/webhooks)."""
    spec = volume.get("spec") or {}
    if bool(spec.get("source")) and bool(spec.get("sourceRef")):
        yield Finding(("spec", "sourceRef"), "excludes source")
    if len(spec.get("source") or {}) > 1:
        yield Finding(("spec", "source"), f"only one of {', '.join(sorted(spec['source']))} can be the source")
    if ("storage" in spec) == ("pvc" in spec):
        yield Finding(("spec",), "exactly one of storage and pvc is required")


def _sources(path: str) -> Iterator[Ref]:
    """Where the data comes from: needed while it is copied only."""
    yield ref("PersistentVolumeClaim", f"{path}.pvc.name", space="namespace", holds=False)
    yield ref("VolumeSnapshot", f"{path}.snapshot.name", space="namespace", holds=False)
    for source in ("http", "s3", "gcs", "registry", "imageio", "vddk"):
        yield ref("Secret", f"{path}.{source}.secretRef", holds=False)
        if source != "gcs":
            yield ref("ConfigMap", f"{path}.{source}.certConfigMap", holds=False)


CDI = Kind(
    _API, "CDI", "cdis", CLUSTER, ready=(_deployed,), gate=True, controllers=("cdi-operator",),
    look="kubectl -n cdi logs deploy/cdi-operator", versions=("v1alpha1",),
)  # fmt: skip
DATA_VOLUME = Kind(
    _API, "DataVolume", "datavolumes", NAMESPACED, ready=(_filled,),
    refers_to=(
        *_sources("spec.source"),
        ref("DataSource", "spec.sourceRef.name", space="namespace", holds=False, when=("kind", ("DataSource",))),
        ref("StorageClass", "spec.storage.storageClassName", holds=False),
        ref("StorageClass", "spec.pvc.storageClassName", holds=False),
    ),
    checks=(_one_source,), controllers=("cdi-controller", "cdi-apiserver"), grace=10.0, look=LOOK,
)  # fmt: skip
DATA_SOURCE = Kind(
    _API, "DataSource", "datasources", NAMESPACED, ready=(has_condition("Ready"),),
    refers_to=(
        # What it points to may come later: that is what it is for.
        ref("PersistentVolumeClaim", "spec.source.pvc.name", space="namespace", required=False),
        ref("VolumeSnapshot", "spec.source.snapshot.name", space="namespace", required=False),
        ref("DataSource", "spec.source.dataSource.name", space="namespace", required=False),
    ),
    controllers=("cdi-controller",), look=LOOK,
)  # fmt: skip
DATA_IMPORT_CRON = Kind(
    _API, "DataImportCron", "dataimportcrons", NAMESPACED, ready=(_up_to_date,),
    refers_to=tuple(_sources("spec.template.spec.source")), controllers=("cdi-controller",), look=LOOK,
)  # fmt: skip
STORAGE_PROFILE = Kind(
    _API, "StorageProfile", "storageprofiles", CLUSTER, ready=(_profiled,), controllers=("cdi-controller",), look=LOOK,
)  # fmt: skip
OBJECT_TRANSFER = Kind(_API, "ObjectTransfer", "objecttransfers", CLUSTER, ready=(_transferred,), look=LOOK)
IMPORT_SOURCE = Kind(
    _API, "VolumeImportSource", "volumeimportsources", NAMESPACED, refers_to=tuple(_sources("spec.source"))[2:],
)  # fmt: skip

KINDS = (
    CDI,
    DATA_VOLUME,
    DATA_SOURCE,
    DATA_IMPORT_CRON,
    STORAGE_PROFILE,
    OBJECT_TRANSFER,
    IMPORT_SOURCE,
    Kind(_API, "CDIConfig", "cdiconfigs", CLUSTER, controllers=("cdi-operator", "cdi-controller")),
    Kind(_API, "VolumeCloneSource", "volumeclonesources", NAMESPACED),
    Kind(_API, "VolumeUploadSource", "volumeuploadsources", NAMESPACED),
    Kind(
        "forklift.cdi.kubevirt.io/v1beta1",
        "OpenstackVolumePopulator",
        "openstackvolumepopulators",
        NAMESPACED,
        refers_to=(ref("Secret", "spec.secretRef"),),
    ),
    Kind(
        "forklift.cdi.kubevirt.io/v1beta1",
        "OvirtVolumePopulator",
        "ovirtvolumepopulators",
        NAMESPACED,
        refers_to=(ref("Secret", "spec.secretRef"),),
    ),
)
