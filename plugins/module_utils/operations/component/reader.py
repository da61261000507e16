# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a component comes from: the files that lie at its sources, and what its chart becomes."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ...clients.helm.template import template as render
from ...clients.http.cache import Cache, sha256
from ...clients.http.download import download
from ...clients.http.oci import Layer, Repository
from ...clients.http.reference import SCHEME, Reference
from ...clients.http.session import Session
from ...core.error import InvalidInput
from ...resources.manifests import rendered
from ...resources.manifests.files import SUFFIXES, File, unpack
from ...resources.manifests.placed import Placed, objects
from .chart import Chart
from .source import Source, at

# Of a chart in a registry (helm pkg/registry/constants.go).
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


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
        """What lies there, its digest checked."""
        with at(source):
            found = self._read(source)
            _verify(source, found)
            return found

    def manifests(self, source: Source) -> tuple[list[File], str]:
        """The files of manifests that lie there, out of their archives, and the SHA-256 of the source."""
        found = self.read(source)
        with at(source):
            return [file for raw in found.files for file in unpack(raw.name, raw.content)], found.sha256

    def rendered(self, chart: Chart) -> tuple[list[File], str]:
        """The objects that a chart becomes, one file a template, and the SHA-256 of the chart (none for a folder)."""
        place = pathlib.Path(chart.source.place).expanduser()
        if place.is_dir() and not chart.source.sha256:
            with at(chart.source):
                return rendered.files(render(place, chart.release)), ""
        found = self.read(chart.source)
        with at(chart.source), tempfile.TemporaryDirectory(prefix="kubevim-nfvi-") as folder:
            archive = pathlib.Path(folder) / "chart.tgz"
            archive.write_bytes(chart_file(found))
            return rendered.files(render(archive, chart.release)), found.sha256

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


def objects_of(source: Source, files: Iterable[File]) -> list[Placed]:
    """The objects of a source, of which there must be some, with their places in the user's input."""
    with at(source):
        found = objects(files)
        if not found:
            raise InvalidInput("there are no objects in it")
    return [each.under(source.path) for each in found]


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


def _title(layer: Layer, index: int) -> str:
    return _last(layer.title) if layer.title else f"layer {index + 1}"


def _last(name: str) -> str:
    """The last part of a path, for messages."""
    return name.rstrip("/").rpartition("/")[2] or "manifests"
