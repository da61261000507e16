# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and keys as Talos writes them, read and made (siderolabs/crypto x509)."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...core.error import InvalidInput
from ...core.library import absent

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError as exc:
    absent("cryptography", exc)

# ed25519, ec or rsa of cryptography, which may be missing when this is imported.
Key = Any

# Talos' own label in front of a PKCS#8 Ed25519 key; other software refuses it (siderolabs/crypto x509/constants.go).
TALOS_ED25519 = b"ED25519 PRIVATE KEY"
# What stands before the keys that Talos writes, and PKCS#8's own label, which it reads as well (x509/key.go).
KEY_LABELS = (TALOS_ED25519, b"PRIVATE KEY", b"EC PRIVATE KEY", b"RSA PRIVATE KEY")
CA_LIFETIME = datetime.timedelta(hours=87600)
CLIENT_LIFETIME = datetime.timedelta(hours=8760)
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_ONE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, both PEM as Talos writes it."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Facts:
    """What a certificate says.

    Its times are UTC; ``fingerprint`` is base64 of the public key's SHA-256, which ``talosctl --cert-fingerprint``
    takes; ``client_only`` says whether clientAuth is its only extended usage, as Talos' API wants it of a client.
    """

    common_name: str
    organizations: tuple[str, ...]
    not_before: datetime.datetime
    not_after: datetime.datetime
    fingerprint: str
    client_only: bool


def now() -> datetime.datetime:
    """The time in UTC, to the second, as certificates hold it."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def standard_key(pem: bytes) -> bytes:
    """The key under the label that OpenSSL reads (Talos' own label says Ed25519 in front of a PKCS#8 body)."""
    return pem.replace(TALOS_ED25519, b"PRIVATE KEY")


def facts(certificate: bytes) -> Facts:
    """What the certificate (PEM or DER) says; raises `InvalidInput` when it is none."""
    found = _certificate(certificate)
    public = found.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Facts(
        common_name=next(iter(_subject(found, NameOID.COMMON_NAME)), ""),
        organizations=_subject(found, NameOID.ORGANIZATION_NAME),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        fingerprint=base64.b64encode(hashlib.sha256(public).digest()).decode(),
        client_only=_usages(found) == [ExtendedKeyUsageOID.CLIENT_AUTH],
    )


def fingerprints(pem: bytes) -> tuple[str, ...]:
    """The fingerprint of each certificate in the text, in its order; see `Facts`."""
    return tuple(facts(found).fingerprint for found in _ONE.findall(pem))


def issued_by(certificate: bytes, authority: bytes) -> bool:
    """Whether ``authority`` signed ``certificate``."""
    try:
        _certificate(certificate).verify_directly_issued_by(_certificate(authority))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def belong_together(pair: Pair) -> bool:
    """Whether the key is the certificate's."""
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    mine = load_key(pair.key).public_key().public_bytes(*spki)
    return bool(mine == _certificate(pair.certificate).public_key().public_bytes(*spki))


def load_key(pem: bytes) -> Any:
    """The private key in ``pem``, under whichever label; raises `InvalidInput` when it is none.

    Whether an RSA key's numbers are primes is not asked: that takes a third of a second, and keys here are our own.
    """
    _labelled(pem, KEY_LABELS)
    try:
        return serialization.load_pem_private_key(standard_key(pem), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError) as exc:
        raise InvalidInput("is no private key, or none of the kind that its label names") from exc


def make_authority(kind: str, organization: str, start: datetime.datetime) -> Pair:
    """A self-signed CA as ``talosctl gen secrets`` makes it: ``kind`` is ed25519 or ecdsa; ten years from ``start``."""
    key: Key = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())
    subject = _name([organization] if organization else [])
    builder = _builder(subject, subject, key, start, CA_LIFETIME)
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = builder.add_extension(_usage(sign_certificates=True), critical=True)
    builder = builder.add_extension(usages, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Pair(_pem(builder.sign(key, _hash(key))), key_pem(key))


def make_client(
    authority: Pair,
    roles: Iterable[str],
    start: datetime.datetime,
    lifetime: datetime.timedelta = CLIENT_LIFETIME,
    *,
    common_name: str = "",
) -> Pair:
    """A client certificate; clientAuth is its only usage. The organizations are roles to Talos, groups to Kubernetes,
    where ``common_name`` is the user.
    """
    issuer, signer = _certificate(authority.certificate), load_key(authority.key)
    key = _same_kind(signer)
    builder = _builder(_name(sorted(roles), common_name), issuer.subject, key, start, lifetime)
    builder = builder.add_extension(_usage(sign_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    builder = builder.add_extension(_authority_identifier(issuer), critical=False)
    return Pair(_pem(builder.sign(signer, _hash(signer))), key_pem(key))


def make_service_account_key() -> bytes:
    """The key that signs service account tokens: RSA 4096 in PKCS#1 (contract 1.7 and later)."""
    return key_pem(rsa.generate_private_key(public_exponent=65537, key_size=4096))


def key_pem(key: Any) -> bytes:
    """The key as Talos writes it: PKCS#8 under Talos' own label for Ed25519, else SEC1 or PKCS#1."""
    plain = serialization.NoEncryption()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        return bytes(pem.replace(b"PRIVATE KEY", TALOS_ED25519))
    return bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain))


def _certificate(data: bytes) -> Any:
    try:
        if _LABEL.search(data):
            _labelled(data, (b"CERTIFICATE",))
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError as exc:
        raise InvalidInput(f"not a certificate: {exc}") from exc


def _labelled(pem: bytes, expected: tuple[bytes, ...]) -> None:
    """Refuse PEM under another label, by that label: what OpenSSL says of it names neither."""
    found = _LABEL.search(pem)
    names = " or ".join(label.decode() for label in expected)
    if found is None:
        raise InvalidInput(f"is not PEM (-----BEGIN {names}-----)")
    if found[1] not in expected:
        raise InvalidInput(f"is labelled {found[1].decode()}, where {names} is expected")


def _subject(certificate: Any, oid: Any) -> tuple[str, ...]:
    return tuple(str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(oid))


def _usages(certificate: Any) -> list[Any]:
    """The extended usages; none when the certificate names none."""
    try:
        return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return []


def _name(organizations: Iterable[str], common_name: str = "") -> Any:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, text) for text in organizations]
    return x509.Name([*parts, *([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])])


def _builder(subject: Any, issuer: Any, key: Any, start: datetime.datetime, lifetime: datetime.timedelta) -> Any:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lifetime)
    )


def _usage(*, sign_certificates: bool) -> Any:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_identifier(issuer: Any) -> Any:
    """The issuer's own key identifier: Talos' are random, not derived from the key."""
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _same_kind(signer: Any) -> Key:
    """A new key of the CA's own algorithm, as Talos chooses it (siderolabs/crypto x509/keypair.go)."""
    if isinstance(signer, ed25519.Ed25519PrivateKey):
        return ed25519.Ed25519PrivateKey.generate()
    if isinstance(signer, rsa.RSAPrivateKey):
        return rsa.generate_private_key(public_exponent=65537, key_size=4096)
    return ec.generate_private_key(ec.SECP256R1())


def _hash(key: Any) -> Any:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _pem(certificate: Any) -> bytes:
    return bytes(certificate.public_bytes(serialization.Encoding.PEM))
