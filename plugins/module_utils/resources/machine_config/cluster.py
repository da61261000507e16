# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user says about a cluster and its machines, from which their configurations are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ...core.error import Finding, refuse
from ...core.given import Given
from ...core.path import Json
from . import values
from .contract import Contract, contract_for, runs
from .patch_given import Patch

CONTROL_PLANE, WORKER = "controlplane", "worker"
# Where Kubernetes' own components come from when nothing else is said.
KUBERNETES_IMAGES = {
    "kubelet": "ghcr.io/siderolabs/kubelet:{kubernetes}",
    "kube_apiserver": "registry.k8s.io/kube-apiserver:{kubernetes}",
    "kube_controller_manager": "registry.k8s.io/kube-controller-manager:{kubernetes}",
    "kube_scheduler": "registry.k8s.io/kube-scheduler:{kubernetes}",
    "kube_proxy": "registry.k8s.io/kube-proxy:{kubernetes}",
}
# Talos' own choice of image when none is configured.
_OPTIONAL_IMAGES = ("etcd", "coredns")
IMAGES = ("installer", *KUBERNETES_IMAGES, *_OPTIONAL_IMAGES)


@dataclass(frozen=True)
class Cluster:
    """What all machines of a cluster have in common. ``endpoint`` is the URL of its Kubernetes API."""

    name: str
    endpoint: str
    contract: Contract
    images: Mapping[str, str]
    pod_subnets: tuple[str, ...]
    service_subnets: tuple[str, ...]
    dns_domain: str
    cni: str
    kube_proxy: bool
    discovery: bool
    schedulable: bool
    cert_sans: tuple[str, ...] = ()
    api_server_args: Mapping[str, Json] = field(default_factory=dict)
    patches: tuple[Patch, ...] = ()

    @classmethod
    def parse(cls, given: Given) -> Cluster:
        """Refuses versions that do not go together, and what Talos would take without a word."""
        at = given.at("talos_version").path
        contract = contract_for(given.text("talos_version"), path=at)
        runs(contract, given.text("kubernetes_version"), path=given.at("kubernetes_version").path)
        refuse(_wrong_texts(given, "endpoint", values.wrong_endpoint))
        subnets = ("pod_subnets", "service_subnets")
        refuse(finding for key in subnets for finding in _wrong_items(given, key, values.wrong_subnet))
        return cls(
            name=given.name("name"),
            endpoint=given.text("endpoint"),
            contract=contract,
            images=_images(given, contract),
            pod_subnets=_texts(given, "pod_subnets") or ("10.244.0.0/16",),
            service_subnets=_texts(given, "service_subnets") or ("10.96.0.0/12",),
            dns_domain=given.text("dns_domain", "cluster.local"),
            cni=given.choice("cni", ("flannel", "none"), "flannel"),
            kube_proxy=given.flag("kube_proxy", True),
            discovery=given.flag("discovery"),
            schedulable=given.flag("allow_scheduling_on_control_planes"),
            cert_sans=_texts(given, "cert_sans"),
            api_server_args=given.get("api_server_args", {}),
            patches=given.each("patches", Patch.parse),
        )


@dataclass(frozen=True)
class Link:
    """A network link. With ``mac`` (lower case) the name is an alias for whatever link has that address."""

    name: str
    mac: str | None
    addresses: tuple[str, ...]
    gateway: str | None
    vip: str | None
    mtu: int | None
    dhcp: bool

    @classmethod
    def parse(cls, given: Given) -> Link:
        """Refuses addresses without prefix length, which Talos would take for single hosts."""
        refuse(_wrong_items(given, "addresses", values.wrong_prefix))
        for key in ("gateway", "vip"):
            refuse(_wrong_texts(given, key, values.wrong_address))
        mac = values.mac(given.text("mac")) if given.has("mac") else None
        if given.has("mac") and mac is None:
            given.at("mac").refuse(f"{given.get('mac')!r} is not a MAC address")
        if given.has("mtu"):
            given.integer("mtu", low=576, high=65535)
        return cls(
            name=given.text("name"),
            mac=mac,
            addresses=_texts(given, "addresses"),
            gateway=given.get("gateway"),
            vip=given.get("vip"),
            mtu=given.get("mtu"),
            dhcp=given.flag("dhcp"),
        )


@dataclass(frozen=True)
class Node:
    """One machine: its host name, role, where Talos goes, and how it is connected."""

    name: str
    role: str
    disk: str | None
    disk_selector: Mapping[str, Json]
    wipe: bool
    links: tuple[Link, ...]
    nameservers: tuple[str, ...]
    search_domains: tuple[str, ...]
    time_servers: tuple[str, ...]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    taints: Mapping[str, str]
    patches: tuple[Patch, ...]
    given: Given

    @classmethod
    def parse(cls, given: Given) -> Node:
        """Refuses what Talos would take without a word (host names, labels) and what it would refuse later."""
        refuse(_wrong_texts(given, "name", values.wrong_hostname))
        refuse(_wrong_items(given, "nameservers", values.wrong_address))
        labels = {str(key): str(value) for key, value in given.get("labels", {}).items()}
        refuse(_wrong_labels(given, labels))
        if not given.has("install_disk") and not given.has("install_disk_selector"):
            given.at("install_disk").refuse("is required", hint="or install_disk_selector")
        node = cls(
            name=given.text("name"),
            role=given.choice("role", (CONTROL_PLANE, WORKER), CONTROL_PLANE),
            disk=given.get("install_disk"),
            disk_selector=given.get("install_disk_selector", {}),
            wipe=given.flag("wipe"),
            links=given.each("links", Link.parse),
            nameservers=_texts(given, "nameservers"),
            search_domains=_texts(given, "search_domains"),
            time_servers=_texts(given, "time_servers"),
            labels=labels,
            annotations=given.get("annotations", {}),
            taints=given.get("taints", {}),
            patches=given.each("patches", Patch.parse),
            given=given,
        )
        if node.role == WORKER and any(link.vip for link in node.links):
            given.at("links").refuse("a worker cannot hold the virtual address of the control plane")
        return node


def _images(given: Given, contract: Contract) -> dict[str, str]:
    """Every image: the one given, else the upstream one of the versions."""
    versions = {
        "talos": "v" + given.text("talos_version").lstrip("v"),
        "kubernetes": "v" + given.text("kubernetes_version").lstrip("v"),
    }
    chosen = given.get("images", {})
    upstream = {"installer": contract.installer, **KUBERNETES_IMAGES}
    images = {name: chosen.get(name) or image.format(**versions) for name, image in upstream.items()}
    return {**images, **{name: chosen[name] for name in _OPTIONAL_IMAGES if chosen.get(name)}}


def _texts(given: Given, key: str) -> tuple[str, ...]:
    return tuple(str(item.value) for item in given.items(key))


def _wrong_texts(given: Given, key: str, wrong: Callable[[str], str | None]) -> Iterator[Finding]:
    if given.has(key):
        problem = wrong(given.text(key))
        if problem:
            yield Finding(given.at(key).path, problem)


def _wrong_items(given: Given, key: str, wrong: Callable[[str], str | None]) -> Iterator[Finding]:
    for item in given.items(key):
        problem = wrong(str(item.value))
        if problem:
            yield Finding(item.path, problem)


def _wrong_labels(given: Given, labels: Mapping[str, str]) -> Iterator[Finding]:
    for key, value in labels.items():
        problem = values.wrong_label(key, value)
        if problem:
            yield Finding((*given.path, "labels", key), problem)
