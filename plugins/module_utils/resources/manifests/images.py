# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container images in any object that holds a pod's specification: found, replaced, and demanded by digest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ...core.error import Finding
from ...core.given import Given
from ...core.path import Json, Path, every, put
from .placed import Placed

# core/v1 PodSpec: whatever the kubelet pulls.
_PLACES: tuple[Path, ...] = (
    ("initContainers", "*", "image"),
    ("containers", "*", "image"),
    ("ephemeralContainers", "*", "image"),
    ("volumes", "*", "image", "reference"),
)
_DIGEST = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}\Z")


def pinned(reference: str) -> bool:
    """Whether the reference names its image by digest."""
    return _DIGEST.match(reference) is not None


def repository(reference: str) -> str:
    """``virt/api:v1@sha256:…`` → ``docker.io/virt/api``: without tag and digest, in full.

    How short names are completed: github.com/distribution/reference normalize.go.
    """
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    name = head + slash + last.partition(":")[0]
    registry, slash, rest = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    if not ("." in registry or ":" in registry or registry == "localhost" or registry != registry.lower()):
        return f"docker.io/{name}"
    return f"docker.io/{rest}" if registry == "index.docker.io" else name


def images(placed: Placed) -> Iterator[tuple[Path, str]]:
    """Each image of the object, behind its path in it."""
    for at in _pods(placed.manifest, ()):
        for place in _PLACES:
            yield from ((path, ref) for path, ref in every(placed.manifest, (*at, *place)) if isinstance(ref, str))


class Replacements:
    """By which image each repository's images are replaced."""

    def __init__(self, given: Given) -> None:
        """``given`` maps repositories to references; raises `InvalidInput` for one without a digest."""
        mapping = given.value or {}
        for key in mapping:
            if not pinned(given.text(key)):
                given.at(key).refuse(f"{mapping[key]!r} names no image by digest", hint="repository@sha256:…")
        self._keys = {repository(key): key for key in mapping}
        self._images = {repository(key): str(reference) for key, reference in mapping.items()}

    def apply(self, placed: Placed) -> Placed:
        """The object with its images replaced."""
        manifest = placed.manifest
        for path, reference in list(images(placed)):
            manifest = put(manifest, path, self._images.get(repository(reference), reference))
        return Placed(placed.path, manifest)

    def unused(self, placed: Iterable[Placed]) -> list[Finding]:
        """Repositories of which the objects, as they were given, have no image."""
        there = {repository(reference) for each in placed for _path, reference in images(each)}
        return [
            Finding(("images", key), f"no object has an image of it; there are {', '.join(sorted(there)) or 'none'}")
            for name, key in self._keys.items()
            if name not in there
        ]


def unpinned(placed: Iterable[Placed]) -> list[Finding]:
    """Every image without a digest."""
    advice = "add its repository to images, or set require_digests to false"
    return [
        Finding((*each.path, *path), f"{each.name}: image {reference} has no digest; {advice}")
        for each in placed
        for path, reference in images(each)
        if not pinned(reference)
    ]


def _pods(value: Json, at: Path) -> Iterator[Path]:
    """Where pod specifications lie in it, at any depth: mappings with a list of containers that have images."""
    if isinstance(value, Mapping):
        containers = value.get("containers")
        if isinstance(containers, list) and any(isinstance(each, Mapping) and "image" in each for each in containers):
            yield at
        for key, item in value.items():
            yield from _pods(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _pods(item, (*at, index))
