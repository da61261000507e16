# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a BMC answers, or fails to answer, as the one error type."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from ...core.error import (
    Conflict,
    Forbidden,
    Internal,
    NfviError,
    NotFound,
    StalePlan,
    Unauthenticated,
    Unreachable,
    Unsupported,
)
from ...core.path import Json, dig

# OpenSSL's x509_vfy.h: the name or the address is not in the certificate.
_OTHER_NAME = (62, 64)
_EXPIRED = (9, 10)

_KINDS: dict[int, type[NfviError]] = {
    400: Unsupported,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: Unsupported,
    409: Conflict,
    412: StalePlan,
    422: Unsupported,
    501: Unsupported,
}
_HINTS: dict[int, str] = {
    401: "check username and password; many BMCs lock an account after a few wrong ones",
    403: "the account needs the privileges Login and ConfigureComponents (role Operator)",
    404: "is this the address of a Redfish service?",
    500: "the BMC's own log may say why; many recover when they are restarted",
}


def unanswered(error: BaseException) -> NfviError:
    """A request that got no answer, or half of one."""
    causes = list(_causes(error))
    foreign = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if foreign is not None:
        return _foreign(foreign)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unreachable("does not speak TLS, or cut the connection", hint="is this the right address and port?")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable("its name cannot be resolved", hint="check url")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable("connection refused", hint="is its web service (Redfish) switched on?")
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return Unreachable("does not answer", hint="check its address, its cable and the route to its network")
    system = next((cause for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    said = f": {system.strerror}" if isinstance(system, OSError) else ""
    return Unreachable(f"cut the connection{said}")


def refused(status: int, phrase: str, body: Json, what: str) -> NfviError:
    """An answer that is an error; ``body`` is its JSON, or None; ``what`` was asked (``POST /redfish/v1/…``)."""
    text = told(body) or phrase
    if status in (429, 502, 503, 504):
        return Unreachable(f"is busy: {text}", hint="try again later")
    kind = _KINDS.get(status, Internal)
    reason = f"refuses user name and password: {text}" if status == 401 else f"{what}: {status} {text}"
    return kind(reason, hint=_HINTS.get(status, ""), retryable=True if status >= 500 and status != 501 else None)


def told(body: Json) -> str:
    """The words of an error response: its extended information, else its message (DSP0266 §8.6)."""
    infos = dig(body, ("error", "@Message.ExtendedInfo"), [])
    infos = infos if isinstance(infos, list) else [infos]
    texts = [str(info["Message"]) for info in infos if isinstance(info, dict) and info.get("Message")]
    return " ".join(dict.fromkeys(texts)) or str(dig(body, ("error", "message"), "") or "")


def _foreign(error: ssl.SSLCertVerificationError) -> Unauthenticated:
    code = error.verify_code
    if code in _OTHER_NAME:
        hint = "write the name in url that its certificate has"
    elif code in _EXPIRED:
        hint = "renew it, or compare the clocks of this machine and the BMC"
    else:
        hint = "set ca_cert to the CA that issued it, or to the certificate itself when it is self-signed"
    return Unauthenticated(f"its certificate is not accepted: {error.verify_message}", hint=hint)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it: requests and urllib3 keep causes as contexts, arguments and reasons."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        related = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting.extend(cause for cause in related if isinstance(cause, BaseException))
