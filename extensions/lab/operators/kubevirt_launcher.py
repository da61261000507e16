# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virt-launcher pod of a VMI (kubevirt pkg/virt-controller/services/template.go). Pure."""

from __future__ import annotations

import json
from decimal import Decimal

from . import quantity
from .client import Obj
from .kubevirt_admission import vcpus
from .kubevirt_template import hotpluggable

IMPOSSIBLE = "lab.kubevim.nfvi/no-such-node"
NETWORKS = "k8s.v1.cni.cncf.io/networks"
# A node to which guests with the host's CPU model can migrate.
HOST_MODEL = "cpu-model-migration.node.kubevirt.io/Icelake-Server"

_CPU_ALLOCATION_RATIO = 10
_OVERHEAD_MIB = 260  # libvirt, qemu, virt-launcher and one graphics device; the real sum is longer (GetMemoryOverhead)
_GRACE_EXTRA = 15
_DEFAULT_GRACE = 30
_DEVICES = ("kvm", "tun", "vhost-net")
_USER = 107


def launcher(vmi: Obj, image: str, impossible: bool) -> Obj:
    """The pod; ``impossible`` gives it a node selector no node matches."""
    meta, spec = vmi["metadata"], vmi["spec"]
    selector = {**node_selector(spec), **({IMPOSSIBLE: "true"} if impossible else {})}
    grace = spec.get("terminationGracePeriodSeconds", _DEFAULT_GRACE) + _GRACE_EXTRA
    pod: Obj = {
        "metadata": {
            "generateName": f"virt-launcher-{meta['name']}-",
            "namespace": meta["namespace"],
            "labels": {
                **(meta.get("labels") or {}),
                "kubevirt.io": "virt-launcher",
                "kubevirt.io/created-by": meta["uid"],
                "vm.kubevirt.io/name": meta["name"],
            },
            "annotations": _annotations(vmi),
            "ownerReferences": [
                {
                    "apiVersion": "kubevirt.io/v1",
                    "kind": "VirtualMachineInstance",
                    "name": meta["name"],
                    "uid": meta["uid"],
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": grace,
            "hostname": spec.get("hostname", meta["name"])[:63],
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "nodeSelector": selector,
            "securityContext": {
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "runAsNonRoot": True,
                "fsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [_compute(vmi, image), *_container_disks(spec)],
            "volumes": _volumes(spec),
        },
    }
    for key in ("affinity", "tolerations", "priorityClassName", "topologySpreadConstraints", "schedulerName"):
        if key in spec:
            pod["spec"][key] = spec[key]
    return pod


def node_selector(spec: Obj) -> dict[str, str]:
    """What a node must offer: virt-handler, the machine type, and pinned CPUs where they are asked for."""
    machine, cpu = spec["domain"]["machine"]["type"], spec["domain"].get("cpu") or {}
    selector = {
        "kubernetes.io/arch": spec["architecture"],
        "kubevirt.io/schedulable": "true",
        f"machine-type.node.kubevirt.io/{machine}": "true",
        **(spec.get("nodeSelector") or {}),
    }
    if cpu.get("dedicatedCpuPlacement"):
        selector["kubevirt.io/cpumanager"] = "true"
    return selector


def _annotations(vmi: Obj) -> dict[str, str]:
    meta, spec = vmi["metadata"], vmi["spec"]
    notes = {key: value for key, value in (meta.get("annotations") or {}).items() if key != "kubevirt.io/vm-generation"}
    attached = multus_networks(spec, meta["namespace"])
    networks = [{"name": name, "namespace": ns, "interface": nic} for nic, ns, name in attached]
    return {
        **notes,
        "kubevirt.io/domain": meta["name"],
        "kubectl.kubernetes.io/default-container": "compute",
        "post.hook.backup.velero.io/container": "compute",
        "pre.hook.backup.velero.io/container": "compute",
        "kubevirt.io/migrationTransportUnix": "true",
        **({NETWORKS: json.dumps(networks, separators=(",", ":"))} if networks else {}),
    }


def multus_networks(spec: Obj, namespace: str) -> list[tuple[str, str, str]]:
    """(interface, namespace, name) of each secondary network, in the order of the VM's networks."""
    named = [str(n["multus"]["networkName"]) for n in spec.get("networks") or [] if "multus" in n]
    parted = [name.split("/", 1) if "/" in name else [namespace, name] for name in named]
    return [(f"net{index}", part[0], part[1]) for index, part in enumerate(parted, start=1)]


def _compute(vmi: Obj, image: str) -> Obj:
    return {
        "name": "compute",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "resources": resources(vmi["spec"]),
        "command": [
            "/usr/bin/virt-launcher-monitor",
            "--name",
            vmi["metadata"]["name"],
            "--uid",
            vmi["metadata"]["uid"],
            "--namespace",
            vmi["metadata"]["namespace"],
        ],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "runAsUser": _USER,
            "runAsNonRoot": True,
            "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
        },
    }


def resources(spec: Obj) -> Obj:
    """Requests and limits: the guest's, what runs it, the devices, and huge pages instead of memory where asked."""
    domain = spec["domain"]
    given = domain.get("resources") or {}
    requests, limits = dict(given.get("requests") or {}), dict(given.get("limits") or {})
    cpu, memory = domain.get("cpu") or {}, domain.get("memory") or {}
    count = vcpus(cpu) or 1
    if cpu.get("dedicatedCpuPlacement"):
        pinned = str(count + bool(cpu.get("isolateEmulatorThread")))
        requests["cpu"] = limits["cpu"] = requests.get("cpu") or limits.get("cpu") or pinned
    else:
        requests.setdefault("cpu", f"{count * 1000 // _CPU_ALLOCATION_RATIO}m")
    overhead = Decimal(_OVERHEAD_MIB * 1048576)
    guest = quantity.parse(requests.get("memory") or memory.get("guest") or limits.get("memory"))
    pages = (memory.get("hugepages") or {}).get("pageSize")
    if pages:
        requests[f"hugepages-{pages}"] = limits[f"hugepages-{pages}"] = quantity.mebibytes(guest)
        guest = Decimal(0)
    requests["memory"] = quantity.mebibytes(guest + overhead)
    if "memory" in limits or cpu.get("dedicatedCpuPlacement"):
        limits["memory"] = requests["memory"]
    devices = {f"devices.kubevirt.io/{name}": "1" for name in _DEVICES}
    storage = {"ephemeral-storage": "50M"}
    return {"requests": {**storage, **requests, **devices}, "limits": {**limits, **devices}}


def _container_disks(spec: Obj) -> list[Obj]:
    guaranteed = (spec["domain"].get("cpu") or {}).get("dedicatedCpuPlacement")
    small = {"cpu": "10m", "memory": "40M"}
    return [
        {
            "name": f"volume{volume['name']}",
            "image": volume["containerDisk"]["image"],
            "imagePullPolicy": volume["containerDisk"].get("imagePullPolicy", "IfNotPresent"),
            "resources": {"limits": small, "requests": small if guaranteed else {"cpu": "1m", "memory": "1M"}},
            "securityContext": {
                "runAsUser": _USER,
                "runAsNonRoot": True,
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        for volume in spec.get("volumes") or []
        if "containerDisk" in volume
    ]


def _volumes(spec: Obj) -> list[Obj]:
    volumes: list[Obj] = [
        {"name": name, "emptyDir": {}} for name in ("private", "public", "sockets", "virt-bin-share-dir")
    ]
    for claim, volume in claims(spec):
        volumes.append({"name": volume, "persistentVolumeClaim": {"claimName": claim}})
    for volume in spec.get("volumes") or []:
        for source in ("secret", "configMap"):
            if source in volume:
                volumes.append({"name": volume["name"], source: volume[source]})
    return volumes


def claims(spec: Obj) -> list[tuple[str, str]]:
    """(claim, volume) of each volume whose PersistentVolumeClaim the launcher has: others have a pod of their own."""
    return [
        (str(source.get("claimName") or source.get("name")), str(volume["name"]))
        for volume in spec.get("volumes") or []
        for key in ("persistentVolumeClaim", "dataVolume")
        if (source := volume.get(key)) and not hotpluggable(volume)
    ]
