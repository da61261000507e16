# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file on this machine becomes a volume of a cluster, by CDI's upload proxy: sent once, and known by its digest."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from ...clients.http import upload as http
from ...clients.kube.request import Resource, create, get
from ...core.change import Change, Impact
from ...core.clock import Deadline
from ...core.error import Conflict, InvalidInput, NfviError, NotFound, Precondition, Timeout, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, dig
from ...core.plan import Plan
from ...core.readiness import Predicate
from ...core.result import Result
from ...engine.converge import Converged, Kube
from ...engine.item import Item
from ...engine.kind import Kind
from ...engine.place import Place
from ...engine.wait import until_ready
from ...resources.cdi import upload as cdi
from ...resources.cdi.upload import OPTIONS, Volume
from . import image
from .image import Image

_CONFIG = Resource("cdi.kubevirt.io/v1beta1", "CDIConfig", "cdiconfigs", False)
_CLAIM = Resource("v1", "PersistentVolumeClaim", "persistentvolumeclaims", True)
_TOKEN = Resource("upload.cdi.kubevirt.io/v1beta1", "UploadTokenRequest", "uploadtokenrequests", True)
# The proxy answers as soon as it has the whole file; what CDI makes of it is seen by the volume.
_PATHS = {"kubevirt": "/v1beta1/upload-async", "archive": "/v1beta1/upload-archive"}
_ATTEMPTS, _PAUSE = 3, 2.0
_STEP = 5
_NOTHING: Json = {"phase": "", "sha256": "", "sent": 0, "format": "", "disk_size": 0}


@dataclass(frozen=True)
class Work:
    """The file, the volume as it is (None: it is not there), and what it is to hold."""

    volume: Volume
    image: Image
    digest: str
    live: Json
    row: Kind

    @property
    def label(self) -> str:
        return self.row.label(self.volume.bare())

    @property
    def replaces(self) -> bool:
        return self.live is not None and cdi.is_full(self.live) and cdi.holds(self.live) != self.digest

    @property
    def sends(self) -> bool:
        return self.live is None or self.replaces or not cdi.is_full(self.live)

    @property
    def manifest(self) -> Json:
        return self.volume.manifest(self.volume.size or self.image.disk, self.digest)


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """The volume present, filled with the file; or absent."""
    volume, place = Volume.parse(given), Place(given.path, OPTIONS)
    if given.text("state") == "absent":
        return kube.converge([(place, volume.bare())], "absent", mode).named("volumes").named("upload", _NOTHING)
    work = _looked(given, kube, volume, mode)
    server = _server(given, kube, mode) if work.sends else None
    plan = _plan(work)
    if not mode.apply:
        converged = _converge(kube, work, place, mode)
        return _told(work, replace(converged, plan=_together(plan, converged, work)), 0)
    return _carried_out(kube, work, server, place, mode)


def _looked(given: Given, kube: Kube, volume: Volume, mode: Mode) -> Work:
    """What is there, and the file: it is not even read where its digest was given and is there already."""
    bare = volume.bare()
    row = kube.registry.row(bare["apiVersion"], bare["kind"])
    found = kube.everything(row, mode, volume.namespace)
    live = next((each for each in found if each["metadata"]["name"] == volume.name), None)
    picture = image.look(pathlib.Path(given.text("file")).expanduser())
    _refuse_size(volume, picture)
    known = volume.digest and live is not None and cdi.is_full(live) and cdi.holds(live) == volume.digest
    digest = volume.digest if known else image.digest(picture, _percent(mode, "digest", picture.file.name))
    if volume.digest and digest != volume.digest:
        raise InvalidInput(f"{picture.file} has the digest sha256:{digest}", path=("checksum",))
    cdi.refuse_foreign(live, digest, volume, row.label(bare))
    return Work(volume, picture, digest, live, row)


def _refuse_size(volume: Volume, picture: Image) -> None:
    """CDI says so only when all is uploaded."""
    if not volume.size and not picture.disk:
        raise InvalidInput(f"is required: {picture.form} does not tell how large its disk is", path=("size",))
    if volume.size and volume.size < picture.disk:
        raise InvalidInput(f"the image makes a disk of {picture.disk} bytes", path=("size",))


def _server(given: Given, kube: Kube, mode: Mode) -> http.Server | None:
    """The upload proxy that was given, or the one that CDI knows of."""
    verify, named = given.flag("validate_upload_certs", True), given.text("upload_url", "")
    if "://" in named and not named.startswith("https://"):
        given.at("upload_url").refuse(f"{named!r} is no https address", hint="a token goes over TLS only")
    ca = _pem(given) if given.has("upload_ca") else None
    try:
        status = kube.client.send(get(_CONFIG, "config")).get("status") or {}
    except (NotFound, Unreachable) as error:
        if mode.pending:
            return None
        if isinstance(error, NotFound):
            raise Precondition("CDI is not installed in this cluster", object=error.object) from error
        raise
    url = named or str(status.get("uploadProxyURL") or "")
    if not url:
        hint = "expose the service cdi-uploadproxy by an ingress, or give upload_url"
        raise Precondition("CDI's upload proxy cannot be reached from outside", path=("upload_url",), hint=hint)
    own = str(status.get("uploadProxyCA") or "")
    return http.Server(url if "://" in url else f"https://{url}", ca or (own.encode() or None), verify)


def _pem(given: Given) -> bytes:
    try:
        return pathlib.Path(given.text("upload_ca")).expanduser().read_bytes()
    except OSError as exc:
        raise InvalidInput(str(exc.strerror), path=("upload_ca",)) from exc


def _plan(work: Work) -> Plan:
    """What is done beside what the volume's own fields take."""
    if work.replaces:
        before = cdi.holds(work.live) or None
        return Plan((Change("replace", work.label, cdi.DIGEST_PATH, before, work.digest, Impact.OUTAGE),))
    return Plan()


def _together(plan: Plan, converged: Converged, work: Work) -> Plan:
    own = Plan() if work.replaces else converged.plan
    return plan + own + (Plan((Change("upload", work.label),)) if work.sends else Plan())


def _converge(kube: Kube, work: Work, place: Place, mode: Mode) -> Converged:
    """The volume as it is declared; what it is filled with is waited for by ourselves."""
    quick = replace(kube, settings=replace(kube.settings, wait=False))
    if work.replaces and not mode.apply:
        return Converged(Plan(), [work.manifest])
    return quick.converge([(place, work.manifest)], "present", mode)


def _carried_out(kube: Kube, work: Work, server: http.Server | None, place: Place, mode: Mode) -> Result:
    """``server`` is None where nothing is to be sent; a fault tells what was done before it."""
    done: list[str] = []
    try:
        if work.replaces:
            kube.converge([(place, work.volume.bare())], "absent", mode)
            done = _plan(work).actions
            _gone(kube, work, mode)
        converged = _converge(kube, work, place, mode)
        plan = _together(_plan(work), converged, work)
        if server is None:
            return _told(work, replace(converged, plan=plan), 0)
        done = plan.actions[:-1]
        _filled(kube, work, server, mode)
        done = plan.actions
        live = _until(kube, work, cdi.is_done if kube.settings.wait else cdi.takes, mode)
    except NfviError as error:
        raise error.about(work.label).after(done) from None
    shown = {**live, "metadata": {k: v for k, v in live["metadata"].items() if k != "managedFields"}}
    return _told(work, replace(converged, plan=plan, objects=[shown]), work.image.size)


def _gone(kube: Kube, work: Work, mode: Mode) -> None:
    """The claim goes after its DataVolume, and a new one of that name would be taken for filled while it is there."""
    deadline = Deadline.after(mode.clock, kube.settings.wait_timeout)
    name, namespace = work.volume.name, work.volume.namespace
    found = kube.client.list(_CLAIM, namespace, field_selector=f"metadata.name={name}")
    if not found.items:
        return
    for kind, _claim in kube.client.watch(_CLAIM, namespace, found.resource_version, deadline=deadline, name=name):
        if kind == "DELETED":
            return
    raise Timeout(f"its claim is still there after {deadline.given:g} s", object=work.label, hint="who uses it?")


def _until(kube: Kube, work: Work, ready: Predicate, mode: Mode) -> Json:
    """The volume once it is so; each wait has the whole time, as nobody knows how long the one before it takes."""
    deadline = Deadline.after(mode.clock, kube.settings.wait_timeout)
    item = Item(replace(work.row, ready=(ready,)), work.volume.bare(), Place((), OPTIONS))
    return until_ready(kube.client, [item], {}, deadline, mode)[item.key]


def _filled(kube: Kube, work: Work, server: http.Server, mode: Mode) -> None:
    """Send the file; what was cut is sent anew from its beginning, as CDI knows no other way."""
    for attempt in range(1, _ATTEMPTS + 1):
        live = _until(kube, work, cdi.takes, mode)
        if cdi.is_full(live):
            return
        try:
            _sent(kube, work, server, mode)
            return
        except Unreachable as error:
            if attempt == _ATTEMPTS:
                raise
            mode.progress(f"{work.label}: {error.reason}: again from the beginning")
            mode.clock.sleep(_PAUSE)


def _sent(kube: Kube, work: Work, server: http.Server, mode: Mode) -> None:
    token = _token(kube, work)
    percent = _percent(mode, "uploaded", work.label)
    try:
        http.post(server, _PATHS[work.volume.content], work.image.file, token, percent)
    except Conflict:
        return  # CDI has it all already


def _token(kube: Kube, work: Work) -> str:
    """Good for this volume alone, and for five minutes (CDI doc/upload.md). It is told to nobody but the proxy."""
    claim = dig(work.live, ("status", "claimName")) or work.volume.name
    asked = {
        "apiVersion": _TOKEN.group_version,
        "kind": _TOKEN.kind,
        "metadata": {"name": work.volume.name, "namespace": work.volume.namespace},
        "spec": {"pvcName": claim},
    }
    answer = kube.client.send(create(_TOKEN, asked, field_manager=kube.settings.field_manager))
    token = dig(answer, ("status", "token"))
    if not token:
        raise Precondition("CDI gave no token for the upload", object=work.label)
    return str(token)


def _percent(mode: Mode, what: str, label: str) -> Callable[[int, int], None]:
    """Progress in steps that people can follow."""
    told = 0

    def progress(done: int, size: int) -> None:
        nonlocal told
        now = done * 100 // size if size else 100
        if now >= told + _STEP:
            told = now
            mode.progress(f"{label}: {what} {now} % of {size >> 20} MiB")

    return progress


def _told(work: Work, converged: Converged, sent: int) -> Result:
    found = converged.objects[0]
    about = {
        "phase": cdi.phase(found),
        "sha256": work.digest,
        "sent": sent,
        "format": work.image.form,
        "disk_size": work.image.disk,
    }
    return converged.named("volumes").named("upload", about)
