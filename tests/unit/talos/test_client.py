# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against a server that speaks TLS and gRPC: whom it trusts, and how every fault is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates, tls, wire
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.certificates import Pair
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.client import (
    MAINTENANCE,
    Done,
    Peer,
    TalosClient,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.connection import Connection
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.talosconfig import Identity
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.transport import Target
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    Conflict,
    Forbidden,
    InvalidInput,
    NfviError,
    NotFound,
    Precondition,
    Timeout,
    Unauthenticated,
    Unreachable,
    Unsupported,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle

from .server import Answer, Node, server_certificate

Start = Callable[..., Node]
VERSION = ("machine.MachineService", "Version")
WATCH = ("cosi.resource.State", "Watch")
RECOVER = ("machine.MachineService", "EtcdRecover")
APPLY = ("machine.MachineService", "ApplyConfiguration")


def _version(_request: Any) -> Any:
    message = {"version": {"tag": "v1.13.0", "arch": "amd64"}, "platform": {"name": "metal", "mode": "metal"}}
    return wire.message("machine.VersionResponse")(messages=[message])


ANSWERS: dict[tuple[str, str], Answer] = {VERSION: _version}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    nodes: list[Node] = []

    def run(
        certificate: Pair, clients: bytes | None = None, answers: dict[tuple[str, str], Answer] | None = None
    ) -> Node:
        nodes.append(Node(tmp_path, certificate, clients, answers or ANSWERS))
        return nodes[-1]

    yield run
    for node in nodes:
        node.close()


@pytest.fixture
def authority() -> Pair:
    return certificates.make_authority("ed25519", "talos", certificates.now())


@pytest.fixture
def identity(authority: Pair) -> Identity:
    return Identity(authority.certificate, certificates.make_client(authority, ["os:admin"], certificates.now()))


async def _look(connection: Connection, maintenance: bool) -> tuple[bool, str]:
    return maintenance, (await connection.version())["tag"]


def _peer(node: Node, fingerprint: str | None = None) -> Peer:
    return Peer(Target("127.0.0.1", node.port), fingerprint)


def test_a_configured_machine_is_asked_with_mutual_tls(start: Start, authority: Pair, identity: Identity) -> None:
    node = start(server_certificate(authority, "e1"), authority.certificate)
    assert TalosClient(identity).one(_peer(node), _look) == (False, "v1.13.0")


def test_a_machine_in_maintenance_mode_is_found_out_by_its_certificate(start: Start) -> None:
    node = start(server_certificate(None, MAINTENANCE))
    assert TalosClient(None).one(_peer(node), _look) == (True, "v1.13.0")


def test_a_pinned_fingerprint_is_verified_before_anything_is_sent(start: Start) -> None:
    certificate = server_certificate(None, MAINTENANCE)
    node = start(certificate)
    fingerprint = certificates.facts(certificate.certificate).fingerprint
    assert TalosClient(None).one(_peer(node, fingerprint), _look) == (True, "v1.13.0")
    node.service.asked.clear()
    with pytest.raises(Unauthenticated, match="fingerprint"):
        TalosClient(None).one(_peer(node, "A" * 43 + "="), _look)
    assert node.service.asked == []


def test_a_foreign_certificate_is_refused(start: Start, identity: Identity) -> None:
    other = certificates.make_authority("ed25519", "talos", certificates.now())
    node = start(server_certificate(other, "e1"))
    with pytest.raises(Unauthenticated, match="another cluster") as caught:
        TalosClient(identity).one(_peer(node), _look)
    assert not caught.value.retryable


def test_a_certificate_for_another_address_is_refused(start: Start, authority: Pair, identity: Identity) -> None:
    node = start(server_certificate(authority, "e1", "127.0.0.2"))
    with pytest.raises(Unauthenticated, match="certSANs"):
        TalosClient(identity).one(_peer(node), _look)


def test_a_server_that_rejects_our_certificate_is_understood(start: Start, authority: Pair) -> None:
    other = certificates.make_authority("ed25519", "talos", certificates.now())
    stranger = Identity(authority.certificate, certificates.make_client(other, ["os:admin"], certificates.now()))
    node = start(server_certificate(authority, "e1"), authority.certificate)
    with pytest.raises(Unauthenticated, match="client certificate"):
        TalosClient(stranger).one(_peer(node), _look)


def test_a_machine_that_leaves_maintenance_mode_meanwhile_is_no_stranger(
    start: Start, authority: Pair, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = start(server_certificate(None, MAINTENANCE)), start(server_certificate(authority, "e1"))
    dial, ports = TalosClient._dial, iter((before.port, after.port, after.port))

    def moved(self: TalosClient, peer: Peer, context: ssl.SSLContext) -> Any:
        return dial(self, Peer(Target("127.0.0.1", next(ports))), context)

    monkeypatch.setattr(TalosClient, "_dial", moved)
    assert TalosClient(identity).one(_peer(before), _look) == (False, "v1.13.0")


def test_a_configured_machine_needs_a_talosconfig(start: Start, authority: Pair) -> None:
    node = start(server_certificate(authority, "e1"))
    with pytest.raises(Precondition, match="no talosconfig"):
        TalosClient(None).one(_peer(node), _look)


def test_nobody_and_a_stranger_at_the_port_are_unreachable(identity: Identity) -> None:
    with socket.socket() as closed, socket.socket() as silent:
        closed.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        client = TalosClient(identity, timeout=0.3)
        with pytest.raises(Unreachable, match="refused") as caught:
            client.one(Peer(Target("127.0.0.1", closed.getsockname()[1])), _look)
        assert caught.value.retryable
        with pytest.raises(Unreachable, match="in time"):
            client.one(Peer(Target("127.0.0.1", silent.getsockname()[1])), _look)


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (Status.INVALID_ARGUMENT, InvalidInput, False),
        (Status.PERMISSION_DENIED, Forbidden, False),
        (Status.NOT_FOUND, NotFound, False),
        (Status.ALREADY_EXISTS, Conflict, False),
        (Status.FAILED_PRECONDITION, Precondition, True),
        (Status.UNIMPLEMENTED, Unsupported, False),
        (Status.UNAVAILABLE, Unreachable, True),
    ],
)
def test_what_the_server_says_becomes_our_kind_of_error(
    start: Start, status: Status, kind: type[NfviError], retryable: bool
) -> None:
    def refuse(_request: Any) -> Any:
        raise GRPCError(status, "its own words")

    node = start(server_certificate(None, MAINTENANCE), None, {VERSION: refuse})
    with pytest.raises(kind, match="its own words") as caught:
        TalosClient(None).one(_peer(node), _look)
    assert caught.value.retryable is retryable
    assert caught.value.object == f"node 127.0.0.1:{node.port}"


def test_the_mode_of_an_apply_is_always_sent(start: Start) -> None:
    seen: list[Any] = []

    def apply(request: Any) -> Any:
        seen.append(request)
        return wire.message("machine.ApplyConfigurationResponse")(messages=[{"mode": 2, "warnings": ["w"]}])

    async def send(connection: Connection, _maintenance: bool) -> Any:
        return await connection.apply(b"version: v1alpha1\n", "AUTO", dry_run=True)

    node = start(server_certificate(None, MAINTENANCE), None, {APPLY: apply})
    reply = TalosClient(None).one(_peer(node), send)
    assert (seen[0].mode, seen[0].dry_run, seen[0].data) == (1, True, b"version: v1alpha1\n")
    assert reply == {"mode": "NO_REBOOT", "details": "", "warnings": ["w"]}


def test_many_machines_are_asked_in_order_within_the_limit(start: Start) -> None:
    node = start(server_certificate(None, MAINTENANCE))
    busy, most = 0, 0

    async def count(_connection: Connection, _maintenance: bool) -> int:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.02)
        busy -= 1
        return most

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        peers = [_peer(node), Peer(Target("127.0.0.1", closed.getsockname()[1])), *[_peer(node)] * 6]
        outcomes = TalosClient(None, limit=2).each(peers, count)
    assert [isinstance(outcome, Done) for outcome in outcomes] == [True, False, *[True] * 6]
    assert most <= 2


def _event(kind: int, name: str = "machine", yaml: str = "stage: booting") -> Any:
    resource = {"metadata": {"id": name, "version": "1", "phase": "running"}, "spec": {"yaml_spec": yaml}}
    return wire.message("cosi.resource.WatchResponse")(event=[{"event_type": kind, "resource": resource}])


def test_work_that_waits_begins_again_where_the_connection_was_lost(start: Start) -> None:
    streams: list[list[Any]] = [
        [wire.message("cosi.resource.WatchResponse")(), _event(2), _event(0, "other"), _event(0)],
        [_event(0, yaml="stage: running")],
    ]
    node = start(server_certificate(None, MAINTENANCE), None, {WATCH: lambda _request: streams.pop(0)})
    seen: list[Any] = []

    async def until_running(connection: Connection, _maintenance: bool) -> str:
        async for found in connection.watch("runtime", "MachineStatuses.runtime.talos.dev", "machine"):
            seen.append(found and found.spec)
            if found and found.spec == {"stage": "running"}:
                return "runs"
        raise Unreachable("ended", object=connection.name)

    assert TalosClient(None).follow([_peer(node)], until_running, 20.0) == [Done("runs")]
    assert seen == [None, {"stage": "booting"}, {"stage": "running"}]


def _lose(connection: Connection) -> None:
    """What the event loop does in several steps when the other side hangs up."""
    protocol = connection._transport._channel._protocol
    assert protocol
    protocol.processor.connection._transport.abort()
    protocol.connection_lost(None)


def _recovered(_parts: Any) -> Any:
    return wire.message("machine.EtcdRecoverResponse")(messages=[{}])


def test_an_upload_arrives_whole_and_in_order(start: Start) -> None:
    seen: list[bytes] = []

    def recover(parts: list[Any]) -> Any:
        seen.extend(part.bytes for part in parts)
        return _recovered(parts)

    async def upload(connection: Connection, _maintenance: bool) -> None:
        await connection.etcd_recover([b"a" * 40_000, b"b"])

    node = start(server_certificate(None, MAINTENANCE), None, {RECOVER: recover})
    TalosClient(None).one(_peer(node), upload)
    assert seen == [b"a" * 40_000, b"b"]


def test_an_upload_whose_connection_is_lost_before_its_end_is_one_error(start: Start) -> None:
    node = start(server_certificate(None, MAINTENANCE), None, {**ANSWERS, RECOVER: _recovered})

    async def upload(connection: Connection, _maintenance: bool) -> None:
        await connection.version()

        def pieces() -> Iterator[bytes]:
            yield from (b"first", b"last")
            _lose(connection)

        await connection.etcd_recover(pieces())

    with pytest.raises(Unreachable, match="was cut") as caught:
        TalosClient(None).one(_peer(node), upload)
    assert caught.value.retryable


def test_a_watch_that_fails_says_why(start: Start) -> None:
    error = wire.message("cosi.resource.WatchResponse")(event=[{"event_type": 4, "error": "buffer overrun"}])
    node = start(server_certificate(None, MAINTENANCE), None, {WATCH: lambda _request: [error]})

    async def first(connection: Connection, _maintenance: bool) -> Any:
        return await anext(connection.watch("runtime", "T", "machine"))

    outcome = TalosClient(None).follow([_peer(node)], first, 0.3)[0]
    assert isinstance(outcome, Timeout)
    assert "buffer overrun" in outcome.reason


def test_machines_that_wait_do_not_wait_for_one_another(start: Start) -> None:
    node, together = start(server_certificate(None, MAINTENANCE)), 0

    async def meet(_connection: Connection, _maintenance: bool) -> int:
        nonlocal together
        together += 1
        while together < 5:
            await asyncio.sleep(0.01)
        return together

    assert TalosClient(None, limit=2).follow([_peer(node)] * 5, meet, 20.0) == [Done(5)] * 5


def test_what_another_try_cannot_help_ends_the_wait_at_once(start: Start) -> None:
    node = start(server_certificate(None, MAINTENANCE))

    async def refuse(connection: Connection, _maintenance: bool) -> None:
        if connection.name.endswith(str(node.port)):
            raise InvalidInput("no such type")
        await asyncio.sleep(60)

    with pytest.raises(InvalidInput, match="no such type") as caught:
        TalosClient(None).follow([Peer(Target("127.0.0.1", 1)), _peer(node)], refuse, 60.0)
    assert caught.value.object == f"node 127.0.0.1:{node.port}"


def test_the_key_never_touches_the_disk(identity: Identity, bundle: Bundle, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    tls.secure.cache_clear()
    tls.secure(identity)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("10.0.0.1", "10.0.0.1", 50000),
        ("10.0.0.1:50001", "10.0.0.1", 50001),
        ("fd00::1", "fd00::1", 50000),
        ("[fd00::1]:50001", "fd00::1", 50001),
        ("node.example", "node.example", 50000),
    ],
)
def test_addresses_are_read_with_and_without_port(text: str, host: str, port: int) -> None:
    target = Target.parse(text)
    assert (target.host, target.port) == (host, port)
    assert Target.parse(str(target)) == target


def test_a_service_tells_since_when_it_is_in_its_state(start: Start, authority: Pair, identity: Identity) -> None:
    """A change of its health alone is an event as well."""
    states = ("Running", "Stopping", "Running", "Running")
    events = [{"state": state, "ts": {"seconds": second}} for second, state in enumerate(states, start=1)]
    told = {"id": "kubelet", "state": "Running", "events": {"events": events}, "health": {"healthy": True}}

    def services(_request: Any) -> Any:
        return wire.message("machine.ServiceListResponse")(messages=[{"services": [told]}])

    async def look(connection: Connection, _maintenance: bool) -> Any:
        return await connection.service("kubelet")

    answers = {**ANSWERS, ("machine.MachineService", "ServiceList"): services}
    node = start(server_certificate(authority, "e1"), authority.certificate, answers)
    found = TalosClient(identity).one(_peer(node), look)
    assert (found["since"], found["at"]) == (3 * 10**9, 4 * 10**9)
