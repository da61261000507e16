# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on a machine's disks beside Talos itself: a signature somebody left, and volumes that are in use."""

from __future__ import annotations


class Drives:
    """By a disk's name: ``signatures`` what its first sectors look like (xfs, gpt), ``volumes`` who uses it."""

    def __init__(self) -> None:
        self.signatures: dict[str, str] = {}
        self.volumes: dict[str, str] = {}

    def wipe(self, disk: str) -> None:
        """Nothing is found there any more."""
        self.signatures.pop(disk, None)
