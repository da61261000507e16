# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users install: the built collection holds what it should, and Galaxy's own importer takes it."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from environment import MAIN, importer_environment

ROOT = Path(__file__).parents[2]
LIMIT = 20_000_000  # bytes; Galaxy's limit for an artifact


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection, built from the files git knows or would add."""
    folder = tmp_path_factory.mktemp("artifact")
    listed = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in (name for name in names if name and (ROOT / name).is_file()):
        (folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tree" / name).symlink_to(ROOT / name)
    command = [MAIN / "bin" / "ansible-galaxy", "collection", "build", "--output-path", folder, folder / "tree"]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.tar.gz")
    return built


def test_holds_the_collection_and_no_workshop(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        names = set(archive.getnames())
    assert {"plugins/modules", "meta/runtime.yml", "requirements.txt", "LICENSE", "extensions/lab/cli.py"} <= names
    assert not {name for name in names if name.split("/")[0] in {".venv", ".cache", ".ci", ".git", "build", "hacking"}}
    assert artifact.stat().st_size < LIMIT


@pytest.mark.full
def test_galaxy_importer_takes_it(artifact: Path) -> None:
    bin_folder = importer_environment() / "bin"
    done = subprocess.run(
        [bin_folder / "python", "-m", "galaxy_importer.main", artifact],
        check=False,
        capture_output=True,
        text=True,
        cwd=artifact.parent,
        env={**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"},
    )
    said = done.stdout + done.stderr
    assert "Importer processing completed successfully" in said, said[-3000:]
    assert "ERROR" not in said, said[-3000:]
