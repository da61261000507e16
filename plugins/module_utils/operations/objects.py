# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any objects at all, with the quality of the typed modules; and reading them."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Iterator

from ..core.given import Given
from ..core.mode import Mode
from ..core.path import Json, prune
from ..core.result import Result
from ..engine.converge import Kube
from ..engine.resolve import Wanted
from ..resources.manifests.files import File
from ..resources.manifests.placed import objects


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every object of ``objects`` and of the files ``manifests`` present or absent."""
    wanted = [*_wanted(given), *_read(given.items("manifests"))]
    converged = kube.converge(wanted, given.text("state"), mode)
    result = converged.named("objects")
    if given.text("return", "full") == "identity":
        return result.named("objects", [_identity(each) for each in converged.objects])
    return result


def _wanted(given: Given) -> Iterator[Wanted]:
    """Lists (``kind: List``) are taken apart."""
    for item in given.items("objects"):
        manifest: Json = item.value
        if isinstance(manifest, dict) and str(manifest.get("kind", "")).endswith("List") and "items" in manifest:
            yield from ((part.path, part.value) for part in item.items("items"))
        else:
            yield item.path, manifest


def _read(places: Iterable[Given]) -> Iterator[Wanted]:
    """The objects of each file, as kubectl reads it.

    Ansible templates, copies and hands back every value of a list of objects; of a file it sees only the path.
    """
    for place in places:
        file = pathlib.Path(place.value)
        try:
            content = file.read_bytes()
        except OSError as exc:
            place.refuse(f"{file}: {exc.strerror}")
        yield from (((*place.path, *each.path), each.manifest) for each in objects([File(file.name, content)]))


def _identity(live: Json) -> Json:
    """What the object is called: hundreds of whole ones cost Ansible more than it cost to look at them."""
    meta = live["metadata"]
    named = prune(name=meta["name"], namespace=meta.get("namespace"), uid=meta.get("uid"))
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": named}
