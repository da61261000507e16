# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions in the names of images."""

from __future__ import annotations

import re

from ...core.error import InvalidInput
from .contract import Contract, runs


def wrong_kubernetes(image: str, contract: Contract) -> str | None:
    """Why the contract's Talos cannot run an image of Kubernetes, or None; a tag that is no version says nothing."""
    tag = image.partition("@")[0].rpartition(":")[2]
    if not re.match(r"v?\d+\.\d+\.\d+", tag):
        return None
    try:
        runs(contract, tag)
    except InvalidInput as error:
        return f"{error.reason} ({error.hint})"
    return None
