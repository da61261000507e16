# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a web server answers, or fails to answer, as the one error type."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.client import responses

from ...core.error import Forbidden, Internal, NfviError, NotFound, Unauthenticated, Unreachable

_KINDS: dict[int, type[NfviError]] = {401: Unauthenticated, 403: Forbidden, 404: NotFound, 410: NotFound}
_BUSY = (408, 425, 429, 500, 502, 503, 504)


def unanswered(error: Exception) -> NfviError:
    """A request that got no answer, or half of one."""
    causes = list(_causes(error))
    foreign = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
    if foreign is not None:
        hint = "set REQUESTS_CA_BUNDLE to a file with its certificate authority"
        return Unauthenticated(f"its certificate is not accepted: {foreign.verify_message}", hint=hint)
    system = next((each for each in causes if isinstance(each, OSError) and each.strerror), None)
    said = system.strerror if isinstance(system, OSError) and system.strerror else str(causes[-1]) or "no answer"
    return Unreachable(said, hint="check the address, the route, and HTTPS_PROXY and NO_PROXY")


def refused(status: int) -> NfviError:
    """An answer other than success."""
    reason = f"the server answers {status} {responses.get(status, '')}".rstrip()
    if status in _BUSY:
        return Unreachable(reason, hint="try again later")
    return _KINDS.get(status, Internal)(reason)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, outermost first: requests and urllib3 keep the cause among the arguments."""
    yield error
    inner = [getattr(error, "reason", None), error.__cause__, error.__context__, *error.args]
    for each in inner:
        if isinstance(each, BaseException):
            yield from _causes(each)
            return
