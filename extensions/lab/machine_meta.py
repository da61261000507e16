# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The META partition of a machine: values under numbers, which outlive reboots and a reset of other partitions."""

from __future__ import annotations

import json
from pathlib import Path

#: Bytes for all values together, about (siderolabs/go-adv, adv/talos: 256 KiB less its own tags).
CAPACITY = 256 * 1024 - 40


class Meta:
    """Kept in ``file``."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> dict[int, str]:
        """All keys, sorted."""
        if not self._file.exists():
            return {}
        found = json.loads(self._file.read_text(encoding="utf-8"))
        return {int(key): value for key, value in sorted(found.items(), key=lambda item: int(item[0]))}

    def write(self, key: int, value: str) -> bool:
        """Whether there was room for it."""
        values = {**self.load(), key: value}
        if sum(len(each.encode()) + 8 for each in values.values()) > CAPACITY:
            return False
        self._save(values)
        return True

    def delete(self, key: int) -> bool:
        """Whether there was such a key."""
        values = self.load()
        there = values.pop(key, None) is not None
        self._save(values)
        return there

    def clear(self) -> None:
        """The partition is wiped."""
        self._file.unlink(missing_ok=True)

    def _save(self, values: dict[int, str]) -> None:
        self._file.write_text(json.dumps(values), encoding="utf-8")
