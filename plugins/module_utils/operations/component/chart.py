# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A component's chart: what it is rendered with, and the objects that it becomes."""

from __future__ import annotations

import pathlib
import re
import tempfile
from dataclasses import dataclass

from ...clients import helm
from ...core.error import NfviError
from ...core.given import Given
from ...core.path import Path
from ...resources.manifests import rendered
from ...resources.manifests.files import File
from .sources import Reader, Source, chart_file

# helm pkg/chartutil/validate_name.go.
_RELEASE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_LONGEST_RELEASE = 53


@dataclass(frozen=True)
class Chart:
    """Where a chart is, and the release that is made of it."""

    source: Source
    release: helm.Release
    path: Path

    @classmethod
    def parse(cls, given: Given, name: str, namespace: str) -> Chart:
        """``name`` is the release's unless the chart's options name another."""
        values = given.get("values", {})
        release = helm.Release(
            name=_release_name(given, name),
            namespace=namespace,
            values=values,
            include_crds=given.flag("include_crds", True),
            kube_version=given.text("kube_version", ""),
            api_versions=tuple(str(each) for each in given.get("api_versions", [])),
        )
        return cls(Source.of_chart(given), release, given.path)

    def files(self, reader: Reader) -> tuple[list[File], str]:
        """The rendered objects, one file a template, and the SHA-256 of the chart."""
        place = pathlib.Path(self.source.place).expanduser()
        if place.is_dir() and not self.source.sha256:
            return self._rendered(place), ""
        found = reader.read(self.source)
        try:
            content = chart_file(found)
        except NfviError as error:
            raise error.about(self.source.place, path=self.path) from error
        with tempfile.TemporaryDirectory(prefix="kubevim-nfvi-") as folder:
            archive = pathlib.Path(folder) / "chart.tgz"
            archive.write_bytes(content)
            return self._rendered(archive), found.sha256

    def _rendered(self, place: pathlib.Path) -> list[File]:
        try:
            return rendered.files(helm.template(place, self.release))
        except NfviError as error:
            raise error.about(self.source.place, path=self.path) from error


def _release_name(given: Given, name: str) -> str:
    found = given.text("release_name", name)
    if not _RELEASE.match(found) or len(found) > _LONGEST_RELEASE:
        reason = f"{found!r} is no name of a release"
        given.at("release_name").refuse(reason, hint="at most 53 lower-case letters, digits, '-' and '.'")
    return found
