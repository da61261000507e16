# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS with client certificates: to an API server, and to etcd's JSON gateway."""

from __future__ import annotations

import json
import os
import ssl
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from .settings import KeyPair

MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
USER_AGENT = "kubelet/lab"


class Refused(Exception):
    """The server answered with an error: ``code`` and what it said."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Client:
    """Requests to one server, as ``identity`` (certificate) or with a bearer token.

    ``name`` is what its certificate must say when that is not the address that is dialled.
    """

    def __init__(
        self,
        server: str,
        ca: bytes,
        identity: KeyPair | None = None,
        token: str | None = None,
        name: str | None = None,
    ) -> None:
        self._server = server
        self._name = name
        headers = {"User-Agent": USER_AGENT, **({"Authorization": f"Bearer {token}"} if token else {})}
        connector = aiohttp.TCPConnector(ssl=client_context(ca, identity))
        self._session = aiohttp.ClientSession(
            connector=connector, headers=headers, timeout=aiohttp.ClientTimeout(total=10)
        )

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def send(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """Send one request and return the parsed answer; raises Refused, or OSError when nobody answers."""
        data = None if body is None else json.dumps(body)
        try:
            headers = {"Content-Type": content_type}
            async with self._session.request(
                method, self._server + path, data=data, headers=headers, server_hostname=self._name
            ) as answer:
                text = await answer.text()
        except (TimeoutError, aiohttp.ClientError) as problem:
            raise OSError(f"{method} {path}: {problem}") from problem
        if answer.status >= 400:
            raise Refused(answer.status, text[:2000])
        return json.loads(text) if answer.content_type == "application/json" else text

    async def stream(self, path: str, body: Any) -> AsyncIterator[Any]:
        """Send one request and yield the answer's lines, parsed; raises Refused, or OSError when it is cut."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        try:
            async with self._session.post(
                self._server + path, json=body, timeout=timeout, read_bufsize=2**24, server_hostname=self._name
            ) as answer:
                if answer.status >= 400:
                    raise Refused(answer.status, await answer.text())
                async for line in _events(answer):
                    yield line
        except (TimeoutError, aiohttp.ClientError) as problem:
            raise OSError(f"POST {path}: {problem}") from problem

    @asynccontextmanager
    async def watch(self, path: str, parameters: Mapping[str, str]) -> AsyncIterator[AsyncIterator[Any]]:
        """A watch on ``path`` as parsed events; raises Refused or OSError."""
        query = {**parameters, "watch": "true"}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        try:
            async with self._session.get(
                self._server + path, params=query, timeout=timeout, read_bufsize=2**22, server_hostname=self._name
            ) as answer:
                if answer.status >= 400:
                    raise Refused(answer.status, await answer.text())
                yield _events(answer)
        except (TimeoutError, aiohttp.ClientError) as problem:
            raise OSError(f"watch {path}: {problem}") from problem


async def _events(answer: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    async for line in answer.content:
        yield json.loads(line)


def client_context(ca: bytes, identity: KeyPair | None) -> ssl.SSLContext:
    """Trust ``ca`` only, and present ``identity``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca.decode())
    if identity:
        load_identity(context, identity)
    return context


def server_context(folder: Path, name: str) -> ssl.SSLContext:
    """Serve with the certificate ``<name>.crt`` and ``<name>.key`` of ``folder``; HTTP/1.1 only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    context.set_alpn_protocols(["http/1.1"])
    return context


def load_identity(context: ssl.SSLContext, identity: KeyPair) -> None:
    """Give ``context`` a certificate held in memory: the ssl module reads only files, so it is lent one (0600)."""
    descriptor, name = tempfile.mkstemp(prefix="lab-identity-")
    try:
        os.write(descriptor, identity.crt + identity.key)
        context.load_cert_chain(name)
    finally:
        os.close(descriptor)
        os.unlink(name)
