# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's secrets bundle, in the form in which ``talosctl gen secrets`` writes it.

Source: pkg/machinery/config/generate/secrets of siderolabs/talos. The bundle is the cluster's identity: losing it means
losing the cluster, so it is made once and never again.

While a CA is replaced, the bundle holds the other one under ``rotation``, a key of our own that talosctl passes over.
Whatever is made of the bundle meanwhile is what that step of the rotation wants, so nobody undoes it.
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

# The steps of a rotation: the new CA is accepted, it issues and the old one is accepted, the old one is not any more.
STEPS = ("accept", "issue", "retire")
_ROTATED = ("os", "k8s")

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class Rotation:
    """A CA that is being replaced. ``other`` does not issue: at the step ``accept`` it is the new one, then the old."""

    step: str
    other: Pair


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
        return _pair(self.content["certs"][authority])

    def rotation(self, authority: str) -> Rotation | None:
        """Where the replacement of a CA stands; None while there is none."""
        entry = dig(self.content, ("rotation", authority))
        return Rotation(entry["step"], _pair(entry)) if entry else None

    def accepted(self, authority: str) -> list[str]:
        """The CAs (base64 of PEM) that configurations accept beside the one that issues."""
        entry = dig(self.content, ("rotation", authority))
        return [entry["crt"]] if entry and entry["step"] != "retire" else []

    def trusted(self, authority: str) -> Pair:
        """The CA that issues, its certificate followed by another by which machines may still be known."""
        pair, rotation = self.pair(authority), self.rotation(authority)
        if rotation is None or rotation.step != "issue":
            return pair
        return Pair(pair.certificate + rotation.other.certificate, pair.key)

    def rotated(self, authority: str, issuing: Pair, rotation: Rotation | None) -> Bundle:
        """The same with that CA issuing, at that step; with None the rotation is over."""
        others = {key: value for key, value in (self.content.get("rotation") or {}).items() if key != authority}
        if rotation is not None:
            others[authority] = {"step": rotation.step, **_entry(rotation.other)}
        content = {key: value for key, value in self.content.items() if key != "rotation"}
        content["certs"] = {**content["certs"], authority: _entry(issuing)}
        return Bundle({**content, "rotation": others} if others else content)

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


def another(authority: str, start: datetime.datetime) -> Pair:
    """A new CA of that kind, valid from ``start``."""
    return certificates.make_authority(*_AUTHORITIES[authority], start)


def parse(text: str, *, object: str = "secrets bundle") -> Bundle:
    """The bundle in the text of its file; raises `InvalidInput` naming everything that is missing or broken."""
    content = yaml_text.load(text, object=object)
    if not isinstance(content, Mapping):
        raise InvalidInput("a mapping is expected", object=object)
    refuse(findings(content), object=object)
    return Bundle(dict(content))


def findings(content: Mapping[str, Json]) -> Iterator[Finding]:
    """Everything that is missing or broken in the content of a bundle."""
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
    rotation = content.get("rotation") or {}
    for name in rotation if isinstance(rotation, Mapping) else ():
        yield from _broken_rotation(content, name)


def _broken_rotation(content: Mapping[str, Json], name: str) -> Iterator[Finding]:
    if name not in _ROTATED:
        yield Finding(("rotation", name), f"only {', '.join(_ROTATED)} can be replaced")
        return
    if dig(content, ("rotation", name, "step")) not in STEPS:
        yield Finding(("rotation", name, "step"), f"is none of {', '.join(STEPS)}")
    yield from _broken_pair(content, ("rotation", name))


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


def _pair(entry: Mapping[str, str]) -> Pair:
    return Pair(base64.b64decode(entry["crt"]), base64.b64decode(entry["key"]))


def _entry(pair: Pair) -> dict[str, str]:
    return {"crt": _base64(pair.certificate), "key": _base64(pair.key)}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _token() -> str:
    """Talos' token form: ``abcdef.0123456789abcdef``."""
    letters = string.digits + string.ascii_lowercase
    return ".".join("".join(secrets.choice(letters) for _position in range(length)) for length in (6, 16))
