# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Redfish protocol: requests in, resources and refusals out (DSP0266 §7, §8)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from . import bios, boot, catalogue, virtual_media
from .catalogue import Json
from .host import Host
from .messages import BASE, IDRAC, RedfishError, missing
from .power import RESETS, Power
from .sessions import Session, Sessions

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OPEN_TO_ALL = {"/redfish", catalogue.ROOT}
VERSIONS = {"v1": f"{catalogue.ROOT}/"}


class Service:
    """The resources of one BMC and what can be done to them."""

    def __init__(self, host: Host, power: Power, sessions: Sessions, username: str) -> None:
        self._host = host
        self._power = power
        self._sessions = sessions
        self._username = username

    def application(self, faults: Any) -> web.Application:
        """The web application; ``faults`` is the middleware that breaks it on request."""
        app = web.Application(middlewares=[faults, _in_redfish_terms, self._admitted], client_max_size=64 * 1024)
        app.router.add_patch(catalogue.SYSTEM, self._patch_system)
        app.router.add_post(f"{catalogue.SYSTEM}/Actions/ComputerSystem.Reset", self._reset)
        app.router.add_post(f"{virtual_media.MEDIA}/{{drive}}/Actions/{virtual_media.INSERT}", self._insert)
        app.router.add_post(f"{virtual_media.MEDIA}/{{drive}}/Actions/{virtual_media.EJECT}", self._eject)
        app.router.add_patch(bios.SETTINGS, self._patch_bios)
        app.router.add_post(catalogue.SESSIONS, self._login)
        app.router.add_delete(f"{catalogue.SESSIONS}/{{id}}", self._logout)
        app.router.add_get("/{path:.*}", self._get)
        return app

    def resources(self) -> dict[str, Json]:
        """Everything there is, by path."""
        shown = boot.shown(self._host.boot_override)
        parts = (
            *catalogue.services(self._host.spec, self._sessions.all(), self._username),
            *catalogue.hardware(self._host.spec, self._power.state, shown, RESETS),
            *virtual_media.shown(self._host.media),
            *bios.shown(self._host.firmware),
        )
        return {"/redfish": VERSIONS, **{part["@odata.id"]: part for part in parts}}

    @web.middleware
    async def _admitted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = _path(request)
        logs_in = request.method == "POST" and path == catalogue.SESSIONS
        reads_root = request.method in ("GET", "HEAD") and path in OPEN_TO_ALL
        if not (logs_in or reads_root):
            self._sessions.admit(request.headers, path)
        return await handler(request)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        found = self.resources().get(_path(request))
        if found is None:
            raise missing(request.path)
        tag = etag(found)
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.json_response(found, headers={"ETag": tag})

    async def _patch_system(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        self._match(request)
        self._host.set_boot_override(boot.patched(self._host.boot_override, body))
        return await self._get(request)

    async def _reset(self, request: web.Request) -> web.StreamResponse:
        self._power.reset((await _body(request)).get("ResetType"))
        return web.Response(status=204)

    async def _insert(self, request: web.Request) -> web.StreamResponse:
        """The lab fetches no image, so its name tells what is in it; that it cannot be read is a fault of the lab."""
        media = virtual_media.inserted(self._host.media, _drive(request), await _body(request))
        if self._host.faults.take("medium-unreachable", f"bmc:{self._host.spec.name}"):
            raise RedfishError(f"{IDRAC}.RAC0904")
        self._host.set_media(media)
        return web.Response(status=204)

    async def _eject(self, request: web.Request) -> web.StreamResponse:
        self._host.set_media(virtual_media.ejected(self._host.media, _drive(request)))
        return web.Response(status=204)

    async def _patch_bios(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        self._match(request)
        self._host.set_firmware(bios.patched(self._host.firmware, body))
        return await self._get(request)

    async def _login(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        for name in ("UserName", "Password"):
            if name not in body:
                raise RedfishError(f"{BASE}.PropertyMissing", name)
        session: Session = self._sessions.open(body["UserName"], body["Password"])
        path = f"{catalogue.SESSIONS}/{session.id}"
        headers = {"Location": path, "X-Auth-Token": session.token}
        return web.json_response(catalogue.session(path, session), status=201, headers=headers)

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        if not self._sessions.close(request.match_info["id"]):
            raise missing(request.path)
        return web.Response(status=204)

    def _match(self, request: web.Request) -> None:
        """Refuse a change that is meant for an older representation (If-Match, RFC 9110 §13.1.1)."""
        wanted = request.headers.get("If-Match")
        if wanted not in (None, "*", etag(self.resources()[_path(request)])):
            raise RedfishError(f"{BASE}.PreconditionFailed")


def refusal(error: RedfishError) -> web.Response:
    """The answer that carries ``error``."""
    return web.json_response(error.body(), status=error.status, headers=error.headers)


def etag(shown: Json) -> str:
    """A strong entity tag: another one for another representation."""
    return f'"{hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]}"'


def _path(request: web.Request) -> str:
    """Services answer with and without a trailing slash."""
    return request.path.rstrip("/")


def _drive(request: web.Request) -> str:
    drive = request.match_info["drive"]
    if drive not in virtual_media.DRIVES:
        raise missing(request.path)
    return drive


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except ValueError as exc:
        raise RedfishError(f"{BASE}.MalformedJSON") from exc
    if not isinstance(body, dict):
        raise RedfishError(f"{BASE}.MalformedJSON")
    return body


@web.middleware
async def _in_redfish_terms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors in Redfish's shape, and the headers every answer has."""
    try:
        if request.headers.get("OData-Version", "4.0") != "4.0":
            raise RedfishError(f"{BASE}.HeaderInvalid", "OData-Version")
        response = await handler(request)
    except RedfishError as error:
        response = refusal(error)
    except web.HTTPMethodNotAllowed as exc:
        allowed = ", ".join(sorted(exc.allowed_methods))
        response = refusal(RedfishError(f"{BASE}.OperationNotAllowed", headers={"Allow": allowed}))
    response.headers["OData-Version"] = "4.0"
    response.headers["Cache-Control"] = "no-cache"
    return response
