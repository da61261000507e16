# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes quantities (apimachinery pkg/api/resource)."""

from __future__ import annotations

import re
from decimal import Decimal

_SUFFIX = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(1000),
    **{letter: Decimal(1000) ** (index + 2) for index, letter in enumerate("MGTPE")},
    **{f"{letter}i": Decimal(1024) ** (index + 1) for index, letter in enumerate("KMGTPE")},
}
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_FORM = re.compile(r"^([+-]?[0-9.]+)([eE][+-]?[0-9]+)?([numkMGTPE]?i?)$")


def parse(value: object) -> Decimal:
    """A quantity as a number; nothing at all is 0, a text that is none raises ValueError."""
    if value is None:
        return Decimal(0)
    match = _FORM.match(str(value))
    if match is None or match[3] not in _SUFFIX:
        raise ValueError(f"not a quantity: {value}")
    return Decimal(match[1] + (match[2] or "")) * _SUFFIX[match[3]]


def mebibytes(amount: Decimal) -> str:
    """Bytes, rounded up, as ``…Mi``."""
    return f"{-int(-amount // 1048576)}Mi"


def binary(amount: Decimal) -> str:
    """Bytes with the largest binary suffix that needs no fraction, as upstream writes what it has computed."""
    power = 0
    while power < len(_BINARY) - 1 and amount and amount % 1024 == 0:
        amount, power = amount / 1024, power + 1
    return f"{int(amount)}{_BINARY[power]}"
