# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Third-party libraries that may be missing: noted at import, reported by name when a call needs them."""

from __future__ import annotations

import sys

from .error import Precondition

_absent: dict[str, ImportError] = {}


def absent(pip_name: str, error: ImportError) -> None:
    """Note that a library could not be imported (called in the ``except ImportError`` of the one file that imports
    it).
    """
    _absent[pip_name] = error


def require_all() -> None:
    """Raise `Precondition` naming every library that is missing."""
    if _absent:
        names = " ".join(sorted(_absent))
        raise Precondition(f"missing for {sys.executable}: {names}", hint=f"pip install {names}")
