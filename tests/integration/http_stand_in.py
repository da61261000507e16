# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that answers what a script says: for overload and lost answers, not to be had of a real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from .http_server import HttpServer


@dataclass(frozen=True)
class Scripted:
    """One answer; code 0 cuts the connection instead."""

    code: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpStandIn(HttpServer):
    """Gives each request the next answer of the script (the last one for ever) and remembers the request lines."""

    def __init__(self, script: Iterable[Scripted]) -> None:
        self.requests: list[str] = []
        self._script = list(script)
        self._lock = threading.Lock()
        super().__init__("127.210.255.1", self._handler())
        self.url = f"http://{self.host}"

    def next_answer(self, line: str) -> Scripted:
        """The answer to that request line."""
        with self._lock:
            self.requests.append(line)
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = owner.next_answer(f"{self.command} {self.path}")
                if not answer.code:
                    self.close_connection = True
                    return
                body = json.dumps(answer.body).encode()
                self.send_response(answer.code)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_PATCH = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

            def log_message(self, format: str, *arguments: Any) -> None:
                """Nobody reads it."""

        return Handler
