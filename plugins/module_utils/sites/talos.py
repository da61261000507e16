# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site as Talos is told of it: the options of kubevim.nfvi.talos_config and kubevim.nfvi.talos_apply."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from ..core.path import prune
from .hardware import HardwareType
from .model import Node, Site
from .release import Release

API_SERVER_PORT = 6443
# Kubernetes' well-known label; one of those that a kubelet may give its own node.
ZONE = "topology.kubernetes.io/zone"


def control_plane(site: Site, roles: Sequence[str]) -> list[str]:
    """The addresses of the control-plane nodes, in the order of the site file."""
    return [node.address for node, role in zip(site.nodes, roles, strict=True) if role == "controlplane"]


def cluster(site: Site, roles: Sequence[str], release: Release) -> dict[str, Any]:
    """What all machines have in common; without workers, the control plane takes workloads. Kube-OVN is the network."""
    return {
        "name": site.name,
        "endpoint": f"https://{_in_url(site.network.vip or control_plane(site, roles)[0])}:{API_SERVER_PORT}",
        "talos_version": release.talos,
        "kubernetes_version": release.kubernetes,
        "images": {"installer": release.talos_installer},
        "pod_subnets": list(site.network.pod_subnets),
        "service_subnets": list(site.network.service_subnets),
        "cni": "none",
        "allow_scheduling_on_control_planes": "worker" not in roles,
    }


def machine(site: Site, node: Node, role: str, hardware: HardwareType) -> dict[str, Any]:
    """One machine's own part of the configuration."""
    disk = hardware.install_disk
    return prune(
        name=node.name,
        role=role,
        install_disk=disk if isinstance(disk, str) else None,
        install_disk_selector=disk if isinstance(disk, dict) else None,
        links=[_management(site, node, role, hardware)],
        nameservers=list(site.network.dns),
        time_servers=list(site.network.ntp),
        labels={ZONE: site.zone, **node.labels},
        taints={taint["key"]: f"{taint['value']}:{taint['effect']}" for taint in node.taints},
    )


def node(given: Node, state_dir: str) -> dict[str, Any]:
    """Where a machine is reached, where its configuration lies, and by which MAC it is known."""
    return {"address": given.address, "config": f"{state_dir}/config/{given.name}.yaml", "macs": [given.mac]}


def _management(site: Site, node: Node, role: str, hardware: HardwareType) -> dict[str, Any]:
    """The link with the node's own address; control-plane nodes share the VIP on it."""
    prefix = ipaddress.ip_network(site.network.mgmt).prefixlen
    return prune(
        name=hardware.management,
        addresses=[f"{node.address}/{prefix}"],
        gateway=site.network.gateway,
        vip=site.network.vip if role == "controlplane" else None,
    )


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address
