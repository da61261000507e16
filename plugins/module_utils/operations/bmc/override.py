# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing the boot source override, which BMCs take and then keep in their own way."""

from __future__ import annotations

from collections.abc import Iterator

from ...clients.redfish.client import Redfish
from ...core.error import StalePlan, Unsupported
from .system import System


def set_override(redfish: Redfish, path: str, source: str, enabled: str, server: str) -> Iterator[str]:
    """Set the override and look whether it was kept: some BMCs accept it and keep another. Yields warnings.

    ``path`` is the ComputerSystem's, ``server`` how warnings name it.
    """
    boot = {"BootSourceOverrideTarget": source, "BootSourceOverrideEnabled": enabled}
    try:
        redfish.patch(redfish.get(path), {"Boot": boot})
    except StalePlan:  # something else in the resource changed between reading and writing: once more
        redfish.patch(redfish.get(path), {"Boot": boot})
    kept = System.parse(redfish.get(path).body)
    if kept.boot != source:
        raise Unsupported(f"the BMC took the boot source {source} and kept {kept.boot}")
    if kept.enabled != enabled:
        yield f"{server}: the BMC keeps its boot override {kept.enabled}, not {enabled}"
