# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens what a Talos module works with: who we are to its API, and the machines that are meant."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ...clients.talos import talosconfig
from ...clients.talos.client import Done, Outcome, Peer, TalosClient
from ...clients.talos.connection import Connection
from ...clients.talos.talosconfig import Context, Identity
from ...clients.talos.transport import Target
from ...core.error import InvalidInput, NfviError, together
from ...core.given import Given
from ...core.mode import Mode

T = TypeVar("T")
Work = Callable[[Connection, bool], Awaitable[T]]


# The options that every module has which talks to Talos (documented in the fragment kubevim.nfvi.talos).
OPTIONS: dict[str, Any] = {"talosconfig": {"type": "path"}, "context": {"type": "str"}}


@functools.cache
def _client(identity: Identity | None) -> TalosClient:
    """One client an identity: it survives the items of a loop."""
    return TalosClient(identity)


@dataclass(frozen=True)
class TalosSession:
    """A talosconfig that is read when it is first needed."""

    path: Path
    chosen: str | None = None

    @property
    def there(self) -> bool:
        """Whether the talosconfig exists; in check mode it may be made by this very run."""
        return self.path.exists()

    @functools.cached_property
    def context(self) -> Context:
        """The chosen context; raises `NotFound` or `InvalidInput`."""
        return talosconfig.read(self.path, self.chosen)

    @property
    def client(self) -> TalosClient:
        """The client; without a talosconfig it can only talk to machines in maintenance mode."""
        return _client(self.context.identity if self.there else None)

    def on(self, address: str, work: Work[T], *, fingerprint: str | None = None) -> T:
        """Work on one machine; its error is raised."""
        return self.client.one(Peer(target(address), fingerprint), work)

    def each(self, addresses: Iterable[str], work: Work[T]) -> list[Outcome[T]]:
        """Work on many machines in parallel, without fingerprints."""
        return self.client.each([Peer(target(address)) for address in addresses], work)


def talos_session(given: Given, _mode: Mode) -> TalosSession:
    """The session for the options that every Talos module has (talosconfig, context)."""
    chosen = given.text("context") if given.has("context") else None
    return TalosSession(talosconfig.locate(given.get("talosconfig")), chosen)


def target(address: str) -> Target:
    """Where a machine's API is; raises `InvalidInput` for an empty address."""
    if not address:
        raise InvalidInput("an address is required", path=("nodes",))
    return Target.parse(address)


def values(outcomes: Iterable[Outcome[T]]) -> list[T]:
    """What the work returned everywhere; one error is raised as it is, several as one that lists them."""
    found = list(outcomes)
    errors = [outcome for outcome in found if isinstance(outcome, NfviError)]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        kinds = {type(error) for error in errors}
        first = errors[0]
        kind = type(first) if len(kinds) == 1 else NfviError
        raise kind(
            together(errors), object=f"{len(errors)} nodes", hint=first.hint, retryable=all(e.retryable for e in errors)
        )
    return [outcome.value for outcome in found if isinstance(outcome, Done)]
