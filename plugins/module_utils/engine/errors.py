# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several faults at once, told as one."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.error import NfviError
from ..core.path import Path


def raise_all(faults: Iterable[tuple[str, Path, NfviError]]) -> None:
    """Raise the only fault as it is; of several the first, whose reason then lists them all.

    Each comes with its object and that object's place in the user's input, in front of the place in the object itself.
    """
    told = [_placed(fault, label, path) for label, path, fault in faults]
    if not told:
        return
    first = told[0]
    if len(told) > 1:
        first.reason = f"{first.reason}; and {len(told) - 1} more: " + "; ".join(str(f) for f in told[1:10])
        first.retryable = all(f.retryable for f in told)
    raise first


def _placed(fault: NfviError, label: str, path: Path) -> NfviError:
    fault.path = (*path, *fault.path)
    return fault.about(label)
