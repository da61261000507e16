# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error type. Every refusal and every fault ends here, so that a user always reads: what, where, why, what
now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from .path import Path, render

# Of so many objects that share a fault the names are told.
_NAMED = 5


class NfviError(Exception):
    """Something that was asked for cannot be done.

    ``reason`` says why in one sentence; ``object`` names the thing ("Subnet ran-up", "node e1"); ``path`` is the place
    in the *user's* input; ``hint`` says what to do about it; ``retryable`` says whether the same call may succeed
    later.
    """

    kind: ClassVar[str] = "internal"
    retryable_by_default: ClassVar[bool] = False

    def __init__(
        self, reason: str, *, object: str = "", path: Path = (), hint: str = "", retryable: bool | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.object = object
        self.path = path
        self.hint = hint
        self.retryable = self.retryable_by_default if retryable is None else retryable
        self.done: tuple[str, ...] = ()

    def about(self, object: str, *, path: Path = ()) -> NfviError:
        """The same error, naming its object (and its place in the user's input) unless it already does."""
        self.object = self.object or object
        self.path = self.path or path
        return self

    def after(self, done: Iterable[str]) -> NfviError:
        """The same error, saying which actions had been carried out before it."""
        self.done = (*done, *self.done)
        return self

    def __str__(self) -> str:
        place = render(self.path)
        head = ": ".join(part for part in (self.object, place, self.reason) if part)
        return f"{head} ({self.hint})" if self.hint else head

    def as_result(self) -> dict[str, Any]:
        """The ``error`` entry of a failed result."""
        return {
            "kind": self.kind,
            "reason": self.reason,
            "object": self.object,
            "path": render(self.path),
            "hint": self.hint,
            "retryable": self.retryable,
        }


class InvalidInput(NfviError):
    """The user's own input is wrong."""

    kind = "invalid_input"


class NotFound(NfviError):
    """The thing does not exist."""

    kind = "not_found"


class Conflict(NfviError):
    """Somebody else holds or changed what we wanted to write."""

    kind = "conflict"


class Forbidden(NfviError):
    """We are known, but not allowed."""

    kind = "forbidden"


class Unauthenticated(NfviError):
    """The peer does not accept who we say we are."""

    kind = "unauthenticated"


class Unreachable(NfviError):
    """No answer, or the connection was cut."""

    kind = "unreachable"
    retryable_by_default = True


class Timeout(NfviError):
    """The time the user gave is over; the state reached is kept."""

    kind = "timeout"
    retryable_by_default = True


class NeverReady(NfviError):
    """Waiting longer cannot help."""

    kind = "never_ready"


class Unsupported(NfviError):
    """The platform or its version cannot do this."""

    kind = "unsupported"


class Precondition(NfviError):
    """Something that must hold first does not."""

    kind = "precondition"


class Capacity(NfviError):
    """There is not enough of something."""

    kind = "capacity"


class StalePlan(NfviError):
    """The world changed between plan and apply."""

    kind = "stale_plan"
    retryable_by_default = True


class Busy(NfviError):
    """Another run holds the lock."""

    kind = "busy"
    retryable_by_default = True


class Partial(NfviError):
    """Some items were done, some failed; the reason lists which."""

    kind = "partial"


class Internal(NfviError):
    """A defect of ours, or an answer that breaks the protocol."""

    kind = "internal"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the user's input."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{render(self.path)}: {self.reason}" if self.path else self.reason


def refuse(findings: Iterable[Finding], *, object: str = "") -> None:
    """Raise one `InvalidInput` that lists every finding; do nothing if there is none."""
    found = list(findings)
    if not found:
        return
    if len(found) == 1:
        raise InvalidInput(found[0].reason, path=found[0].path, object=object)
    raise InvalidInput("; ".join(str(f) for f in found), object=object)


def together(errors: Iterable[NfviError]) -> str:
    """The reasons of several errors, each with its objects: a wrong password of a hundred servers is one line."""
    objects: dict[str, list[str]] = {}
    for error in errors:
        objects.setdefault(error.reason, []).append(error.object)
    return "; ".join(f"{_named(who)}: {reason}" for reason, who in objects.items())


def _named(objects: list[str]) -> str:
    more = f" and {len(objects) - _NAMED} more" if len(objects) > _NAMED else ""
    return ", ".join(objects[:_NAMED]) + more
