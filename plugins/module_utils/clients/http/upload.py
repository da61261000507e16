# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file sent to a web server over TLS, piece by piece as it is read: it never lies in memory as a whole."""

from __future__ import annotations

import http.client
import pathlib
import ssl
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from ...core.error import Conflict, InvalidInput, NfviError, Unauthenticated, Unreachable
from . import errors

_PIECE = 1 << 18
# Seconds within which a connection is taken, and without a sign of life while the file is sent and answered.
_CONNECT, _SILENCE = 10.0, 600.0
_TOLD = 2000


@dataclass(frozen=True)
class Server:
    """An address (https only), and whom we trust there: ``ca`` is PEM, the machine's own trust store when None."""

    url: str
    ca: bytes | None = field(default=None, repr=False)
    verify: bool = True


def post(server: Server, path: str, file: pathlib.Path, token: str, progress: Callable[[int, int], None]) -> None:
    """POST the file; ``progress`` is told bytes sent and bytes in all.

    Raises `Unreachable` for a connection that fails and for a server that is busy, `Unauthenticated` for a foreign
    certificate, and what else the server's answer means. The token shows in none of them.
    """
    connection = _connection(server)
    try:
        size = file.stat().st_size
        connection.putrequest("POST", urlsplit(server.url).path.rstrip("/") + path, skip_accept_encoding=True)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": size}
        for name, value in {**headers, "Authorization": f"Bearer {token}"}.items():
            connection.putheader(name, str(value))
        answer = _exchanged(connection, file, size, progress)
    except (OSError, http.client.HTTPException) as exc:
        raise _unanswered(exc, server) from exc
    finally:
        connection.close()
    if answer.status >= 300:
        raise _refused(answer, server)


@dataclass(frozen=True)
class _Answer:
    status: int
    text: str


def _exchanged(
    connection: http.client.HTTPSConnection, file: pathlib.Path, size: int, progress: Callable[[int, int], None]
) -> _Answer:
    """The answer; a server may give it, and hang up, before it has heard everything."""
    try:
        connection.endheaders()
        _send(connection, file, size, progress)
    except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError) as exc:
        try:
            return _read(connection)
        except (OSError, http.client.HTTPException):
            raise exc from None
    return _read(connection)


def _send(
    connection: http.client.HTTPSConnection, file: pathlib.Path, size: int, progress: Callable[[int, int], None]
) -> None:
    sent = 0
    with file.open("rb") as content:
        while piece := content.read(min(_PIECE, size - sent)):
            connection.send(piece)
            sent += len(piece)
            progress(sent, size)
    if sent != size:
        raise InvalidInput(f"{file} became shorter while it was read", path=("file",))


def _read(connection: http.client.HTTPSConnection) -> _Answer:
    response = connection.getresponse()
    return _Answer(response.status, response.read(_TOLD).decode(errors="replace").strip())


def _connection(server: Server) -> http.client.HTTPSConnection:
    parts = urlsplit(server.url)
    if parts.scheme != "https" or not parts.hostname:
        raise InvalidInput(f"{server.url!r} is no https address", hint="a token goes over TLS only")
    proxy = _proxy(parts.hostname)
    host, port = (proxy.hostname or "", proxy.port or 3128) if proxy else (parts.hostname, parts.port or 443)
    connection = http.client.HTTPSConnection(host, port, timeout=_CONNECT, context=_context(server))
    if proxy:
        connection.set_tunnel(parts.hostname, parts.port or 443)
    try:
        connection.connect()
    except (OSError, http.client.HTTPException) as exc:
        connection.close()
        raise _unanswered(exc, server) from exc
    connection.sock.settimeout(_SILENCE)
    return connection


def _proxy(host: str) -> SplitResult | None:
    """HTTPS_PROXY, unless NO_PROXY names the host."""
    found = urllib.request.getproxies().get("https")
    return urlsplit(found) if found and not urllib.request.proxy_bypass(host) else None


def _context(server: Server) -> ssl.SSLContext:
    """Not ``create_default_context``: from Python 3.13 on it refuses CAs without a key identifier, which are about."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not server.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif server.ca:
        try:
            made.load_verify_locations(cadata=server.ca.decode("ascii"))
        except (ssl.SSLError, ValueError) as exc:
            raise InvalidInput("the CA certificate is not PEM", path=("upload_ca",)) from exc
    else:
        made.load_default_certs()
    return made


def _unanswered(exc: Exception, server: Server) -> NfviError:
    if isinstance(exc, ssl.SSLCertVerificationError):
        reason = f"the certificate of {server.url} is not to be trusted: {exc.verify_message}"
        return Unauthenticated(reason, hint="give its certificate authority as upload_ca")
    said = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
    return Unreachable(f"{server.url}: {said}", hint="is it reached from here?")


def _refused(answer: _Answer, server: Server) -> NfviError:
    """A 409 is what an upload server says that has it all already."""
    error = Conflict("it has been uploaded before") if answer.status == 409 else errors.refused(answer.status)
    error.reason = f"{server.url}: {error.reason}" + (f": {answer.text}" if answer.text else "")
    return error
