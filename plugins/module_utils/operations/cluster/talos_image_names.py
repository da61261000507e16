# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What images are called: as users write them, and as containerd lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...core.given import Given
from ...core.path import Json, Path
from ...resources.manifests.images import repository

# github.com/distribution/reference: what may stand in a repository, a tag and a digest.
_PART = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?{_PART}(?:/{_PART})*"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?\Z",
    re.ASCII,
)
_DEFAULT_TAG = "latest"


@dataclass(frozen=True)
class Image:
    """A reference in full. Of tag and digest, containerd keeps the digest (reference.ParseDockerRef)."""

    repository: str
    tag: str
    digest: str
    path: Path = field(default=(), compare=False)

    @classmethod
    def parse(cls, given: Given) -> Image:
        """``nginx``, ``registry.k8s.io/pause:3.10``, ``ghcr.io/a/b@sha256:…``; raises `InvalidInput`."""
        text = str(given.value)
        found = _REFERENCE.match(text)
        if found is None:
            given.refuse(f"{text!r} is no image reference", hint="registry/repository, then :tag or @sha256:…")
        digest = found["digest"] or ""
        return cls(repository(text), "" if digest else found["tag"] or _DEFAULT_TAG, digest, given.path)

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag}"

    def among(self, names: Mapping[str, Json]) -> Json:
        """The image of that name; None when there is none."""
        return names.get(str(self))
