# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any objects at all, with the quality of the typed modules; and reading them."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.given import Given
from ..core.mode import Mode
from ..core.path import Json
from ..core.result import Result
from ..engine.converge import Kube
from ..engine.resolve import Wanted


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every object of ``objects`` present or absent."""
    return kube.converge(list(_wanted(given)), given.text("state"), mode).named("objects")


def _wanted(given: Given) -> Iterator[Wanted]:
    """Lists (``kind: List``) are taken apart."""
    for item in given.items("objects"):
        manifest: Json = item.value
        if isinstance(manifest, dict) and str(manifest.get("kind", "")).endswith("List") and "items" in manifest:
            yield from ((part.path, part.value) for part in item.items("items"))
        else:
            yield item.path, manifest
