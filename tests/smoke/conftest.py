# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The supported versions of ansible-core, each in an environment of its own (hacking/environment.py cores)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from environment import CORES, MAIN, core_environment

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session", params=sorted(CORES))
def core(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs one of Ansible's programs as `core("ansible-doc", "-l")` with this version; fails when it fails."""
    bin_folder = core_environment(request.param) / "bin"
    home = tmp_path_factory.mktemp(f"home-{request.param}")
    environment = {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(MAIN / "collections"),
        "ANSIBLE_DEPRECATION_WARNINGS": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }

    def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [bin_folder / program, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{program} {arguments}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    return run
