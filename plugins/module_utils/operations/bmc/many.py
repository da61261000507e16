# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same for many servers at once, and what it comes to when some of them fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...core.error import NfviError, Partial, together

LIMIT = 16
"""Servers worked on at the same time."""

A = TypeVar("A")
B = TypeVar("B")


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
        paths = {error.path for error in errors}
        raise type(errors[0])(
            together(errors),
            path=paths.pop() if len(paths) == 1 else (),  # an option that is wrong for all of them
            hint="; ".join(hints),
            retryable=all(e.retryable for e in errors),
        )
    return [outcome for outcome in outcomes if not isinstance(outcome, NfviError)]


def each_done(outcomes: Sequence[B | NfviError], actions: Callable[[int], Iterable[str]]) -> list[B]:
    """The values of work that was carried out; ``actions`` are those of the work with that number.

    Raises the error of the only one, or `Partial` when some failed, with what was done on all of them.
    """
    errors = [outcome for outcome in outcomes if isinstance(outcome, NfviError)]
    if not errors:
        return all_of(outcomes)
    if len(outcomes) == 1:
        raise errors[0]
    done = [
        action
        for number, outcome in enumerate(outcomes)
        for action in (outcome.done if isinstance(outcome, NfviError) else actions(number))
    ]
    raise _partial(errors, len(outcomes)).after(done)


def _partial(errors: Sequence[NfviError], total: int) -> Partial:
    reason = f"{len(errors)} of {total} servers failed: {together(errors)}"
    return Partial(reason, hint="call it again: what is done stays done", retryable=all(e.retryable for e in errors))
