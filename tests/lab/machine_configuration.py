# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine configuration made by hand for the lab's tests, with fresh CAs: no code of the collection or the lab."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
NO_PASSWORD = serialization.NoEncryption()
AUTHORITIES = ("kubernetes", "", "etcd")  # the aggregator's CA has an empty subject
KUBELET = {"image": "ghcr.io/siderolabs/kubelet:v1.36.3"}


@dataclass(frozen=True)
class Authority:
    """A self-signed CA, ECDSA P-256, as the contract 1.13 has it."""

    organization: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def pair(self) -> dict[str, str]:
        """``{crt, key}``: base64 of PEM."""
        key = self.key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, NO_PASSWORD)
        return {"crt": _base64(self.certificate()), "key": _base64(key)}

    def certificate(self) -> bytes:
        """The CA's certificate, PEM."""
        now = datetime.now(UTC)
        parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization)] if self.organization else []
        name, end, serial = x509.Name(parts), now + timedelta(days=9), x509.random_serial_number()
        builder = x509.CertificateBuilder(name, name, self.key.public_key(), serial, now, end)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(PEM)


@dataclass(frozen=True)
class Bundle:
    """The secrets of one cluster; certificates are fixed at first use so that every document says the same."""

    pairs: dict[str, dict[str, str]] = field(default_factory=lambda: {n: Authority(n).pair for n in AUTHORITIES})
    token: str = field(default_factory=lambda: f"{secrets.token_hex(3)}.{secrets.token_hex(8)}")
    secretbox: str = field(default_factory=lambda: _base64(secrets.token_bytes(32)))
    service_account: str = field(default_factory=lambda: _base64(_rsa()))

    def ca(self, name: str = "kubernetes") -> bytes:
        """A CA's certificate, PEM."""
        return base64.b64decode(self.pairs[name]["crt"])


def control_plane(bundle: Bundle, endpoint: str, hostname: str = "node-1", **cluster: Any) -> list[dict[str, Any]]:
    """The documents of a control-plane machine; ``cluster`` adds to or replaces keys of ``cluster:``."""
    machine = {"type": "controlplane", "token": "aaaaaa.bbbbbbbbbbbbbbbb", "kubelet": KUBELET}
    base = {
        "clusterName": "edge",
        "controlPlane": {"endpoint": endpoint},
        "token": bundle.token,
        "secretboxEncryptionSecret": bundle.secretbox,
        "ca": bundle.pairs["kubernetes"],
        "aggregatorCA": bundle.pairs[""],
        "serviceAccount": {"key": bundle.service_account},
        "etcd": {"ca": bundle.pairs["etcd"]},
    }
    return [{"version": "v1alpha1", "machine": machine, "cluster": {**base, **cluster}}, hostname_document(hostname)]


def worker(bundle: Bundle, endpoint: str, hostname: str) -> list[dict[str, Any]]:
    """The documents of a worker: CA certificate and token, no key."""
    machine = {"type": "worker", "kubelet": KUBELET}
    ca = {"crt": bundle.pairs["kubernetes"]["crt"], "key": ""}
    cluster = {"clusterName": "edge", "controlPlane": {"endpoint": endpoint}, "token": bundle.token, "ca": ca}
    return [{"version": "v1alpha1", "machine": machine, "cluster": cluster}, hostname_document(hostname)]


def hostname_document(hostname: str) -> dict[str, Any]:
    """HostnameConfig (since contract 1.12)."""
    return {"apiVersion": "v1alpha1", "kind": "HostnameConfig", "hostname": hostname}


def _rsa() -> bytes:
    """RSA-2048 instead of the 4096 bits of the contract: the tests only need a key of that kind, and quickly."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, NO_PASSWORD)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
