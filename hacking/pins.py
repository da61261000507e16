# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves requirements/ anew and writes requirements/constraints.txt.

Run by the oldest supported Python, so that what it picks installs on the newer ones too. ansible-core and resolvelib
are left out: they differ by supported version and stand in requirements/core-*.txt.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from environment import REQUIREMENTS, ROOT, SETS, core_for

HEADER = (
    "# Every package of .venv and of the smoke environments, pinned; `make pins` writes it. ansible-core: core-*.txt.\n"
)
ELSEWHERE = ("ansible-core==", "resolvelib==")


def resolve() -> list[str]:
    """The pins pip arrives at today in an empty environment."""
    wanted = [ROOT / "requirements.txt", *(REQUIREMENTS / f"{name}.txt" for name in SETS["test"])]
    wanted.append(REQUIREMENTS / f"core-{core_for(sys.version_info[:2])}.txt")
    with tempfile.TemporaryDirectory(prefix="kubevim-nfvi-pins-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [f"{folder}/bin/python", "-m", "pip"]
        # setuptools: Python 3.12 brings none, and some packages want it there
        arguments = [argument for path in wanted for argument in ("-r", str(path))]
        subprocess.run([*pip, "install", "--upgrade", "setuptools", *arguments], check=True)
        frozen = subprocess.run([*pip, "freeze", "--all"], check=True, capture_output=True, text=True).stdout
    return [line for line in frozen.splitlines() if not line.startswith((*ELSEWHERE, "pip=="))]


def main() -> None:
    """Write the pins, sorted as people look for them."""
    pins = sorted(resolve(), key=str.lower)
    Path(REQUIREMENTS / "constraints.txt").write_text(HEADER + "\n".join(pins) + "\n")
    print(f"{len(pins)} packages pinned")


if __name__ == "__main__":
    main()
