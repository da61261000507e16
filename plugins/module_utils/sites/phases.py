# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases of a site, in their order; each has a role and a tag of this name."""

from __future__ import annotations

PHASES = ("power", "maintenance", "config", "bootstrap", "network", "virtualization", "vnfs", "verify")


def remaining(phase: str) -> list[str]:
    """``phase`` and those after it; all when there is none."""
    return list(PHASES[PHASES.index(phase) :]) if phase in PHASES else list(PHASES)
