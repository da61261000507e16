# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many servers at once: what they are made of. Nothing is ever written."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.error import NfviError, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.result import Result
from . import inventory
from .many import all_of, in_parallel
from .session import Connect
from .system import System, located
from .wanted import Bmc, parse_bmcs


def info(given: Given, connect: Connect, mode: Mode) -> Result:
    """The hardware of every server, as far as it is asked for; raises when one BMC cannot be asked."""
    bmcs = parse_bmcs(given)
    parts = [str(item.value) for item in given.items("gather")]

    def look(bmc: Bmc) -> Json:
        return read(bmc, parts, connect, mode)

    servers = all_of(in_parallel(look, bmcs))
    warnings = [f"{bmc.object}: the BMC's certificate is not verified" for bmc in bmcs if not bmc.validate_certs]
    known = all(server["known"] for server in servers)
    return Result(verified=known).warning(*warnings).named("servers", servers)


def read(bmc: Bmc, parts: Sequence[str], connect: Connect, mode: Mode) -> Json:
    """One server; raises with the server and its place in the user's input."""
    try:
        with connect(bmc) as redfish:
            system, resource = located(bmc, redfish)
            found = {part: inventory.PARTS[part](resource, redfish) for part in parts}
            firmware = str(resource.body.get("BiosVersion") or "")
            return {**_common(bmc, system), "bios_version": firmware, "bmc": inventory.bmc(resource, redfish), **found}
    except NfviError as error:
        if mode.pending and isinstance(error, Unreachable):
            return _common(bmc, System.assumed(bmc.macs))
        error.about(bmc.object, path=bmc.path)
        raise


def _common(bmc: Bmc, system: System) -> dict[str, Json]:
    return {**system.as_result(bmc.name), "known": system.known}
