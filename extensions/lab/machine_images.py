# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images in a machine's containerds. The lab has no registry: a pull finds whatever is asked for."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

#: Which containerd, and which namespace of it (numbers of common.ContainerDriver and common.ContainerdNamespace).
Place = tuple[int, int]


@dataclass(frozen=True)
class Image:
    """One name of an image; ``size`` is in bytes, ``created`` a Unix time."""

    name: str
    digest: str
    size: int
    created: float


class ImageStore:
    """Images by place and name; they are on the EPHEMERAL partition, and gone when that is wiped."""

    def __init__(self) -> None:
        self._images: dict[Place, dict[str, Image]] = {}

    def at(self, place: Place) -> list[Image]:
        """The images of one place, by name."""
        return [image for _name, image in sorted(self._images.get(place, {}).items())]

    def has(self, place: Place, reference: str) -> bool:
        """Whether an image of that name is there."""
        return in_full(reference) in self._images.get(place, {})

    def pull(self, place: Place, reference: str) -> Image:
        """Have an image, under its name, its digest, and both (containers/image manageAliases of siderolabs/talos)."""
        name = in_full(reference)
        repository, _at, digest = name.partition("@")
        digest = digest or f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
        if "@" not in name:
            repository = name.rpartition(":")[0]
        size = 1_000_000 + int(digest[-5:], 16)
        for alias in (name, digest, f"{repository}@{digest}"):
            image = Image(alias, digest, size, time.time())
            self._images.setdefault(place, {}).setdefault(alias, image)
        return self._images[place][f"{repository}@{digest}"]

    def clear(self) -> None:
        """Everything is wiped."""
        self._images.clear()


def in_full(reference: str) -> str:
    """A reference as Docker completes it: registry, library, tag; a digest outdoes a tag."""
    rest, _at, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _colon, tag = last.partition(":")
    path = f"{head}{slash}{name}"
    first = path.partition("/")[0]
    if "/" not in path:
        path = f"docker.io/library/{path}"
    elif "." not in first and ":" not in first and first != "localhost":
        path = f"docker.io/{path}"
    return f"{path}@{digest}" if digest else f"{path}:{tag or 'latest'}"
