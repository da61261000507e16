# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``helm`` program, version 3 or 4: what a chart becomes with one's values."""

from __future__ import annotations

import asyncio
import json
import shutil
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..core.error import InvalidInput, Precondition, Timeout
from ..core.path import Json

LONGEST = 120.0
"""Seconds that rendering may take; charts with loops without end exist."""


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

    def arguments(self, chart: Path) -> list[str]:
        """The command line; values go to its standard input, for all the world can read a command line."""
        found = ["template", self.name, str(chart), "--namespace", self.namespace, "--skip-tests", "--values", "-"]
        found += ["--include-crds"] if self.include_crds else []
        found += ["--kube-version", self.kube_version] if self.kube_version else []
        for version in self.api_versions:
            found += ["--api-versions", version]
        return found


def template(chart: Path, release: Release) -> str:
    """The chart's objects as YAML, hooks among them. ``chart`` is a folder or an archive.

    Raises `Precondition` without helm, `InvalidInput` with helm's own words when it refuses chart or values, and
    `Timeout`.
    """
    program = shutil.which("helm")
    if program is None:
        raise Precondition("helm is not on PATH; it renders charts", hint="https://helm.sh/docs/intro/install/")
    try:
        status, out, said = asyncio.run(_run([program, *release.arguments(chart)], json.dumps(release.values)))
    except TimeoutError as exc:
        raise Timeout(f"helm did not end within {LONGEST:g} s") from exc
    if status:
        raise InvalidInput(" ".join(said.removeprefix("Error: ").split("Use --debug")[0].split()))
    return out


async def _run(command: list[str], given: str) -> tuple[int | None, str, str]:
    """Exit status, output and messages of a program that reads ``given``; killed when it takes too long."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        out, said = await asyncio.wait_for(process.communicate(given.encode()), LONGEST)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode, out.decode(), said.decode()
