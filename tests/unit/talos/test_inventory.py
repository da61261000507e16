# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory makes of what machines say, whom it asks, and where it looks for more."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates, scan, wire
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.certificates import Pair
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.client import MAINTENANCE
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.resource_calls import Resource
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.talosconfig import Context, Identity
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.transport import Target
from ansible_collections.kubevim.nfvi.plugins.module_utils.core import yaml_text
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, NfviError, Unreachable
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_facts, talos_scan
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_members import (
    Cluster,
    Host,
    distinct,
    places,
    remembered,
    unique_names,
)

from .server import Answer, Node, server_certificate

MEMBER = {
    "hostname": "e1.example.net",
    "machineType": "controlplane",
    "addresses": ["10.0.0.1", "fd00::1"],
    "operatingSystem": "Talos (v1.13.0)",
}


def host(address: str = "10.0.0.1", error: str = "", **facts: Any) -> Host:
    return Host(address, {**talos_facts.UNKNOWN, **facts}, error)


def resource(id: str, **spec: Any) -> Resource:
    return Resource(id, "1", spec)


# ---- facts


def test_what_others_say_of_a_machine_has_the_shape_of_what_it_says_itself() -> None:
    found = talos_facts.of_member(MEMBER)
    assert (found["hostname"], found["role"], found["version"]) == ("e1", "controlplane", "v1.13.0")
    assert found["addresses"] == ["10.0.0.1", "fd00::1"]
    assert set(found) == set(talos_facts.UNKNOWN)
    assert talos_facts.of_member({}) == talos_facts.UNKNOWN


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("ghcr.io/siderolabs/kubelet:v1.36.0", "v1.36.0"),
        ("registry.example:5000/kubelet:v1.36.0@sha256:ab12", "v1.36.0"),
        ("registry.example:5000/kubelet@sha256:ab12", None),
        ("registry.example:5000/kubelet", None),
        ("", None),
    ],
)
def test_the_tag_of_an_image(image: str, tag: str | None) -> None:
    assert talos_facts.tag(image) == tag


def test_a_machines_own_addresses_are_those_without_kubernetes() -> None:
    routed = resource("routed", addresses=["10.0.0.1/32", "10.244.0.1/32"])
    own = resource("routed-no-k8s", addresses=["10.0.0.1/32"])
    default = resource("default", addresses=["10.0.0.9/24"])
    assert talos_facts.addresses([default, routed, own]) == ["10.0.0.1"]
    assert talos_facts.addresses([default, routed]) == ["10.0.0.1", "10.244.0.1"]
    assert talos_facts.addresses([default]) == ["10.0.0.9"]
    assert talos_facts.addresses([]) == []


def test_empty_sockets_are_no_processors() -> None:
    sockets = [resource("CPU-1", productName="Xeon", coreCount=32, threadCount=64), resource("CPU-2")]
    found = talos_facts.hardware({"manufacturer": " Dell Inc. ", "productName": ""}, sockets, {"memtotal": 1024})
    assert (found["sockets"], found["cores"], found["threads"], found["memory"]) == (1, 32, 64, 1024**2)
    assert (found["manufacturer"], found["product"], found["uuid"]) == ("Dell Inc.", None, None)


def test_only_disks_to_write_on_and_real_network_cards_count() -> None:
    disks = [
        resource("loop0", size=1, readonly=True),
        resource("sr0", cdrom=True),
        resource("nvme0n1", dev_path="/dev/nvme0n1", size=960, model="PM9A3"),
    ]
    assert [disk["name"] for disk in talos_facts.disks(disks)] == ["nvme0n1"]
    links = [
        resource("lo", type="loopback"),
        resource("bond0", type="ether", kind="bond", hardwareAddr="aa:bb:cc:00:00:01"),
        resource("eno1", type="ether", kind="", hardwareAddr="aa:bb:cc:00:00:01", permanentAddr="AA:BB:CC:00:00:02"),
    ]
    assert [(link["name"], link["mac"]) for link in talos_facts.links(links)] == [("eno1", "aa:bb:cc:00:00:02")]


def test_the_schematic_is_no_extension() -> None:
    names = {"0": ("schematic", "3765"), "1": ("intel-ucode", "2026"), "2": ("modules.dep", "6.18")}
    found = [resource(key, metadata={"name": name, "version": version}) for key, (name, version) in names.items()]
    assert talos_facts.schematic(found) == "3765"
    assert talos_facts.real_extensions(found) == [{"name": "intel-ucode", "version": "2026"}]


# ---- hosts


def test_groups_go_by_what_a_machine_is_and_runs() -> None:
    hardware = {"manufacturer": "Dell Inc.", "product": None}
    known = host(role="worker", version="v1.13.0", kubernetes_version="v1.36.0", hardware=hardware)
    assert known.groups == ["talos", "worker", "talos_v1.13.0", "kubernetes_v1.36.0", "manufacturer_Dell Inc."]
    assert host(role="worker", maintenance=True).groups == ["talos", "maintenance"]
    assert host(error="connection refused").groups == ["talos", "unreachable"]


def test_a_host_is_called_by_its_own_name_and_never_twice_the_same() -> None:
    first, second = host(hostname="e1"), host("10.0.0.2", hostname="e1")
    new = host("10.0.0.3", hostname="talos-x1y-2z3", maintenance=True)
    named, warnings = unique_names([first, second, new, host("10.0.0.4")])
    assert [name for name, _host in named] == ["e1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]
    assert warnings == ["10.0.0.2 calls itself e1 like 10.0.0.1: it is listed by its address"]


def test_one_key_is_one_machine() -> None:
    twice = [host(certificate={"fingerprint": "A"}), host("10.0.0.9", certificate={"fingerprint": "A"})]
    silent = [host("10.0.0.2", "refused"), host("10.0.0.3", "refused")]
    assert distinct([*twice, *silent]) == [twice[0], *silent]


def test_what_was_kept_comes_back() -> None:
    known = host(hostname="e1", role="worker", error="refused")
    assert remembered(known.as_json()) == known
    older = {key: value for key, value in known.as_json()["facts"].items() if key != "schematic"}
    assert remembered({**known.as_json(), "facts": older}) == known


def test_a_named_machine_is_dialled_where_it_was_named() -> None:
    found = places([MEMBER, {"hostname": "e2", "addresses": []}], ["fd00::1", "10.0.0.7:50001", "node.example"])
    assert [place.addresses for place in found] == [
        ("fd00::1", "10.0.0.1"),
        ("e2",),
        ("10.0.0.7:50001",),
        ("node.example",),
    ]
    assert [place.hearsay["role"] for place in found] == ["controlplane", None, None, None]


# ---- a cluster over the wire


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Node]]:
    nodes: list[Node] = []

    def run(certificate: Pair, clients: bytes | None, **changes: Answer) -> Node:
        answers = {method: changes.get(method[1], answer) for method, answer in ANSWERS.items()}
        nodes.append(Node(tmp_path, certificate, clients, answers))
        return nodes[-1]

    yield run
    for node in nodes:
        node.close()


def _version(_request: Any) -> Any:
    message = {"version": {"tag": "v1.13.0", "arch": "amd64"}, "platform": {"name": "metal", "mode": "metal"}}
    return wire.message("machine.VersionResponse")(messages=[message])


def _nothing(_request: Any) -> Any:
    return []


def _unknown(_request: Any) -> Any:
    raise GRPCError(Status.UNIMPLEMENTED, "not implemented")


ANSWERS: dict[tuple[str, str], Answer] = {
    ("machine.MachineService", "Version"): _version,
    ("machine.MachineService", "Hostname"): _unknown,
    ("machine.MachineService", "Memory"): _unknown,
    ("cosi.resource.State", "Get"): _unknown,
    ("cosi.resource.State", "List"): _nothing,
}


def _context(authority: Pair, *endpoints: str) -> Context:
    identity = Identity(authority.certificate, certificates.make_client(authority, ["os:reader"], certificates.now()))
    return Context("edge", identity, endpoints)


def test_a_cluster_without_discovery_is_its_endpoints(start: Callable[..., Node]) -> None:
    authority = certificates.make_authority("ed25519", "talos", certificates.now())
    certificate = server_certificate(authority, "e1")
    node = start(certificate, authority.certificate)
    hosts, warnings = Cluster(_context(authority, f"127.0.0.1:{node.port}")).hosts()
    assert [(found.address, found.facts["version"], found.error) for found in hosts] == [
        (f"127.0.0.1:{node.port}", "v1.13.0", "")
    ]
    assert "discovery" in warnings[0]


def test_a_member_is_asked_at_each_of_its_addresses(start: Callable[..., Node]) -> None:
    authority = certificates.make_authority("ed25519", "talos", certificates.now())
    places: list[str] = []

    def members(request: Any) -> Any:
        spec = yaml_text.dump({**MEMBER, "addresses": places})
        reply = wire.message("cosi.resource.ListResponse")
        known = [reply(resource={"metadata": {"id": "e1"}, "spec": {"yaml_spec": spec}})]
        return known if request.type == "Members.cluster.talos.dev" else []

    node = start(server_certificate(authority, "e1"), authority.certificate, List=members)
    here, nowhere = f"127.0.0.1:{node.port}", ["127.0.0.1:1", "127.0.0.1:2"]
    for places[:], found in (([*nowhere, here], here), ([*nowhere, "127.0.0.1:3", here], nowhere[0])):
        [host], _warnings = Cluster(_context(authority, here)).hosts()
        assert (host.address, bool(host.error)) == (found, found != here)
        assert (host.facts["version"], host.facts["addresses"]) == ("v1.13.0", places)


def test_machines_that_are_named_are_kept_when_nobody_answers() -> None:
    authority = certificates.make_authority("ed25519", "talos", certificates.now())
    context = _context(authority, "127.0.0.1:1", "127.0.0.1:2")
    with pytest.raises(Unreachable, match=r"node 127.0.0.1:1, node 127.0.0.1:2: connection refused"):
        Cluster(context).hosts()
    hosts, warnings = Cluster(context, nodes=("127.0.0.1:3",)).hosts()
    assert [(found.name, "connection refused" in found.error) for found in hosts] == [("127.0.0.1:3", True)]
    assert "no endpoint told" in warnings[0]
    with pytest.raises(InvalidInput, match="no endpoint"):
        Cluster(_context(authority)).hosts()


# ---- the scan


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.0/30", ["10.0.0.1", "10.0.0.2"]),
        ("10.0.0.7/32", ["10.0.0.7"]),
        ("10.0.0.7", ["10.0.0.7"]),
        ("10.0.0.9-11", ["10.0.0.9", "10.0.0.10", "10.0.0.11"]),
        ("10.0.0.255 - 10.0.1.0", ["10.0.0.255", "10.0.1.0"]),
        ("fd00::1-fd00::2", ["fd00::1", "fd00::2"]),
    ],
)
def test_addresses_to_look_at(text: str, found: list[str]) -> None:
    assert talos_scan.parse(Given({"scan": [text]}), "scan") == tuple(found)
    assert talos_scan.parse(Given({"scan": [text, text]}), "scan") == tuple(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.5/24", "host bits"),
        ("10.0.0.9-10.0.0.1", "does not come after"),
        ("10.0.0.1-fd00::1", "does not come after"),
        ("10.0.0.1-x", "does not appear to be"),
        ("racks", "does not appear to be"),
        ("10.0.0.0/8", "more than"),
        ("fd00::/64", "more than"),
        ("10.0.0.0-10.9.0.0", "more than"),
    ],
)
def test_wrong_addresses_are_refused_at_their_place(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        talos_scan.parse(Given({"scan": ["10.0.0.1", text]}), "scan")
    assert caught.value.path == ("scan", 1)


def test_many_ranges_together_have_a_limit_too() -> None:
    with pytest.raises(InvalidInput, match="more than") as caught:
        talos_scan.parse(Given({"scan": ["10.0.0.0/17", "10.1.0.0/17", "10.2.0.0/17"]}), "scan")
    assert caught.value.path == ("scan", 2)


@pytest.fixture
def at_port(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Scans look at this port of 127.0.0.1, and at the closed port 1 of all other addresses."""

    def look(port: int) -> None:
        ports = {"127.0.0.1": port}
        monkeypatch.setattr(talos_scan, "Target", lambda address: Target(address, ports.get(address, 1)))

    return look


def test_a_machine_in_maintenance_mode_is_found(start: Callable[..., Node], at_port: Callable[[int], None]) -> None:
    certificate = server_certificate(None, MAINTENANCE)
    node = start(certificate, None)
    at_port(node.port)
    hosts, warnings = talos_scan.Scan(("127.0.0.1", "127.0.0.2")).hosts()
    assert [(found.facts["version"], found.fingerprint) for found in hosts] == [
        ("v1.13.0", certificates.facts(certificate.certificate).fingerprint)
    ]
    assert warnings == []


def test_who_wants_a_client_certificate_gets_none(start: Callable[..., Node], at_port: Callable[[int], None]) -> None:
    """Neither a configured machine, nor one that only calls itself unconfigured."""
    authority = certificates.make_authority("ed25519", "talos", certificates.now())
    for name in ("e1", MAINTENANCE):
        node = start(server_certificate(authority, name), authority.certificate)
        at_port(node.port)
        hosts, _warnings = talos_scan.Scan(("127.0.0.1",)).hosts()
        assert [bool(found.error) for found in hosts] == ([True] if name == MAINTENANCE else [])
        assert node.service.asked == []


def test_a_certificate_that_cannot_be_read_is_only_its_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    async def probe(_target: Target, _timeout: float) -> Any:
        raise ValueError("bad tag")

    monkeypatch.setattr(scan, "probe", probe)
    [shown] = scan.certificates_at([Target("10.0.0.1")], limit=1, timeout=1)
    assert isinstance(shown, NfviError)
    assert "bad tag" in shown.reason


@pytest.mark.parametrize(("number", "warned"), [(errno.EMFILE, True), (errno.EHOSTUNREACH, False)])
def test_only_this_machines_own_troubles_are_told(
    number: int, warned: bool, monkeypatch: pytest.MonkeyPatch, at_port: Callable[[int], None]
) -> None:
    """A rack must not look empty because too few files may be open here."""

    async def failing(*_arguments: Any, **_options: Any) -> Any:
        raise OSError(number, "trouble")

    monkeypatch.setattr("asyncio.open_connection", failing)
    hosts, warnings = talos_scan.Scan(("127.0.0.1",)).hosts()
    assert (hosts, bool(warnings)) == ([], warned)
