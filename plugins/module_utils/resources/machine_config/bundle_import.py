# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secrets bundle out of what a cluster already has: a control-plane machine's configuration, or kubeadm's PKI.

Source: pkg/machinery/config/generate/secrets of siderolabs/talos (NewBundleFromConfig, NewBundleFromKubernetesPKI).
"""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...core.error import InvalidInput, refuse
from ...core.path import Json, Path, dig, put
from . import documents
from .bundle import Bundle, findings, generate
from .contract import Contract
from .documents import Configuration, Identity

# Where a configuration's main document has what the bundle has.
_MAIN: dict[Path, Path] = {
    ("cluster", "id"): ("cluster", "id"),
    ("cluster", "secret"): ("cluster", "secret"),
    ("secrets", "bootstraptoken"): ("cluster", "token"),
    ("secrets", "secretboxencryptionsecret"): ("cluster", "secretboxEncryptionSecret"),
    ("secrets", "aescbcencryptionsecret"): ("cluster", "aescbcEncryptionSecret"),
    ("trustdinfo", "token"): ("machine", "token"),
    ("certs", "etcd"): ("cluster", "etcd", "ca"),
    ("certs", "k8s"): ("cluster", "ca"),
    ("certs", "k8saggregator"): ("cluster", "aggregatorCA"),
    ("certs", "k8sserviceaccount"): ("cluster", "serviceAccount"),
    ("certs", "os"): ("machine", "ca"),
}
# The documents that hold it since contract 1.14, PEM there as it is.
_TEXTS: dict[Path, tuple[str, Path]] = {
    ("cluster", "id"): ("DiscoveryIdentityConfig", ("clusterID",)),
    ("cluster", "secret"): ("DiscoveryIdentityConfig", ("clusterSecret",)),
}
_PEMS: dict[Path, tuple[str, Path]] = {
    ("certs", "k8s", "crt"): ("KubeAPIServerCAConfig", ("issuingCA", "cert")),
    ("certs", "k8s", "key"): ("KubeAPIServerCAConfig", ("issuingCA", "key")),
    ("certs", "k8saggregator", "crt"): ("KubeAggregatorCAConfig", ("issuingCA", "cert")),
    ("certs", "k8saggregator", "key"): ("KubeAggregatorCAConfig", ("issuingCA", "key")),
    ("certs", "k8sserviceaccount", "key"): ("KubeServiceAccountConfig", ("issuer", "privateKey")),
}
_ENCRYPTION = "KubeEtcdEncryptionConfig"
# kubeadm's files under its pki folder (kubernetes.io, PKI certificates and requirements).
PKI_FILES: dict[str, Path] = {
    "ca.crt": ("certs", "k8s", "crt"),
    "ca.key": ("certs", "k8s", "key"),
    "etcd/ca.crt": ("certs", "etcd", "crt"),
    "etcd/ca.key": ("certs", "etcd", "key"),
    "front-proxy-ca.crt": ("certs", "k8saggregator", "crt"),
    "front-proxy-ca.key": ("certs", "k8saggregator", "key"),
    "sa.key": ("certs", "k8sserviceaccount", "key"),
}


def from_configuration(text: str, *, object: str) -> Bundle:
    """The bundle that a control-plane machine's configuration was made of; raises `InvalidInput`, naming its fields."""
    found = documents.parse(text, object=object)
    kind = found.get("machine", "type")
    if kind != "controlplane":
        raise InvalidInput(
            f"{kind or 'nothing'} is not controlplane: no other machine has the keys of a cluster",
            object=object,
            path=("machine", "type"),
        )
    content: dict[str, Json] = {}
    for place, value in (*_of_main(found), *_of_documents(found)):
        content = put(content, place, value)
    refuse((replace(each, path=_origin(each.path, found)) for each in findings(content)), object=object)
    return Bundle(content)


def from_pki(
    files: Mapping[str, bytes], contract: Contract, start: datetime.datetime, bootstrap_token: str, *, object: str
) -> Bundle:
    """A new bundle with the authorities of a cluster that kubeadm made; ``files`` by their names in `PKI_FILES`."""
    content = generate(contract, start).content
    for name, place in PKI_FILES.items():
        content = put(content, place, base64.b64encode(files.get(name, b"")).decode())
    if bootstrap_token:
        content = put(content, ("secrets", "bootstraptoken"), bootstrap_token)
    refuse((replace(each, path=_file(each.path)) for each in findings(content)), object=object)
    return Bundle(content)


def _of_main(found: Configuration) -> Iterator[tuple[Path, Json]]:
    for place, path in _MAIN.items():
        value = dig(found.main, path)
        if value:
            yield place, dict(value) if isinstance(value, Mapping) else value


def _of_documents(found: Configuration) -> Iterator[tuple[Path, Json]]:
    for place, (kind, path) in _TEXTS.items():
        if value := dig(found.find(Identity(kind)), path):
            yield place, value
    for place, (kind, path) in _PEMS.items():
        if value := dig(found.find(Identity(kind)), path):
            yield place, base64.b64encode(str(value).encode()).decode()
    yield from _encryption(found)


def _encryption(found: Configuration) -> Iterator[tuple[Path, Json]]:
    """The first key with which secrets are written."""
    resources = dig(found.find(Identity(_ENCRYPTION)), ("config", "resources"), ())
    providers = [each.get("providers") or () for each in resources if "secrets" in (each.get("resources") or ())]
    keys = [
        (("secrets", f"{name}encryptionsecret"), dig(provider, (name, "keys", 0, "secret")))
        for provider in (providers[0] if providers else ())
        for name in ("secretbox", "aescbc")
        if name in provider
    ]
    yield from keys[:1]


def _origin(path: Path, found: Configuration) -> Path:
    """Where the user's own file has, or lacks, what the bundle has at ``path``."""
    for place, (kind, field) in {**_TEXTS, **_PEMS}.items():
        if place[: len(path)] == path and found.find(Identity(kind)):
            return (kind, *field)
    for place, origin in _MAIN.items():
        if path[: len(place)] == place:
            return (documents.MAIN, *origin, *path[len(place) :])
    return (documents.MAIN, "cluster", "secretboxEncryptionSecret") if path == ("secrets",) else path


def _file(path: Path) -> Path:
    """kubeadm's file that has, or lacks, what the bundle has at ``path``; the token is the user's own."""
    if path == ("secrets", "bootstraptoken"):
        return ("bootstrap_token",)
    return (next((name for name, place in PKI_FILES.items() if place[: len(path)] == path), ""),)
