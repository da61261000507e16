# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Image Factory's HTTP API over TLS. It computes nothing: the ids are those that real factories gave."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import yaml

from .http_server import HttpServer
from .web_files import tls_context

ADDRESS = "127.210.255.3"
EMPTY = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"
TWO_ARGUMENTS = "9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c"
# image-factory pkg/schematic/schematic_test.go
IDS: list[tuple[Any, str]] = [
    ({"customization": {}}, EMPTY),
    ({"customization": {"extraKernelArgs": ["noapic", "nolapic"]}}, TWO_ARGUMENTS),
]


class ImageFactory(HttpServer):
    """``schematics`` are those it has seen, ``files`` what it builds of them, by path.

    ``answer`` and ``status``, if set, are what a POST gets instead.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(ADDRESS, type("Handler", (_Handler,), {"factory": self}))
        self.schematics: dict[str, bytes] = {}
        self.extensions = ["siderolabs/intel-ucode", "siderolabs/drbd"]
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.answer: bytes | None = None
        self.status = 201
        self.ca = folder / "factory-ca.pem"
        self._server.socket = tls_context(folder, ADDRESS, self.ca).wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://{self.host}"


class _Handler(BaseHTTPRequestHandler):
    """Routes of image-factory docs/api.md."""

    factory: ImageFactory
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.factory.requests.append(f"GET {self.path}")
        if self.path == "/version/v1.13.0/extensions/official":
            return self._answer(200, json.dumps([{"name": name} for name in self.factory.extensions]).encode())
        if self.path in self.factory.files:
            return self._answer(200, self.factory.files[self.path])
        known = self.factory.schematics.get(self.path.removeprefix("/schematics/"))
        return self._answer(404, b"schematic not found\n") if known is None else self._answer(200, known)

    def do_POST(self) -> None:
        self.factory.requests.append(f"POST {self.path}")
        text = self.rfile.read(int(self.headers["Content-Length"]))
        if self.factory.answer is not None:
            return self._answer(self.factory.status, self.factory.answer)
        name = next((name for content, name in IDS if content == yaml.safe_load(text)), None)
        if name is None or self.headers["Content-Type"] != "application/yaml":
            return self._answer(400, b"nobody told what the id of this is\n")
        self.factory.schematics[name] = text
        return self._answer(201, json.dumps({"id": name, "schematic": text.decode()}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", f"{self.factory.url}/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nobody reads it."""
