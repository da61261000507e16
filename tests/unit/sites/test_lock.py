# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time, and no lock outlives its process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Busy
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.lock import Holder, holder_of, release, take
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.process import Process

MINE = Holder(Process.of(os.getpid()), "2026-11-21T13:00:00+00:00", "ansible-playbook kubevim.nfvi.site")


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Another process that lives as long as its input is open."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield child
    child.kill()
    child.wait()


def test_a_living_holder_is_named(tmp_path: Path, other: subprocess.Popen[bytes]) -> None:
    theirs = replace(MINE, process=Process.of(other.pid))
    take(tmp_path / "lock", theirs, "edge-1")
    with pytest.raises(Busy, match=rf"site edge-1: .*process {other.pid} on .* since 2026-11-21.*kubevim.nfvi.site"):
        take(tmp_path / "lock", MINE, "edge-1")
    assert holder_of(tmp_path / "lock") == theirs


def test_the_lock_of_a_dead_process_is_stale(tmp_path: Path, other: subprocess.Popen[bytes]) -> None:
    take(tmp_path / "lock", replace(MINE, process=Process.of(other.pid)), "edge-1")
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # dead, but still a zombie
    assert holder_of(tmp_path / "lock") is None
    take(tmp_path / "lock", MINE, "edge-1")
    assert holder_of(tmp_path / "lock") == MINE


def test_a_later_process_of_the_same_number_is_another(tmp_path: Path) -> None:
    earlier = replace(MINE.process, started=MINE.process.started - 1)
    take(tmp_path / "lock", replace(MINE, process=earlier), "edge-1")
    assert holder_of(tmp_path / "lock") is None


def test_a_process_of_another_host_counts_as_alive(tmp_path: Path) -> None:
    take(tmp_path / "lock", replace(MINE, process=Process("elsewhere", 1, 1)), "edge-1")
    with pytest.raises(Busy, match="on elsewhere"):
        take(tmp_path / "lock", MINE, "edge-1")


def test_only_the_holder_gives_it_back(tmp_path: Path, other: subprocess.Popen[bytes]) -> None:
    take(tmp_path / "lock", MINE, "edge-1")
    release(tmp_path / "lock", Process.of(other.pid))
    assert holder_of(tmp_path / "lock") == MINE
    release(tmp_path / "lock", MINE.process)
    assert holder_of(tmp_path / "lock") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"process": {"pid": 1}}'])
def test_what_was_not_written_whole_holds_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    take(tmp_path / "lock", MINE, "edge-1")
    assert holder_of(tmp_path / "lock") == MINE


def test_the_lock_is_its_users_alone(tmp_path: Path) -> None:
    take(tmp_path / "lock", MINE, "edge-1")
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
