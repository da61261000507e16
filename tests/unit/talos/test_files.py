# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secret files: private, whole, never overwritten by accident."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Conflict, Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_files as files


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "site" / "secrets.yaml"
    files.create(path, b"x")
    assert (path.read_bytes(), _mode(path), _mode(path.parent)) == (b"x", 0o600, 0o700)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_there_is_never_written_again(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    path.write_bytes(b"precious")
    with pytest.raises(Conflict):
        files.create(path, b"x")
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_a_replaced_file_is_private_whatever_it_was(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_bytes(b"old")
    path.chmod(0o644)
    assert [change.before for change in files.exposed(path, "kubeconfig")] == ["0644"]
    files.replace(path, b"new")
    assert (path.read_bytes(), _mode(path)) == (b"new", 0o600)
    assert list(files.exposed(path, "kubeconfig")) == []


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Precondition, match="cannot be written"):
        files.replace(tmp_path / "file" / "below", b"x")
