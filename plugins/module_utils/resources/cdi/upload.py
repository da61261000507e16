# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A volume that is filled by an upload: what is asked of CDI, and how far it is. Pure.

CDI takes one upload a volume, from the beginning to the end (pkg/uploadserver): one that was cut starts anew, and one
that is done is not repeated. What it holds is known by an annotation of ours, which it has from its creation on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...core.error import Conflict
from ...core.given import Given
from ...core.path import Json, Path, dig, prune
from ...core.readiness import Never, NotYet, Readiness, Ready
from . import kinds

DIGEST = "nfvi.kubevim.io/sha256"
DIGEST_PATH: Path = ("metadata", "annotations", DIGEST)
DATA_VOLUME, CLAIM = "data_volume", "claim"
# What CDI reads off claims, and writes to them (pkg/controller/common/util.go).
_TARGET = "cdi.kubevirt.io/storage.upload.target"
_CONTENT = "cdi.kubevirt.io/storage.contentType"
_IMMEDIATE = "cdi.kubevirt.io/storage.bind.immediate.requested"
_POD_PHASE = "cdi.kubevirt.io/storage.pod.phase"
_POD_READY = "cdi.kubevirt.io/storage.pod.ready"
# So often an upload pod may fail before we give up on it.
_RESTARTS = 3

_SIZE = re.compile(r"(\d+)(Ki|Mi|Gi|Ti|k|M|G|T)?\Z")
_UNITS: Mapping[str, int] = {
    "": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
}  # fmt: skip
_SHA256 = re.compile(r"(sha256:)?([0-9a-f]{64})\Z")
OPTIONS: Mapping[str, str] = {
    "metadata.name": "name",
    "metadata.namespace": "namespace",
    "metadata.labels": "labels",
    **{
        f"{section}.{path}": option
        for section in ("spec", "spec.storage")
        for path, option in (
            ("resources.requests.storage", "size"),
            ("storageClassName", "storage_class"),
            ("accessModes", "access_modes"),
            ("volumeMode", "volume_mode"),
        )
    },
}


@dataclass(frozen=True)
class Volume:
    """The wanted volume; ``size`` is in bytes (0: as large as the image), ``digest`` that which was given."""

    name: str
    namespace: str
    target: str = DATA_VOLUME
    size: int = 0
    digest: str = ""
    storage_class: str = ""
    access_modes: tuple[str, ...] = ()
    volume_mode: str = ""
    content: str = "kubevirt"
    immediate: bool = True
    preallocation: bool = False
    replace: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: Given) -> Volume:
        return cls(
            name=given.name("name"),
            namespace=given.name("namespace"),
            target=given.choice("target", (DATA_VOLUME, CLAIM), DATA_VOLUME),
            size=size_of(given.at("size")) if given.has("size") else 0,
            digest=_digest(given.at("checksum")) if given.has("checksum") else "",
            storage_class=given.text("storage_class", ""),
            access_modes=tuple(str(each.value) for each in given.items("access_modes")),
            volume_mode=given.text("volume_mode", ""),
            content=given.choice("content_type", ("kubevirt", "archive"), "kubevirt"),
            immediate=given.flag("immediate_binding", True),
            preallocation=given.flag("preallocation"),
            replace=given.flag("replace"),
            labels=given.get("labels", {}),
        )

    def bare(self) -> Json:
        """No more than its name."""
        meta = {"name": self.name, "namespace": self.namespace}
        if self.target == CLAIM:
            return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta}
        return {"apiVersion": kinds.DATA_VOLUME.api_version, "kind": "DataVolume", "metadata": meta}

    def manifest(self, size: int, digest: str) -> Json:
        """The volume of that many bytes, for a file of that digest."""
        notes = {DIGEST: digest, **({_IMMEDIATE: "true"} if self.immediate else {})}
        storage = prune(
            resources={"requests": {"storage": written(size)}},
            storageClassName=self.storage_class,
            accessModes=list(self.access_modes),
            volumeMode=self.volume_mode,
        )
        if self.target == CLAIM:
            storage.setdefault("accessModes", ["ReadWriteOnce"])
            return self._with({**notes, _TARGET: "", _CONTENT: self.content}, storage)
        spec = {"source": {"upload": {}}, "contentType": self.content, "storage": storage}
        return self._with(notes, {**spec, **prune(preallocation=self.preallocation or None)})

    def _with(self, notes: Json, spec: Json) -> Json:
        bare = self.bare()
        meta = {**bare["metadata"], "annotations": notes, **prune(labels=dict(self.labels))}
        return {**bare, "metadata": meta, "spec": spec}


def size_of(given: Given) -> int:
    """Bytes of a quantity such as ``10Gi``."""
    found = _SIZE.match(str(given.value))
    if not found or not int(found.group(1)):
        given.refuse(f"{given.value!r} is not an amount of storage", hint="for example 10Gi")
    return int(found.group(1)) * _UNITS[found.group(2) or ""]


def written(size: int) -> str:
    """As people write it: ``10Gi``, and ``1234567`` where no unit fits."""
    units = (unit for unit in ("Ti", "Gi", "Mi", "Ki") if size % _UNITS[unit] == 0)
    unit = next(units, "")
    return f"{size // _UNITS[unit]}{unit}"


def _digest(given: Given) -> str:
    found = _SHA256.match(str(given.value).lower())
    if not found:
        given.refuse("is no SHA-256 digest", hint="sha256: and 64 hexadecimal digits")
    return found.group(2)


def holds(live: Json) -> str:
    """The digest of what it holds, or is to hold; empty where nobody has said."""
    return str(dig(live, DIGEST_PATH) or "")


def is_full(live: Json) -> bool:
    """Whether an upload to it is done."""
    return phase(live) == "Succeeded"


def phase(live: Json) -> str:
    """A DataVolume's phase, or a claim's in the same words."""
    if live["kind"] == "DataVolume":
        return str(dig(live, ("status", "phase")) or "")
    notes = dig(live, ("metadata", "annotations")) or {}
    if notes.get(_POD_PHASE) == "Succeeded":
        return "Succeeded"
    return "UploadReady" if notes.get(_POD_READY) == "true" else str(notes.get(_POD_PHASE) or "")


def refuse_foreign(live: Json, digest: str, volume: Volume, label: str) -> None:
    """A volume that was filled with something else is not overwritten unasked."""
    if live is not None and is_full(live) and holds(live) != digest and not volume.replace:
        other = f"it holds {holds(live)[:12]}…" if holds(live) else "nobody knows what it holds"
        hint = "replace: true deletes it and makes it anew"
        raise Conflict(f"is filled already, and {other}", object=label, path=("name",), hint=hint)


def takes(live: Json) -> Readiness:
    """It can be uploaded to; or that is done already."""
    found = phase(live)
    return Ready() if found in ("UploadReady", "Succeeded") else _on_its_way(live, found)


def is_done(live: Json) -> Readiness:
    """What was uploaded is converted and written."""
    found = phase(live)
    return Ready() if found == "Succeeded" else _on_its_way(live, found)


def _on_its_way(live: Json, found: str) -> Readiness:
    if live["kind"] != "DataVolume":
        return NotYet(f"upload pod: {found or 'none yet'}")
    if found == "Failed" or dig(live, ("status", "restartCount"), 0) >= _RESTARTS:
        verdict = kinds.DATA_VOLUME.judge(live)
        return verdict if isinstance(verdict, Never) else Never(found)
    waits = " (until a pod uses it: see immediate_binding)" if found == "WaitForFirstConsumer" else ""
    verdict = kinds.DATA_VOLUME.judge(live)
    return NotYet(verdict.why if isinstance(verdict, NotYet) else f"{found}{waits}")
