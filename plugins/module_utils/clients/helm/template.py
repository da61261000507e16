# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``helm`` program, version 3 or 4: what a chart becomes with one's values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...core.error import InvalidInput
from ...core.path import Json
from . import program
from .words import own_words


@dataclass(frozen=True)
class Release:
    """What a chart is rendered for: ``.Release``, ``.Values`` and ``.Capabilities`` of its templates.

    ``kube_version`` and ``api_versions`` are what helm would ask the cluster about; helm guesses when they are empty.
    """

    name: str
    namespace: str
    values: Mapping[str, Json] = field(default_factory=dict)
    include_crds: bool = True
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    hooks: bool = True
    is_upgrade: bool = False

    def arguments(self, *chart: str) -> list[str]:
        """The command line for a chart, as helm is told which; values go to its standard input, for all the world can
        read a command line.
        """
        found = ["template", self.name, *chart, "--namespace", self.namespace, "--skip-tests", "--values", "-"]
        found += ["--include-crds"] if self.include_crds else []
        found += [] if self.hooks else ["--no-hooks"]
        found += ["--is-upgrade"] if self.is_upgrade else []
        found += ["--kube-version", self.kube_version] if self.kube_version else []
        for version in self.api_versions:
            found += ["--api-versions", version]
        return found


def template(chart: Path, release: Release) -> str:
    """The chart's objects as YAML, hooks among them. ``chart`` is a folder or an archive.

    Raises `Precondition` without helm, `InvalidInput` with helm's own words when it refuses chart or values, and
    `Timeout`.
    """
    said = program.run(release.arguments(str(chart)), json.dumps(release.values))
    if said.status:
        raise InvalidInput(own_words(said.err))
    return said.out
