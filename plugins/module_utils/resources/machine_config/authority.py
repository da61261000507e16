# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CAs of Talos' API in a configuration: one that issues, and others that are accepted beside it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...clients.talos import certificates
from ...clients.talos.certificates import Pair
from ...core.error import InvalidInput
from ...core.path import Json, dig
from .documents import MAIN, Configuration, identity_of

CA, ACCEPTED = ("machine", "ca"), ("machine", "acceptedCAs")


@dataclass(frozen=True)
class Trust:
    """Whom a machine goes by, as fingerprints or as names for them. ``issuing`` is empty when nothing is configured."""

    issuing: str
    accepted: tuple[str, ...] = ()

    def among(self, names: Mapping[str, str]) -> Trust:
        """The same with names for fingerprints; one without a name stays."""
        return Trust(names.get(self.issuing, self.issuing), tuple(names.get(each, each) for each in self.accepted))


def leads(configuration: Configuration) -> bool:
    """Whether it makes a machine one of the control plane, which has the CA's key."""
    return configuration.get("machine", "type") in ("controlplane", "init")


def trust(configuration: Configuration, *, object: str) -> Trust:
    """The fingerprints in a configuration; raises `InvalidInput` for what is no certificate."""
    try:
        issuing = next(iter(_read(configuration.get(*CA))), "")
        accepted = [name for entry in configuration.get(*ACCEPTED) or () for name in _read(entry)]
    except InvalidInput as error:
        raise error.about(object, path=ACCEPTED[:1]) from None
    return Trust(issuing, tuple(accepted))


def with_trust(
    configuration: Configuration, issuing: Pair, accepted: Iterable[bytes], ours: Iterable[str]
) -> Configuration:
    """The configuration with these CAs. What it accepts beside ``ours`` (fingerprints) stays, after those."""
    known = set(ours)
    others = [entry for entry in configuration.get(*ACCEPTED) or () if not set(_read(entry)) <= known]
    entries = [*({"crt": _base64(pem)} for pem in accepted), *others]
    return Configuration(
        tuple(
            _changed(document, issuing, entries, key=leads(configuration))
            if identity_of(document).kind == MAIN
            else document
            for document in configuration.documents
        )
    )


def _changed(document: dict[str, Json], issuing: Pair, entries: list[Json], *, key: bool) -> dict[str, Json]:
    """A worker's key stays as it is written, which is empty or not at all."""
    ca = {**(dig(document, CA) or {}), "crt": _base64(issuing.certificate)}
    if key:
        ca["key"] = _base64(issuing.key)
    machine: dict[str, Json] = {}
    for name, value in document["machine"].items():
        if name == "ca":
            machine["ca"] = ca
            if entries:
                machine["acceptedCAs"] = entries
        elif name != "acceptedCAs":
            machine[name] = value
    return {**document, "machine": machine}


def _read(entry: Json) -> Iterator[str]:
    text = entry.get("crt") if isinstance(entry, Mapping) else None
    try:
        yield from certificates.fingerprints(base64.b64decode(text or "", validate=True))
    except (TypeError, binascii.Error, ValueError) as exc:
        raise InvalidInput("is not base64 of a certificate") from exc


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
