# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs of Kubernetes on which node, read from its own API in two requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...clients.kube.client import KubeClient
from ...clients.kube.request import Resource
from ...core.path import Json, dig
from ...core.readiness import condition, said

_NODES = Resource("v1", "Node", "nodes", namespaced=False)
_PODS = Resource("v1", "Pod", "pods", namespaced=True)
_NAMESPACE = "kube-system"
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
# The label that Talos gives to its static pods, and its manifests to kube-proxy (internal/…/k8stemplates).
_PROGRAM = "k8s-app"


@dataclass(frozen=True)
class Node:
    """A node as Kubernetes has it. ``kubelet`` is its version, ``unready`` why it is not ready; empty when it is."""

    name: str
    addresses: tuple[str, ...]
    kubelet: str
    control_plane: bool
    unready: str = ""

    @property
    def address(self) -> str:
        """The one that Talos answers at too."""
        return self.addresses[0] if self.addresses else self.name


@dataclass(frozen=True)
class Pod:
    """A static pod as its kubelet shows it: another image is another pod, so that ``unready`` speaks of this image."""

    image: str
    unready: str = ""


@dataclass(frozen=True)
class Kubernetes:
    """One look. ``pods`` by program and node; ``proxies`` are the images that kube-proxy's pods run."""

    nodes: tuple[Node, ...]
    pods: Mapping[tuple[str, str], Pod]
    proxies: frozenset[str] = frozenset()

    def node_of(self, address: str, hostname: str) -> Node | None:
        """The node of a machine: the one with its address, else the one with its name."""
        found = [node for node in self.nodes if address in node.addresses]
        found += [node for node in self.nodes if node.name == hostname]
        return found[0] if found else None


def look(kube: KubeClient) -> Kubernetes:
    """Nodes, and the pods of the control plane."""
    nodes = kube.list(_NODES).items
    pods = kube.list(_PODS, _NAMESPACE, label_selector=_PROGRAM).items
    return read(nodes, pods)


def read(nodes: list[Json], pods: list[Json]) -> Kubernetes:
    """From the objects as servers list them."""
    static = {key: pod for key, pod in map(_pod, pods) if pod.image}
    proxies = frozenset(pod.image for (program, _name), pod in static.items() if program == "kube-proxy")
    return Kubernetes(tuple(sorted(map(_node, nodes), key=lambda node: node.name)), static, proxies)


def _node(node: Json) -> Node:
    status, labels = node.get("status") or {}, dig(node, ("metadata", "labels")) or {}
    addresses = [each for each in status.get("addresses") or () if each["type"] in ("InternalIP", "ExternalIP")]
    return Node(
        name=node["metadata"]["name"],
        addresses=tuple(each["address"] for each in sorted(addresses, key=lambda each: each["type"] != "InternalIP")),
        kubelet=dig(status, ("nodeInfo", "kubeletVersion")) or "",
        control_plane=_CONTROL_PLANE in labels,
        unready=_unready(node),
    )


def _pod(pod: Json) -> tuple[tuple[str, str], Pod]:
    program, node = pod["metadata"]["labels"][_PROGRAM], dig(pod, ("spec", "nodeName")) or ""
    images = [each["image"] for each in pod["spec"]["containers"] if each["name"] == program]
    gone = "is being deleted" if pod["metadata"].get("deletionTimestamp") else ""
    return (program, node), Pod(images[0] if images else "", gone or _waiting(pod) or _unready(pod))


def _waiting(pod: Json) -> str:
    """Why a container does not run, in its own words (CrashLoopBackOff, ImagePullBackOff)."""
    statuses = dig(pod, ("status", "containerStatuses")) or ()
    return next((said(wait) for each in statuses if (wait := dig(each, ("state", "waiting")))), "")


def _unready(thing: Json) -> str:
    found = condition(thing, "Ready") or {}
    return "" if found.get("status") == "True" else said(found) or "it does not tell that it is ready"
