# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many servers at once: what they find at their next start. Observe all, plan, and only then touch any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.error import NfviError, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from .bios import read_bios
from .boot_apply import Done, carry_out
from .boot_plan import Seen, Work, plan_boot
from .boot_wanted import Wanted
from .many import all_of, each_done, in_parallel
from .media import read_drives
from .registry import UNKNOWN, read_registry
from .session import Connect
from .system import located
from .wanted import Bmc, parse_bmcs


def boot(given: Given, connect: Connect, mode: Mode) -> Result:
    """Bring virtual media and BIOS settings of every server to what is wanted.

    Nothing is written anywhere when one BMC cannot be asked, is not the server's, or cannot do what is wanted.
    """
    bmcs, wanted = parse_bmcs(given), Wanted.parse(given)

    def planned(bmc: Bmc) -> Work:
        return plan(bmc, wanted, connect, mode)

    works = all_of(in_parallel(planned, bmcs))
    outcomes = [Done(work.after) for work in works]
    if mode.apply:
        outcomes = apply(works, wanted, connect, mode)
    told = [text for work, done in zip(works, outcomes, strict=True) for text in warnings(work, done)]
    changes = Plan.of(change for work in works for change in work.changes)
    result = Result(changes, verified=all(work.before.system.known for work in works)).warning(*told)
    servers = [as_result(work.bmc.name, done.seen, wanted) for work, done in zip(works, outcomes, strict=True)]
    return result.named("servers", servers)


def plan(bmc: Bmc, wanted: Wanted, connect: Connect, mode: Mode) -> Work:
    """The work on one server; raises with the server and its place in the user's input."""
    try:
        return plan_boot(bmc, wanted, observe(bmc, wanted, connect, mode))
    except NfviError as error:
        error.about(bmc.object, path=bmc.path)
        raise


def observe(bmc: Bmc, wanted: Wanted, connect: Connect, mode: Mode) -> Seen:
    """The server as far as it matters; with ``pending``, one whose BMC does not answer is assumed."""
    try:
        with connect(bmc) as redfish:
            system, resource = located(bmc, redfish)
            drives = read_drives(resource, redfish) if wanted.media else ()
            bios = read_bios(resource, redfish) if wanted.bios else None
            registry = read_registry(bios, redfish) if bios else UNKNOWN
            return Seen(system, drives, bios, registry)
    except Unreachable:
        if mode.pending:
            return Seen.assumed(bmc.macs)
        raise


def apply(works: Sequence[Work], wanted: Wanted, connect: Connect, mode: Mode) -> list[Done]:
    """Carry out all work; raises `Partial` when some servers failed and others did not."""

    def one(work: Work) -> Done:
        if not work.todo:
            return Done(work.after)
        with connect(work.bmc) as redfish:
            return carry_out(work, redfish, wanted, mode)

    return each_done(in_parallel(one, works), lambda number: map(str, works[number].changes))


def warnings(work: Work, done: Done) -> Iterator[str]:
    """What users should know about one server."""
    if not work.bmc.validate_certs:
        yield f"{work.bmc.object}: the BMC's certificate is not verified"
    if not work.before.registry.complete:
        yield f"{work.bmc.object}: the BMC has no attribute registry of its BIOS; only the types of values were checked"
    yield from done.warnings
    if done.seen.bios is not None and done.seen.bios.pending and done.seen.system.runs:
        names = ", ".join(sorted(done.seen.bios.pending))
        yield f"{work.bmc.object}: not in force before the server is restarted: {names}"


def as_result(name: str, seen: Seen, wanted: Wanted) -> Json:
    """The entry of the module's result; of the BIOS the attributes that were asked for, and all that wait."""
    asked = wanted.bios.value if wanted.bios else {}
    current = seen.bios.current if seen.bios else {}
    system = seen.system
    return {
        "name": name,
        "power": system.power,
        "uuid": system.uuid,
        "serial": system.serial,
        "boot": {"source": system.boot, "enabled": system.enabled},
        "media": [drive.as_result() for drive in seen.drives],
        "bios": {
            "current": {key: current[key] for key in asked if key in current},
            "pending": dict(seen.bios.pending) if seen.bios else {},
        },
        "restart_required": seen.restart_required,
    }
