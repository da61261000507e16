# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make` sets up: everything pinned, every suite run, the same versions named everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml
from environment import CORES, REQUIREMENTS, core_for

ROOT = Path(__file__).parents[2]
# Run by their own targets: make smoke and make bench.
NOT_A_SUITE = {"bench"}


def normalised(requirement: str) -> str:
    name, _equals, version = requirement.partition("==")
    return re.sub(r"[-_.]+", "-", name).lower() + "==" + version


def pinned(*files: str) -> set[str]:
    lines = [line for name in files for line in (REQUIREMENTS / name).read_text().splitlines()]
    return {normalised(line) for line in lines if "==" in line}


def makefile_variable(name: str) -> list[str]:
    found = re.search(rf"^{name} := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert found, f"the Makefile has no {name}"
    return found[1].split()


def test_every_installed_package_is_pinned() -> None:
    core = core_for(sys.version_info[:2])
    frozen = subprocess.run([sys.executable, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout
    installed = {normalised(line) for line in frozen.splitlines()}
    assert not installed - pinned("constraints.txt", f"core-{core}.txt")


def test_every_folder_of_tests_is_a_suite() -> None:
    folders = {
        f"tests/{path.parent.relative_to(ROOT / 'tests').parts[0]}" for path in ROOT.glob("tests/*/**/test_*.py")
    }
    assert folders - {f"tests/{name}" for name in NOT_A_SUITE} == set(makefile_variable("SUITES"))


def test_supported_versions_are_named_alike() -> None:
    pins = {path.stem.removeprefix("core-") for path in REQUIREMENTS.glob("core-*.txt")}
    assert set(CORES) == pins == set(makefile_variable("ALL_CORES"))
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    assert runtime["requires_ansible"] == f">={min(CORES)}.0"


def test_execution_environment_points_at_files_that_exist() -> None:
    environment = yaml.safe_load((ROOT / "meta" / "execution-environment.yml").read_text())
    assert all((ROOT / name).is_file() for name in environment["dependencies"].values())
