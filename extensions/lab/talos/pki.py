# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of the Talos API: self-signed ones in maintenance mode, then those from the configuration's machine.ca.

Talos labels Ed25519 keys ``ED25519 PRIVATE KEY`` (a PKCS #8 body all the same: siderolabs/crypto x509), which OpenSSL
does not know.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: The common name by which clients recognise maintenance mode.
MAINTENANCE_NAME = "maintenance-service.talos.dev"
_SERVER_LIFE = datetime.timedelta(hours=24)
_TALOS_LABEL, _PKCS8_LABEL = b"ED25519 PRIVATE KEY", b"PRIVATE KEY"

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class UnusableAuthority(ValueError):
    """machine.ca holds no certificate with its key that could sign."""


@dataclass(frozen=True)
class Authority:
    """A CA: its certificate and key."""

    certificate: x509.Certificate
    key: PrivateKey

    @classmethod
    def parse(cls, certificate: bytes, key: bytes) -> Authority:
        """From PEM as it stands in a machine configuration; raises ``UnusableAuthority``."""
        try:
            loaded = load_pem_private_key(key.replace(_TALOS_LABEL, _PKCS8_LABEL), None)
            parsed = x509.load_pem_x509_certificate(certificate)
        except ValueError as problem:
            raise UnusableAuthority(str(problem)) from problem
        if not isinstance(loaded, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise UnusableAuthority(f"a {type(loaded).__name__} signs no certificates")
        return cls(parsed, loaded)

    @classmethod
    def for_maintenance(cls) -> Authority:
        """A new one without a subject, as Talos makes one in memory for maintenance mode."""
        key = ed25519.Ed25519PrivateKey.generate()
        builder = _builder(x509.Name([]), x509.Name([]), key, datetime.timedelta(days=3650))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return cls(builder.sign(key, None), key)

    def issue(
        self, subject: x509.Name, names: Sequence[str], usage: x509.ObjectIdentifier, life: datetime.timedelta
    ) -> Issued:
        """A certificate with a new Ed25519 key, for one purpose."""
        key = ed25519.Ed25519PrivateKey.generate()
        builder = _builder(subject, self.certificate.subject, key, life)
        builder = builder.add_extension(x509.KeyUsage(True, *([False] * 8)), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        for identifier in self._identifiers():
            builder = builder.add_extension(identifier, critical=False)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_name(name) for name in names]), critical=False
            )
        algorithm = None if isinstance(self.key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        return Issued(builder.sign(self.key, algorithm), key)

    def _identifiers(self) -> Iterator[x509.AuthorityKeyIdentifier]:
        """Which key has signed, as Go writes it: two CAs of one name (a rotation) are told apart by nothing else."""
        for extension in self.certificate.extensions:
            if isinstance(extension.value, x509.SubjectKeyIdentifier):
                yield x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(extension.value)


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ed25519.Ed25519PrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key as OpenSSL reads it."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def talos_key_pem(self) -> bytes:
        """The key with the label that Talos writes."""
        return self.key_pem.replace(_PKCS8_LABEL, _TALOS_LABEL)


def server_certificate(authority: Authority, name: str, names: Sequence[str]) -> Issued:
    """What a node's API shows."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return authority.issue(subject, list(dict.fromkeys(names)), ExtendedKeyUsageOID.SERVER_AUTH, _SERVER_LIFE)


def client_certificate(authority: Authority, roles: Sequence[str], life: datetime.timedelta) -> Issued:
    """What a client shows: one organization for each role."""
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, role) for role in roles])
    return authority.issue(subject, (), ExtendedKeyUsageOID.CLIENT_AUTH, life)


def server_context(issued: Issued, accepted: bytes | None) -> ssl.SSLContext:
    """TLS for a listener; ``accepted`` are the CAs (PEM) whose clients it insists on, None asks for no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _finish(context, issued)
    if accepted is not None:
        context.load_verify_locations(cadata=accepted.decode())
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(issued: Issued, authority: bytes) -> ssl.SSLContext:
    """TLS for a call to another node."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _finish(context, issued)
    context.load_verify_locations(cadata=authority.decode())
    return context


def is_client_only(certificate: bytes) -> bool:
    """Whether the certificate (DER) is for authenticating clients and nothing else, as apid insists on."""
    try:
        usage = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return list(usage.value) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ed25519.Ed25519PrivateKey, life: datetime.timedelta
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(seconds=10))
        .not_valid_after(now + life)
    )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _finish(context: ssl.SSLContext, issued: Issued) -> None:
    """Load certificate and key through a file of mode 0600 that lives for a moment, since ``ssl`` takes files only."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    descriptor, file = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(issued.certificate_pem + issued.key_pem)
        context.load_cert_chain(file)
    finally:
        Path(file).unlink()
