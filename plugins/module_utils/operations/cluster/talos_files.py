# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that hold secrets: readable by their owner only, and never half-written."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.change import Change
from ...core.error import Conflict, Precondition

PRIVATE = 0o600
_FOLDER = 0o700


def read(path: Path) -> bytes | None:
    """The file's content, None when there is no such file; raises `Precondition` when it may not be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise Precondition(f"cannot be read: {exc.strerror}", object=str(path)) from exc


def exposed(path: Path, target: str) -> Iterator[Change]:
    """The change that makes an existing file private, when others may read it."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return
    if mode & ~PRIVATE:
        yield Change("update", target, ("mode",), f"{mode:04o}", f"{PRIVATE:04o}")


def create(path: Path, data: bytes) -> None:
    """Write a file that must not be there yet; raises `Conflict` when somebody else made it meanwhile."""
    temporary = _written(path, data)
    try:
        os.link(temporary, path)
    except FileExistsError as exc:
        raise Conflict("was made by somebody else meanwhile", object=str(path), retryable=True) from exc
    finally:
        temporary.unlink()
    _settle(path.parent)


def replace(path: Path, data: bytes) -> None:
    """Write a file in one step, whatever was there before."""
    os.replace(_written(path, data), path)
    _settle(path.parent)


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """A private file beside ``path`` to write to; if the block ends well it takes that place, else it goes."""
    draft = _written(path, b"")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _settle(path.parent)


def protect(path: Path) -> None:
    """Take the file away from the eyes of others."""
    path.chmod(PRIVATE)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else of ours reads and rewrites a file of that folder meanwhile: contexts of one file do not get lost.

    The folder itself is locked, so that no lock file is left behind.
    """
    folder = path.resolve().parent
    try:
        folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as exc:
        raise Precondition(f"cannot be written: {exc.strerror}", object=str(path)) from exc
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _written(path: Path, data: bytes) -> Path:
    """A new private file beside ``path`` that is on the disk for good."""
    try:
        path.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except OSError as exc:
        raise Precondition(f"cannot be written: {exc.strerror}", object=str(path)) from exc
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _settle(folder: Path) -> None:
    """Make the folder's new entry survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
