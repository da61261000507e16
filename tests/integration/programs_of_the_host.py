# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What some of the long tests need of the host itself; `.ci/run` installs it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def needs(*wanted: str | Path, root: bool = False) -> None:
    """Fail where a program or a file is missing, or where it takes root."""
    missing = [str(each) for each in wanted if not _is_there(each)]
    assert not missing, f"not on this host, see .ci/run: {', '.join(missing)}"
    assert not root or os.geteuid() == 0, "it takes root: network namespaces, and the ports of DHCP and TFTP"


def _is_there(wanted: str | Path) -> bool:
    if isinstance(wanted, Path):
        return wanted.exists()
    return shutil.which(wanted, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is not None
