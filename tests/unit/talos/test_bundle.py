# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets bundle: what it holds, and what is refused."""

from __future__ import annotations

import base64
import copy
import re
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import put
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import bundle as bundles
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle

from .conftest import START


def _certificate(bundle: Bundle, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(bundle.pair(name).certificate)


@pytest.mark.parametrize(
    ("name", "key", "organization"),
    [
        ("os", ed25519.Ed25519PublicKey, "talos"),
        ("k8s", ec.EllipticCurvePublicKey, "kubernetes"),
        ("etcd", ec.EllipticCurvePublicKey, "etcd"),
        ("k8saggregator", ec.EllipticCurvePublicKey, None),
    ],
)
def test_authorities_are_talos_own(bundle: Bundle, name: str, key: type, organization: str | None) -> None:
    found = _certificate(bundle, name)
    assert isinstance(found.public_key(), key)
    assert [attribute.value for attribute in found.subject] == ([organization] if organization else [])
    assert found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (found.not_valid_after_utc - found.not_valid_before_utc).days == 3650
    found.verify_directly_issued_by(found)


def test_the_ed25519_key_bears_talos_label_and_the_service_account_is_rsa(bundle: Bundle) -> None:
    assert bundle.pair("os").key.startswith(b"-----BEGIN ED25519 PRIVATE KEY-----")
    key = base64.b64decode(bundle.get("certs", "k8sserviceaccount", "key"))
    assert key.startswith(b"-----BEGIN RSA PRIVATE KEY-----")
    loaded = certificates.load_key(key)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    assert loaded.key_size == 4096


def test_texts_have_the_forms_that_talos_wants(bundle: Bundle) -> None:
    for path in (("secrets", "bootstraptoken"), ("trustdinfo", "token")):
        assert re.fullmatch(r"[0-9a-z]{6}\.[0-9a-z]{16}", bundle.get(*path))
    assert len(base64.urlsafe_b64decode(bundle.get("cluster", "id"))) == 32
    assert len(base64.b64decode(bundle.get("secrets", "secretboxencryptionsecret"))) == 32


def test_it_is_read_back_as_it_was_written(bundle: Bundle) -> None:
    assert bundles.parse(bundle.text()) == bundle


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("cluster", "id"), "", "cluster.id"),
        (("trustdinfo", "token"), "short", "trustdinfo.token"),
        (("secrets", "secretboxencryptionsecret"), None, "secrets"),
        (("certs", "os", "key"), "!", "certs.os.key"),
        (("certs", "etcd", "crt"), base64.b64encode(b"nonsense").decode(), "certs.etcd"),
    ],
)
def test_what_is_broken_is_named(bundle: Bundle, path: tuple[str, ...], value: Any, said: str) -> None:
    broken = Bundle(put(copy.deepcopy(bundle.content), path, value))
    with pytest.raises(InvalidInput, match=re.escape(said)):
        bundles.parse(broken.text())


def test_a_key_of_another_authority_is_refused(bundle: Bundle) -> None:
    broken = Bundle(put(copy.deepcopy(bundle.content), ("certs", "k8s", "key"), bundle.get("certs", "etcd", "key")))
    with pytest.raises(InvalidInput, match=r"certs\.k8s: the key is not the certificate's"):
        bundles.parse(broken.text())


def test_nothing_of_it_is_shown(bundle: Bundle) -> None:
    shown = f"{bundle!r} {bundle.authorities()}"
    assert bundle.get("trustdinfo", "token") not in shown
    assert bundle.get("certs", "os", "key") not in shown


def test_a_client_certificate_bears_its_roles_and_serves_clients_only(bundle: Bundle) -> None:
    pair = certificates.make_client(bundle.pair("os"), ["os:reader", "os:admin"], START)
    found = x509.load_pem_x509_certificate(pair.certificate)
    assert certificates.facts(pair.certificate).organizations == ("os:admin", "os:reader")
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.ExtendedKeyUsageOID.CLIENT_AUTH]
    assert certificates.issued_by(pair.certificate, bundle.pair("os").certificate)
    assert not certificates.issued_by(pair.certificate, bundle.pair("k8s").certificate)
