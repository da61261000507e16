# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call tells about whether a step of a CA's replacement has arrived."""

from __future__ import annotations

from ...clients.talos.client import Outcome
from ...clients.talos.connection import Connection
from ...core.error import Forbidden, NfviError, Unauthenticated
from ...core.readiness import Never, NotYet, Readiness, Ready


def welcomed(outcome: Outcome[str]) -> Readiness:
    """A client who may not do this is known all the same."""
    return later(outcome) if isinstance(outcome, NfviError) and not isinstance(outcome, Forbidden) else Ready()


def forgotten(outcome: Outcome[str]) -> Readiness:
    """A client of the old CA must not be known."""
    if isinstance(outcome, Unauthenticated):
        return Ready()
    return later(outcome) if isinstance(outcome, NfviError) else NotYet("still accepts clients of the old CA")


def later(error: NfviError) -> Readiness:
    """Certificates take a moment to be issued."""
    return NotYet(error.reason) if error.retryable or isinstance(error, Unauthenticated) else Never(str(error))


async def version(connection: Connection, _maintenance: bool) -> str:
    """The least that a machine tells."""
    return str((await connection.version())["tag"])
