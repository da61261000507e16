# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A KubeVirt virtual machine, as its user sees it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, prune
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.manifest import manifest
from ...engine.place import Place
from . import guests, kinds

_OVN = "ovn.kubernetes.io"
_QUANTITY = re.compile(r"\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)?\Z")
_MAC = re.compile(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\Z")
RUN_STRATEGIES = ("Always", "Halted", "Manual", "Once", "RerunOnFailure")
BUSES = ("virtio", "scsi", "sata", "usb")


_SPEC = "spec.template.spec"
# Never written: virt-api names it when memory is no multiple of the page size (measured).
REQUESTED = f"{_SPEC}.domain.resources.requests.memory"
SUBNET_FIELD = f'spec.template.metadata.annotations["{_OVN}/logical_switch"]'
# The user's option for each field of the manifest: a refusal names what the user wrote.
_OPTIONS = {
    "metadata.name": "name",
    "metadata.namespace": "namespace",
    "metadata.labels": "labels",
    "spec.runStrategy": "run_strategy",
    SUBNET_FIELD: "interface.subnet",
    f'spec.template.metadata.annotations["{_OVN}/ip_address"]': "interface.ip",
    f'spec.template.metadata.annotations["{_OVN}/mac_address"]': "interface.mac",
    f"{_SPEC}.nodeSelector": "node_selector",
    f"{_SPEC}.domain.cpu.cores": "cores",
    f"{_SPEC}.domain.cpu.dedicatedCpuPlacement": "dedicated_cpu",
    f"{_SPEC}.domain.memory.guest": "memory",
    REQUESTED: "memory",
    f"{_SPEC}.domain.memory.hugepages.pageSize": "hugepages",
    f"{_SPEC}.domain.devices.disks[*].disk.bus": "disks[*].bus",
    f"{_SPEC}.domain.devices.disks[*].name": "disks[*].name",
    f"{_SPEC}.volumes[*].name": "disks[*].name",
    f"{_SPEC}.volumes[*].containerDisk.image": "disks[*].container_disk",
    f"{_SPEC}.volumes[*].persistentVolumeClaim.claimName": "disks[*].pvc",
}


@dataclass(frozen=True)
class Disk:
    """A volume and the disk that shows it to the guest; exactly one of ``container_disk`` and ``pvc``."""

    name: str
    container_disk: str = ""
    pvc: str = ""
    bus: str = "virtio"

    @classmethod
    def parse(cls, given: Given) -> Disk:
        disk = cls(
            given.name("name"),
            given.text("container_disk", ""),
            given.text("pvc", ""),
            given.choice("bus", BUSES, "virtio"),
        )
        if bool(disk.container_disk) == bool(disk.pvc):
            given.refuse("needs exactly one of container_disk and pvc")
        return disk

    def volume(self) -> Json:
        if self.container_disk:
            return {"name": self.name, "containerDisk": {"image": self.container_disk}}
        return {"name": self.name, "persistentVolumeClaim": {"claimName": self.pvc}}

    def disk(self) -> Json:
        return {"name": self.name, "disk": {"bus": self.bus}}


@dataclass(frozen=True)
class CloudInit:
    """NoCloud data. It is kept in a Secret: inline it would be readable by all and limited to 2048 bytes."""

    user_data: str = field(default="", repr=False)
    network_data: str = field(default="", repr=False)

    @classmethod
    def parse(cls, given: Given) -> CloudInit:
        return cls(given.text("user_data", ""), given.text("network_data", ""))

    def data(self) -> dict[str, str]:
        texts = {"userdata": self.user_data, "networkdata": self.network_data}
        return {key: base64.b64encode(text.encode()).decode() for key, text in texts.items() if text}


@dataclass(frozen=True)
class Interface:
    """The VM's network interface: a Kube-OVN port in ``subnet``, with the address and MAC if they are given."""

    name: str
    subnet: str
    ip: str = ""
    mac: str = ""

    @classmethod
    def parse(cls, given: Given) -> Interface:
        found = cls(given.name("name"), given.name("subnet"), given.text("ip", ""), given.text("mac", "").lower())
        if found.mac and not _MAC.match(found.mac):
            given.at("mac").refuse(f"{found.mac!r} is not a MAC address")
        return found

    def annotations(self) -> dict[str, str]:
        """What Kube-OVN reads off the launcher pod. The MAC belongs here too, not in the interface."""
        values = {"logical_switch": self.subnet, "ip_address": self.ip, "mac_address": self.mac}
        return {f"{_OVN}/{key}": value for key, value in values.items() if value}


@dataclass(frozen=True)
class Vm:
    """A virtual machine. ``cores`` are vCPUs (one socket); ``memory`` and ``hugepages`` are Kubernetes quantities."""

    name: str
    namespace: str
    cores: int
    memory: str
    disks: tuple[Disk, ...]
    interface: Interface | None = None
    cloud_init: CloudInit | None = None
    run_strategy: str = "Always"
    hugepages: str = ""
    dedicated_cpu: bool = False
    node_selector: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: Given) -> Vm:
        return cls(
            name=_short(given),
            namespace=given.text("namespace", "default"),
            cores=given.integer("cores", 1, low=1, high=512),
            memory=_quantity(given.at("memory")),
            disks=given.each("disks", Disk.parse),
            interface=given.maybe("interface", Interface.parse),
            cloud_init=given.maybe("cloud_init", CloudInit.parse),
            run_strategy=given.choice("run_strategy", RUN_STRATEGIES, "Always"),
            hugepages=_quantity(given.at("hugepages")) if given.has("hugepages") else "",
            dedicated_cpu=given.flag("dedicated_cpu"),
            node_selector=given.get("node_selector", {}),
            labels=given.get("labels", {}),
        )

    def manifests(self) -> Iterator[Json]:
        """The VirtualMachine, behind the Secret of its cloud-init data if it has any."""
        if self.cloud_init and self.cloud_init.data():
            yield _secret(self.name, self.namespace, labels=dict(self.labels), data=self.cloud_init.data())
        template = prune(metadata=self._template_metadata(), spec=self._template_spec())
        spec = {"runStrategy": self.run_strategy, "template": template}
        yield manifest(kinds.VM, self.name, namespace=self.namespace, labels=self.labels, spec=spec)

    def _template_metadata(self) -> Json:
        annotations = self.interface.annotations() if self.interface else {}
        if self.interface:
            annotations["kubevirt.io/allow-pod-bridge-network-live-migration"] = "true"
        return prune(labels={**self.labels, "kubevirt.io/domain": self.name}, annotations=annotations)

    def _template_spec(self) -> Json:
        return prune(
            domain=self._domain(),
            volumes=list(self._volumes()),
            networks=[{"name": self.interface.name, "pod": {}}] if self.interface else [],
            nodeSelector=dict(self.node_selector),
        )

    def _domain(self) -> Json:
        cpu = prune(cores=self.cores, dedicatedCpuPlacement=self.dedicated_cpu or None)
        memory = prune(guest=self.memory, hugepages=prune(pageSize=self.hugepages))
        disks = [disk.disk() for disk in self.disks]
        if self.cloud_init:
            disks.append({"name": "cloud-init", "disk": {"bus": "virtio"}})
        interfaces = [{"name": self.interface.name, "bridge": {}}] if self.interface else []
        return {"cpu": cpu, "memory": memory, "devices": prune(disks=disks, interfaces=interfaces)}

    def _volumes(self) -> Iterator[Json]:
        yield from (disk.volume() for disk in self.disks)
        if self.cloud_init:
            yield {"name": "cloud-init", "cloudInitNoCloud": self._secret_refs()}

    def _secret_refs(self) -> Json:
        name, data = {"name": secret_name(self.name)}, self.cloud_init.data() if self.cloud_init else {}
        return prune(
            secretRef=name if "userdata" in data else None,
            networkDataSecretRef=name if "networkdata" in data else None,
        )


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every VM of ``vms`` present or absent, with the Secrets of their cloud-init data."""
    state = given.text("state")
    wanted = [(Place(vm.path, _OPTIONS), m) for vm in given.items("vms") for m in _manifests(vm, state)]
    done = guests.converge(kube, wanted, mode) if state == "present" else kube.converge(wanted, state, mode)
    return done.only("VirtualMachine").named("vms")


def _manifests(given: Given, state: str) -> Iterator[Json]:
    """What makes up a VM; for one that is to go, only the names."""
    if state == "present":
        yield from Vm.parse(given).manifests()
    else:
        name, namespace = _short(given), given.text("namespace", "default")
        yield manifest(kinds.VM, name, namespace=namespace)
        yield _secret(name, namespace)


def _secret(vm: str, namespace: str, *, labels: Json = None, data: Json = None) -> Json:
    meta = prune(name=secret_name(vm), namespace=namespace, labels=labels)
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, **prune(type="Opaque" if data else "", data=data)}


def secret_name(vm: str) -> str:
    """The Secret that holds a VM's cloud-init data."""
    return f"{vm}-cloud-init"


def _short(given: Given) -> str:
    name = given.name("name")
    if len(name) > 63:
        given.at("name").refuse(f"{name!r} has more than 63 characters")
    return name


def _quantity(given: Given) -> str:
    text = str(given.value or "")
    if not _QUANTITY.match(text):
        given.refuse(f"{text!r} is not an amount of memory", hint="for example 2Gi or 512Mi")
    return text
