# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a component comes from: paths, https URLs and OCI references, each as the files that lie there."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ...clients.http.cache import Cache, sha256
from ...clients.http.download import download
from ...clients.http.oci import SCHEME, Layer, Reference, Repository
from ...clients.http.session import Session
from ...core.error import InvalidInput, NfviError
from ...core.given import Given
from ...core.path import Path
from ...resources.manifests.files import SUFFIXES, File, unpack

# Of a chart in a registry (helm pkg/registry/constants.go).
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Source:
    """``place`` is a path, https URL or OCI reference; ``sha256`` is what it must have, or empty."""

    place: str
    sha256: str = ""
    path: Path = ()

    @classmethod
    def parse(cls, given: Given) -> Source:
        """A text, or a mapping of ``source`` and ``sha256``; raises `InvalidInput` for anything else."""
        if isinstance(given.value, str):
            return cls._of(Given({"source": given.value}, given.path), given.path)
        return cls._of(given.only(("source", "sha256")), given.path)

    @classmethod
    def of_chart(cls, given: Given) -> Source:
        """The same, beside a chart's other options."""
        return cls._of(given, given.path)

    @classmethod
    def _of(cls, given: Given, path: Path) -> Source:
        digest = given.text("sha256", "")
        if digest and not _SHA256.match(digest):
            given.at("sha256").refuse(f"{digest!r} is not 64 hexadecimal digits")
        place = given.text("source")
        if place.startswith(SCHEME):
            return cls(place, digest or Reference.parse(place).digest, path)
        if "://" in place:
            _refuse_unsafe(given.at("source"), place)
        return cls(place, digest, path)


@dataclass(frozen=True)
class Found:
    """What lies at a source; ``sha256`` would pin it, and is empty for a folder. A layer's kind is its media type."""

    files: tuple[File, ...]
    sha256: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """Reads sources; what is far away is kept, and told to ``progress``."""

    session: Session
    progress: Callable[[str], None]
    cache: Cache = field(default_factory=Cache)

    def read(self, source: Source) -> Found:
        """What lies there, its digest checked; every fault names the source and its place in the user's input."""
        try:
            found = self._read(source)
            _verify(source, found)
        except NfviError as error:
            raise error.about(source.place, path=source.path) from error
        return found

    def manifests(self, source: Source) -> tuple[list[File], str]:
        """The files of manifests that lie there, out of their archives, and the SHA-256 of the source."""
        found = self.read(source)
        return [file for raw in found.files for file in unpack(raw.name, raw.content)], found.sha256

    def _read(self, source: Source) -> Found:
        if source.place.startswith(SCHEME):
            return self._pulled(source)
        if "://" not in source.place:
            return _on_disk(pathlib.Path(source.place).expanduser())
        self.progress(f"reading {source.place}")
        content = download(source.place, source.sha256, self.session, self.cache)
        return Found((File(_last(urlsplit(source.place).path), content),), sha256(content))

    def _pulled(self, source: Source) -> Found:
        self.progress(f"pulling {source.place}")
        artifact = Repository(Reference.parse(source.place), self.session, self.cache).pull()
        files = tuple(File(_title(layer, index), layer.content) for index, layer in enumerate(artifact.layers))
        return Found(files, artifact.digest, tuple(layer.media_type for layer in artifact.layers))


def chart_file(found: Found) -> bytes:
    """The archive of a chart among what lies at its source; raises `InvalidInput` when there is none."""
    kinds = found.kinds or (CHART,) * len(found.files)
    charts = [file for file, kind in zip(found.files, kinds, strict=True) if kind == CHART]
    if len(charts) != 1:
        raise InvalidInput("is not a chart", hint="a folder, or an archive made by helm package")
    return charts[0].content


def _verify(source: Source, found: Found) -> None:
    if source.sha256 and not found.sha256:
        raise InvalidInput("a folder has no SHA-256")
    if source.sha256 and found.sha256 != source.sha256:
        hint = "somebody changed it, or sha256 is of another version"
        raise InvalidInput(f"its SHA-256 is {found.sha256}, not {source.sha256}", hint=hint)


def _on_disk(place: pathlib.Path) -> Found:
    """A file, or the manifests of a folder (not of those in it), as ``kubectl apply -f`` reads them."""
    try:
        if place.is_dir():
            return Found(tuple(_folder(place)))
        content = place.read_bytes()
    except OSError as exc:
        raise InvalidInput(exc.strerror or str(exc)) from exc
    return Found((File(place.name, content),), sha256(content))


def _folder(place: pathlib.Path) -> Iterator[File]:
    for file in sorted(place.iterdir()):
        if file.suffix in SUFFIXES and file.is_file():
            yield File(file.name, file.read_bytes())


def _refuse_unsafe(given: Given, place: str) -> None:
    parts = urlsplit(place)
    if parts.scheme != "https" or not parts.hostname:
        given.refuse(f"{place!r} is neither a path nor an https URL nor an OCI reference", hint="https://…, oci://…")
    if parts.username or parts.password:
        given.refuse("no user name and password in a URL", hint="write them to ~/.netrc")


def _title(layer: Layer, index: int) -> str:
    return _last(layer.title) if layer.title else f"layer {index + 1}"


def _last(name: str) -> str:
    """The last part of a path, for messages."""
    return name.rstrip("/").rpartition("/")[2] or "manifests"
