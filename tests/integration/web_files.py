# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the web: a mirror with entity tags, and a registry (OCI Distribution Specification) that wants a token."""

from __future__ import annotations

import hashlib
import json
import ssl
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .http_server import HttpServer
from .throwaway_pki import Authority

ADDRESS = "127.210.255.2"
TOKEN = "a-token-for-anybody"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class WebFiles(HttpServer):
    """``files`` maps paths to contents, ``redirects`` paths to others; what begins with /v2/ wants the token."""

    def __init__(self, folder: Path, *, tls: bool = True) -> None:
        super().__init__(ADDRESS, type("Handler", (_Handler,), {"site": self}))
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.requests: list[str] = []
        self.ca = folder / "files-ca.pem"
        if tls:
            context = tls_context(folder, ADDRESS, self.ca)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://{self.host}"

    def push(self, repository: str, tag: str, *layers: tuple[str, str, bytes]) -> str:
        """An artifact of layers (title, media type, content); returns its digest."""
        described = [
            {
                "mediaType": kind,
                "digest": self._blob(repository, content),
                "size": len(content),
                "annotations": {"org.opencontainers.image.title": title} if title else {},
            }
            for title, kind, content in layers
        ]
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": described}).encode()
        digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
        for name in (tag, digest):
            self.files[f"/v2/{repository}/manifests/{name}"] = manifest
        return digest

    def _blob(self, repository: str, content: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.files[f"/v2/{repository}/blobs/{digest}"] = content
        return digest


def tls_context(folder: Path, address: str, ca: Path) -> ssl.SSLContext:
    """A server's, for that address; ``ca`` is the file that its authority is written to."""
    authority = Authority()
    identity = authority.issue("files", names=(address,))
    ca.write_bytes(authority.certificate)
    pair = folder / "files.pem"
    pair.touch(mode=0o600)
    pair.write_bytes(identity.certificate + identity.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    return context


class _Handler(BaseHTTPRequestHandler):
    """Answers for a site."""

    site: WebFiles
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.site.requests.append(self.path)
        path = urlsplit(self.path).path
        if path == "/token":
            return self._token()
        if path.startswith("/v2/") and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            challenge = f'Bearer realm="{self.site.url}/token",service="files"'
            return self._answer(401, b"{}", {"WWW-Authenticate": challenge})
        if path in self.site.redirects:
            return self._answer(302, b"", {"Location": self.site.redirects[path]})
        return self._file(self.site.files.get(path))

    def _token(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        scope = asked.get("scope", [""])[0]
        good = asked.get("service") == ["files"] and scope.startswith("repository:") and scope.endswith(":pull")
        self._answer(200 if good else 400, json.dumps({"token": TOKEN}).encode())

    def _file(self, content: bytes | None) -> None:
        if content is None:
            return self._answer(404, b"")
        etag = f'"{hashlib.sha256(content).hexdigest()[:8]}"'
        if self.headers.get("If-None-Match") == etag:
            return self._answer(304, b"", {"ETag": etag})
        return self._answer(200, content, {"ETag": etag})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nobody reads it."""
