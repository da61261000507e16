# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machines of a cluster: those that it knows as its members and those that are named, each with its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from ...clients.talos.client import LIMIT, Done, Outcome, Peer, TalosClient
from ...clients.talos.connection import Connection
from ...clients.talos.talosconfig import Context
from ...clients.talos.transport import Target
from ...core.error import InvalidInput, NfviError, Timeout, Unauthenticated, Unreachable, together
from ...core.path import Json, dig
from . import talos_facts

# A machine whose first addresses are all silent is taken to be down.
_TRIED = 3


@dataclass(frozen=True)
class Host:
    """One machine. ``address`` is where it answered; ``error`` says why it did not, then ``facts`` are hearsay."""

    address: str
    facts: dict[str, Json] = field(default_factory=lambda: dict(talos_facts.UNKNOWN))
    error: str = ""

    @property
    def name(self) -> str:
        """Its hostname; its address as long as it has none of its own, as in maintenance mode."""
        return str((not self.facts["maintenance"] and self.facts["hostname"]) or self.address)

    @property
    def fingerprint(self) -> str | None:
        """The key of its certificate, which tells machines apart whatever they call themselves."""
        found = dig(self.facts, ("certificate", "fingerprint"))
        return str(found) if found else None

    @property
    def groups(self) -> list[str]:
        """The groups it is in without being asked for, unsanitized."""
        state = ["maintenance"] if self.facts["maintenance"] else [str(self.facts["role"] or "")]
        hardware = self.facts["hardware"] or {}
        kinds = {
            "talos": self.facts["version"],
            "kubernetes": self.facts["kubernetes_version"],
            "manufacturer": hardware.get("manufacturer"),
            "product": hardware.get("product"),
        }
        down = ["unreachable"] if self.error else []
        return ["talos", *filter(None, state), *down, *(f"{kind}_{value}" for kind, value in kinds.items() if value)]

    def as_json(self) -> dict[str, Json]:
        """For a cache."""
        return asdict(self)


@dataclass(frozen=True)
class Place:
    """A machine before it was asked: where it may be, and what others say of it."""

    addresses: tuple[str, ...]
    hearsay: Mapping[str, Json] = field(default_factory=lambda: talos_facts.UNKNOWN)


@dataclass(frozen=True)
class Cluster:
    """Whom to ask. ``endpoints`` know the members; ``nodes`` belong to it whether they are members or not."""

    context: Context
    endpoints: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    limit: int = LIMIT
    timeout: float = 10.0

    def hosts(self) -> tuple[list[Host], list[str]]:
        """All machines, and warnings; raises when nobody can be asked, or nobody asked knows anybody."""
        client = TalosClient(self.context.identity, limit=self.limit, timeout=self.timeout)
        nodes = self.nodes or self.context.nodes
        endpoints = self.endpoints or self.context.endpoints or nodes
        if not endpoints:
            raise InvalidInput("no endpoint is named, and the talosconfig names none", path=("endpoints",))
        members, problems = _members(client, endpoints)
        warnings = []
        if not members and len(problems) == len(endpoints):
            if not nodes:
                raise _together(problems)
            warnings.append(f"no endpoint told who the members are: {_together(problems)}")
        elif not (members or nodes):
            warnings.append("the cluster knows no members (is its discovery off?): only its endpoints are listed")
            nodes = endpoints
        return distinct(_asked(client, places(members, nodes))), warnings


async def _list_members(connection: Connection, maintenance: bool) -> list[Json]:
    return [member.spec for member in await connection.list("cluster", "Members.cluster.talos.dev")]


def _members(client: TalosClient, endpoints: Iterable[str]) -> tuple[list[Json], list[NfviError]]:
    """The list of the first endpoint that has one, and what went wrong before."""
    problems: list[NfviError] = []
    for endpoint in endpoints:
        try:
            found = client.one(Peer(Target.parse(endpoint)), _list_members)
        except NfviError as error:
            problems.append(error)
        else:
            if found:
                return found, problems
    return [], problems


def _together(problems: Sequence[NfviError]) -> NfviError:
    """One error for all endpoints."""
    if len(problems) == 1:
        return problems[0]
    return type(problems[0])(together(problems), object=f"{len(problems)} endpoints", hint=problems[0].hint)


def places(members: Iterable[Mapping[str, Json]], nodes: Iterable[str]) -> list[Place]:
    """Every machine once, as far as addresses tell; one that was named is dialled where the user named it."""
    named = {Target.parse(node).host: node for node in nodes}
    found = []
    for member in members:
        hearsay = talos_facts.of_member(member)
        own = hearsay["addresses"] or [hearsay["hostname"]]
        given = [named.pop(address) for address in own if address in named]
        found.append(Place(tuple(dict.fromkeys([*given, *own]))[:_TRIED], hearsay))
    return [*found, *(Place((node,)) for node in named.values())]


def _asked(client: TalosClient, sought: Sequence[Place]) -> list[Host]:
    """Each machine at the first of its addresses where it answers."""
    hosts: dict[int, Host] = {}
    left = list(range(len(sought)))
    for attempt in range(_TRIED):
        left = [index for index in left if len(sought[index].addresses) > attempt]
        targets = [sought[index].addresses[attempt] for index in left]
        outcomes = client.each([Peer(Target.parse(target)) for target in targets], talos_facts.gather)
        for index, target, outcome in zip(left, targets, outcomes, strict=True):
            if isinstance(outcome, Done) or index not in hosts:
                hosts[index] = _host(target, outcome, sought[index])
        left = [index for index, outcome in zip(left, outcomes, strict=True) if _may_be_elsewhere(outcome)]
    return [hosts[index] for index in sorted(hosts)]


def _may_be_elsewhere(outcome: Outcome[dict[str, Json]]) -> bool:
    return isinstance(outcome, (Timeout, Unauthenticated, Unreachable))


def _host(address: str, outcome: Outcome[dict[str, Json]], place: Place) -> Host:
    if isinstance(outcome, NfviError):
        return Host(address, dict(place.hearsay), str(outcome))
    facts = dict(outcome.value)
    facts["addresses"] = facts["addresses"] or place.hearsay["addresses"]
    return Host(address, facts)


def distinct(hosts: Iterable[Host]) -> list[Host]:
    """Every machine once: it may have been named by an address that it does not know itself to have."""
    found: dict[str, Host] = {}
    for host in hosts:
        found.setdefault(host.fingerprint or f"at {host.address}", host)
    return list(found.values())


def unique_names(hosts: Iterable[Host]) -> tuple[list[tuple[str, Host]], list[str]]:
    """A name for each, and warnings: of two machines that call themselves the same, the second has its address."""
    named: dict[str, Host] = {}
    warnings = []
    for host in hosts:
        name = host.name
        if name in named:
            other = named[name].address
            warnings.append(f"{host.address} calls itself {name} like {other}: it is listed by its address")
            name = host.address
        named[name] = host
    return list(named.items()), warnings


def remembered(entry: Mapping[str, Json]) -> Host:
    """The opposite of `Host.as_json`; facts that a newer version of this has are unknown."""
    host = Host(str(entry["address"]), error=str(entry["error"]))
    return replace(host, facts={**talos_facts.UNKNOWN, **entry["facts"]})
