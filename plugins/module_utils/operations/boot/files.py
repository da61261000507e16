# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of boot media: what is there, what is to be there, and the steps between; they hold no secrets."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...core.change import Change
from ...core.error import Precondition
from ...core.plan import Plan

Files = Mapping[Path, bytes]


def observe(paths: set[Path]) -> dict[Path, bytes]:
    """The contents of those of the files that are there."""
    found = {}
    for path in paths:
        try:
            found[path] = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as exc:
            raise Precondition(f"cannot be read: {exc.strerror}", object=str(path)) from exc
    return found


def plan(wanted: Files, found: Files) -> Plan:
    """Files that are to be made, rewritten and removed, in the order of their names."""
    return Plan.of(change for path in sorted({*wanted, *found}) for change in _change(path, wanted, found))


def _change(path: Path, wanted: Files, found: Files) -> Iterator[Change]:
    before, after = found.get(path), wanted.get(path)
    if before == after:
        return
    action = "create" if before is None else "delete" if after is None else "update"
    yield Change(action, f"file {path}", before=_shown(before), after=_shown(after))


def _shown(content: bytes | None) -> str | None:
    """For a diff: text as it is, anything else by its size and its digest."""
    if content is None:
        return None
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        return f"{len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}"


def apply(wanted: Files, found: Files) -> None:
    """Carry out what `plan` said; each file is there in one piece."""
    for path in sorted({*wanted, *found}):
        try:
            if path not in wanted:
                path.unlink(missing_ok=True)
            elif wanted[path] != found.get(path):
                _write(path, wanted[path])
        except OSError as exc:
            raise Precondition(f"cannot be written: {exc.strerror}", object=str(path)) from exc


def _write(path: Path, content: bytes) -> None:
    """Readable by all: servers read it under users of their own, and so does everybody on the network."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    os.chmod(draft, 0o644)
    os.replace(draft, path)
