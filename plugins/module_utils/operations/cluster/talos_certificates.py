# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Until when a machine's certificates are valid: those it shows to callers, and those in its configuration."""

from __future__ import annotations

import base64
import binascii
import datetime
import re
from collections.abc import Iterator, Mapping

from ...clients.talos import certificates
from ...clients.talos.certificates import Facts
from ...clients.talos.connection import Connection
from ...clients.talos.transport import Target, probe
from ...core.error import Forbidden, NfviError
from ...core.path import Json, Path, dig, render
from ...resources.machine_config.documents import Configuration, parse
from .talos_machine import configuration

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# "-----BEGIN " in base64: how configurations hold most certificates.
_ENCODED = "LS0tLS1CRUdJTi"
# Kubernetes' own port and the seconds that its API server may take to show its certificate.
_API_PORT, _PROBE_TIMEOUT = 6443, 5.0


async def of_machine(connection: Connection) -> list[Json]:
    """Every certificate that can be seen; of its configuration only with a role that may read it."""
    now = certificates.now()
    found = [entry("talos_api", connection.peer, now)]
    try:
        text = await configuration(connection)
    except Forbidden:
        return found
    if text is None:
        return found
    parsed = parse(text)
    found += [entry(render(path), facts, now) for path, facts in in_configuration(parsed)]
    served = await _kubernetes_api(connection.target, parsed)
    return [*found, entry("kubernetes_api", served, now)] if served else found


def entry(name: str, facts: Facts, now: datetime.datetime) -> Json:
    """A certificate for people. ``days_left`` are whole days, negative when it has ended."""
    return {
        "name": name,
        "common_name": facts.common_name,
        "organizations": list(facts.organizations),
        "not_before": facts.not_before.isoformat(),
        "not_after": facts.not_after.isoformat(),
        "days_left": (facts.not_after - now).days,
    }


def in_configuration(found: Configuration) -> Iterator[tuple[Path, Facts]]:
    """Every certificate of every document, with its place as people read it (``v1alpha1.machine.ca.crt``)."""
    for identity, document in found.named().items():
        for path, text in _texts(document, identity.path):
            for pem in _certificates(text):
                yield path, certificates.facts(pem.encode())


def _texts(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def _certificates(text: str) -> list[str]:
    """The certificates in a value that is PEM, or base64 of it."""
    if text.startswith(_ENCODED):
        try:
            text = base64.b64decode(text).decode()
        except (binascii.Error, UnicodeDecodeError):
            return []
    return _PEM.findall(text)


async def _kubernetes_api(target: Target, found: Configuration) -> Facts | None:
    """What the machine's own API server shows; None on a worker, and where none answers."""
    if found.get("machine", "type") not in ("controlplane", "init"):
        return None
    port = dig(found.main, ("cluster", "controlPlane", "localAPIServerPort")) or _API_PORT
    try:
        return await probe(Target(target.host, int(port)), _PROBE_TIMEOUT)
    except NfviError:
        return None
