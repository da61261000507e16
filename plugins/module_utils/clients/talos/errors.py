# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What grpclib, ssl and the operating system say, as the one error type."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from ...core.error import (
    Capacity,
    Conflict,
    Forbidden,
    Internal,
    InvalidInput,
    NfviError,
    NotFound,
    Precondition,
    Timeout,
    Unauthenticated,
    Unreachable,
    Unsupported,
)
from ...core.library import absent

try:
    from grpclib.const import Status
    from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError
except ImportError as exc:
    absent("grpclib", exc)

_KINDS: dict[str, type[NfviError]] = {
    "INVALID_ARGUMENT": InvalidInput,
    "NOT_FOUND": NotFound,
    "ALREADY_EXISTS": Conflict,
    "PERMISSION_DENIED": Forbidden,
    "UNAUTHENTICATED": Unauthenticated,
    "FAILED_PRECONDITION": Precondition,
    "RESOURCE_EXHAUSTED": Capacity,
    "DEADLINE_EXCEEDED": Timeout,
    "UNAVAILABLE": Unreachable,
    "UNIMPLEMENTED": Unsupported,
}
_HINTS: dict[str, str] = {
    "PERMISSION_DENIED": "the talosconfig needs the role os:admin",
    "UNIMPLEMENTED": "this Talos does not have the call, or is in maintenance mode",
}
# OpenSSL's x509_vfy.h
_EXPIRED = (9, 10)
_OTHER_NAME = (62, 64)
_EOF = "closed the connection right after the handshake: it wants another client certificate, or is restarting"


@contextmanager
def explained(node: str, *, first: bool) -> Iterator[None]:
    """Turn whatever goes wrong in the block into an `NfviError` about the node.

    ``first`` says that nothing was received on this connection yet: a server that rejects a client certificate closes
    it without a word that could be relied on (the TLS alert is often lost).
    """
    try:
        yield
    except GRPCError as error:
        raise answered(error.status, error.message or "", node) from error
    except StreamTerminatedError as error:
        raise _cut(node, first) from error
    except ProtocolError as error:
        raise Internal(f"broke the protocol: {error}", object=node) from error
    except OSError as error:  # ssl.SSLError and TimeoutError are of this kind
        raise _unconnected(error, node, first) from error


def _unconnected(error: OSError, node: str, first: bool) -> NfviError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _foreign(error, node)
    if isinstance(error, ssl.SSLError):
        reason = f"does not speak Talos' TLS: {error.reason or error}"
        return Unreachable(reason, object=node, hint="is this the right address and port?")
    if isinstance(error, TimeoutError):
        return Unreachable("did not answer in time", object=node)
    if isinstance(error, ConnectionRefusedError):
        return Unreachable("connection refused", object=node, hint="nothing listens there (yet)")
    if isinstance(error, ConnectionError):
        return _cut(node, first)
    return Unreachable(error.strerror or str(error), object=node)


def answered(status: Status, message: str, node: str) -> NfviError:
    """A gRPC status as an error; a failed precondition is worth another try, as Talos uses it for "not yet"."""
    kind = _KINDS.get(status.name, Internal)
    retryable = True if kind in (Precondition, Timeout) else None
    return kind(message or status.name, object=node, hint=_HINTS.get(status.name, ""), retryable=retryable)


def _cut(node: str, first: bool) -> NfviError:
    if first:
        return Unauthenticated(_EOF, object=node, hint="is the talosconfig this cluster's?", retryable=True)
    return Unreachable("the connection was cut", object=node)


def _foreign(error: ssl.SSLCertVerificationError, node: str) -> NfviError:
    code = getattr(error, "verify_code", None)
    said = getattr(error, "verify_message", None) or str(error)
    if code in _EXPIRED:
        hint = "compare the clocks of this machine and the node"
    elif code in _OTHER_NAME:
        hint = "add the address to machine.certSANs, or dial the node's own address"
    elif code is None:
        hint = "this is another machine, or somebody stands in between"
    else:
        hint = "it belongs to another cluster, or is in maintenance mode"
    return Unauthenticated(f"its certificate is not accepted: {said}", object=node, hint=hint)
