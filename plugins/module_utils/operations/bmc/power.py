# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many servers at once: observe all, plan, and only then touch any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...core.error import NfviError, Partial, Unreachable, together
from ...core.given import Given
from ...core.mode import Mode
from ...core.plan import Plan
from ...core.result import Result
from .apply import carry_out
from .plan import Work, plan_server
from .session import Connect
from .system import System, read
from .wanted import Bmc, Wanted, parse_bmcs

LIMIT = 16
"""Servers worked on at the same time."""

A = TypeVar("A")
B = TypeVar("B")


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

    outcomes = in_parallel(one, works)
    errors = [outcome for outcome in outcomes if isinstance(outcome, NfviError)]
    if not errors:
        return [text for outcome in outcomes if not isinstance(outcome, NfviError) for text in outcome]
    done = [action for work, outcome in zip(works, outcomes, strict=True) for action in _done(work, outcome)]
    raise (errors[0] if len(works) == 1 else _partial(errors, len(works)).after(done))


def in_parallel(function: Callable[[A], B], items: Sequence[A]) -> list[B | NfviError]:
    """What ``function`` returns or raises for each item, in the order of the items."""

    def guarded(item: A) -> B | NfviError:
        try:
            return function(item)
        except NfviError as error:
            return error

    with ThreadPoolExecutor(max_workers=LIMIT) as pool:
        return list(pool.map(guarded, items))


def all_of(outcomes: Sequence[B | NfviError]) -> list[B]:
    """The values; or one error that tells every reason, of the first one's kind."""
    errors = [outcome for outcome in outcomes if isinstance(outcome, NfviError)]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        hints = dict.fromkeys(error.hint for error in errors if error.hint)
        raise type(errors[0])(together(errors), hint="; ".join(hints), retryable=all(e.retryable for e in errors))
    return [outcome for outcome in outcomes if not isinstance(outcome, NfviError)]


def _partial(errors: Sequence[NfviError], total: int) -> Partial:
    reason = f"{len(errors)} of {total} servers failed: {together(errors)}"
    return Partial(reason, hint="call it again: what is done stays done", retryable=all(e.retryable for e in errors))


def _done(work: Work, outcome: tuple[str, ...] | NfviError) -> tuple[str, ...]:
    return outcome.done if isinstance(outcome, NfviError) else tuple(str(change) for change in work.changes)
