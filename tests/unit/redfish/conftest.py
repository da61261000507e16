# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server on TLS that answers as it is told and keeps what it was asked."""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Says:
    """An answer. ``cut`` sends half of it and closes the connection; ``hangs_up`` sends nothing at all."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    cut: bool = False
    hangs_up: bool = False


@dataclass
class Web:
    """The server: ``answers`` has a list per ``METHOD path``, used up one by one; its last one stays."""

    url: str
    ca: str
    answers: dict[str, list[Says]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, request: Asked) -> Says:
        self.asked.append(request)
        waiting = self.answers.get(f"{request.method} {request.path}")
        if not waiting:
            return Says(404, {"error": {"message": "no such resource"}})
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    @property
    def lines(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.asked]


def certificate(folder: Path, address: str) -> Path:
    """A self-signed certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test BMC")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    file = folder / f"{len(list(folder.iterdir()))}.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return file


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Web]]:
    """Start servers: ``serve()``, or ``serve(named="127.0.0.2")`` with a certificate for another address."""
    running: list[ThreadingHTTPServer] = []

    def start(named: str = "127.0.0.1") -> Web:
        file = certificate(tmp_path, named)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.web = Web(f"https://127.0.0.1:{server.server_port}", str(file))  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        running.append(server)
        web: Web = server.web  # type: ignore[attr-defined]
        return web

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Hands requests to the server's `Web`."""

    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length", "0"))
        body = json.loads(self.rfile.read(size)) if size else None
        headers = {key.lower(): value for key, value in self.headers.items()}
        says = self.server.web.answer(Asked(self.command, self.path, headers, body))  # type: ignore[attr-defined]
        if says.hangs_up:
            self.close_connection = True
            return
        content = (says.text or ("" if says.body is None else json.dumps(says.body))).encode()
        self.send_response(says.status)
        for key, value in says.headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if says.cut else content)
        self.close_connection = says.cut

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 (names of http.server)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
