# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What some tests need of the host itself; who lacks it is told what was left out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def needs(*wanted: str | Path, root: bool = False) -> None:
    """Leave the test out where a program or a file is missing, or where it takes root."""
    missing = [str(each) for each in wanted if not _is_there(each)]
    if missing:
        pytest.skip(f"not on this host: {', '.join(missing)}")
    if root and os.geteuid() != 0:
        pytest.skip("it takes root")


def _is_there(wanted: str | Path) -> bool:
    if isinstance(wanted, Path):
        return wanted.exists()
    return shutil.which(wanted, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is not None
