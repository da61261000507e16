# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates, issued by the CAs of the machine configuration, as Talos issues them for its control plane."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .settings import KeyPair

YEAR = timedelta(days=365)
SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class CertificateRequest:
    """A certificate somebody needs: issued by ``ca`` for one year (``life``), with the names it is reached by."""

    ca: KeyPair
    common_name: str
    organizations: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    server: bool = False
    client: bool = False
    life: timedelta = YEAR


def issue(request: CertificateRequest) -> KeyPair:
    """Issue an ECDSA P-256 certificate; raises ValueError when the CA's PEM cannot be read."""
    key = ec.generate_private_key(ec.SECP256R1())
    return KeyPair(sign(request, key.public_key()), private_pem(key))


def sign(request: CertificateRequest, public_key: ec.EllipticCurvePublicKey) -> bytes:
    """The certificate (PEM) for ``public_key``."""
    ca = x509.load_pem_x509_certificate(request.ca.crt)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(request.common_name, request.organizations))
        .issuer_name(ca.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + request.life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_purposes(request)), critical=False)
    )
    for identifier in _identifiers(ca):
        builder = builder.add_extension(identifier, critical=False)
    if request.names:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative_names(request.names)), critical=False)
    issuer = cast(CertificateIssuerPrivateKeyTypes, serialization.load_pem_private_key(request.ca.key, password=None))
    return builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def issued_by(certificate: bytes, authority: bytes) -> bool:
    """Whether that CA (PEM) signed the certificate (PEM)."""
    try:
        x509.load_pem_x509_certificate(certificate).verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as SEC 1 PEM (``EC PRIVATE KEY``), which Go reads as well as OpenSSL."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def public_pem(private: bytes) -> bytes:
    """The public half of a private key in PEM: what the API server verifies service account tokens with."""
    key = serialization.load_pem_private_key(private, password=None)
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def signing_request(common_name: str, organization: str) -> tuple[bytes, bytes]:
    """A kubelet's certificate signing request and its private key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(_subject(common_name, (organization,)))
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), private_pem(key)


def alternative_names(names: Sequence[str]) -> list[x509.GeneralName]:
    """Subject alternative names, addresses as addresses, each once."""
    out: list[x509.GeneralName] = []
    for name in dict.fromkeys(name for name in names if name):
        try:
            out.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            out.append(x509.DNSName(name))
    return out


def _subject(common_name: str, organizations: Sequence[str]) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization) for organization in organizations]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _identifiers(ca: x509.Certificate) -> Iterator[x509.AuthorityKeyIdentifier]:
    """Which key has signed, as Go writes it: OpenSSL tells two CAs of one name (a rotation) apart by nothing else."""
    for extension in ca.extensions:
        if isinstance(extension.value, x509.SubjectKeyIdentifier):
            yield x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(extension.value)


def _purposes(request: CertificateRequest) -> list[x509.ObjectIdentifier]:
    server = [ExtendedKeyUsageOID.SERVER_AUTH] if request.server else []
    return server + ([ExtendedKeyUsageOID.CLIENT_AUTH] if request.client else [])


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=True,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
