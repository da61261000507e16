# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers HTTPS requests in the API server's place, with an error: 429, 500 or 503 and a Kubernetes Status."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass

LARGEST_REQUEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class ErrorAnswer:
    """A status line and the Status object real API servers send with it (k8s.io/apimachinery pkg/api/errors)."""

    code: int
    phrase: str
    reason: str
    message: str
    retry_after: int | None = None

    def render(self) -> bytes:
        """The whole HTTP/1.1 response; the connection ends with it, so that the next request is judged anew."""
        details = {"details": {"retryAfterSeconds": self.retry_after}} if self.retry_after else {}
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            **details,
            "code": self.code,
        }
        body = json.dumps(status).encode()
        retry = f"Retry-After: {self.retry_after}\r\n" if self.retry_after else ""
        head = f"HTTP/1.1 {self.code} {self.phrase}\r\nContent-Type: application/json\r\n{retry}"
        return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


ERRORS: dict[str, ErrorAnswer] = {
    "error-429": ErrorAnswer(
        429,
        "Too Many Requests",
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later",
        1,
    ),
    "error-500": ErrorAnswer(
        500, "Internal Server Error", "InternalError", "Internal error occurred: injected by the lab"
    ),
    "error-503": ErrorAnswer(
        503, "Service Unavailable", "ServiceUnavailable", "the server is currently unable to handle the request"
    ),
}


async def answer_with_error(
    transport: asyncio.Transport, context: ssl.SSLContext, name: str, use_up: Callable[[], object]
) -> None:
    """Speak TLS on a plain, paused ``transport``, read one request and answer it; ``use_up`` counts the answer."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LARGEST_REQUEST)
    protocol = asyncio.StreamReaderProtocol(reader)
    try:
        secured = await loop.start_tls(transport, protocol, context, server_side=True)
        if secured is None:
            return
        protocol.connection_made(secured)
        await _read_request(reader)
        use_up()
        secured.write(ERRORS[name].render())
        secured.close()
    except (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        transport.abort()


async def _read_request(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    for line in head.split("\r\n"):
        if line.startswith("content-length:"):
            await reader.readexactly(min(int(line.partition(":")[2]), LARGEST_REQUEST))
