# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The BMCs' certificates: one authority for each lab, a fresh leaf for each BMC at every start."""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..config import LabConfig, ServerSpec

CA_FILE = "bmc-ca.pem"
CA_KEY_FILE = "bmc-ca.key"
TEN_YEARS = timedelta(days=3650)
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Authority:
    """A certificate authority and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def authority(state: Path) -> Authority:
    """The lab's BMC authority from ``state``; made there when there is none. Users verify BMCs with ``bmc-ca.pem``."""
    certificate_file, key_file = state / CA_FILE, state / CA_KEY_FILE
    if not certificate_file.exists():
        made = _make_authority()
        _write(key_file, _key_pem(made.key), 0o600)
        _write(certificate_file, made.certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Authority(x509.load_pem_x509_certificate(certificate_file.read_bytes()), key)


def server_context(lab: LabConfig, spec: ServerSpec) -> ssl.SSLContext:
    """TLS 1.2 or newer with a certificate for ``spec.bmc_address``."""
    issuer = authority(lab.state)
    key = ec.generate_private_key(ec.SECP256R1())
    chain = _leaf(issuer, key.public_key(), spec).public_bytes(serialization.Encoding.PEM)
    file = lab.server_state(spec) / "bmc.pem"
    _write(file, chain + _key_pem(key), 0o600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(file)
    return context


def _make_authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubevim.nfvi lab BMC CA")])
    builder = (
        _builder(name, name, key.public_key(), key.public_key(), TEN_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
    )
    return Authority(builder.sign(key, hashes.SHA256()), key)


def _leaf(issuer: Authority, key: ec.EllipticCurvePublicKey, spec: ServerSpec) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"idrac-{spec.serial}")])
    names = [x509.IPAddress(ipaddress.ip_address(spec.bmc_address)), x509.DNSName(f"idrac-{spec.serial.lower()}")]
    builder = (
        _builder(subject, issuer.certificate.subject, key, issuer.key.public_key(), YEAR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    return builder.sign(issuer.key, hashes.SHA256())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    life: timedelta,
) -> x509.CertificateBuilder:
    """What both kinds have in common; Python 3.13 verifies strictly and wants both key identifiers."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes, mode: int) -> None:
    """Replace ``file`` in one step, never readable with a wider mode than ``mode``."""
    draft = file.with_suffix(file.suffix + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as stream:
        stream.write(content)
    os.replace(draft, file)
