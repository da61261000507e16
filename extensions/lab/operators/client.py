# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small asynchronous Kubernetes client: raw JSON over aiohttp, no discovery, no models.

Every writer says under which upstream manager's name it writes, so that ``managedFields`` look as they do with the real
controllers: Update for PUT and merge patch, never Apply.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

Obj = dict[str, Any]

_WATCH_SECONDS = 290
_PATCH_TYPES = {"merge": "application/merge-patch+json", "json": "application/json-patch+json"}


class ApiError(Exception):
    """The API server's answer was a Status of failure."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code, self.reason, self.message = code, reason, message


#: What a controller survives: the server said no, went away, or was too slow.
TRANSIENT = (ApiError, aiohttp.ClientError, asyncio.TimeoutError, OSError)


@dataclass(frozen=True)
class Resource:
    """One row of the table of kinds the operators read and write."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = False
    custom: bool = False

    @property
    def crd(self) -> str:
        """Name of the CustomResourceDefinition the kind comes from (means nothing for kinds that are built in)."""
        return f"{self.plural}.{self.group}"

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str | None = None, sub: str | None = None) -> str:
        """URL path of the collection, the object or its subresource."""
        parts = ["/apis", self.group, self.version] if self.group else ["/api", self.version]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        return "/".join([*parts, self.plural, *([name] if name else []), *([sub] if sub else [])])

    def of(self, obj: Obj, sub: str | None = None) -> str:
        """URL path of an object in hand."""
        meta = obj["metadata"]
        return self.path(meta.get("namespace"), meta["name"], sub)


@dataclass(frozen=True)
class Access:
    """Where the API server is, and the TLS context that proves who we are."""

    server: str
    tls: ssl.SSLContext
    token: str | None

    @classmethod
    def read(cls, kubeconfig: Path) -> Access:
        """Read the current context of a kubeconfig with embedded certificates; ValueError if it has none."""
        config = yaml.safe_load(kubeconfig.read_text())
        context = _named(config["contexts"], config["current-context"])["context"]
        cluster = _named(config["clusters"], context["cluster"])["cluster"]
        user = _named(config["users"], context["user"])["user"]
        tls = ssl.create_default_context(cadata=_pem(cluster, "certificate-authority"))
        certificate, key = _pem(user, "client-certificate"), _pem(user, "client-key")
        if certificate and key:
            with tempfile.NamedTemporaryFile(mode="w") as pair:  # created 0600; ssl reads chains from files only
                pair.write(certificate + "\n" + key)
                pair.flush()
                tls.load_cert_chain(pair.name)
        return cls(cluster["server"], tls, user.get("token"))


def _named(entries: list[Obj], name: str) -> Obj:
    for entry in entries:
        if entry["name"] == name:
            return entry
    raise ValueError(f"kubeconfig has no entry named {name}")


def _pem(section: Obj, key: str) -> str | None:
    if f"{key}-data" in section:
        return base64.b64decode(section[f"{key}-data"]).decode()
    return Path(section[key]).read_text() if key in section else None


class Api:
    """The verbs. One instance per lab; ``manager`` is the field manager each write is done under."""

    def __init__(self, access: Access) -> None:
        headers = {"Authorization": f"Bearer {access.token}"} if access.token else {}
        self._access = access
        self._http = aiohttp.ClientSession(
            base_url=access.server,
            headers={"User-Agent": "kubevim-nfvi-lab-operators", **headers},
            connector=aiohttp.TCPConnector(ssl=access.tls, limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
        )

    async def close(self) -> None:
        await self._http.close()

    async def get(self, resource: Resource, name: str, namespace: str | None = None) -> Obj:
        return await self._call("GET", resource.path(namespace, name))

    async def list(self, resource: Resource) -> Obj:
        return await self._call("GET", resource.path())

    async def create(self, resource: Resource, obj: Obj, manager: str) -> Obj:
        body = {"apiVersion": resource.api_version, "kind": resource.kind, **obj}
        return await self._call("POST", resource.path(obj["metadata"].get("namespace")), body, manager)

    async def update(self, resource: Resource, obj: Obj, manager: str, sub: str | None = None) -> Obj:
        """PUT with the object's own resourceVersion: raises ApiError 409 Conflict when somebody was faster."""
        body = {"apiVersion": resource.api_version, "kind": resource.kind, **obj}
        return await self._call("PUT", resource.of(obj, sub), body, manager)

    async def patch(
        self, resource: Resource, obj: Obj, patch: Any, manager: str, sub: str | None = None, how: str = "merge"
    ) -> Obj:
        return await self._call("PATCH", resource.of(obj, sub), patch, manager, _PATCH_TYPES[how])

    async def delete(self, resource: Resource, obj: Obj, grace_seconds: int | None = None) -> None:
        """Delete; an object that is gone already is as good."""
        options: Obj = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        try:
            await self._call("DELETE", resource.of(obj), options)
        except ApiError as error:
            if error.code != 404:
                raise

    async def watch(self, resource: Resource, version: str) -> AsyncIterator[Obj]:
        """Yield watch events after ``version`` until the server ends the stream; ApiError 410 when it is too old."""
        query = {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        limit = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=_WATCH_SECONDS + 30)
        async with self._http.get(resource.path(), params=query, timeout=limit) as response:
            await _raise_for(response)
            async for line in _lines(response.content):
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise _error(event["object"])
                yield event

    async def _call(
        self, verb: str, path: str, body: Any = None, manager: str | None = None, content_type: str = "application/json"
    ) -> Obj:
        query = {"fieldManager": manager} if manager else {}
        payload = None if body is None else json.dumps(body)
        limit = aiohttp.ClientTimeout(total=30, sock_connect=5)
        async with self._http.request(
            verb, path, params=query, data=payload, headers={"Content-Type": content_type}, timeout=limit
        ) as response:
            await _raise_for(response)
            answer: Obj = await response.json()
            return answer


async def _raise_for(response: aiohttp.ClientResponse) -> None:
    if response.status < 400:
        return
    text = await response.text()
    try:
        status = json.loads(text)
    except ValueError:
        status = {"message": text}
    raise _error({"code": response.status, **status})


def _error(status: Obj) -> ApiError:
    return ApiError(int(status.get("code", 500)), str(status.get("reason", "")), str(status.get("message", "")))


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines of any length: a StreamReader's own iteration stops at 64 KiB, a Subnet or a VM can be larger."""
    rest = b""
    async for chunk in content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
