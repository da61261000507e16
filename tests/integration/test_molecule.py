# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The molecule scenarios, by molecule itself: playbooks and roles as others test them, against a lab of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted(file.parent.name for file in (ROOT / "extensions" / "molecule").glob("*/molecule.yml"))
STEPS = ("converge", "idempotence", "verify")


@pytest.mark.full
@pytest.mark.timeout(900)
def test_every_scenario_converges_once_and_is_verified(tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_HOME": str(tmp_path),
    }
    command = [programs / "molecule", "test", "--all"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)  # coloured whatever the environment says
    assert done.returncode == 0, said[-6000:]
    went_well = set(re.findall(r"(\w+) ➜ (\w+): Executed: Successful", said))
    assert went_well >= {(scenario, step) for scenario in SCENARIOS for step in STEPS}
