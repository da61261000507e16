# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-api over HTTPS, with a CA made for one run of the lab: its admission webhooks and its subresources."""

from __future__ import annotations

import base64
import ipaddress
import json
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from . import kinds, kubevirt_subresources
from .client import Api, ApiError, Obj, Resource
from .kubevirt_admission import Cause, vm_causes, vmi_causes
from .kubevirt_defaults import default_vm, default_vmi
from .kubevirt_eviction import judge_eviction
from .kubevirt_migration import add_metadata

MANAGER = "virt-operator"
_LABELS = {"app.kubernetes.io/managed-by": "virt-operator", "kubevirt.io": "virt-api"}

_SUBRESOURCES = f"{kubevirt_subresources.VERSION}.{kubevirt_subresources.GROUP}"

Review = dict[str, Any]


class Webhook:
    """Serves admission reviews; ``configure`` tells the API server where, ``remove`` makes it forget."""

    def __init__(self, address: str) -> None:
        self._host, _colon, port = address.rpartition(":")
        self._port = int(port)
        self._runner: web.AppRunner | None = None
        self._api: Api | None = None
        self._tls, self._bundle = self_signed(self._host)

    async def start(self) -> None:
        """Listen; port 0 means any."""
        app = web.Application()
        app.router.add_post("/virtualmachines-mutate", _answer(_mutate_vm))
        app.router.add_post("/virtualmachineinstances-mutate", _answer(_mutate_vmi))
        app.router.add_post("/migration-mutate-create", _answer(_mutate_migration))
        app.router.add_post("/pod-eviction-validate", self._judge_eviction)
        app.router.add_post("/virtualmachines-validate", _answer(lambda r: _judge(vm_causes(r["object"]))))
        app.router.add_post(
            "/virtualmachineinstances-validate-create", _answer(lambda r: _judge(vmi_causes(r["object"])))
        )
        kubevirt_subresources.add_routes(app, lambda: self._api)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, ssl_context=self._tls, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def configure(self, api: Api, namespace: str) -> None:
        """Register webhooks and subresources under their upstream names; what is asked of ``api`` from then on is
        virt-api's, which runs in ``namespace``.
        """
        self._api = api
        await self._forward_subresources(api, namespace)
        await _apply(
            api,
            kinds.MUTATING_WEBHOOK,
            "virt-api-mutator",
            [
                self._hook(
                    "virtualmachines-mutator", "virtualmachines-mutate", "virtualmachines", ["CREATE", "UPDATE"]
                ),
                self._hook(
                    "virtualmachineinstances-mutator",
                    "virtualmachineinstances-mutate",
                    "virtualmachineinstances",
                    ["CREATE"],
                ),
                self._hook(
                    "migrations-mutator", "migration-mutate-create", "virtualmachineinstancemigrations", ["CREATE"]
                ),
            ],
        )
        await _apply(
            api,
            kinds.VALIDATING_WEBHOOK,
            "virt-api-validator",
            [
                self._hook(
                    "virtualmachineinstances-create-validator",
                    "virtualmachineinstances-validate-create",
                    "virtualmachineinstances",
                    ["CREATE"],
                ),
                self._hook(
                    "virtualmachine-validator", "virtualmachines-validate", "virtualmachines", ["CREATE", "UPDATE"]
                ),
                self._eviction_hook(),
            ],
        )

    async def _forward_subresources(self, api: Api, namespace: str) -> None:
        """The API server finds virt-api by a Service: here one that is no more than the name of our address."""
        service: Obj = {
            "metadata": {"name": "virt-api", "namespace": namespace, "labels": _LABELS},
            "spec": {"type": "ExternalName", "externalName": self._host},
        }
        await put(api, kinds.SERVICE, service)
        spec = {
            "group": kubevirt_subresources.GROUP,
            "version": kubevirt_subresources.VERSION,
            "groupPriorityMinimum": 1000,
            "versionPriority": 15,
            "service": {"name": "virt-api", "namespace": namespace, "port": self._port},
            "insecureSkipTLSVerify": True,  # as the certificate is for an address, and a Service has but a name
        }
        await put(api, kinds.API_SERVICE, {"metadata": {"name": _SUBRESOURCES, "labels": _LABELS}, "spec": spec})

    async def remove(self, api: Api) -> None:
        await api.delete(kinds.API_SERVICE, {"metadata": {"name": _SUBRESOURCES}})
        await api.delete(kinds.MUTATING_WEBHOOK, {"metadata": {"name": "virt-api-mutator"}})
        await api.delete(kinds.VALIDATING_WEBHOOK, {"metadata": {"name": "virt-api-validator"}})

    async def _judge_eviction(self, request: web.Request) -> web.Response:
        review = await request.json()
        judged = await judge_eviction(self._api, review["request"]) if self._api is not None else {"allowed": True}
        return _reviewed(review, judged)

    def _eviction_hook(self) -> Obj:
        hook = self._hook("virt-launcher-eviction-interceptor", "pod-eviction-validate", "pods/eviction", ["*"])
        rule = {**hook["rules"][0], "apiGroups": [""], "apiVersions": ["v1"]}
        launchers = {"name": "only-vms", "expression": 'object.metadata.name.startsWith("virt-launcher")'}
        return {**hook, "rules": [rule], "sideEffects": "NoneOnDryRun", "matchConditions": [launchers]}

    def _hook(self, name: str, path: str, plural: str, operations: list[str]) -> Obj:
        return {
            "name": f"{name}.kubevirt.io",
            "clientConfig": {"url": f"https://{self._host}:{self._port}/{path}", "caBundle": self._bundle},
            "rules": [
                {
                    "apiGroups": ["kubevirt.io"],
                    "apiVersions": ["v1alpha3", "v1"],
                    "resources": [plural],
                    "operations": operations,
                    "scope": "*",
                }
            ],
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "timeoutSeconds": 10,
            "matchPolicy": "Equivalent",
        }


async def _apply(api: Api, resource: Resource, name: str, hooks: list[Obj]) -> None:
    await put(api, resource, {"metadata": {"name": name, "labels": _LABELS}, "webhooks": hooks})


async def put(api: Api, resource: Resource, wanted: Obj) -> None:
    """Create it, or bring what an earlier run of the lab has left to what is wanted."""
    try:
        await api.create(resource, wanted, MANAGER)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise
        patch = {key: value for key, value in wanted.items() if key != "metadata"}
        await api.patch(resource, wanted, patch, MANAGER)


def _answer(judge: Callable[[Review], Review]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        review = await request.json()
        return _reviewed(review, judge(review["request"]))

    return handler


def _reviewed(review: Review, judged: Review) -> web.Response:
    answer = {"uid": review["request"]["uid"], **judged}
    return web.json_response({"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": answer})


def _judge(causes: list[Cause]) -> Review:
    if not causes:
        return {"allowed": True}
    message = ", ".join(cause.message for cause in causes)
    details = {"causes": [cause.status() for cause in causes]}
    return {"allowed": False, "status": {"code": 422, "reason": "Invalid", "message": message, "details": details}}


def _mutate_vm(request: Review) -> Review:
    vm = request["object"]
    if "deletionTimestamp" in vm["metadata"]:
        return {"allowed": True}
    return _patched(vm, default_vm(vm, request["operation"] == "CREATE"), ("spec",))


def _mutate_vmi(request: Review) -> Review:
    return _patched(request["object"], default_vmi(request["object"]), ("spec", "metadata", "status"))


def _mutate_migration(request: Review) -> Review:
    return _patched(request["object"], add_metadata(request["object"]), ("metadata",))


def _patched(before: Obj, after: Obj, parts: tuple[str, ...]) -> Review:
    changed = [part for part in parts if after[part] != before.get(part)]
    patch = [{"op": "add", "path": f"/{part}", "value": after[part]} for part in changed]
    encoded = base64.b64encode(json.dumps(patch).encode()).decode()
    return {"allowed": True, "patchType": "JSONPatch", "patch": encoded} if patch else {"allowed": True}


def self_signed(host: str) -> tuple[ssl.SSLContext, str]:
    """A TLS context with a certificate for this address, and the certificate as a caBundle."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubevirt.io")])
    start = datetime.now(UTC) - timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as pair:  # created 0600; ssl reads chains from files only
        pair.write(pem + private)
        pair.flush()
        context.load_cert_chain(pair.name)
    return context, base64.b64encode(pem).decode()
