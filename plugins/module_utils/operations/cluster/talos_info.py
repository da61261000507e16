# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What machines say of themselves; nothing is changed and no secret is returned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ...clients.talos import certificates
from ...clients.talos.certificates import Facts
from ...clients.talos.client import Peer
from ...clients.talos.connection import Connection
from ...core.error import NfviError, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, dig
from ...core.result import Result
from .talos_certificates import entry, of_machine
from .talos_nodes import usual
from .talos_resources import Wanted, read
from .talos_session import TalosSession, target, values
from .talos_wait import patiently


async def _version(connection: Connection) -> Json:
    return await connection.version()


async def _machine(connection: Connection) -> Json:
    status = await connection.find("runtime", "MachineStatuses.runtime.talos.dev", "machine")
    spec = status.spec if status else {}
    return {
        "stage": spec.get("stage"),
        "ready": bool(dig(spec, ("status", "ready"))),
        "unmet": dig(spec, ("status", "unmetConditions")) or [],
        "hostname": await connection.hostname(),
    }


async def _services(connection: Connection) -> Json:
    return await connection.services()


async def _memory(connection: Connection) -> Json:
    return await connection.memory()


async def _disks(connection: Connection) -> Json:
    return [{"id": found.id, **found.spec} for found in await connection.list("runtime", "Disks.block.talos.dev")]


async def _links(connection: Connection) -> Json:
    found = await connection.list("network", "LinkStatuses.net.talos.dev")
    return [{"id": link.id, **link.spec} for link in found]


async def _members(connection: Connection) -> Json:
    found = await connection.list("cluster", "Members.cluster.talos.dev")
    return [{"id": member.id, **member.spec} for member in found]


async def _etcd(connection: Connection) -> Json:
    return await connection.etcd_members()


# Every part that can be gathered, in the order of the documentation.
PARTS: dict[str, Callable[[Connection], Awaitable[Json]]] = {
    "version": _version,
    "machine": _machine,
    "services": _services,
    "memory": _memory,
    "disks": _disks,
    "links": _links,
    "members": _members,
    "etcd": _etcd,
    "certificates": of_machine,
}


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Ask every machine for the parts that are wanted."""
    peers = _peers(given, session)
    parts = [str(item.value) for item in given.items("gather")]
    resources = given.each("resources", Wanted.parse)

    async def ask(connection: Connection, maintenance: bool) -> Json:
        found: dict[str, Json] = {"maintenance": maintenance}
        for part in parts:
            found[part] = await _gathered(PARTS[part], connection)
        found["resources"] = [await read(connection, wanted, mode.masker) for wanted in resources]
        found["certificate"] = _certificate(connection.peer)
        return found

    patience = float(given.integer("wait_timeout", 0, low=0))
    outcomes = patiently(lambda some: session.client.each(some, ask), peers, mode, patience)
    absent = [isinstance(outcome, Unreachable) and mode.pending for outcome in outcomes]
    there = iter(values(outcome for outcome, gone in zip(outcomes, absent, strict=True) if not gone))
    nodes = [
        {"address": str(peer.target), "reachable": not gone, **({} if gone else next(there))}
        for peer, gone in zip(peers, absent, strict=True)
    ]
    result = Result(verified=not any(absent)).named("nodes", nodes)
    return result.named("client_certificate", _own(session)) if "certificates" in parts else result


def _peers(given: Given, session: TalosSession) -> list[Peer]:
    """The machines asked for, else those of the talosconfig."""
    named = [str(item.value) for item in given.items("nodes")]
    return [Peer(target(address)) for address in named or usual(session)]


def _own(session: TalosSession) -> Json:
    """Our own certificate; None without a talosconfig."""
    if not session.there:
        return None
    pem = session.context.identity.client.certificate
    return entry(session.context.name, certificates.facts(pem), certificates.now())


async def _gathered(part: Callable[[Connection], Awaitable[Json]], connection: Connection) -> Json:
    """A part that this machine cannot tell of (etcd on a worker, much in maintenance mode) is None."""
    try:
        return await part(connection)
    except Unreachable:
        raise
    except NfviError:
        return None


def _certificate(facts: Facts) -> Json:
    """The certificate that the machine shows to its callers."""
    return {
        "common_name": facts.common_name,
        "fingerprint": facts.fingerprint,
        "not_after": facts.not_after.isoformat(),
    }
