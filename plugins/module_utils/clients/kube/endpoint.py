# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to one API endpoint: a keep-alive pool, shared by threads. The only file that uses urllib3.

A connection that fails is told as `NoConnection` (nothing was sent) or `Cut` (the request may have been carried out).
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...core.error import InvalidInput, NfviError, Unauthenticated, Unreachable
from ...core.library import absent
from ...core.path import Json
from . import tls
from .cluster import Cluster
from .errors import error_from
from .request import Request

try:
    import urllib3
    from urllib3.connection import HTTPConnection
    from urllib3.exceptions import (
        ConnectTimeoutError,
        HTTPError,
        InsecureRequestWarning,
        NameResolutionError,
        NewConnectionError,
        ProxyError,
        ReadTimeoutError,
        SSLError,
    )
except ImportError as exc:
    absent("urllib3", exc)

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

    Pool = urllib3.HTTPConnectionPool | urllib3.HTTPSConnectionPool

USER_AGENT = "kubevim-nfvi"
CONNECT_SECONDS = 10.0
# The API server gives up after 60 s (--request-timeout); a webhook may take 30 of them.
READ_SECONDS = 70.0
# Idle connections kept: more than ever work at once, so that none is thrown away.
KEPT = 64
# A dead peer (power lost, address moved) is noticed within 10 + 3 * 5 s though nothing is sent, as by a watch.
KEEPALIVE = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


class NoConnection(Unreachable):
    """Nobody took the request."""


class Cut(Unreachable):
    """The connection was lost before the answer was there."""


class HungUp(Cut):
    """The other side took the connection, and closed it: there is a server, or was until now."""


@dataclass(frozen=True)
class Reply:
    """An answer that is no refusal."""

    body: bytes
    content_type: str

    def value(self) -> Json:
        """JSON parsed, other text as it is."""
        if "json" in self.content_type:
            return json.loads(self.body) if self.body else None
        return self.body.decode(errors="replace")


@functools.cache
def endpoint(cluster: Cluster) -> Endpoint:
    """The one `Endpoint` of that cluster in this process."""
    return Endpoint(cluster)


# A forked process must not speak on its parent's connections.
os.register_at_fork(after_in_child=endpoint.cache_clear)


class Endpoint:
    """Sends requests, one at a time a connection; raises `NfviError` for every refusal and fault."""

    def __init__(self, cluster: Cluster) -> None:
        self.server = cluster.server
        self._prefix = urlsplit(cluster.server).path.rstrip("/")
        self._pool = _pool(cluster)
        self._headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        if cluster.authorization:
            self._headers["Authorization"] = cluster.authorization

    def exchange(self, request: Request) -> Reply:
        """The answer to ``request``, read whole."""
        answer = self._send(request, READ_SECONDS, preload=True)
        return Reply(answer.data, answer.headers.get("Content-Type", ""))

    def stream(self, request: Request, read_seconds: float) -> Stream:
        """The answer to ``request``, to be read line by line; silence of ``read_seconds`` ends it as `Cut`."""
        return Stream(self._send(request, read_seconds, preload=False), self, request)

    def fault(self, exc: Exception, request: Request) -> NfviError:
        """What a failing connection means for ``request``."""
        return _fault(exc, request, self.server)

    def _send(self, request: Request, read_seconds: float, *, preload: bool) -> BaseHTTPResponse:
        headers, body = self._headers, None
        if request.body is not None:
            body = json.dumps(request.body, separators=(",", ":"), ensure_ascii=False).encode()
            headers = {**headers, "Content-Type": request.content_type}
        if request.accept != "application/json":
            headers = {**headers, "Accept": request.accept}
        try:
            answer = self._pool.request(
                request.method,
                self._prefix + request.target,
                body=body,
                headers=headers,
                retries=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
                preload_content=preload,
            )
            if answer.status >= 400:
                raise error_from(answer.status, answer.data, answer.headers, request)
        except (HTTPError, OSError) as exc:
            raise self.fault(exc, request) from exc
        return answer


class Stream:
    """The lines of an answer that does not end soon; one thread reads, any may close."""

    def __init__(self, answer: BaseHTTPResponse, owner: Endpoint, request: Request) -> None:
        self._answer = answer
        self._owner = owner
        self._request = request
        self._closed = False

    def lines(self) -> Iterator[bytes]:
        """Each whole line as it comes; ends when the server ends the answer or somebody closes it."""
        rest = b""
        try:
            for chunk in self._answer.stream(65536, decode_content=False):
                *whole, rest = (rest + chunk).split(b"\n")
                yield from whole
        except (HTTPError, OSError) as exc:
            if not self._closed:
                raise self._owner.fault(exc, self._request) from exc
        finally:
            self._answer.close()

    def close(self) -> None:
        """End it: a reader that waits gets no further line. (Closing a socket does not wake its reader.)"""
        self._closed = True
        connection = getattr(self._answer, "connection", None)
        sock = getattr(connection, "sock", None)
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # SSLSocket's own would pull TLS from under the reader


def _pool(cluster: Cluster) -> Pool:
    url = urlsplit(cluster.server)
    options: dict[str, Json] = {"maxsize": KEPT, "socket_options": _socket_options()}
    if url.scheme == "http":
        return urllib3.HTTPConnectionPool(url.hostname or "", url.port or 80, **options)
    if not cluster.verify:
        urllib3.disable_warnings(InsecureRequestWarning)  # it was asked for, and would be told for every request
    options.update(ssl_context=tls.context(cluster), cert_reqs="CERT_REQUIRED" if cluster.verify else "CERT_NONE")
    if cluster.tls_server_name:
        options.update(server_hostname=cluster.tls_server_name, assert_hostname=cluster.tls_server_name)
    if not cluster.proxy:
        return urllib3.HTTPSConnectionPool(url.hostname or "", url.port or 443, **options)
    return _proxied(cluster.proxy, url.hostname or "", url.port or 443, options)


def _proxied(proxy: str, host: str, port: int, options: Mapping[str, Json]) -> Pool:
    """Through an HTTP proxy by CONNECT."""
    given = urlsplit(proxy)
    if given.scheme not in ("http", "https") or not given.hostname:
        raise InvalidInput("only http:// and https:// proxies are supported", path=("proxy",))
    headers = None
    if given.username:
        headers = urllib3.make_headers(proxy_basic_auth=f"{given.username}:{given.password or ''}")
    bare = f"{given.scheme}://{given.hostname}:{given.port or (443 if given.scheme == 'https' else 80)}"
    manager = urllib3.ProxyManager(bare, proxy_headers=headers, **options)
    return manager.connection_from_host(host, port, "https")


def _socket_options() -> list[tuple[int, int, int]]:
    options = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    known = ((getattr(socket, name, None), seconds) for name, seconds in KEEPALIVE)
    return options + [(socket.IPPROTO_TCP, option, seconds) for option, seconds in known if option is not None]


def _fault(exc: Exception, request: Request, server: str) -> NfviError:
    cause = _certificate(exc)
    if cause is not None:
        reason = f"{request.doing}: the certificate of {server} is not to be trusted: {cause}"
        hint = "is the given CA (certificate-authority, ca_cert) that of this cluster?"
        return Unauthenticated(reason, object=request.object, hint=hint)
    for kind, error, why, hint in _faults():
        if isinstance(exc, kind) and not _hung_up(exc):
            return error(f"{request.doing}: {server}: {why or _errno(exc)}", object=request.object, hint=hint)
    return HungUp(f"{request.doing}: {server}: connection lost", object=request.object)


def _faults() -> list[tuple[type[Exception], type[Unreachable], str, str]]:
    """What each exception means, the special before the general; an empty reason is the operating system's."""
    return [
        (NameResolutionError, NoConnection, "its name has no address", "check the host name"),
        (ProxyError, NoConnection, "the proxy before it refuses", "check the proxy"),
        (NewConnectionError, NoConnection, "", "is the API server running there?"),
        (ConnectTimeoutError, NoConnection, "no answer", "is the address right, and no firewall in between?"),
        (ReadTimeoutError, Cut, "no answer in time", ""),
        (SSLError, Cut, "TLS failed", "does the port speak TLS?"),
    ]


def _certificate(exc: BaseException | None) -> str | None:
    """OpenSSL's word on a certificate that did not verify, wherever in the chain of causes it is."""
    for each in (exc, *getattr(exc, "args", ()), getattr(exc, "__cause__", None), getattr(exc, "__context__", None)):
        if isinstance(each, ssl.SSLCertVerificationError):
            return each.verify_message or each.reason
    return None


def _hung_up(exc: BaseException) -> bool:
    """Whether the other side closed the connection while TLS was greeting."""
    return any(isinstance(each, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) for each in (exc.__cause__, *exc.args))


def _errno(exc: BaseException) -> str:
    """``connection refused`` rather than a chain of class names."""
    cause = exc.__cause__ or exc.__context__
    return cause.strerror.lower() if isinstance(cause, OSError) and cause.strerror else "connection failed"
