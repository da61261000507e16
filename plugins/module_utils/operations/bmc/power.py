# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many servers at once: observe all, plan, and only then touch any."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.error import NfviError, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.plan import Plan
from ...core.result import Result
from .apply import carry_out
from .many import all_of, each_done, in_parallel
from .plan import Work, plan_server
from .session import Connect
from .system import System, read
from .wanted import Bmc, Wanted, parse_bmcs


def power(given: Given, connect: Connect, mode: Mode) -> Result:
    """Bring every server's power to the state that is wanted.

    Nothing is written anywhere when one BMC cannot be asked, is not the server's, or cannot do what is wanted.
    """
    bmcs, wanted = parse_bmcs(given), Wanted.parse(given)
    systems = all_of(in_parallel(lambda bmc: observe(bmc, connect, mode), bmcs))
    works = [plan_server(bmc, wanted, system) for bmc, system in zip(bmcs, systems, strict=True)]
    warnings = [f"{bmc.object}: the BMC's certificate is not verified" for bmc in bmcs if not bmc.validate_certs]
    if mode.apply:
        warnings += apply([work for work in works if work.waits], wanted, connect, mode)
    plan = Plan.of(change for work in works for change in work.changes)
    result = Result(plan, verified=all(system.known for system in systems)).warning(*warnings)
    return result.named("servers", [work.after.as_result(work.bmc.name) for work in works])


def observe(bmc: Bmc, connect: Connect, mode: Mode) -> System:
    """The server as it is; with ``pending``, one whose BMC does not answer is taken to be off."""
    try:
        with connect(bmc) as redfish:
            return read(bmc, redfish)
    except NfviError as error:
        if mode.pending and isinstance(error, Unreachable):
            return System.assumed(bmc.macs)
        error.about(bmc.object, path=bmc.path)
        raise


def apply(works: Sequence[Work], wanted: Wanted, connect: Connect, mode: Mode) -> list[str]:
    """Carry out all work and return its warnings; raises `Partial` when some servers failed and others did not."""

    def one(work: Work) -> tuple[str, ...]:
        with connect(work.bmc) as redfish:
            return carry_out(work, redfish, wanted, mode)

    warnings = each_done(in_parallel(one, works), lambda number: map(str, works[number].changes))
    return [text for texts in warnings for text in texts]
