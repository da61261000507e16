# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What machines say of themselves; nothing is changed and no secret is returned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ...clients.talos.certificates import Facts
from ...clients.talos.client import Peer
from ...clients.talos.connection import Connection, Resource
from ...core.error import InvalidInput, NfviError, Unreachable
from ...core.given import Given
from ...core.mask import Masker
from ...core.mode import Mode
from ...core.path import Json, dig
from ...core.result import Result
from ...resources.machine_config.documents import parse
from .talos_session import TalosSession, target, values
from .talos_wait import patiently

_CONFIG = "MachineConfigs.config.talos.dev"
# Types whose content is secret through and through (sensitivity of pkg/machinery/resources in siderolabs/talos).
_SECRET = ("secrets.talos.dev", "KubeletSpecs.kubernetes.talos.dev", "EncryptionSalts.block.talos.dev")


@dataclass(frozen=True)
class Wanted:
    """A COSI type to list, or one resource of it."""

    namespace: str
    type: str
    id: str | None

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """Refuses types that hold nothing but secrets."""
        type_ = given.text("type")
        if type_.partition(".")[2] in _SECRET or type_ in _SECRET:
            given.at("type").refuse(f"{type_} holds secrets")
        return cls(given.text("namespace"), type_, given.text("id") if given.has("id") else None)


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
        found["resources"] = [await _resources(connection, wanted, mode.masker) for wanted in resources]
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
    return Result(verified=not any(absent)).named("nodes", nodes)


def _peers(given: Given, session: TalosSession) -> list[Peer]:
    """The machines asked for, else those of the talosconfig."""
    named = [str(item.value) for item in given.items("nodes")]
    addresses = named or list(session.context.nodes or session.context.endpoints)
    if not addresses:
        raise InvalidInput("no node is named, and the talosconfig names none", path=("nodes",))
    return [Peer(target(address)) for address in addresses]


async def _gathered(part: Callable[[Connection], Awaitable[Json]], connection: Connection) -> Json:
    """A part that this machine cannot tell of (etcd on a worker, much in maintenance mode) is None."""
    try:
        return await part(connection)
    except Unreachable:
        raise
    except NfviError:
        return None


async def _resources(connection: Connection, wanted: Wanted, masker: Masker) -> Json:
    if wanted.id is None:
        found = await connection.list(wanted.namespace, wanted.type)
    else:
        one = await connection.find(wanted.namespace, wanted.type, wanted.id)
        found = [one] if one is not None else []
    items = [{"id": each.id, "version": each.version, "spec": _shown(wanted, each, masker)} for each in found]
    return {"namespace": wanted.namespace, "type": wanted.type, "items": items}


def _shown(wanted: Wanted, found: Resource, masker: Masker) -> Json:
    """A machine configuration is shown as its documents, secrets masked."""
    if wanted.type == _CONFIG:
        return list(parse(found.spec).masked(masker).documents)
    return found.spec


def _certificate(facts: Facts) -> Json:
    """The certificate that the machine shows to its callers."""
    return {
        "common_name": facts.common_name,
        "fingerprint": facts.fingerprint,
        "not_after": facts.not_after.isoformat(),
    }
