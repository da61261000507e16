# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A component's chart, as its user writes it, and what it is rendered with."""

from __future__ import annotations

from dataclasses import dataclass

from ...clients.helm.program import NAME_HINT, is_release_name
from ...clients.helm.template import Release
from ...core.given import Given
from .source import Source

OPTIONS = ("source", "sha256", "values", "release_name", "include_crds", "kube_version", "api_versions")


@dataclass(frozen=True)
class Chart:
    """Where a chart is, and the release that is made of it."""

    source: Source
    release: Release

    @classmethod
    def parse(cls, given: Given, name: str, namespace: str) -> Chart:
        """``name`` is the release's unless the chart's options name another; refuses unknown options."""
        given.only(OPTIONS)
        release = Release(
            name=_release_name(given, name),
            namespace=namespace,
            values=given.get("values", {}),
            include_crds=given.flag("include_crds", True),
            kube_version=given.text("kube_version", ""),
            api_versions=tuple(str(each) for each in given.get("api_versions", [])),
        )
        return cls(Source.beside(given), release)


def _release_name(given: Given, name: str) -> str:
    found = given.text("release_name", name)
    if not is_release_name(found):
        given.at("release_name").refuse(f"{found!r} is no name of a release", hint=NAME_HINT)
    return found
