# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong when a program is looked for or built."""

from __future__ import annotations


class ProgramError(RuntimeError):
    """A program of the lab is missing or could not be built; the message says what to do."""
