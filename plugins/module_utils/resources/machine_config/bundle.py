# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's secrets bundle, in the form in which ``talosctl gen secrets`` writes it.

Source: pkg/machinery/config/generate/secrets of siderolabs/talos. The bundle is the cluster's identity: losing it means
losing the cluster, so it is made once and never again.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...clients.talos import certificates
from ...clients.talos.certificates import Pair
from ...core import yaml_text
from ...core.error import Finding, InvalidInput, refuse
from ...core.path import Json, Path, dig
from .contract import Contract

_TOKEN = re.compile(r"[a-z0-9]{6}\.[a-z0-9]{16}\Z")
# CA → (algorithm, organization). The aggregator's has an empty subject.
_AUTHORITIES = {
    "etcd": ("ecdsa", "etcd"),
    "k8s": ("ecdsa", "kubernetes"),
    "k8saggregator": ("ecdsa", ""),
    "os": ("ed25519", "talos"),
}
_TEXTS: tuple[Path, ...] = (("cluster", "id"), ("cluster", "secret"))
_TOKENS: tuple[Path, ...] = (("secrets", "bootstraptoken"), ("trustdinfo", "token"))
_ENCRYPTION: tuple[Path, ...] = (("secrets", "secretboxencryptionsecret"), ("secrets", "aescbcencryptionsecret"))

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class Bundle:
    """The bundle; ``content`` is the document of its file. Nothing of it is ever shown."""

    content: dict[str, Json]

    def __repr__(self) -> str:
        return "Bundle(…)"

    def get(self, *path: str) -> str:
        """A text of the bundle, empty when absent."""
        return str(dig(self.content, path) or "")

    def pair(self, authority: str) -> Pair:
        """A CA: etcd, k8s, k8saggregator or os (Talos' own)."""
        entry = self.content["certs"][authority]
        return Pair(base64.b64decode(entry["crt"]), base64.b64decode(entry["key"]))

    def text(self) -> str:
        """The content of the bundle's file."""
        return yaml_text.dump(self.content)

    def authorities(self) -> dict[str, Json]:
        """For people: each CA's fingerprint (base64 of the public key's SHA-256) and last day."""
        found = {name: certificates.facts(self.pair(name).certificate) for name in sorted(_AUTHORITIES)}
        return {
            name: {"fingerprint": fact.fingerprint, "not_after": fact.not_after.isoformat()}
            for name, fact in found.items()
        }


def generate(contract: Contract, start: datetime.datetime, random: Random = secrets.token_bytes) -> Bundle:
    """A new bundle, its CAs valid from ``start``. ``random`` gives as many bytes as asked for."""
    encode = base64.urlsafe_b64encode if contract.url_safe_cluster_id else base64.b64encode
    certs: dict[str, Any] = {}
    for name, (algorithm, organization) in _AUTHORITIES.items():
        certs[name] = _entry(certificates.make_authority(algorithm, organization, start))
        if name == "k8saggregator":
            certs["k8sserviceaccount"] = {"key": _base64(certificates.make_service_account_key())}
    return Bundle(
        {
            "cluster": {"id": encode(random(32)).decode(), "secret": _base64(random(32))},
            "secrets": {"bootstraptoken": _token(), "secretboxencryptionsecret": _base64(random(32))},
            "trustdinfo": {"token": _token()},
            "certs": certs,
        }
    )


def parse(text: str, *, object: str = "secrets bundle") -> Bundle:
    """The bundle in the text of its file; raises `InvalidInput` naming everything that is missing or broken."""
    content = yaml_text.load(text, object=object)
    if not isinstance(content, Mapping):
        raise InvalidInput("a mapping is expected", object=object)
    refuse(_findings(content), object=object)
    return Bundle(dict(content))


def _findings(content: Mapping[str, Json]) -> Iterator[Finding]:
    for path in _TEXTS:
        if not dig(content, path):
            yield Finding(path, "is missing")
    for path in _TOKENS:
        if not _TOKEN.match(str(dig(content, path) or "")):
            yield Finding(path, "is not a token (six letters or digits, a dot, sixteen)")
    if sum(bool(dig(content, path)) for path in _ENCRYPTION) != 1:
        yield Finding(("secrets",), "one of secretboxencryptionsecret and aescbcencryptionsecret is needed")
    for name in _AUTHORITIES:
        yield from _broken_pair(content, ("certs", name))
    yield from _broken(content, ("certs", "k8sserviceaccount", "key"), certificates.load_key)


def _broken_pair(content: Mapping[str, Json], path: Path) -> Iterator[Finding]:
    certificate, key = (*path, "crt"), (*path, "key")
    broken = [*_broken(content, certificate, certificates.facts), *_broken(content, key, certificates.load_key)]
    yield from broken
    if not broken and not certificates.belong_together(Pair(_decoded(content, certificate), _decoded(content, key))):
        yield Finding(path, "the key is not the certificate's")


def _broken(content: Mapping[str, Json], path: Path, read: Callable[[bytes], Any]) -> Iterator[Finding]:
    if not dig(content, path):
        yield Finding(path, "is missing")
        return
    try:
        read(_decoded(content, path))
    except InvalidInput as error:
        yield Finding(path, error.reason)


def _decoded(content: Mapping[str, Json], path: Path) -> bytes:
    try:
        return base64.b64decode(dig(content, path) or "", validate=True)
    except (TypeError, binascii.Error, ValueError) as exc:
        raise InvalidInput("is not base64", path=path) from exc


def _entry(pair: Pair) -> dict[str, str]:
    return {"crt": _base64(pair.certificate), "key": _base64(pair.key)}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _token() -> str:
    """Talos' token form: ``abcdef.0123456789abcdef``."""
    letters = string.digits + string.ascii_lowercase
    return ".".join("".join(secrets.choice(letters) for _position in range(length)) for length in (6, 16))
