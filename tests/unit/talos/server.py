# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny gRPC server with a certificate of its own, which answers as it is told; its wire format is grpclib's alone."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID
from grpclib.const import Cardinality, Handler
from grpclib.server import Server, Stream

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import wire
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.certificates import Pair, load_key, now
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.messages import UPLOADS

Answer = Callable[[Any], Any]


def server_certificate(authority: Pair | None, common_name: str, address: str = "127.0.0.1") -> Pair:
    """A machine's certificate, signed by ``authority`` or, as in maintenance mode, by nobody that anyone knows."""
    key = ed25519.Ed25519PrivateKey.generate()
    signer = load_key(authority.key) if authority else key
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    issuer = x509.load_pem_x509_certificate(authority.certificate).subject if authority else subject
    start = now() - timedelta(minutes=1)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).add_extension(names, critical=False)
    found = builder.not_valid_before(start).not_valid_after(start + timedelta(days=1)).sign(signer, None)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Pair(found.public_bytes(serialization.Encoding.PEM), pem)


@dataclass
class Service:
    """The methods that are answered, by name; an answer is called with the request, or with all of an upload."""

    answers: dict[tuple[str, str], Answer]
    asked: list[str] = field(default_factory=list)

    def __mapping__(self) -> dict[str, Handler]:
        return {f"/{service}/{name}": self._handler(service, name) for service, name in self.answers}

    def _handler(self, service: str, name: str) -> Handler:
        method = wire.method(service, name)

        uploads = (service, name) in UPLOADS

        async def handle(stream: Stream[Any, Any]) -> None:
            request = [part async for part in stream] if uploads else await stream.recv_message()
            self.asked.append(name)
            found = self.answers[service, name](request)
            for reply in found if isinstance(found, list) else [found]:
                await stream.send_message(reply)

        plain = Cardinality.STREAM_UNARY if uploads else Cardinality.UNARY_UNARY
        kind = Cardinality.UNARY_STREAM if method.streams else plain
        return Handler(handle, kind, method.request, method.reply)


class Node:
    """The server in a thread of its own, on a port of 127.0.0.1."""

    def __init__(self, folder: Path, certificate: Pair, clients: bytes | None, answers: dict[tuple[str, str], Answer]):
        file = folder / "server.pem"
        file.write_bytes(certificate.certificate + certificate.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.set_alpn_protocols(["h2"])
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients.decode())
        self.service = Service(answers)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port: int = self._on_loop(self._start(context))

    async def _start(self, context: ssl.SSLContext) -> int:
        self._server = Server([self.service])
        await self._server.start("127.0.0.1", 0, ssl=context)
        return int(self._server._server.sockets[0].getsockname()[1])  # type: ignore[union-attr]

    def close(self) -> None:
        async def stop() -> None:
            self._server.close()
            await self._server.wait_closed()

        self._on_loop(stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _on_loop(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
