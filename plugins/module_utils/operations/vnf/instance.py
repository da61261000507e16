# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VNF instance: its VDUs become virtual machines, its connection points ports in subnets (ETSI GS NFV-SOL 003
names).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...core.error import Unsupported
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, Path, dig, render
from ...core.result import Result
from ...engine.converge import Converged, Kube
from ...engine.manifest import manifest
from ...engine.place import Place
from ...resources.kubernetes.kinds import NAMESPACE, SECRET
from ...resources.kubevirt.guests import converge
from ...resources.kubevirt.kinds import VM, VMI
from ...resources.kubevirt.vm import SUBNET_FIELD, CloudInit, Disk, Interface, Vm
from ...resources.vnf.package import Package, load
from ...resources.vnf.vnfd import ConnectionPoint, Flavour, Vdu

INSTANCE = "nfvi.kubevim.io/vnf-instance"
VDU = "nfvi.kubevim.io/vdu"
MANAGED_BY = {"app.kubernetes.io/managed-by": "kubevim.nfvi"}


@dataclass(frozen=True)
class Vnfc:
    """One instance of a VDU: one virtual machine."""

    vdu: Vdu
    name: str
    points: tuple[ConnectionPoint, ...]


@dataclass(frozen=True)
class Instance:
    """``links`` binds each connection point to a subnet by name."""

    name: str
    namespace: str
    package: Package
    flavour: Flavour
    links: Mapping[str, str]

    @classmethod
    def parse(cls, given: Given) -> Instance:
        package = load(given.at("package"))
        name = given.name("name")
        flavour = package.vnfd.flavour(given.at("flavour"))
        instance = cls(name, given.text("namespace", name), package, flavour, given.get("connection_points", {}))
        instance._refuse_unbound(given.at("connection_points"))
        return instance

    def _refuse_unbound(self, given: Given) -> None:
        points = {cp.name: cp for vnfc in self.vnfcs() for cp in vnfc.points}
        given.only(points)
        for name in points.keys() - self.links.keys():
            given.at(name).refuse("is required: the subnet that this connection point is bound to")

    def vnfcs(self) -> Iterator[Vnfc]:
        """The VNFCs of the flavour: ``<instance>-<vdu>-<number>``."""
        for vdu in self.package.vnfd.vdus:
            points = tuple(self.package.vnfd.points(vdu.name))
            for number in range(self.flavour.instances.get(vdu.name, 0)):
                yield Vnfc(vdu, f"{self.name}-{vdu.name}-{number}", points)

    def manifests(self) -> Iterator[Json]:
        """Everything the instance is made of."""
        yield from (found for _place, found in self.placed(()))

    def placed(self, path: Path) -> Iterator[tuple[Place, Json]]:
        """The same, each with its place in the user's input, where the instance stands at ``path``."""
        labels = {**MANAGED_BY, "pod-security.kubernetes.io/enforce": "baseline"}
        yield Place(path), manifest(NAMESPACE, self.namespace, labels=labels)
        for vnfc in self.vnfcs():
            point = next(iter(vnfc.points), None)  # of more than one, `_interface` says that it is unsupported
            options = {SUBNET_FIELD: render(("connection_points", point.name))} if point else {}
            yield from ((Place(path, options), found) for found in self._vm(vnfc).manifests())

    def _vm(self, vnfc: Vnfc) -> Vm:
        vdu = vnfc.vdu
        return Vm(
            name=vnfc.name,
            namespace=self.namespace,
            cores=vdu.vcpu,
            memory=vdu.memory,
            disks=(Disk("root", container_disk=vdu.image.container_disk),),
            interface=self._interface(vnfc),
            cloud_init=self._cloud_init(vdu),
            hugepages=vdu.hugepages,
            dedicated_cpu=vdu.dedicated_cpu,
            labels={**MANAGED_BY, INSTANCE: self.name, VDU: vdu.name},
        )

    def _interface(self, vnfc: Vnfc) -> Interface | None:
        if len(vnfc.points) > 1:
            names = ", ".join(cp.name for cp in vnfc.points)
            raise Unsupported(f"VDU {vnfc.vdu.name} has more than one connection point: {names}", object=self.name)
        return Interface(vnfc.points[0].name, self.links[vnfc.points[0].name]) if vnfc.points else None

    def _cloud_init(self, vdu: Vdu) -> CloudInit | None:
        if vdu.cloud_init is None:
            return None
        read = self.package.read
        return CloudInit(read(vdu.cloud_init.user_data_file), read(vdu.cloud_init.network_data_file))


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every instance of ``instances`` instantiated, or terminated with all that belongs to it."""
    if given.text("state") == "absent":
        return _terminate(given, kube, mode)
    instances = given.each("instances", Instance.parse)
    wanted = [each for index, i in enumerate(instances) for each in i.placed(("instances", index))]
    done = converge(kube, wanted, mode)
    guests = _guests(kube, instances, mode)
    return done.named("objects").named("instances", [_told(i, guests) for i in instances]).warning(*_loose(instances))


def _terminate(given: Given, kube: Kube, mode: Mode) -> Result:
    """The virtual machines and Secrets that carry the instance's label, and its namespace if that was made for it."""
    wanted = []
    for item in given.items("instances"):
        name = item.name("name")
        namespace = item.text("namespace", name)
        wanted += [(item.path, found) for found in _belongings(kube, name, namespace, mode)]
    done: Converged = kube.converge(wanted, "absent", mode)
    return done.named("instances")


def _belongings(kube: Kube, name: str, namespace: str, mode: Mode) -> Iterator[Json]:
    for kind in (VM, SECRET):
        for found in kube.everything(kind, mode, namespace):
            if dig(found, ("metadata", "labels", INSTANCE)) == name:
                yield manifest(kind, found["metadata"]["name"], namespace=namespace)
    for found in kube.everything(NAMESPACE, mode):
        meta = found["metadata"]
        if meta["name"] == namespace and MANAGED_BY.items() <= (meta.get("labels") or {}).items():
            yield manifest(NAMESPACE, namespace)


def _guests(kube: Kube, instances: tuple[Instance, ...], mode: Mode) -> dict[tuple[str, str], Json]:
    """The running guests, by namespace and name."""
    spaces = {instance.namespace for instance in instances}
    found = [vmi for space in sorted(spaces) for vmi in kube.everything(VMI, mode, space)]
    return {(v["metadata"]["namespace"], v["metadata"]["name"]): v for v in found}


def _told(instance: Instance, guests: Mapping[tuple[str, str], Json]) -> Json:
    """The instance as a result shows it; node and addresses are empty while its guest does not run."""
    return {
        "name": instance.name,
        "namespace": instance.namespace,
        "vnfd_id": instance.package.vnfd.id,
        "vnfd_version": instance.package.vnfd.version,
        "flavour": instance.flavour.name,
        "vnfcs": [_vnfc(vnfc, guests.get((instance.namespace, vnfc.name)) or {}) for vnfc in instance.vnfcs()],
    }


def _vnfc(vnfc: Vnfc, guest: Json) -> Json:
    addresses = {i.get("name"): i.get("ipAddress", "") for i in dig(guest, ("status", "interfaces")) or []}
    return {
        "id": vnfc.name,
        "vdu": vnfc.vdu.name,
        "vm": vnfc.name,
        "node": dig(guest, ("status", "nodeName"), ""),
        "addresses": {cp.name: addresses.get(cp.name, "") for cp in vnfc.points},
    }


def _loose(instances: tuple[Instance, ...]) -> list[str]:
    """Images that are not pinned may change under a running VNF."""
    return [
        f"{i.name}: image {vdu.image.container_disk} of VDU {vdu.name} is not pinned by digest"
        for i in instances
        for vdu in i.package.vnfd.vdus
        if "@sha256:" not in vdu.image.container_disk
    ]
