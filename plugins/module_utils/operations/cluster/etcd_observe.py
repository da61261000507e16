# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out how etcd is, from every machine that runs it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...clients.talos.client import Outcome
from ...clients.talos.connection import Connection
from ...core.error import NfviError
from ...core.path import Json
from ...core.readiness import NotYet, Readiness
from .etcd_quorum import Quorum, Voter
from .talos_ready import etcd_ready
from .talos_session import TalosSession

_LOCAL = ("etcd", "EtcdMembers.etcd.talos.dev", "local")


@dataclass(frozen=True)
class _Seen:
    """What one machine says: the id of its own member, how that is, and all members that it knows."""

    id: str
    ready: Readiness
    members: tuple[Json, ...]


def observe_quorum(session: TalosSession, addresses: Collection[str], others: Collection[str]) -> Quorum:
    """The etcd whose members run on ``addresses``.

    The health of further members is asked of the machines at ``others``, or, without any, at the addresses under which
    etcd's members say that clients reach them. Raises the error of a machine whose etcd runs and does not answer.
    """
    first = _ask(session, addresses)
    found = {address: seen for address, seen in first.items() if isinstance(seen, _Seen)}
    members = {member["id"]: member for seen in found.values() for member in seen.members if not member["learner"]}
    own = {seen.id for seen in found.values()}
    missing = [member for member in members.values() if member["id"] not in own]
    silent = _silent(first)
    if missing:
        more = _ask(session, [each for each in others or _hosts(missing) if each not in found])
        found |= {address: seen for address, seen in more.items() if isinstance(seen, _Seen)}
        silent |= _silent(more)
    ready = {seen.id: seen.ready for seen in found.values()}
    voters = tuple(_voter(member, ready, silent) for member in members.values())
    return Quorum(voters, {address: seen.id for address, seen in found.items()})


def _ask(session: TalosSession, addresses: Iterable[str]) -> dict[str, _Seen | NfviError | None]:
    asked = list(addresses)
    return {address: _said(outcome) for address, outcome in zip(asked, session.each(asked, _look), strict=True)}


def _said(outcome: Outcome[_Seen | None]) -> _Seen | NfviError | None:
    return outcome if isinstance(outcome, NfviError) else outcome.value


async def _look(connection: Connection, maintenance: bool) -> _Seen | None:
    """None where no etcd runs."""
    if maintenance:
        return None
    services = {service["id"]: service for service in await connection.services()}
    if services.get("etcd", {}).get("state") != "Running":
        return None
    ready = etcd_ready(services)
    own = await connection.find(*_LOCAL)
    try:
        members = await connection.etcd_members()
    except NfviError:
        if not isinstance(ready, NotYet):
            raise
        members = []  # without a majority etcd tells nothing, not even this
    return _Seen(_id(own.spec["memberID"]) if own else "", ready, tuple(members))


def _id(text: str) -> str:
    """Talos pads the hexadecimal id with zeros, etcd does not."""
    return f"{int(text, 16):x}"


def _hosts(members: Iterable[Json]) -> list[str]:
    """Where the members' machines are; one address each."""
    urls = (next(iter(member["client_urls"]), "") for member in members)
    return [host for host in dict.fromkeys(urlsplit(url).hostname for url in urls) if host]


def _silent(asked: Mapping[str, _Seen | NfviError | None]) -> dict[str, str]:
    return {address: seen.reason for address, seen in asked.items() if isinstance(seen, NfviError)}


def _voter(member: Json, ready: Mapping[str, Readiness], silent: Mapping[str, str]) -> Voter:
    said = ready.get(member["id"])
    hostname = str(member["hostname"] or member["id"])
    if said is None:
        reasons = [silent[host] for host in _hosts([member]) if host in silent]
        return Voter(member["id"], hostname, False, next(iter(reasons), "none of the machines asked runs it"))
    return Voter(member["id"], hostname, not isinstance(said, NotYet), said.why if isinstance(said, NotYet) else "")
