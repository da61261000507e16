# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each kind of resource holds on a machine: ids and specs, with the keys of their YAML form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...machine import Machine
from ...machine_disks import symlinks
from . import kinds
from .encoding import Term
from .hardware import pci_devices, processors, system_informations
from .kinds import Kind
from .network import address_statuses, hostname_statuses, link_statuses, network_statuses, node_addresses
from .sizes import pretty
from .volumes import discovered_volumes, volume_statuses

Specs = dict[str, Any]

_MACHINE_TYPES = {"init": Term("init", 1), "controlplane": Term("controlplane", 2), "worker": Term("worker", 3)}
_STAGES = (
    "unknown",
    "booting",
    "installing",
    "maintenance",
    "running",
    "rebooting",
    "shutting down",
    "resetting",
    "upgrading",
)
_API_SERVER_PORT = 6443


def _definitions(machine: Machine) -> Specs:
    return {kind.id: kind.definition() for kind in kinds.ALL}


def _machine_configs(machine: Machine) -> Specs:
    """The configuration as it was submitted: the active one and the one for the next boot."""
    both = {"v1alpha1": machine.active, "persistent": machine.persistent}
    return {name: configuration.text.decode() for name, configuration in both.items() if configuration}


def _machine_types(machine: Machine) -> Specs:
    if not machine.configured or machine.active is None:
        return {"machine-type": Term("unknown", 0)}
    return {"machine-type": _MACHINE_TYPES[machine.active.machine_type]}


def _machine_statuses(machine: Machine) -> Specs:
    status = machine.status
    stage = status.stage if status.stage in _STAGES else "unknown"
    unmet = [{"name": name, "reason": reason} for name, reason in status.unmet]
    return {
        "machine": {
            "stage": Term(stage, _STAGES.index(stage)),
            "status": {"ready": status.ready, "unmetConditions": unmet},
        }
    }


def _members(machine: Machine) -> Specs:
    """The machines of the rack that are of this one's cluster, whether they are on or not: the discovery service
    forgets nobody within half an hour. None while discovery is off.

    A watch tells of others only when this machine itself changes.
    """
    cluster = _discovered_as(machine)
    return {each.hostname: _member(each) for each in machine.rack if _discovered_as(each) == cluster} if cluster else {}


def _discovered_as(machine: Machine) -> str:
    """The id of the cluster under which the machine registers itself; empty when it does not."""
    if not machine.configured or machine.active is None:
        return ""
    discovery = machine.active.get("cluster.discovery", {})
    on = discovery.get("enabled", False) and not discovery.get("registries", {}).get("service", {}).get("disabled")
    return str(machine.active.get("cluster.id", "")) if on else ""


def _member(machine: Machine) -> dict[str, Any]:
    assert machine.active is not None  # it is a member
    spec = {
        "nodeId": machine.spec.uuid,
        "addresses": [machine.spec.address],
        "hostname": machine.hostname,
        "machineType": _MACHINE_TYPES[machine.active.machine_type],
        "operatingSystem": f"Talos ({machine.version})",
    }
    return {**spec, **({"controlPlane": {"port": _API_SERVER_PORT}} if machine.is_control_plane else {})}


def _disks(machine: Machine) -> Specs:
    return {
        disk.name: {
            "dev_path": f"/dev/{disk.name}",
            "size": disk.size,
            "pretty_size": pretty(disk.size),
            "io_size": 512,
            "sector_size": 512,
            "readonly": False,
            "cdrom": False,
            "model": disk.model,
            "serial": disk.serial,
            "wwid": symlinks(disk)[0].rpartition("/")[2],
            "sub_system": "/sys/class/block",
            "transport": disk.transport,
            "symlinks": list(symlinks(disk)),
        }
        for disk in machine.spec.disks
    }


def _system_disks(machine: Machine) -> Specs:
    disk = machine.system_disk
    return {"system-disk": {"diskID": disk, "devPath": f"/dev/{disk}"}} if disk else {}


def _versions(machine: Machine) -> Specs:
    return {"version": {"name": "Talos", "version": machine.version}}


def _diagnostics(machine: Machine) -> Specs:
    """The lab's machines have nothing to complain of."""
    return {}


def _kernel_cmdlines(machine: Machine) -> Specs:
    arguments = "talos.platform=metal console=ttyS0 init_on_alloc=1 slab_nomerge pti=on consoleblank=0"
    return {"cmdline": {"cmdline": arguments}}


def _meta_keys(machine: Machine) -> Specs:
    """The META partition; the id is the key."""
    return {f"0x{key:02x}": {"value": value} for key, value in machine.meta.load().items()}


def _extension_statuses(machine: Machine) -> Specs:
    """The pseudo extension that tells the schematic of an image that an Image Factory made; others have none."""
    schematic = machine.running.schematic
    if schematic is None:
        return {}
    metadata = {
        "name": "schematic",
        "version": schematic,
        "author": "Image Factory",
        "description": "Virtual extension which specifies the schematic of the image built with Image Factory.",
    }
    return {"0": {"image": "000.ghcr.io-siderolabs-schematic.sqsh", "metadata": metadata}}


def _security_states(machine: Machine) -> Specs:
    return {
        "securitystate": {
            "secureBoot": False,
            "selinuxState": Term("enabled, permissive", 1),
            "fipsState": Term("disabled", 0),
            "bootedWithUKI": True,
            "moduleSignatureEnforced": True,
        }
    }


def _services(machine: Machine) -> Specs:
    """Services that run; Talos removes the resource of one that does not."""
    return {
        name: {"running": True, "healthy": bool(service.healthy), "unknown": service.healthy is None}
        for name, service in sorted(machine.services.now.items())
        if service.state == "Running"
    }


def _nodenames(machine: Machine) -> Specs:
    if not machine.configured:
        return {}
    return {"nodename": {"nodename": machine.hostname, "hostnameVersion": "1", "skipNodeRegistration": False}}


def _node_statuses(machine: Machine) -> Specs:
    """The machine's own node, as its kubelet sees it; nothing while there is none."""
    ready = machine.kubernetes.node_ready(machine.spec) if machine.serves_kubernetes else None
    if ready is None:
        return {}
    status = {"nodename": machine.hostname, "nodeReady": ready, "unschedulable": False, "labels": {}, "annotations": {}}
    return {machine.hostname: status}


def _os_roots(machine: Machine) -> Specs:
    """What the machine's own certificates are issued with."""
    if not machine.configured or machine.active is None:
        return {}
    accepted = [{"crt": each.get("crt", "")} for each in machine.active.get("machine.acceptedCAs") or ()]
    authority = {"crt": machine.active.get("machine.ca.crt"), "key": machine.active.get("machine.ca.key", "") or ""}
    spec = {
        "issuingCA": authority,
        "acceptedCAs": [*accepted, {"crt": authority["crt"]}],
        "certSANIPs": [machine.spec.address],
        "certSANDNSNames": [machine.hostname],
        "token": machine.active.get("machine.token"),
    }
    return {"os": spec}


def _kubernetes_roots(machine: Machine) -> Specs:
    """What a control plane issues the certificates of Kubernetes with: the CA that does comes first."""
    if not machine.is_control_plane or machine.active is None:
        return {}
    authority = {key: machine.active.get(f"cluster.ca.{key}", "") for key in ("crt", "key")}
    others = [{"crt": each.get("crt", "")} for each in machine.active.get("cluster.acceptedCAs") or ()]
    spec = {
        "name": machine.active.get("cluster.clusterName", ""),
        "endpoint": machine.active.get("cluster.controlPlane.endpoint"),
        "local_endpoint": "https://127.0.0.1:7445",
        "dnsDomain": machine.active.get("cluster.network.dnsDomain") or "cluster.local",
        "issuingCA": authority,
        "acceptedCAs": [{"crt": authority["crt"]}, *others],
    }
    return {"k8s": spec}


def _kubelet_specs(machine: Machine) -> Specs:
    """What the kubelet is started with."""
    image = machine.active.get("machine.kubelet.image") if machine.configured and machine.active else None
    return {"kubelet": {"image": image, "expectedNodename": machine.hostname}} if image else {}


def _time_statuses(machine: Machine) -> Specs:
    return {"node": {"synced": True, "epoch": 0, "syncDisabled": False}}


def _etcd_members(machine: Machine) -> Specs:
    """The id of the machine's own member, in hexadecimal."""
    if not machine.serves_kubernetes:
        return {}
    members = machine.kubernetes.etcd_members(machine.spec)
    own = [member for member in members if member.hostname == machine.hostname]
    return {"local": {"memberID": f"{own[0].id:016x}"}} if own else {}


OBSERVE: dict[Kind, Callable[[Machine], Specs]] = {
    kinds.DEFINITIONS: _definitions,
    kinds.MACHINE_CONFIGS: _machine_configs,
    kinds.MACHINE_TYPES: _machine_types,
    kinds.MACHINE_STATUSES: _machine_statuses,
    kinds.MEMBERS: _members,
    kinds.DISKS: _disks,
    kinds.SYSTEM_DISKS: _system_disks,
    kinds.DISCOVERED_VOLUMES: discovered_volumes,
    kinds.VOLUME_STATUSES: volume_statuses,
    kinds.LINK_STATUSES: link_statuses,
    kinds.ADDRESS_STATUSES: address_statuses,
    kinds.NODE_ADDRESSES: node_addresses,
    kinds.HOSTNAME_STATUSES: hostname_statuses,
    kinds.NETWORK_STATUSES: network_statuses,
    kinds.SYSTEM_INFORMATIONS: system_informations,
    kinds.PROCESSORS: processors,
    kinds.PCI_DEVICES: pci_devices,
    kinds.VERSIONS: _versions,
    kinds.DIAGNOSTICS: _diagnostics,
    kinds.KERNEL_CMDLINES: _kernel_cmdlines,
    kinds.META_KEYS: _meta_keys,
    kinds.EXTENSION_STATUSES: _extension_statuses,
    kinds.SECURITY_STATES: _security_states,
    kinds.SERVICES: _services,
    kinds.NODENAMES: _nodenames,
    kinds.NODE_STATUSES: _node_statuses,
    kinds.OS_ROOTS: _os_roots,
    kinds.KUBERNETES_ROOTS: _kubernetes_roots,
    kinds.KUBELET_SPECS: _kubelet_specs,
    kinds.TIME_STATUSES: _time_statuses,
    kinds.ETCD_MEMBERS: _etcd_members,
}
