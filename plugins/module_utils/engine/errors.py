# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several faults at once, told as one."""

from __future__ import annotations

from collections.abc import Iterable

from ..clients.kube.errors import Refused
from ..core.error import Finding, NfviError
from .item import Item

# How many faults are told in full; a thing that is wrong with all is told once.
TOLD = 10


def raise_all(faults: Iterable[tuple[Item, NfviError]]) -> None:
    """Raise the only fault as it is; of several the first, whose reason then lists them all.

    Each comes with its object; the place in the object becomes the one in the user's input.
    """
    told = [_placed(fault, item) for item, fault in faults]
    if not told:
        return
    first, others = told[0], told[1:]
    same = [fault for fault in others if (fault.kind, fault.reason) == (first.kind, first.reason)]
    rest = [fault for fault in others if fault not in same]
    alike = [f"the same with {len(same)} more"] if same else []
    different = [f"and {len(rest)} more: " + "; ".join(str(fault) for fault in rest[:TOLD])] if rest else []
    first.retryable = all(fault.retryable for fault in told)
    first.reason = "; ".join([first.reason, *alike, *different])
    raise first


def _placed(fault: NfviError, item: Item) -> NfviError:
    fault.path = item.place.of(fault.path)
    if isinstance(fault, Refused) and len(fault.findings) > 1:
        _place_all(fault, item)
    return fault.about(item.label)


def _place_all(fault: Refused, item: Item) -> None:
    """Every finding at its own place below the object's, or all of them at the one place that they are about."""
    paths = [item.place.of(each.path) for each in fault.findings]
    if len(set(paths)) == 1:
        fault.path = paths[0]
    below = len(fault.path)
    pairs = zip(paths, fault.findings, strict=True)
    fault.reason = "; ".join(str(Finding(path[below:], each.reason)) for path, each in pairs)
