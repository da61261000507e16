# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a kubelet gets its certificate: TLS bootstrapping with the configuration's token.

Both halves are the real protocol (kubernetes.io "TLS bootstrapping"): Talos writes the token's Secret and the bindings,
the kubelet posts a signing request, and kube-controller-manager approves and signs it.
"""

from __future__ import annotations

import asyncio
import base64
import secrets

from .client import APPLY_PATCH, Client
from .pki import signing_request
from .settings import Json, KeyPair, Settings
from .site import LOCAL

BOOTSTRAPPERS = "system:bootstrappers:nodes"
SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
RBAC = "rbac.authorization.k8s.io"
BINDINGS = {  # name: (cluster role, group); names as Talos' own manifests have them
    "system-bootstrap-node-bootstrapper": ("system:node-bootstrapper", BOOTSTRAPPERS),
    "system-bootstrap-approve-node-client-csr": (
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
        BOOTSTRAPPERS,
    ),
    "system-bootstrap-node-renewal": (
        "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        "system:nodes",
    ),
}


class TokenRefused(Exception):
    """The configuration's token has not the form ``id.secret``."""


async def allow(admin: Client, settings: Settings) -> None:
    """Write what Talos writes at bootstrap so that kubelets may join; CoreDNS, kube-proxy and a CNI are not written."""
    token_id, secret = _split(settings.bootstrap_token)
    await _apply(admin, f"/api/v1/namespaces/kube-system/secrets/bootstrap-token-{token_id}", _token(token_id, secret))
    for name, (role, group) in BINDINGS.items():
        await _apply(admin, f"/apis/{RBAC}/v1/clusterrolebindings/{name}", _binding(name, role, group))


async def join(server: str, settings: Settings) -> KeyPair:
    """Get the kubelet's client certificate through the machine's KubePrism.

    Raises Refused (a wrong token), OSError, or TimeoutError when nobody signs it within 30 s.
    """
    _split(settings.bootstrap_token)
    request, key = signing_request(f"system:node:{settings.hostname}", "system:nodes")
    async with Client(server, settings.trusted, token=settings.bootstrap_token, name=LOCAL) as client:
        path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
        name = f"node-csr-{secrets.token_urlsafe(16).lower().replace('_', '-').strip('-')}"
        await client.send("POST", path, _csr(name, request))
        certificate = await asyncio.wait_for(_issued(client, f"{path}/{name}"), 30)
    return KeyPair(certificate, key)


async def _issued(client: Client, path: str) -> bytes:
    while True:
        signed = (await client.send("GET", path)).get("status", {})
        if "certificate" in signed:
            return base64.b64decode(signed["certificate"])
        await asyncio.sleep(0.1)


async def _apply(client: Client, path: str, body: Json) -> None:
    await client.send("PATCH", f"{path}?fieldManager=talos&force=true", body, APPLY_PATCH)


def _split(token: str) -> tuple[str, str]:
    token_id, dot, secret = token.partition(".")
    if not (token_id and dot and secret):
        raise TokenRefused("cluster.token is not of the form id.secret")
    return token_id, secret


def _token(token_id: str, secret: str) -> Json:
    data = {
        "token-id": token_id,
        "token-secret": secret,
        "usage-bootstrap-authentication": "true",
        "auth-extra-groups": BOOTSTRAPPERS,
    }
    metadata = {"name": f"bootstrap-token-{token_id}", "namespace": "kube-system"}
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "bootstrap.kubernetes.io/token",
        "data": encoded,
    }


def _binding(name: str, role: str, group: str) -> Json:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": RBAC, "kind": "Group", "name": group}],
    }


def _csr(name: str, request: bytes) -> Json:
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": name},
        "spec": {
            "request": base64.b64encode(request).decode(),
            "signerName": SIGNER,
            "usages": ["digital signature", "client auth"],
        },
    }
