# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CAs of an API in a configuration: one that issues, and others that are accepted beside it.

Where they stand: pkg/machinery/config/generate/rotatepatcher of siderolabs/talos.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...clients.talos import certificates
from ...clients.talos.certificates import Pair
from ...core.error import InvalidInput
from ...core.path import Json, Path, dig
from .documents import MAIN, Configuration, Identity, identity_of


@dataclass(frozen=True)
class Trust:
    """Whom a machine goes by, as fingerprints or as names for them. ``issuing`` is empty when nothing is configured."""

    issuing: str
    accepted: tuple[str, ...] = ()

    def among(self, names: Mapping[str, str]) -> Trust:
        """The same with names for fingerprints; one without a name stays."""
        return Trust(names.get(self.issuing, self.issuing), tuple(names.get(each, each) for each in self.accepted))


@dataclass(frozen=True)
class Place:
    """Where a configuration has its CAs: in a section (none: at the top) of the document of a kind.

    ``plain`` documents hold PEM as it is, others base64 of it. In a ``listed`` one the CA that issues is the first of
    the accepted ones: so it is on workers where there is a document for it, since they issue nothing.
    """

    kind: str = MAIN
    section: str = ""
    ca: str = "ca"
    certificate: str = "crt"
    plain: bool = False
    listed: bool = False

    def path(self, key: str) -> Path:
        """A key of the section, inside the document."""
        return (self.section, key) if self.section else (key,)

    def shown(self, trust: Trust) -> dict[Path, Json]:
        """Whom a machine goes by, under the paths by which people know them."""
        accepted = (self.kind, *self.path("acceptedCAs"))
        if self.listed:
            return {accepted: [trust.issuing, *trust.accepted]}
        return {(self.kind, *self.path(self.ca)): trust.issuing, accepted: [*trust.accepted]}

    def read(self, document: Mapping[str, Json]) -> Trust:
        """The fingerprints in the document; raises `InvalidInput` for what is no certificate."""
        accepted = [name for entry in self.entries(document) for name in self.fingerprints(entry)]
        if self.listed:
            return Trust(accepted[0] if accepted else "", tuple(accepted[1:]))
        found = dig(document, self.path(self.ca)) or {}
        return Trust(next(iter(self.fingerprints(found, self.certificate)), ""), tuple(accepted))

    def entries(self, document: Mapping[str, Json]) -> list[Json]:
        """What is accepted, as it stands there."""
        return list(dig(document, self.path("acceptedCAs")) or ())

    def entry(self, pem: bytes) -> Json:
        """A CA that is accepted, as it is written there."""
        return self.text(pem) if self.plain else {"crt": self.text(pem)}

    def text(self, pem: bytes) -> str:
        """PEM as it is written there."""
        return (pem if self.plain else base64.b64encode(pem)).decode()

    def fingerprints(self, entry: Json, key: str = "crt") -> tuple[str, ...]:
        """The certificates in an entry."""
        text = entry.get(key) if isinstance(entry, Mapping) else entry if self.plain else None
        try:
            data = str(text or "").encode()
            return certificates.fingerprints(data if self.plain else base64.b64decode(data, validate=True))
        except (TypeError, binascii.Error, ValueError) as exc:
            raise InvalidInput("is not base64 of a certificate") from exc


# Talos' own API, and that of Kubernetes: up to contract 1.13, and from 1.14 on as it is on control planes and workers.
_TALOS = Place(section="machine")
_KUBERNETES = Place(section="cluster")
_DOCUMENT = "KubeAPIServerCAConfig"
_LEADING = Place(_DOCUMENT, ca="issuingCA", certificate="cert", plain=True)
_WORKING = Place(_DOCUMENT, plain=True, listed=True)


def leads(configuration: Configuration) -> bool:
    """Whether it makes a machine one of the control plane, which has the CA's key."""
    return configuration.get("machine", "type") in ("controlplane", "init")


def place(configuration: Configuration, authority: str) -> Place:
    """Where the configuration has the CA that the bundle calls so (os, k8s)."""
    if authority == "os":
        return _TALOS
    if configuration.find(Identity(_DOCUMENT)) is None:
        return _KUBERNETES
    return _LEADING if leads(configuration) else _WORKING


def trust(configuration: Configuration, authority: str, *, object: str) -> Trust:
    """The fingerprints in a configuration; raises `InvalidInput` for what is no certificate."""
    where = place(configuration, authority)
    try:
        return where.read(configuration.find(Identity(where.kind)) or {})
    except InvalidInput as error:
        raise error.about(object, path=(where.section or where.kind,)) from None


def with_trust(
    configuration: Configuration, authority: str, issuing: Pair, accepted: Iterable[bytes], ours: Iterable[str]
) -> Configuration:
    """The configuration with these CAs. What it accepts beside ``ours`` (fingerprints) stays, after those."""
    where, known, key = place(configuration, authority), set(ours), leads(configuration)
    document = configuration.find(Identity(where.kind)) or {}
    others = [entry for entry in where.entries(document) if not set(where.fingerprints(entry)) <= known]
    first = [issuing.certificate] if where.listed else []
    entries = [*map(where.entry, [*first, *accepted]), *others]
    return Configuration(
        tuple(
            _changed(each, where, issuing, entries, key=key) if identity_of(each).kind == where.kind else each
            for each in configuration.documents
        )
    )


def _changed(
    document: dict[str, Json], where: Place, issuing: Pair, entries: list[Json], *, key: bool
) -> dict[str, Json]:
    if not where.section:
        return dict(_items(document, where, issuing, entries, key=key))
    return {**document, where.section: dict(_items(document[where.section], where, issuing, entries, key=key))}


def _items(
    section: Mapping[str, Json], where: Place, issuing: Pair, entries: list[Json], *, key: bool
) -> Iterator[tuple[str, Json]]:
    """The section with other CAs. A worker's key stays as it is written, which is empty or not at all."""
    for name, value in section.items():
        if name == where.ca:
            own_key = {"key": where.text(issuing.key)} if key else {}
            yield name, {**(value or {}), where.certificate: where.text(issuing.certificate), **own_key}
        if entries and name == ("acceptedCAs" if where.listed else where.ca):
            yield "acceptedCAs", entries
        if name not in (where.ca, "acceptedCAs"):
            yield name, value
