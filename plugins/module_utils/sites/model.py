# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site is, as its user wrote it: parsed, with everything wrong noted, and nothing derived yet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ..core.given import Given
from ..resources.kubeovn.subnet import SUBNET
from ..resources.kubeovn.vpc import VPC
from . import formats
from .notes import Notes
from .secret import SecretRef, secret_ref

TIERS = ("edge", "regional", "core")
ROLES = ("controlplane", "worker")
STATES = ("present", "absent")
VPC_OPTIONS = tuple(VPC.fields)
SUBNET_OPTIONS = ("name", *(option for option in SUBNET.fields if option != "vpc"))
# Kube-OVN's own default pod network, and the usual service network: what their manifests say unless told otherwise.
POD_SUBNETS = ("10.16.0.0/16",)
SERVICE_SUBNETS = ("10.96.0.0/12",)


@dataclass(frozen=True)
class Network:
    """The management network and the cluster's own, as CIDRs; ``vip`` is the shared control-plane address."""

    mgmt: str
    gateway: str | None
    vip: str | None
    dns: tuple[str, ...]
    ntp: tuple[str, ...]
    pod_subnets: tuple[str, ...]
    service_subnets: tuple[str, ...]


@dataclass(frozen=True)
class Bmc:
    """A server's management controller; ``ca`` is the file of the certificate authority its certificate is from."""

    url: str
    username: str
    password: SecretRef
    ca: str | None


@dataclass(frozen=True)
class Node:
    """One server. ``role`` is None where the user left it to the order of the list.

    One that is ``absent`` keeps its place in that order, so that no other node changes its role when it goes.
    """

    name: str
    role: str | None
    address: str
    mac: str
    bmc: Bmc | None
    hardware: str | None
    labels: dict[str, str]
    taints: tuple[dict[str, str], ...]
    absent: bool = False


@dataclass(frozen=True)
class Vpc:
    """A VPC with its subnets; ``options`` are those of kubevim.nfvi.kubeovn_vpc and kubeovn_subnet, handed on."""

    name: str
    options: dict[str, Any]
    subnets: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Vnf:
    """A VNF instance: which package and flavour, and its connection points' subnets."""

    name: str
    namespace: str
    package: str
    flavour: str
    connection_points: dict[str, str]


@dataclass(frozen=True)
class Site:
    """A whole site file. ``hardware`` and ``release`` are names of files beside it."""

    name: str
    tier: str
    zone: str
    hub: str | None
    state_dir: str | None
    network: Network
    hardware: str
    release: str
    nodes: tuple[Node, ...]
    vpcs: tuple[Vpc, ...]
    vnfs: tuple[Vnf, ...]


def parse(given: Given, notes: Notes) -> Site:
    """Read a site file; everything wrong with it goes to ``notes``, and then the result must not be used."""
    given = notes.known(given, ("site", "network", "hardware", "release", "nodes", "networks", "vnfs", "state_dir"))
    site = notes.known(given.at("site"), ("name", "tier", "zone", "hub"))
    nodes = notes.each(given, "nodes", _node)
    if not nodes and isinstance(given.get("nodes", []), list):
        notes.read(given.at("nodes").refuse, "a site has at least one node")
    return Site(
        name=notes.read(formats.label, site, "name"),
        tier=notes.read(site.choice, "tier", TIERS),
        zone=notes.read(formats.label, site, "zone"),
        hub=notes.read(formats.label, site, "hub") if site.has("hub") else None,
        state_dir=notes.read(given.text, "state_dir") if given.has("state_dir") else None,
        network=_network(given.at("network"), notes),
        hardware=notes.read(given.name, "hardware"),
        release=notes.read(given.name, "release"),
        nodes=nodes,
        vpcs=notes.each(given, "networks", _vpc),
        vnfs=notes.each(given, "vnfs", _vnf),
    )


def _network(given: Given, notes: Notes) -> Network:
    given = notes.known(given, ("mgmt", "gateway", "vip", "dns", "ntp", "pod_subnets", "service_subnets"))
    return Network(
        mgmt=notes.read(formats.network, given, "mgmt"),
        gateway=notes.read(formats.address, given, "gateway") if given.has("gateway") else None,
        vip=notes.read(formats.address, given, "vip") if given.has("vip") else None,
        dns=notes.read(formats.listed, given, "dns", formats.address),
        ntp=notes.read(formats.listed, given, "ntp", formats.text),
        pod_subnets=notes.read(formats.listed, given, "pod_subnets", formats.network) or POD_SUBNETS,
        service_subnets=notes.read(formats.listed, given, "service_subnets", formats.network) or SERVICE_SUBNETS,
    )


def _node(given: Given, notes: Notes) -> Node:
    given = notes.known(given, ("name", "role", "address", "mac", "bmc", "hardware", "labels", "taints", "state"))
    return Node(
        name=notes.read(formats.label, given, "name"),
        role=notes.read(given.choice, "role", ROLES) if given.has("role") else None,
        address=notes.read(formats.address, given, "address"),
        mac=notes.read(formats.mac, given, "mac"),
        bmc=_bmc(given.at("bmc"), notes) if given.has("bmc") else None,
        hardware=notes.read(given.name, "hardware") if given.has("hardware") else None,
        labels=notes.read(_texts, given, "labels"),
        taints=notes.each(given, "taints", _taint),
        absent=notes.read(given.choice, "state", STATES, "present") == "absent",
    )


def _bmc(given: Given, notes: Notes) -> Bmc:
    given = notes.known(given, ("url", "username", "password", "ca"))
    return Bmc(
        url=notes.read(formats.https_url, given, "url"),
        username=notes.read(given.text, "username"),
        password=notes.read(secret_ref, given, "password"),
        ca=notes.read(given.text, "ca") if given.has("ca") else None,
    )


def _taint(given: Given, notes: Notes) -> dict[str, str]:
    given = notes.known(given, ("key", "value", "effect"))
    effect = notes.read(given.choice, "effect", ("NoSchedule", "PreferNoSchedule", "NoExecute"))
    return {"key": notes.read(given.text, "key"), "value": notes.read(given.text, "value", ""), "effect": effect}


def _vpc(given: Given, notes: Notes) -> Vpc:
    given = notes.known(given, ("vpc", *VPC_OPTIONS, "subnets"))
    name = notes.read(formats.label, given, "vpc")
    options = {key: given.get(key) for key in VPC_OPTIONS if given.has(key)}
    if name is not None:
        notes.read(VPC.parse, Given({**options, "name": name}, given.path))
    return Vpc(name, options, notes.each(given, "subnets", partial(_subnet, vpc=name)))


def _subnet(given: Given, notes: Notes, *, vpc: str) -> dict[str, Any]:
    """The options of one subnet, refused here by the very rules of kubevim.nfvi.kubeovn_subnet."""
    given = notes.known(given, SUBNET_OPTIONS)
    notes.read(formats.label, given, "name")
    notes.read(SUBNET.parse, Given({"name": "unnamed", **given.value, "vpc": vpc}, given.path))
    return dict(given.value)


def _vnf(given: Given, notes: Notes) -> Vnf:
    given = notes.known(given, ("name", "namespace", "package", "flavour", "connection_points"))
    name = notes.read(formats.label, given, "name")
    return Vnf(
        name=name,
        namespace=notes.read(formats.label, given, "namespace") if given.has("namespace") else name,
        package=notes.read(formats.label, given, "package"),
        flavour=notes.read(given.text, "flavour", "default"),
        connection_points=notes.read(_texts, given, "connection_points"),
    )


def _texts(given: Given, key: str) -> dict[str, str]:
    """A mapping of texts; empty when absent."""
    found = given.get(key, {})
    if not isinstance(found, dict):
        given.at(key).refuse("a mapping is expected")
    return {str(name): given.at(key).text(str(name)) for name in found}
