# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup becomes the data of a new etcd with one member, by the real etcdutl.

Order and words are those of siderolabs/talos, internal/app/machined/pkg/system/services/etcd.go: the backup is read
through, then restored, then deleted. What a restore that failed has left behind stays, as it does there.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path

from ..parent import die_with_parent
from .settings import Settings
from .site import Site


class RecoveryFailed(Exception):
    """The backup could not be restored; the text is etcdutl's."""


@dataclass(frozen=True)
class Recovery:
    """How a backup is to be restored: ``skip_hash_check`` for a copy of a data directory, which has no digest."""

    skip_hash_check: bool = False


async def recover(etcdutl: Path, settings: Settings, site: Site, recovery: Recovery) -> None:
    """Make the member's data directory from the backup; raises RecoveryFailed."""
    backup = str(site.etcd_snapshot)
    try:
        await _run(etcdutl, site.folder, "snapshot", "status", backup)
    except RecoveryFailed as failed:
        raise RecoveryFailed(f"error verifying snapshot: {failed}") from failed
    try:
        await _run(etcdutl, site.folder, "snapshot", "restore", backup, *_as_one_member(settings, site, recovery))
    except RecoveryFailed as failed:
        raise RecoveryFailed(f"error recovering from the snapshot: {failed}") from failed
    site.etcd_snapshot.unlink()


def _as_one_member(settings: Settings, site: Site, recovery: Recovery) -> list[str]:
    """Talos gives no token, so that the ids of the new cluster and its member are not those of the bootstrapped one;
    but two restores on one machine make the same.
    """
    return [
        "--initial-cluster-token=",
        f"--name={settings.hostname}",
        f"--data-dir={site.etcd_data}",
        f"--initial-cluster={settings.hostname}={site.peer_url}",
        f"--initial-advertise-peer-urls={site.peer_url}",
        f"--skip-hash-check={str(recovery.skip_hash_check).lower()}",
    ]


async def _run(etcdutl: Path, folder: Path, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        str(etcdutl),
        *arguments,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=die_with_parent,
        env={"PATH": os.defpath, "HOME": str(folder)},
    )
    try:
        _none, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RecoveryFailed(_reason(said.decode(errors="replace")))


def _reason(said: str) -> str:
    """The last line that is not a log entry (those are JSON objects), without ``Error:`` before it."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not _is_log(line)]
    return lines[-1].removeprefix("Error:").strip() if lines else "etcdutl said nothing"


def _is_log(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
