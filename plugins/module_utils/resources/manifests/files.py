# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of manifests, and the archives in which they travel: recognised by their first bytes, not by their names."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ...core.error import InvalidInput

SUFFIXES = (".yaml", ".yml", ".json")
"""What kubectl reads in a folder."""
LARGEST = 256 << 20
"""Bytes into which an archive may expand; the manifests of whole platforms are a tenth of it."""
_GZIP = b"\x1f\x8b"
_USTAR = slice(257, 262)


@dataclass(frozen=True)
class File:
    """One file of manifests; ``name`` is what messages call it."""

    name: str
    content: bytes


def unpack(name: str, content: bytes) -> list[File]:
    """The files in a tar archive (of a gzipped one, too) in the order of their names; else the one file itself.

    Raises `InvalidInput` naming the archive when it is damaged or expands beyond measure.
    """
    try:
        plain = _expanded(name, content) if content.startswith(_GZIP) else content
        if plain[_USTAR] != b"ustar":
            return [File(name, plain)]
        return sorted(_members(plain), key=lambda file: file.name)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as exc:
        raise InvalidInput(f"{name}: a damaged archive: {exc}") from exc


def _expanded(name: str, content: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        plain = stream.read(LARGEST + 1)
    if len(plain) > LARGEST:
        raise InvalidInput(f"{name}: expands to more than {LARGEST >> 20} MiB")
    return plain


def _members(plain: bytes) -> Iterator[File]:
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None and member.name.endswith(SUFFIXES):
                yield File(member.name.removeprefix("./"), stream.read())
