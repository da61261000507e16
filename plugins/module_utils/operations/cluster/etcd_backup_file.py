# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that etcd is to be restored from: which one it is, whether it is whole, and whose cluster is in it.

All of it is found out before anything is sent, as a machine that was sent a bad one has to be wiped again.
"""

from __future__ import annotations

import base64
import binascii
import mmap
from collections.abc import Iterator
from pathlib import Path

from ...core.error import InvalidInput, NfviError, NotFound
from ...core.given import Given
from ...resources.machine_config.documents import parse
from .talos_etcd_snapshot import Snapshot, checked, copied

_SUFFIX = ".snapshot"
# bbolt's first page: 16 bytes of header, then its mark in the byte order of the machine that wrote it (db.go, page.go).
_MARK_AT = 16
_MARKS = tuple((0xED0CDAED).to_bytes(4, order) for order in ("little", "big"))
# Kubernetes publishes its own CA in every namespace (kube-controller-manager, rootcacertpublisher); neither the key nor
# the value of a ConfigMap is encrypted unless somebody asks for that.
_PUBLISHED = b"/registry/configmaps/kube-system/kube-root-ca.crt"
_BLOCK = 1 << 16


def chosen(given: Given) -> Path:
    """The file under ``path``; where that is a folder, the newest backup in it. Raises `NotFound`."""
    path = Path(given.text("path")).expanduser()
    if not path.is_dir():
        return path
    found = [file for file in path.iterdir() if file.suffix == _SUFFIX and file.is_file()]
    if not found:
        raise NotFound(f"holds no file *{_SUFFIX}", object=str(path), path=given.at("path").path)
    return max(found, key=lambda file: file.stat().st_mtime)


def read(given: Given, path: Path, *, skip_hash_check: bool) -> Snapshot:
    """What is in the file; raises `InvalidInput` for one that etcd could not be restored from, and `NotFound`."""
    place, name = given.at("path").path, f"etcd snapshot {path}"
    try:
        found = copied(path) if skip_hash_check else checked(path)
        with path.open("rb") as file:
            file.seek(_MARK_AT)
            if file.read(4) not in _MARKS:
                raise InvalidInput("is not a database of etcd", object=name, path=place)
    except FileNotFoundError as error:
        raise NotFound("there is no such file", object=name, path=place) from error
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", object=name, path=place) from error
    except InvalidInput:
        raise
    except NfviError as error:
        raise InvalidInput(error.reason, object=name, path=place, hint="take another backup") from error
    return found


def pieces(path: Path) -> Iterator[bytes]:
    """The file, a piece at a time."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def authority(configuration: str | None) -> bytes:
    """The CA of the machine's Kubernetes as it is published: the lines of its PEM. Empty when it is not known."""
    encoded = parse(configuration).get("cluster", "ca", "crt") if configuration else None
    try:
        pem = base64.b64decode(encoded or "")
    except (binascii.Error, ValueError):
        return b""
    return b"\n".join(line for line in pem.splitlines() if line and not line.startswith(b"-----"))


def foreign(path: Path, ours: bytes) -> bool:
    """Whether the backup is of another cluster: it has a published CA, and ours is nowhere in it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return bool(ours) and content.find(ours) < 0 and content.find(_PUBLISHED) >= 0
