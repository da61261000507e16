# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a call is to be carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .clock import Clock, SystemClock
from .mask import Masker


def silent(_line: str) -> None:
    """Progress that nobody reads."""


@dataclass(frozen=True)
class Mode:
    """``apply`` is False in check mode. ``pending`` says that what is not there yet is made by this very plan (check
    mode only).
    """

    apply: bool = True
    pending: bool = False
    progress: Callable[[str], None] = silent
    clock: Clock = field(default_factory=SystemClock)
    masker: Masker = field(default_factory=Masker)
