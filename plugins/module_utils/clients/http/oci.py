# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Artifacts in an OCI registry: the pulling half of the OCI Distribution Specification 1.1, with anonymous tokens.

Tokens: the Docker Registry v2 authentication specification (RFC 6750 challenges, a token endpoint). Credentials come
from ~/.netrc, if it has any for the host that asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from ...core.error import InvalidInput, NfviError, Unauthenticated, Unsupported
from ...core.path import Json, dig
from .cache import Cache, sha256
from .reference import Reference, is_loopback
from .session import Answer, Session

TITLE = "org.opencontainers.image.title"
_ACCEPTED = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
        "oci.image.index.v1",
        "docker.distribution.manifest.list.v2",
    )
)
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Layer:
    """One blob of an artifact; ``title`` is the name of the file it was made from, or empty."""

    title: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Artifact:
    """``digest`` is the SHA-256 of its manifest: what pins it."""

    digest: str
    layers: tuple[Layer, ...]


@dataclass
class Repository:
    """A repository as one pull sees it: its token is kept from request to request."""

    reference: Reference
    session: Session
    cache: Cache
    _token: str = field(default="", init=False, repr=False)

    def pull(self) -> Artifact:
        """The artifact with all its layers, every digest checked; what is cached is not asked for."""
        content = self._manifest()
        found = _json(content)
        if "manifests" in found or not isinstance(found.get("layers"), list):
            raise Unsupported("is an index, or no artifact at all", hint="name the digest of one of its manifests")
        return Artifact(sha256(content), tuple(self._layer(each) for each in found["layers"]))

    def _manifest(self) -> bytes:
        reference = self.reference
        name = f"sha256:{reference.digest}" if reference.digest else reference.tag
        return self._content("manifests", name, {"Accept": _ACCEPTED})

    def _layer(self, descriptor: Json) -> Layer:
        """A blob by its descriptor (OCI Image Specification, descriptor.md)."""
        digest = str(dig(descriptor, ("digest",), ""))
        if not digest.startswith("sha256:"):
            raise Unsupported(f"a layer's digest is {digest!r}", hint="only sha256 is known")
        title = str(dig(descriptor, ("annotations", TITLE), ""))
        return Layer(title, str(dig(descriptor, ("mediaType",), "")), self._content("blobs", digest, {}))

    def _content(self, kind: str, name: str, headers: Mapping[str, str]) -> bytes:
        digest = name.removeprefix("sha256:") if name.startswith("sha256:") else ""
        known = self.cache.find(digest) if digest else None
        if known is not None:
            return known
        content = self._get(self.reference.url(kind, name), headers).expected().content
        if digest and sha256(content) != digest:
            raise InvalidInput(f"the registry sent something else for {name}: its SHA-256 is {sha256(content)}")
        self.cache.keep(content)
        return content

    def _get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """The answer; a token is fetched when the registry asks for one."""
        answer = self.session.get(url, headers, bearer=self._token)
        if answer.status != 401:
            return answer
        self._token = self._fetch_token(answer.headers.get("www-authenticate", ""))
        return self.session.get(url, headers, bearer=self._token)

    def _fetch_token(self, challenge: str) -> str:
        scheme, _space, rest = challenge.partition(" ")
        said = dict(_PARAMETER.findall(rest))
        if scheme.lower() != "bearer" or not _is_safe(said.get("realm", "")):
            raise Unauthenticated("the registry wants a user name and a password", hint="~/.netrc has none for it")
        asked = {"scope": f"repository:{self.reference.repository}:pull", **said}
        query = urlencode({key: asked[key] for key in ("service", "scope") if key in asked})
        try:
            answer = _json(self.session.get(f"{said['realm']}?{query}").expected().content)
        except NfviError as error:
            raise Unauthenticated(f"no token from {said['realm']}: {error}", retryable=error.retryable) from error
        return str(answer.get("token") or answer.get("access_token") or "")


def _json(content: bytes) -> dict[str, Json]:
    try:
        found = json.loads(content)
    except ValueError as exc:
        raise InvalidInput("the registry's answer is not JSON") from exc
    return found if isinstance(found, dict) else {}


def _is_safe(url: str) -> bool:
    """Whether what is sent there is read by nobody else."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.netloc))
