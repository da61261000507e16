# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator's kubeconfig in a private file: kept while it is good, renewed before it expires."""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...clients.talos import certificates
from ...clients.talos.connection import Connection
from ...core import yaml_text
from ...core.change import Change
from ...core.error import InvalidInput, Precondition, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, dig
from ...core.plan import Plan
from ...core.result import Result
from . import talos_files as files
from .kubeconfig_archive import unpacked
from .talos_session import TalosSession, values
from .talos_wait import patiently


@dataclass(frozen=True)
class Access:
    """What a kubeconfig's current context says: where the API is, who signs for it, and until when we are known."""

    context: str
    server: str
    authority: bytes
    client: bytes

    @classmethod
    def of(cls, kubeconfig: Mapping[str, Json]) -> Access:
        """Raises `InvalidInput` when the kubeconfig is not one with certificates."""
        name = kubeconfig.get("current-context")
        context = _named(kubeconfig, "contexts", name).get("context") or {}
        cluster = _named(kubeconfig, "clusters", context.get("cluster")).get("cluster") or {}
        user = _named(kubeconfig, "users", context.get("user")).get("user") or {}
        try:
            authority = base64.b64decode(cluster["certificate-authority-data"], validate=True)
            client = base64.b64decode(user["client-certificate-data"], validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error) as exc:
            raise InvalidInput("is not a kubeconfig with certificates") from exc
        return cls(str(name), str(cluster.get("server")), authority, client)

    @property
    def not_after(self) -> datetime.datetime:
        """When the client certificate ends, UTC."""
        return certificates.facts(self.client).not_after


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Write the kubeconfig unless the one on disk is as good."""
    path = Path(given.text("path")).expanduser()
    window = datetime.timedelta(days=given.integer("renew_before", 30, low=0, high=364))
    fresh = _fetch(given, session, mode)
    data = files.read(path)
    if fresh is None:
        plan = plan_kubeconfig(path, data, None, window, certificates.now())
        return Result(plan, verified=False).named("kubeconfig", _described(path, None))
    offered = Access.of(fresh)
    plan = plan_kubeconfig(path, data, offered, window, certificates.now())
    if mode.apply and plan:
        _write(plan, path, fresh)
    kept = data is not None and (not plan or all(change.path == ("mode",) for change in plan))
    access = Access.of(yaml_text.load(data.decode())) if data is not None and kept else offered
    return Result(plan).named("kubeconfig", _described(path, access))


def plan_kubeconfig(
    path: Path, data: bytes | None, offered: Access | None, window: datetime.timedelta, now: datetime.datetime
) -> Plan:
    """What to do about the file; ``offered`` is None in check mode while there is no cluster yet."""
    target = f"kubeconfig {path}"
    if data is None:
        return Plan.of([Change("create", target)])
    if offered is None:
        return Plan()
    try:
        live = Access.of(yaml_text.load(data.decode(), object=target) or {})
    except (InvalidInput, UnicodeDecodeError, AttributeError):
        return Plan.of([Change("replace", target)])
    return Plan.of([*_differences(target, live, offered, window, now), *files.exposed(path, target)])


def _differences(
    target: str, live: Access, offered: Access, window: datetime.timedelta, now: datetime.datetime
) -> Iterator[Change]:
    for key in ("context", "server"):
        before, after = getattr(live, key), getattr(offered, key)
        if before != after:
            yield Change("update", target, (key,), before, after)
    if live.authority != offered.authority:
        before, after = (certificates.facts(access.authority).fingerprint for access in (live, offered))
        yield Change("update", target, ("authority",), before, after)
    elif not certificates.issued_by(live.client, offered.authority) or live.not_after - now <= window:
        before, after = (access.not_after.date().isoformat() for access in (live, offered))
        yield Change("update", target, ("not_after",), before, after)


def _fetch(given: Given, session: TalosSession, mode: Mode) -> dict[str, Json] | None:
    """A fresh kubeconfig; making one changes nothing. None in check mode while there is no cluster yet."""
    if mode.pending and not session.there:
        return None
    patience = float(given.integer("reach_timeout", 60, low=0)) if mode.apply else 0.0
    outcomes = patiently(lambda some: session.each(some, _ask), [given.text("node")], mode, patience)
    if mode.pending and isinstance(outcomes[0], (Unreachable, Precondition)):
        return None
    kubeconfig = unpacked(values(outcomes)[0])
    return _renamed(kubeconfig, given.text("force_context_name")) if given.has("force_context_name") else kubeconfig


async def _ask(connection: Connection, maintenance: bool) -> bytes:
    if maintenance:
        raise Precondition("is in maintenance mode", object=connection.name)
    return await connection.kubeconfig_archive()


def _renamed(kubeconfig: dict[str, Json], name: str) -> dict[str, Json]:
    """The kubeconfig with its current context under another name."""
    current = kubeconfig.get("current-context")
    contexts = [{**entry, "name": name} if entry.get("name") == current else entry for entry in kubeconfig["contexts"]]
    return {**kubeconfig, "contexts": contexts, "current-context": name}


def _write(plan: Plan, path: Path, kubeconfig: dict[str, Json]) -> None:
    if all(change.path == ("mode",) for change in plan):
        files.protect(path)
    else:
        files.replace(path, yaml_text.dump(kubeconfig).encode())


def _named(kubeconfig: Mapping[str, Json], kind: str, name: Json) -> dict[str, Json]:
    entries = dig(kubeconfig, (kind,)) or []
    return next((entry for entry in entries if entry.get("name") == name), {})


def _described(path: Path, access: Access | None) -> Json:
    """For people: no key, no certificate."""
    return {
        "path": str(path),
        "context": access.context if access else None,
        "server": access.server if access else None,
        "not_after": access.not_after.isoformat() if access else None,
        "authority": certificates.facts(access.authority).fingerprint if access else None,
    }
