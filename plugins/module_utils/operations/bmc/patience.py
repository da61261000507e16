# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a BMC is asked for the state it is to reach: they are slow, and have no way to tell."""

from __future__ import annotations

from ...core.clock import Deadline

_FIRST, _LONGEST, _GROWTH = 0.5, 5.0, 1.5


class Patience:
    """Pauses between looks, each longer than the one before, none past the deadline (seconds)."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._next = _FIRST

    def rest(self) -> None:
        """Come back when it is time for another look."""
        self._deadline.clock.sleep(min(self._next, self._deadline.left))
        self._next = min(self._next * _GROWTH, _LONGEST)
