# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a caller wants objects converged."""

from __future__ import annotations

from dataclasses import dataclass

FIELD_MANAGER = "kubevim.nfvi"


@dataclass(frozen=True)
class Settings:
    """``on_conflict`` is fail or force; ``verify_unchanged`` is ownership (a cheap proof) or server (a dry run each).

    ``wait_timeout`` is in seconds and holds for the whole list. ``owner`` marks what is applied; with ``prune`` what it
    marked before and is not in the list goes.
    """

    field_manager: str = FIELD_MANAGER
    on_conflict: str = "fail"
    wait: bool = True
    wait_timeout: float = 300.0
    verify_unchanged: str = "ownership"
    namespace: str = "default"
    owner: str = ""
    prune: bool = False
