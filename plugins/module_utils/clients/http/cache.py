# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was downloaded before, by digest: a pinned source needs the network once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path


def sha256(content: bytes) -> str:
    """Its SHA-256 in 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


class Cache:
    """Files of one user (0600), each named by its digest, which is checked at every reading.

    A cache that cannot be written, or holds what it should not, is no fault: it is as if it were empty.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is ``kubevim-nfvi/downloads`` in the user's cache by default (XDG base directories)."""
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        self._folder = folder or Path(base) / "kubevim-nfvi" / "downloads"

    def find(self, digest: str) -> bytes | None:
        """The content of that digest."""
        content = self._read(f"sha256-{digest}")
        return content if content is not None and sha256(content) == digest else None

    def keep(self, content: bytes) -> None:
        """Find it by its digest from now on."""
        self._write(f"sha256-{sha256(content)}", content)

    def tagged(self, url: str) -> tuple[str, bytes] | None:
        """What was last found at that URL, behind the entity tag that it had (RFC 9110, section 8.8.3)."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            entry = json.loads(self._read(_of(url)) or b"")
            content = self.find(entry["sha256"])
            return (str(entry["etag"]), content) if content is not None else None
        return None

    def tag(self, url: str, etag: str, content: bytes) -> None:
        """Remember what is at that URL, if its server gave it an entity tag."""
        if etag:
            self._write(_of(url), json.dumps({"etag": etag, "sha256": sha256(content)}).encode())

    def _read(self, name: str) -> bytes | None:
        with contextlib.suppress(OSError):
            return (self._folder / name).read_bytes()
        return None

    def _write(self, name: str, content: bytes) -> None:
        """Whole or not at all."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            os.replace(draft, self._folder / name)


def _of(url: str) -> str:
    return f"url-{sha256(url.encode())}"
