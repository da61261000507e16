# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain VNF descriptor: VDUs, connection points and flavours (the model of ETSI GS NFV-IFA 011 that we need so
far).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...core.error import Finding, refuse
from ...core.given import Given

PLANES = ("management", "signalling", "user")


@dataclass(frozen=True)
class Image:
    """A VDU's software image by reference: a container disk, best by digest (``registry/name@sha256:…``)."""

    container_disk: str

    @classmethod
    def parse(cls, given: Given) -> Image:
        return cls(given.only(["container_disk"]).text("container_disk"))


@dataclass(frozen=True)
class CloudInit:
    """Files of the package (paths within it) with NoCloud user and network data."""

    user_data_file: str = ""
    network_data_file: str = ""

    @classmethod
    def parse(cls, given: Given) -> CloudInit:
        given.only(["user_data_file", "network_data_file"])
        return cls(_inside(given, "user_data_file"), _inside(given, "network_data_file"))


@dataclass(frozen=True)
class Vdu:
    """A Virtualisation Deployment Unit: what each of its VNFCs is made of. ``memory`` is a Kubernetes quantity."""

    name: str
    vcpu: int
    memory: str
    image: Image
    cloud_init: CloudInit | None = None
    hugepages: str = ""
    dedicated_cpu: bool = False

    @classmethod
    def parse(cls, given: Given) -> Vdu:
        given.only(["name", "vcpu", "memory", "image", "cloud_init", "hugepages", "dedicated_cpu"])
        return cls(
            name=given.name("name"),
            vcpu=given.integer("vcpu", low=1, high=512),
            memory=given.text("memory"),
            image=Image.parse(given.at("image")),
            cloud_init=given.maybe("cloud_init", CloudInit.parse),
            hugepages=given.text("hugepages", ""),
            dedicated_cpu=given.flag("dedicated_cpu"),
        )


@dataclass(frozen=True)
class ConnectionPoint:
    """Where a VDU meets a virtual link; ``plane`` says what flows there."""

    name: str
    vdu: str
    plane: str = "user"

    @classmethod
    def parse(cls, given: Given) -> ConnectionPoint:
        given.only(["name", "vdu", "plane"])
        return cls(given.name("name"), given.name("vdu"), given.choice("plane", PLANES, "user"))


@dataclass(frozen=True)
class Flavour:
    """A deployment flavour: how many instances (VNFCs) of each VDU."""

    name: str
    instances: dict[str, int]

    @classmethod
    def parse(cls, given: Given) -> Flavour:
        vdus = given.only(["name", "vdus"]).at("vdus")
        counts = {name: vdus.at(name).only(["instances"]).integer("instances", 1, low=0) for name in vdus.value or {}}
        return cls(given.name("name"), counts)


@dataclass(frozen=True)
class Vnfd:
    """What a VNF package describes."""

    id: str
    version: str
    provider: str
    vdus: tuple[Vdu, ...]
    connection_points: tuple[ConnectionPoint, ...]
    flavours: tuple[Flavour, ...]

    @classmethod
    def parse(cls, given: Given) -> Vnfd:
        given.only(["vnfd", "vdus", "connection_points", "flavours"])
        head = given.at("vnfd").only(["id", "version", "provider"])
        vnfd = cls(
            id=head.name("id"),
            version=head.text("version"),
            provider=head.text("provider", ""),
            vdus=given.each("vdus", Vdu.parse),
            connection_points=given.each("connection_points", ConnectionPoint.parse),
            flavours=given.each("flavours", Flavour.parse),
        )
        refuse(vnfd.findings())
        return vnfd

    def findings(self) -> Iterator[Finding]:
        """What does not fit together."""
        known = {vdu.name for vdu in self.vdus}
        for key in ("vdus", "flavours"):
            if not getattr(self, key):
                yield Finding((key,), "at least one is required")
        for key in ("vdus", "connection_points", "flavours"):
            yield from _twice(key, [part.name for part in getattr(self, key)])
        for index, cp in enumerate(self.connection_points):
            if cp.vdu not in known:
                yield Finding(("connection_points", index, "vdu"), f"{cp.vdu!r} is not one of {_list(known)}")
        for index, flavour in enumerate(self.flavours):
            for name in flavour.instances.keys() - known:
                yield Finding(("flavours", index, "vdus", name), f"is not one of {_list(known)}")

    def flavour(self, given: Given) -> Flavour:
        """The flavour of that name; refused with the list of those there are."""
        found = next((f for f in self.flavours if f.name == given.value), None)
        if found is None:
            given.refuse(f"{given.value!r} is not one of {_list(f.name for f in self.flavours)}")
        return found

    def points(self, vdu: str) -> list[ConnectionPoint]:
        """The connection points of a VDU, in the descriptor's order."""
        return [cp for cp in self.connection_points if cp.vdu == vdu]


def _inside(given: Given, key: str) -> str:
    """A path that stays within the package."""
    text = given.text(key, "")
    if text.startswith("/") or ".." in text.split("/"):
        given.at(key).refuse(f"{text!r} leads out of the package")
    return text


def _twice(key: str, names: Sequence[str]) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding((key, index, "name"), f"{name!r} was given before")


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
