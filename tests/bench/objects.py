# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the bulk comparison: the mix of a site with many small tenants, and the kinds they need."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Obj = dict[str, Any]

PREFIX = "bench-"
LABEL = "app.kubernetes.io/part-of"
SHARE = 25
RESOURCES = (
    "namespaces,configmaps,vpcs.kubeovn.io,subnets.kubeovn.io,"
    "network-attachment-definitions.k8s.cni.cncf.io,virtualmachines.kubevirt.io"
)

# Where upstream's CRDs lie in NFVI_UPSTREAM_CRDS: file, group, version, kind, whether namespaced.
_CRDS = (
    ("kube-ovn-v1.15.24/vpcs.kubeovn.io.yaml", "kubeovn.io", "v1", "Vpc", False),
    ("kube-ovn-v1.15.24/subnets.kubeovn.io.yaml", "kubeovn.io", "v1", "Subnet", False),
    ("multus/network-attachment-definitions.k8s.cni.cncf.io.yaml", "k8s.cni.cncf.io", "v1",
     "NetworkAttachmentDefinition", True),
    ("kubevirt-v1.8.4/virtualmachines.kubevirt.io.yaml", "kubevirt.io", "v1", "VirtualMachine", True),
)  # fmt: skip


def mix(count: int) -> list[Obj]:
    """``count`` objects, kind by kind: 4 % Namespace, 20 % ConfigMap, 4 % Vpc, 16 % Subnet, 24 % NAD, 32 % VM.

    ``count`` is a multiple of `SHARE`: each tenant has 1, 5, 1, 4, 6 and 8 of them.
    """
    makers: list[tuple[Callable[[int, int], Obj], int]] = [
        (namespace, 1), (config_map, 5), (vpc, 1), (subnet, 4), (attachment, 6), (virtual_machine, 8)
    ]  # fmt: skip
    return [make(tenant, place) for make, share in makers for tenant in range(count // SHARE) for place in range(share)]


def namespace(tenant: int, _place: int) -> Obj:
    """A tenant's namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": _cluster_wide(tenant)}


def config_map(tenant: int, place: int) -> Obj:
    """Settings of an application: some values and a file."""
    settings = {f"setting-{n}": f"value-{tenant}-{place}-{n}" for n in range(24)}
    settings["upf.yaml"] = "".join(
        f"interface{n}: {{address: 10.{n}.{tenant}.{place}, mtu: 9000}}\n" for n in range(24)
    )
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _inside(tenant, f"settings-{place}"), "data": settings}


def vpc(tenant: int, _place: int) -> Obj:
    """A tenant's routing domain, written the way its controller rewrites it."""
    route = {"cidr": "0.0.0.0/0", "nextHopIP": "10.100.0.254", "policy": "policyDst"}
    route |= {"ecmpMode": "", "bfdId": "", "routeTable": ""}
    spec = {"namespaces": [f"{PREFIX}{tenant}"], "staticRoutes": [route]}
    return {"apiVersion": "kubeovn.io/v1", "kind": "Vpc", "metadata": _cluster_wide(tenant), "spec": spec}


def subnet(tenant: int, place: int) -> Obj:
    """A subnet of a tenant's Vpc."""
    base = f"10.{100 + place}.{tenant}"
    spec = {
        "vpc": f"{PREFIX}{tenant}", "protocol": "IPv4", "cidrBlock": f"{base}.0/24", "gateway": f"{base}.1",
        "excludeIps": [f"{base}.1"], "enableDHCP": True, "private": True, "namespaces": [f"{PREFIX}{tenant}"],
    }  # fmt: skip
    meta = _cluster_wide(tenant, f"-{place}")
    return {"apiVersion": "kubeovn.io/v1", "kind": "Subnet", "metadata": meta, "spec": spec}


def attachment(tenant: int, place: int) -> Obj:
    """A network for secondary interfaces."""
    config = (
        '{"cniVersion": "0.3.1", "type": "kube-ovn", "server_socket": "/run/openvswitch/kube-ovn-daemon.sock", '
        f'"provider": "net-{place}.{PREFIX}{tenant}.ovn"}}'
    )
    meta = _inside(tenant, f"net-{place}")
    head = {"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition", "metadata": meta}
    return {**head, "spec": {"config": config}}


def virtual_machine(tenant: int, place: int) -> Obj:
    """A small VDU: pinned CPUs, hugepages, a disk, cloud-init, and two networks."""
    network = f"{PREFIX}{tenant}/net-{place % 6}"
    user_data = f"#cloud-config\nhostname: vdu-{place}\nruncmd:\n" + "".join(f"  - echo step {n}\n" for n in range(40))
    devices = {
        "disks": [{"name": name, "disk": {"bus": "virtio"}} for name in ("root", "seed")],
        "interfaces": [{"name": name, "bridge": {}} for name in ("mgmt", "n3")],
    }
    domain = {
        "cpu": {"cores": 4, "dedicatedCpuPlacement": True},
        "memory": {"guest": "8Gi", "hugepages": {"pageSize": "1Gi"}},
        "devices": devices,
    }
    template = {
        "domain": domain,
        "networks": [{"name": "mgmt", "pod": {}}, {"name": "n3", "multus": {"networkName": network}}],
        "volumes": [
            {"name": "root", "containerDisk": {"image": f"registry.example/upf@sha256:{place:064x}"}},
            {"name": "seed", "cloudInitNoCloud": {"userData": user_data}},
        ],
    }
    meta = _inside(tenant, f"vdu-{place}")
    spec = {"runStrategy": "Always", "template": {"metadata": {"labels": meta["labels"]}, "spec": template}}
    return {"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine", "metadata": meta, "spec": spec}


def crds() -> tuple[str, list[Obj]]:
    """What they are, and the CustomResourceDefinitions: upstream's where they are at hand, else without a schema."""
    upstream = Path(os.environ.get("NFVI_UPSTREAM_CRDS", ""))
    files = [upstream / file for file, *_rest in _CRDS]
    if all(file.is_file() for file in files):
        return "upstream's", [yaml.load(file.read_text(), Loader=yaml.CSafeLoader) for file in files]
    return "without schemas (NFVI_UPSTREAM_CRDS is not set)", [_crd(*row) for _file, *row in _CRDS]


def _crd(group: str, version: str, kind: str, namespaced: bool) -> Obj:
    plural = "network-attachment-definitions" if kind == "NetworkAttachmentDefinition" else f"{kind.lower()}s"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    spec = {
        "group": group, "scope": "Namespaced" if namespaced else "Cluster",
        "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
        "versions": [{"name": version, "served": True, "storage": True, "schema": schema}],
    }  # fmt: skip
    meta = {"name": f"{plural}.{group}"}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": meta, "spec": spec}


def _cluster_wide(tenant: int, suffix: str = "") -> Obj:
    return {"name": f"{PREFIX}{tenant}{suffix}", "labels": {LABEL: f"{PREFIX}{tenant}"}}


def _inside(tenant: int, name: str) -> Obj:
    return {
        "name": name,
        "namespace": f"{PREFIX}{tenant}",
        "labels": {LABEL: f"{PREFIX}{tenant}"},
    }
