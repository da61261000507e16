# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machines whose CA is replaced: whom each goes by, and which machines it knows of that nobody has named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...clients.talos.client import Outcome, Peer, TalosClient
from ...clients.talos.connection import Connection
from ...core.error import Precondition
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...resources.machine_config.authority import Place, Trust, leads, place, trust
from ...resources.machine_config.bundle import Bundle
from ...resources.machine_config.documents import Configuration, Identity, parse
from .talos_pki_access import own
from .talos_session import target
from .talos_wait import patiently

_CONFIGS = ("config", "MachineConfigs.config.talos.dev")
_MEMBERS = ("cluster", "Members.cluster.talos.dev")
_NODENAMES = ("k8s", "Nodenames.kubernetes.talos.dev")


@dataclass(frozen=True)
class Node:
    """A machine, and the file of its configuration, which is kept as the machine's own."""

    address: str
    config: Path | None = None

    @classmethod
    def parse(cls, given: Given) -> Node:
        """From an item of ``nodes``."""
        if not given.text("address"):
            given.at("address").refuse("an address is required")
        return cls(given.text("address"), Path(given.text("config")).expanduser() if given.has("config") else None)

    @property
    def label(self) -> str:
        """How people and errors name the machine."""
        return f"node {target(self.address)}"

    @property
    def file_label(self) -> str:
        """How they name the file."""
        return f"configuration {self.config}"

    @property
    def peer(self) -> Peer:
        """Where it is."""
        return Peer(target(self.address))


@dataclass(frozen=True)
class Seen:
    """One look at a machine. ``known`` are the host names of the cluster's machines, as far as it knows them;
    ``nodename`` is what its kubelet goes by, empty when it registers no node, ``api_port`` where its API server is.
    """

    node: Node
    hostname: str
    boot_id: str
    leads: bool
    trust: Trust
    place: Place
    known: frozenset[str] = frozenset()
    nodename: str = ""
    api_port: int = 6443

    def told(self) -> Json:
        """For people: nothing of this is secret."""
        return {
            "address": self.node.address,
            "hostname": self.hostname,
            "control_plane": self.leads,
            "issuing": self.trust.issuing,
            "accepted": list(self.trust.accepted),
        }


def look_at(nodes: list[Node], bundle: Bundle, name: str, mode: Mode, patience: float) -> list[Outcome[Seen]]:
    """One look at each, and at whom it goes by for the CA of that name in the bundle; again for up to ``patience``
    seconds where another try may help.
    """
    client = TalosClient(own(bundle))
    by_label = {node.label: node for node in nodes}

    async def look(connection: Connection, maintenance: bool) -> Seen:
        return await _look(by_label[connection.name], connection, name, maintenance)

    def again(some: list[Node]) -> list[Outcome[Seen]]:
        return client.each([node.peer for node in some], look)

    return patiently(again, nodes, mode, patience)


async def configuration(connection: Connection) -> str:
    """The text of the configuration in force; refused when another one waits for the next boot."""
    active = await connection.get(*_CONFIGS, "v1alpha1")
    kept = await connection.find(*_CONFIGS, "persistent")
    if kept is not None and kept.spec != active.spec:
        reason = "keeps another configuration for its next boot than it runs with"
        raise Precondition(reason, object=connection.name, hint="let it restart, or apply one of them")
    return str(active.spec)


def refuse_unnamed(seen: list[Seen]) -> None:
    """Refuse to go on without a machine of the cluster: nobody could reach it any more when the old CA is gone."""
    named = {each.hostname for each in seen}
    boots = {each.boot_id: each for each in seen}
    if len(boots) < len(seen):
        raise Precondition("one machine answers at two of the addresses", path=("nodes",))
    missing = sorted(frozenset().union(*(each.known for each in seen)) - named)
    if missing:
        reason = f"the cluster has other machines: {', '.join(missing)}"
        raise Precondition(reason, path=("nodes",), hint="name every machine, workers as well")


async def _look(node: Node, connection: Connection, name: str, maintenance: bool) -> Seen:
    if maintenance:
        raise Precondition("is in maintenance mode", object=node.label, hint="kubevim.nfvi.talos_apply configures it")
    found = parse(await configuration(connection), object=node.label)
    known = [str(each.spec.get("hostname") or "") for each in await connection.list(*_MEMBERS)]
    if leads(found):
        known += [member["hostname"] for member in await connection.etcd_members()]
    return Seen(
        node=node,
        hostname=await connection.hostname(),
        boot_id=await connection.boot_id(),
        leads=leads(found),
        trust=trust(found, name, object=node.label),
        place=place(found, name),
        known=frozenset(known) - {""},
        nodename=await _nodename(connection),
        api_port=_api_port(found),
    )


def _api_port(found: Configuration) -> int:
    """Where the machine's own API server listens, by its contract's document or the main one."""
    document = found.find(Identity("KubeAPIServerConfig")) or {}
    own = document.get("apiPort") or found.get("cluster", "controlPlane", "localAPIServerPort")
    return int(own or 6443)


async def _nodename(connection: Connection) -> str:
    found = await connection.find(*_NODENAMES, "nodename")
    return "" if found is None or found.spec.get("skipNodeRegistration") else str(found.spec["nodename"])
