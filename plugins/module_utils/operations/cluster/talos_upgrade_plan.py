# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade of machines is to bring, whom it concerns, and in which order. Judged without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...clients.http.reference import SCHEME, Reference
from ...core.change import Change, Impact
from ...core.error import InvalidInput, NfviError, Precondition, Unsupported
from ...core.given import Given
from ...resources.machine_config.documents import parse
from . import talos_upgrade_rules as rules
from .etcd_quorum import Quorum
from .talos_machine import Machine
from .talos_nodes import Batch, Machines, Pace, group, is_control_plane, label, refuse_busy
from .talos_upgrade_rules import Version

REBOOT_MODES = ("default", "powercycle", "force")
# As Image Factories name their images (image-factory docs/api.md): …/metal-installer/<schematic>:<version>.
_SCHEMATIC = re.compile(r"installer(?:-secureboot)?/([0-9a-f]{64})\Z")
_IDENTITY = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Wanted:
    """The Talos that machines are to run. ``schematic`` is None where the image does not tell it."""

    image: str
    version: Version
    schematic: str | None = None

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From ``image``, and from ``version`` and ``schematic`` where the image's name does not tell them."""
        image = given.text("image")
        try:
            reference = Reference.parse(SCHEME + image)
        except InvalidInput:
            given.at("image").refuse(f"{image!r} is no image reference", hint="registry/repository:v1.13.2")
        version = _version(given, reference.tag)
        named = _SCHEMATIC.search(reference.repository)
        schematic = given.text("schematic") if given.has("schematic") else None
        if schematic is not None and not _IDENTITY.match(schematic):
            given.at("schematic").refuse("is not a schematic's id", hint="64 hexadecimal digits")
        if named and schematic not in (None, named[1]):
            given.at("schematic").refuse(f"the image names another one, {named[1]}")
        rules.refuse_image(f"{reference.registry}/{reference.repository}", version)
        return cls(image, version, named[1] if named else schematic)

    def is_run_by(self, system: System) -> bool:
        """Whether a machine has it already."""
        return system.version == self.version and self.schematic in (None, system.schematic)


def _version(given: Given, tag: str) -> Version:
    if given.has("version"):
        return Version.parse(given.text("version"), path=("version",))
    try:
        return Version.parse(tag)
    except InvalidInput:
        given.at("version").refuse("is required, for the image's tag is none", hint="for example v1.13.2")


@dataclass(frozen=True)
class System:
    """The Talos that a machine runs; ``schematic`` is None when an Image Factory did not make it."""

    version: Version
    schematic: str | None = None


@dataclass(frozen=True)
class Way:
    """How it is done.

    ``method`` None: whichever the machine's version has; ``soak``: seconds; ``zones``: machines' failure domains by
    their addresses.
    """

    method: str | None
    reboot_mode: str
    stage: bool
    keep_quorum: bool
    canary: bool
    soak: float
    allowed: tuple[str, ...]
    zones: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: Given) -> Way:
        """From the module's options."""
        method = given.choice("method", ("auto", rules.LIFECYCLE, rules.LEGACY), "auto")
        for item in given.items("allow"):
            if item.value not in rules.ALLOWABLE:
                item.refuse(f"{item.value!r} is not one of {', '.join(rules.ALLOWABLE)}")
        way = cls(
            method=None if method == "auto" else method,
            reboot_mode=given.choice("reboot_mode", REBOOT_MODES, "default"),
            stage=given.flag("stage"),
            keep_quorum=given.choice("quorum", ("required", "ignored"), "required") == "required",
            canary=given.flag("canary"),
            soak=float(given.integer("soak", 0, low=0)),
            allowed=tuple(str(item.value) for item in given.items("allow")),
            zones={str(address): str(zone) for address, zone in (given.get("zones") or {}).items()},
        )
        if way.stage and way.method == rules.LIFECYCLE:
            given.at("stage").refuse("only the older call has it", hint="method: legacy")
        return way

    def method_of(self, machine: Machine) -> str:
        """The generation of calls for one machine."""
        return self.method or rules.method(machine.version)


def refuse_machine(way: Way, wanted: Wanted, address: str, machine: Machine) -> None:
    """Refuse what Talos would refuse, or accept and then not do."""
    refuse_unsteady(address, machine)
    try:
        chosen = way.method_of(machine)
        rules.refuse_method(machine.version, chosen)
        _refuse_options(way, chosen, machine)
        rules.refuse_way(machine.version, wanted.version, way.allowed)
        rules.refuse_kubernetes(kubernetes_of(machine), wanted.version, way.allowed)
    except NfviError as error:
        error.about(label(address))
        raise


def refuse_unsteady(address: str, machine: Machine) -> None:
    """Refuse a machine that takes no such call, or would not follow it."""
    if machine.maintenance:
        hint = "in maintenance mode Talos takes no such call; it gets its Talos when it is installed"
        raise Precondition("is in maintenance mode", object=label(address), hint=hint)
    refuse_busy(address, machine)


def _refuse_options(way: Way, chosen: str, machine: Machine) -> None:
    if way.stage and chosen == rules.LIFECYCLE:
        reason = f"Talos {machine.version} is upgraded by calls that stage nothing"
        raise Unsupported(reason, path=("stage",), hint="method: legacy")
    if way.reboot_mode == "force" and chosen == rules.LEGACY:
        raise Unsupported("the older call cannot force the reboot", path=("reboot_mode",), hint="method: lifecycle")


def kubernetes_of(machine: Machine) -> str:
    """The version of the kubelet's image; empty where the configuration does not tell it."""
    image = parse(machine.configuration).get("machine", "kubelet", "image") if machine.configuration else None
    return str(image or "").partition("@")[0].rpartition(":")[2]


def remarks(wanted: Wanted, systems: Mapping[str, System]) -> Iterator[str]:
    """What people should know beforehand."""
    for address, system in systems.items():
        if system.schematic and wanted.schematic is None and not wanted.is_run_by(system):
            yield (
                f"{label(address)} runs schematic {system.schematic}, and the image's name tells none: "
                "extensions that the image does not have will be gone"
            )


def batches_of(way: Way, pace: Pace, due: Machines) -> list[Batch]:
    """Workers zone by zone, then the control plane one by one; a canary goes before all, alone."""
    batches = _by_zone(way, pace, due)
    if way.canary and batches and len(batches[0]) > 1:
        first = batches[0][0]
        rest = {address: machine for address, machine in due.items() if address != first}
        return [(first,), *_by_zone(way, pace, rest)]
    return batches


def _by_zone(way: Way, pace: Pace, due: Machines) -> list[Batch]:
    """What several zones share the work for is served by all of them but one."""
    leading = control_plane(due)
    parts: dict[str, dict[str, Machine | None]] = {}
    for address in due:
        if address not in leading:
            parts.setdefault(way.zones.get(address, ""), {})[address] = due[address]
    last = {address: due[address] for address in leading}
    return [batch for part in (*parts.values(), last) for batch in pace.batches(part)]


def plan_upgrade(
    way: Way, wanted: Wanted, batches: Sequence[Batch], systems: Mapping[str, System], quorum: Quorum
) -> dict[str, Change]:
    """The change of each machine, by its address, in the order in which they go down.

    Raises `Precondition` when etcd is not well enough for it.
    """
    steps: dict[str, Change] = {}
    for batch in batches:
        worst = Impact.OUTAGE if refuse_loss(way.keep_quorum, batch, quorum) else Impact.NODE_REBOOT
        steps.update({address: _change(wanted, address, systems[address], worst) for address in batch})
    return steps


def _change(wanted: Wanted, address: str, system: System, worst: Impact) -> Change:
    if system.version == wanted.version:
        path, before, after = ("schematic",), system.schematic, wanted.schematic
    else:
        path, before, after = ("version",), str(system.version), str(wanted.version)
    return Change("upgrade", label(address), path, before, after, worst)


def refuse_loss(keep_quorum: bool, batch: Sequence[str], quorum: Quorum) -> bool:
    """Whether etcd loses its majority while the batch is down; raises `Precondition` when it must not.

    All other members must work, as Talos' own older call demands (internal/pkg/etcd, ValidateForUpgrade): a new
    version is no time to live on the bare majority. The only member may go down, as there is no other way.
    """
    ids = quorum.of(batch)
    unwell = [voter for voter in quorum.voters if not voter.well and voter.id not in ids]
    loss = quorum.loss(ids)
    reason = loss or "; ".join(f"etcd member {voter.hostname} does not work: {voter.why}" for voter in unwell)
    if not (ids and reason) or not keep_quorum or quorum.alone:
        return bool(loss)
    hint = "repair etcd first; quorum: ignored does it all the same"
    raise Precondition(reason, object=group(tuple(batch)), hint=hint)


def control_plane(machines: Machines) -> list[str]:
    """Those that belong to it."""
    return [address for address, machine in machines.items() if is_control_plane(machine)]
