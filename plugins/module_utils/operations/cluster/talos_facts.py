# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory keeps of a machine: plain values without a secret in them, null for what it does not tell."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import TypeVar

from ...clients.talos.certificates import Facts
from ...clients.talos.connection import Connection
from ...clients.talos.resource_calls import Resource
from ...core.error import Forbidden, InvalidInput, NotFound, Precondition, Unsupported
from ...core.path import Json, dig

T = TypeVar("T")

# How a machine answers that is older than the question, or whose caller has too small a role.
_UNTOLD = (Forbidden, InvalidInput, NotFound, Precondition, Unsupported)
_ROLES = {"init": "controlplane", "controlplane": "controlplane", "worker": "worker"}
# The resources that tell the kubelet's image: everybody since Talos 1.14, administrators before.
_KUBELETS = ("KubeletStatuses.kubernetes.talos.dev", "KubeletSpecs.kubernetes.talos.dev")
# Of a machine's own addresses, those without Kubernetes' are the best; in maintenance mode there are fewer lists.
_ADDRESSES = ("routed-no-k8s", "routed", "default")
# Entries of the list of extensions that are none (pkg/machinery/extensions of siderolabs/talos).
_PSEUDO = ("schematic", "modules.dep")

# All facts there are, of a machine of which nothing is known.
UNKNOWN: dict[str, Json] = {
    "hostname": None,
    "role": None,
    "maintenance": None,
    "version": None,
    "arch": None,
    "platform": None,
    "kubernetes_version": None,
    "stage": None,
    "ready": None,
    "unmet": [],
    "addresses": [],
    "hardware": None,
    "disks": [],
    "system_disk": None,
    "links": [],
    "macs": [],
    "schematic": None,
    "extensions": [],
    "certificate": None,
}


async def gather(connection: Connection, maintenance: bool) -> dict[str, Json]:
    """All facts, from one connection. Raises `Forbidden` for a caller who may not even read the version."""
    version = await _version(connection, maintenance)
    status = await _one(connection, "runtime", "MachineStatuses.runtime.talos.dev", "machine") or {}
    type_ = await _one(connection, "config", "MachineTypes.config.talos.dev", "machine-type")
    extensions = await _all(connection, "runtime", "ExtensionStatuses.runtime.talos.dev")
    return {
        **UNKNOWN,
        "hostname": await _told(connection.hostname()) or None,
        "role": role(type_),
        "maintenance": maintenance,
        "version": version.get("tag"),
        "arch": version.get("arch"),
        "platform": version.get("platform"),
        "kubernetes_version": None if maintenance else await _kubernetes(connection),
        "stage": status.get("stage"),
        "ready": bool(dig(status, ("status", "ready"))),
        "unmet": dig(status, ("status", "unmetConditions")) or [],
        "addresses": addresses(await _all(connection, "network", "NodeAddresses.net.talos.dev")),
        "certificate": certificate(connection.peer),
        "schematic": schematic(extensions),
        "extensions": real_extensions(extensions),
        **await _hardware(connection),
    }


async def _hardware(connection: Connection) -> dict[str, Json]:
    system = await _one(connection, "hardware", "SystemInformations.hardware.talos.dev", "systeminformation") or {}
    processors = await _all(connection, "hardware", "Processors.hardware.talos.dev")
    memory = await _told(connection.memory()) or {}
    system_disk = await _one(connection, "runtime", "SystemDisks.block.talos.dev", "system-disk") or {}
    found = links(await _all(connection, "network", "LinkStatuses.net.talos.dev"))
    return {
        "hardware": hardware(system, processors, memory),
        "disks": disks(await _all(connection, "runtime", "Disks.block.talos.dev")),
        "system_disk": system_disk.get("devPath"),
        "links": found,
        "macs": sorted({link["mac"] for link in found if link["mac"]}),
    }


async def _version(connection: Connection, maintenance: bool) -> Mapping[str, Json]:
    """Before 1.13 a machine in maintenance mode does not tell it."""
    try:
        found: Mapping[str, Json] = await connection.version()
    except Unsupported:
        if not maintenance:
            raise
        return {}
    return found


async def _kubernetes(connection: Connection) -> str | None:
    for type_ in _KUBELETS:
        spec = await _one(connection, "k8s", type_, "kubelet")
        if spec:
            return tag(str(spec.get("image") or ""))
    return None


async def _one(connection: Connection, namespace: str, type_: str, id: str) -> Json:
    found = await _told(connection.find(namespace, type_, id))
    return found.spec if found else None


async def _all(connection: Connection, namespace: str, type_: str) -> list[Resource]:
    return await _told(connection.list(namespace, type_)) or []


async def _told(answer: Awaitable[T]) -> T | None:
    try:
        return await answer
    except _UNTOLD:
        return None


def of_member(spec: Mapping[str, Json]) -> dict[str, Json]:
    """What the other machines of its cluster say of a machine (the spec of a Member)."""
    system = str(spec.get("operatingSystem") or "")
    return {
        **UNKNOWN,
        "hostname": str(spec.get("hostname") or "").partition(".")[0] or None,
        "role": role(spec.get("machineType")),
        "version": system.removeprefix("Talos (").removesuffix(")") if system.startswith("Talos (") else None,
        "addresses": [str(address) for address in spec.get("addresses") or ()],
    }


def role(machine_type: Json) -> str | None:
    """``controlplane`` or ``worker``; None for a machine that is nothing yet."""
    return _ROLES.get(str(machine_type))


def tag(image: str) -> str | None:
    """The tag of an image: ``v1.36.0`` of ``ghcr.io/siderolabs/kubelet:v1.36.0@sha256:…``."""
    _name, _colon, found = image.partition("@")[0].rpartition("/")[2].partition(":")
    return found or None


def addresses(found: Iterable[Resource]) -> list[str]:
    """The machine's own addresses, without prefix lengths."""
    lists = {each.id: each.spec.get("addresses") or [] for each in found}
    best = next((lists[name] for name in _ADDRESSES if lists.get(name)), [])
    return [str(address).partition("/")[0] for address in best]


def certificate(peer: Facts) -> dict[str, Json]:
    """What pins the machine until it has a certificate that its cluster signed."""
    return {"fingerprint": peer.fingerprint, "not_after": peer.not_after.isoformat()}


def hardware(system: Mapping[str, Json], processors: Iterable[Resource], memory: Mapping[str, Json]) -> dict[str, Json]:
    """Identity and size of the server; SMBIOS lists empty sockets too. ``memory`` is in bytes."""
    filled = [each.spec for each in processors if each.spec.get("coreCount")]
    return {
        "manufacturer": str(system.get("manufacturer") or "").strip() or None,
        "product": str(system.get("productName") or "").strip() or None,
        "serial": system.get("serialnumber") or None,
        "uuid": system.get("uuid") or None,
        "processor": filled[0].get("productName") if filled else None,
        "sockets": len(filled),
        "cores": sum(int(each["coreCount"]) for each in filled),
        "threads": sum(int(each.get("threadCount") or 0) for each in filled),
        "memory": int(memory.get("memtotal") or 0) * 1024,
    }


def disks(found: Iterable[Resource]) -> list[Json]:
    """What Talos could be installed on or keep data on; ``size`` in bytes."""
    return [
        {
            "name": disk.id,
            "path": disk.spec.get("dev_path"),
            "size": disk.spec.get("size"),
            **{key: disk.spec.get(key) or None for key in ("model", "serial", "wwid", "transport")},
            "rotational": bool(disk.spec.get("rotational")),
        }
        for disk in found
        if not (disk.spec.get("cdrom") or disk.spec.get("readonly") or disk.id.startswith("loop"))
    ]


def links(found: Iterable[Resource]) -> list[Json]:
    """The network cards; what is made of them (bonds, VLANs, …) has a kind."""
    return [
        {
            "name": link.id,
            "mac": str(link.spec.get("permanentAddr") or link.spec.get("hardwareAddr") or "").lower() or None,
            "driver": link.spec.get("driver") or None,
            "pci": link.spec.get("busPath") or None,
            "speed_mbit": link.spec.get("speedMbit"),
            "up": bool(link.spec.get("linkState")),
        }
        for link in found
        if link.spec.get("type") == "ether" and not link.spec.get("kind")
    ]


def schematic(found: Iterable[Resource]) -> str | None:
    """The Image Factory schematic that the system was built from."""
    return next((dig(each.spec, ("metadata", "version")) for each in found if _name(each) == "schematic"), None)


def real_extensions(found: Iterable[Resource]) -> list[Json]:
    """The system extensions that are really there."""
    entries = [each for each in found if _name(each) not in _PSEUDO]
    return [{"name": _name(each), "version": dig(each.spec, ("metadata", "version"))} for each in entries]


def _name(extension: Resource) -> str:
    return str(dig(extension.spec, ("metadata", "name")))
