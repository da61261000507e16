# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CDI's uploads: DataVolumes and claims that wait for one, tokens, and the upload proxy (containerized-data-importer
pkg/uploadproxy/uploadproxy.go, pkg/apiserver/apiserver.go, pkg/controller/upload-controller.go)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import secrets
import time
from typing import Any

from aiohttp import web

from . import kinds
from .client import Api, Obj
from .conditions import set_condition
from .controller import Program, annotations_of, deleting, fresh
from .kubevirt_vmi import Faults
from .watch import Caches
from .webhook import put, self_signed

GROUP, VERSION = "upload.cdi.kubevirt.io", "v1beta1"
MANAGER = "cdi-controller"
_ROOT = f"/apis/{GROUP}/{VERSION}"
_PATHS = ("/v1beta1/upload", "/v1beta1/upload-async", "/v1beta1/upload-archive")
TARGET = "cdi.kubevirt.io/storage.upload.target"
CONTENT = "cdi.kubevirt.io/storage.contentType"
POD_PHASE, POD_READY = "cdi.kubevirt.io/storage.pod.phase", "cdi.kubevirt.io/storage.pod.ready"
# What the lab received, for those who want to see whether it was the right thing.
RECEIVED = "lab.kubevim.nfvi/sha256"
_AUTHORIZATION = re.compile(r"(?i)^Bearer\s+([A-Za-z0-9\-._~+/]+)$")
_TOKEN_SECONDS, _READY_SECONDS = 300.0, 10.0
# How much of a body is taken where the fault says that the connection is cut.
_CUT_AFTER = 1 << 16


class Cdi:
    """Answers token requests and takes uploads over HTTPS, with a CA made for one run of the lab."""

    def __init__(self, host: str, faults: Faults) -> None:
        self._host, self._faults = host, faults
        self._tls, self._bundle = self_signed(host)
        self._tokens: dict[str, tuple[str, str, float]] = {}
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._program: Program | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get(f"/apis/{GROUP}", _discover_group)
        app.router.add_get(_ROOT, _discover)
        app.router.add_post(f"{_ROOT}/namespaces/{{namespace}}/uploadtokenrequests", self._give_token)
        for path in _PATHS:
            app.router.add_post(path, self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, 0, ssl_context=self._tls).start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def run(self, api: Api, caches: Caches, deployment: Obj) -> None:
        """Be CDI until cancelled."""
        await self._announce(api, deployment["metadata"]["namespace"])
        program = self._program = Program(api, caches, MANAGER)
        Volumes(program)
        await program.run()

    async def _announce(self, api: Api, namespace: str) -> None:
        """Where tokens are given, and in CDIConfig where they are good for something."""
        service = {"type": "ExternalName", "externalName": self._host}
        await put(api, kinds.SERVICE, {"metadata": {"name": "cdi-api", "namespace": namespace}, "spec": service})
        spec = {
            "group": GROUP,
            "version": VERSION,
            "groupPriorityMinimum": 1000,
            "versionPriority": 15,
            "service": {"name": "cdi-api", "namespace": namespace, "port": self._port},
            "insecureSkipTLSVerify": True,  # as the certificate is for an address, and a Service has but a name
        }
        await put(api, kinds.API_SERVICE, {"metadata": {"name": f"{VERSION}.{GROUP}"}, "spec": spec})
        certificate = base64.b64decode(self._bundle).decode()
        told = {"uploadProxyURL": f"{self._host}:{self._port}", "uploadProxyCA": certificate}
        config = {"metadata": {"name": "config"}, "spec": {}, "status": told}  # no subresource of it upstream
        await put(api, kinds.CDI_CONFIG, config)

    async def _give_token(self, request: web.Request) -> web.Response:
        asked, token = await request.json(), secrets.token_urlsafe(48)
        until = time.monotonic() + _TOKEN_SECONDS
        self._tokens[token] = (request.match_info["namespace"], asked["spec"]["pvcName"], until)
        return web.json_response({**asked, "status": {"token": token}})

    async def _take(self, request: web.Request) -> web.StreamResponse:
        found = _AUTHORIZATION.match(request.headers.get("Authorization", ""))
        if not found:
            return web.Response(status=400)
        namespace, name, until = self._tokens.get(found.group(1), ("", "", 0.0))
        if time.monotonic() > until or self._program is None:
            return web.Response(status=401)
        claim, why = await self._ready(namespace, name)
        if claim is None:
            return web.Response(status=503, text=why)
        digest, taken = hashlib.sha256(), 0
        async for piece in request.content.iter_chunked(1 << 16):
            digest.update(piece)
            taken += len(piece)
            if taken >= _CUT_AFTER and self._faults.get("upload-cut", f"{namespace}/{name}") is not None:
                assert request.transport is not None
                request.transport.abort()
                return web.Response(status=500)
        await self._fill(claim, digest.hexdigest())
        return web.Response(status=200)

    async def _ready(self, namespace: str, name: str) -> tuple[Obj | None, str]:
        """The claim once its upload pod is ready, or what the proxy says instead."""
        assert self._program is not None
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until:
            claim = self._program.cache(kinds.PVC).get(f"{namespace}/{name}")
            if claim is None:
                return None, f"rejecting Upload Request for PVC {name} that doesn't exist"
            notes = annotations_of(claim)
            if notes.get(POD_PHASE) == "Succeeded":
                return None, f"rejecting Upload Request for PVC {name} that already finished uploading"
            if notes.get(POD_READY) == "true":
                return claim, ""
            await asyncio.sleep(0.1)
        return None, "timed out waiting for the condition"

    async def _fill(self, claim: Obj, digest: str) -> None:
        assert self._program is not None
        notes = {POD_PHASE: "Succeeded", POD_READY: "false", RECEIVED: digest}
        await self._program.patch(kinds.PVC, claim, {"metadata": {"annotations": notes}})


class Volumes:
    """The controllers of DataVolumes whose source is an upload, and of the claims that are uploaded to."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._queue = program.queue("datavolume", self._reconcile)
        self._claims = program.queue("upload", self._reconcile_claim)
        program.feed(kinds.DATA_VOLUME, self._queue)
        program.feed(kinds.PVC, self._queue)
        program.feed(kinds.PVC, self._claims)

    async def _reconcile(self, key: str) -> None:
        volume = self._program.cache(kinds.DATA_VOLUME).get(key)
        if volume is None or deleting(volume) or "upload" not in (volume["spec"].get("source") or {}):
            return
        claim = self._program.cache(kinds.PVC).get(key)
        if claim is None:
            claim = await self._create(volume)
        notes = annotations_of(claim)
        full = notes.get(POD_PHASE) == "Succeeded"
        phase = "Succeeded" if full else "UploadReady" if notes.get(POD_READY) == "true" else "UploadScheduled"
        changed = fresh(volume)
        status = changed["status"] = dict(changed.get("status") or {})
        status.update(phase=phase, claimName=volume["metadata"]["name"], progress="100.0%" if full else "N/A")
        conditions = status.setdefault("conditions", [])
        set_condition(conditions, "Running", "False" if full else "True", "Completed" if full else "Pod is running")
        set_condition(conditions, "Ready", "True" if full else "False", "" if full else "TransferRunning")
        if changed != volume:
            await self._program.update(kinds.DATA_VOLUME, changed, "status")

    async def _create(self, volume: Obj) -> Obj:
        meta, spec = volume["metadata"], volume["spec"].get("storage") or volume["spec"].get("pvc") or {}
        owner = {
            "apiVersion": "cdi.kubevirt.io/v1beta1",
            "kind": "DataVolume",
            "name": meta["name"],
            "uid": meta["uid"],
        }
        notes = {**annotations_of(volume), TARGET: "", CONTENT: volume["spec"].get("contentType") or "kubevirt"}
        return await self._program.create(
            kinds.PVC,
            {
                "metadata": {
                    "name": meta["name"],
                    "namespace": meta["namespace"],
                    "annotations": notes,
                    "ownerReferences": [{**owner, "controller": True, "blockOwnerDeletion": True}],
                },
                "spec": {"accessModes": spec.get("accessModes") or ["ReadWriteOnce"], "resources": spec["resources"]},
            },
        )

    async def _reconcile_claim(self, key: str) -> None:
        """A claim that is uploaded to gets a pod that takes it."""
        claim = self._program.cache(kinds.PVC).get(key)
        if claim is None or deleting(claim) or TARGET not in annotations_of(claim):
            return
        if not annotations_of(claim).get(POD_PHASE):
            await self._program.patch(
                kinds.PVC, claim, {"metadata": {"annotations": {POD_PHASE: "Running", POD_READY: "true"}}}
            )


async def _discover_group(_request: web.Request) -> web.Response:
    version = {"groupVersion": f"{GROUP}/{VERSION}", "version": VERSION}
    return web.json_response(
        {"apiVersion": "v1", "kind": "APIGroup", "name": GROUP, "versions": [version], "preferredVersion": version}
    )


async def _discover(_request: web.Request) -> web.Response:
    served: list[dict[str, Any]] = [
        {
            "name": "uploadtokenrequests",
            "singularName": "uploadtokenrequest",
            "namespaced": True,
            "kind": "UploadTokenRequest",
            "verbs": ["create"],
        }
    ]
    return web.json_response(
        {"apiVersion": "v1", "kind": "APIResourceList", "groupVersion": f"{GROUP}/{VERSION}", "resources": served}
    )
