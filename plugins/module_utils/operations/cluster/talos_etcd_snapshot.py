# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup of etcd in a file: taken from one member, checked by its own digest, and there in one piece or not at all.

The file is what `talosctl etcd snapshot` and `etcdctl snapshot save` write: the database, then the SHA-256 of it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ...clients.talos.connection import Connection
from ...core.change import Change
from ...core.error import Internal, NfviError, Precondition, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from . import talos_files as files
from .talos_session import TalosSession

# etcd's databases are made of whole pages, so that what is left over is the digest (etcdutl's snapshot restore).
_PAGE = 512
_DIGEST = hashlib.sha256().digest_size
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Snapshot:
    """A file with a backup: ``size`` in bytes, ``sha256`` of the database, ``made`` in seconds since 1970."""

    path: Path
    size: int
    sha256: str
    made: float

    def described(self) -> Json:
        """For people."""
        made = datetime.fromtimestamp(self.made, UTC).isoformat(timespec="seconds")
        return {"path": str(self.path), "size": self.size, "sha256": self.sha256, "made": made}


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Take a backup, unless the one that is there is whole and younger than ``max_age`` seconds."""
    path, node = Path(given.text("path")).expanduser(), given.text("node")
    kept = _recent(path, float(given.integer("max_age", 0, low=0)), mode)
    if kept is not None:
        return Result().named("snapshot", kept.described())
    plan = Plan.of([Change("replace" if path.exists() else "create", f"etcd snapshot {path} of node {node}")])
    if not mode.apply:
        planned = {"path": str(path), "size": None, "sha256": None, "made": None}
        return Result(plan, verified=_answers(node, session, mode)).named("snapshot", planned)
    session.on(node, _ask)
    with files.drafted(path) as draft:
        session.on(node, lambda connection, _maintenance: _save(connection, draft))
        found = checked(draft)
    return Result(plan).named("snapshot", replace(found, path=path).described())


def checked(path: Path) -> Snapshot:
    """What a file holds; raises `Internal` when its database and its digest do not belong together."""
    size = path.stat().st_size
    if size % _PAGE != _DIGEST:
        raise Internal("is cut short: it does not end with a digest", object=f"etcd snapshot {path}", retryable=True)
    with path.open("rb") as file:
        digest = _digest(file, size - _DIGEST)
        if file.read() != digest.digest():
            raise Internal("is damaged: its digest is another", object=f"etcd snapshot {path}", retryable=True)
    return Snapshot(path, size, digest.hexdigest(), path.stat().st_mtime)


def copied(path: Path) -> Snapshot:
    """The same of a copy of a member's own database, which has no digest that could be checked."""
    found = path.stat()
    with path.open("rb") as file:
        return Snapshot(path, found.st_size, _digest(file, found.st_size).hexdigest(), found.st_mtime)


def _digest(file: BinaryIO, left: int) -> hashlib._Hash:
    """Of the next ``left`` bytes."""
    digest = hashlib.sha256()
    while left:
        block = file.read(min(_BLOCK, left))
        if not block:  # it has become shorter meanwhile
            break
        digest.update(block)
        left -= len(block)
    return digest


def _recent(path: Path, max_age: float, mode: Mode) -> Snapshot | None:
    """The backup that is there, if it is good enough."""
    if not max_age or not path.exists():
        return None
    try:
        found = checked(path)
    except NfviError as error:
        mode.progress(str(error))
        return None
    return found if 0 <= datetime.now(UTC).timestamp() - found.made < max_age else None


def _answers(node: str, session: TalosSession, mode: Mode) -> bool:
    """Whether the machine's etcd can be asked; False only while this very run is to make it."""
    if mode.pending and not session.there:
        return False
    try:
        session.on(node, _ask)
    except (Unreachable, Precondition):
        if mode.pending:
            return False
        raise
    return True


async def _ask(connection: Connection, maintenance: bool) -> None:
    if maintenance:
        raise Precondition("is in maintenance mode", object=connection.name)
    await connection.etcd_status()


async def _save(connection: Connection, draft: Path) -> None:
    with draft.open("wb") as file:
        async for part in connection.etcd_snapshot():
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
