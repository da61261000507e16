# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk image on this machine: what it is, how large a disk it makes, and its digest. Read piece by piece."""

from __future__ import annotations

import hashlib
import pathlib
import struct
from collections.abc import Callable
from dataclasses import dataclass

from ...core.error import InvalidInput

_PIECE = 1 << 20
_SECTOR = 512
# By their first bytes (CDI pkg/image/filefmt.go). qcow2's virtual size is at byte 24 (qemu docs/interop/qcow2.txt).
_MAGIC = {b"QFI\xfb": "qcow2", b"\x1f\x8b": "gz", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_QCOW2_SIZE = 24


@dataclass(frozen=True)
class Image:
    """``size`` is that of the file, ``disk`` that of the disk it makes: 0 where only CDI can tell. In bytes."""

    file: pathlib.Path
    form: str
    size: int
    disk: int


def look(file: pathlib.Path) -> Image:
    """The image in that file; raises `InvalidInput` for one that cannot be read or is empty."""
    try:
        with file.open("rb") as content:
            head = content.read(_SECTOR)
        size = file.stat().st_size
    except OSError as exc:
        raise InvalidInput(f"{file}: {exc.strerror}", path=("file",)) from exc
    if not size:
        raise InvalidInput(f"{file} is empty", path=("file",))
    form = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "raw")
    return Image(file, form, size, _disk(form, head, size))


def _disk(form: str, head: bytes, size: int) -> int:
    if form == "qcow2" and len(head) >= _QCOW2_SIZE + 8:
        return int(struct.unpack_from(">Q", head, _QCOW2_SIZE)[0])
    return -(-size // _SECTOR) * _SECTOR if form == "raw" else 0


def digest(image: Image, progress: Callable[[int, int], None]) -> str:
    """The file's SHA-256; ``progress`` is told bytes done and bytes in all."""
    found, done = hashlib.sha256(), 0
    try:
        with image.file.open("rb") as content:
            while piece := content.read(_PIECE):
                found.update(piece)
                done += len(piece)
                progress(done, image.size)
    except OSError as exc:
        raise InvalidInput(f"{image.file}: {exc.strerror}", path=("file",)) from exc
    return found.hexdigest()
