# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it takes to plug interfaces and volumes into a virtual machine, running or not. Pure.

KubeVirt v1.8: an interface is plugged by putting it into the template, and unplugged by the state ``absent`` there;
virt-controller carries it over to the guest and takes it out of the template once it is gone (pkg/network/controllers/
vm.go). A volume is plugged and unplugged by a verb of virt-api, which writes the template too (pkg/virt-api/rest/
volumes.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ...core.change import Change, Impact
from ...core.error import Finding, InvalidInput, Precondition, Unsupported
from ...core.given import Given
from ...core.path import Json, Path, dig, prune
from ...engine.place import Place
from .lifecycle import FINAL, Seen

# The bindings that virt-controller plugs into a running guest (applyDynamicIfaceRequestOnVMI).
BINDINGS = ("bridge", "sriov")
BUSES = ("scsi", "virtio")
_SPEC: Path = ("spec", "template", "spec")
_DEVICES: Path = (*_SPEC, "domain", "devices")
_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}\Z")
_OPTIONS = {
    "metadata.name": "name",
    "spec.template.spec.networks[*].multus.networkName": "interfaces[*].network",
    "spec.template.spec.volumes[*].persistentVolumeClaim.claimName": "volumes[*].claim",
}


@dataclass(frozen=True)
class Nic:
    """A wanted interface on a NetworkAttachmentDefinition; for one that is to go its name is enough."""

    name: str
    path: Path
    present: bool = True
    network: str = ""
    binding: str = "bridge"
    mac: str = ""
    model: str = ""
    link: str = "up"

    @classmethod
    def parse(cls, given: Given) -> Nic:
        nic = cls(
            given.name("name"),
            given.path,
            given.choice("state", ("present", "absent"), "present") == "present",
            given.text("network", ""),
            given.choice("binding", BINDINGS, "bridge"),
            given.text("mac", "").lower(),
            given.text("model", ""),
            given.choice("link", ("up", "down"), "up"),
        )
        if nic.present and not nic.network:
            given.at("network").refuse("is required")
        if nic.mac and not _MAC.match(nic.mac):
            given.at("mac").refuse(f"{nic.mac!r} is not a MAC address")
        return nic

    def interface(self) -> Json:
        state = "down" if self.link == "down" else None
        return {"name": self.name, self.binding: {}, **prune(macAddress=self.mac, model=self.model, state=state)}

    def net(self) -> Json:
        return {"name": self.name, "multus": {"networkName": self.network}}


@dataclass(frozen=True)
class Volume:
    """A wanted volume of a claim or a DataVolume; for one that is to go its name is enough."""

    name: str
    path: Path
    present: bool = True
    claim: str = ""
    data_volume: str = ""
    bus: str = "scsi"
    serial: str = ""

    @classmethod
    def parse(cls, given: Given) -> Volume:
        volume = cls(
            given.name("name"),
            given.path,
            given.choice("state", ("present", "absent"), "present") == "present",
            given.text("claim", ""),
            given.text("data_volume", ""),
            given.choice("bus", BUSES, "scsi"),
            given.text("serial", ""),
        )
        if volume.present and bool(volume.claim) == bool(volume.data_volume):
            given.refuse("needs exactly one of claim and data_volume")
        return volume

    def source(self) -> Json:
        """As virt-api writes it: what is plugged can be unplugged."""
        if self.data_volume:
            return {"dataVolume": {"name": self.data_volume, "hotpluggable": True}}
        return {"persistentVolumeClaim": {"claimName": self.claim, "hotpluggable": True}}

    def disk(self) -> Json:
        return {"name": self.name, "disk": {"bus": self.bus}, **prune(serial=self.serial)}

    def verb(self) -> tuple[str, Json]:
        """The subresource of the machine, and its body."""
        if not self.present:
            return "removevolume", {"name": self.name}
        return "addvolume", {"name": self.name, "disk": self.disk(), "volumeSource": self.source()}


@dataclass(frozen=True)
class Wanted:
    """What is to be plugged into one machine, and pulled out of it."""

    name: str
    path: Path
    nics: tuple[Nic, ...] = ()
    volumes: tuple[Volume, ...] = ()

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        nics, volumes = given.each("interfaces", Nic.parse), given.each("volumes", Volume.parse)
        if not nics and not volumes:
            given.refuse("name at least one of interfaces and volumes")
        for things in (nics, volumes):
            _no_twins(things)
        return cls(given.name("name"), given.path, nics, volumes)

    @property
    def place(self) -> Place:
        return Place(self.path, _OPTIONS)

    def refers(self, namespace: str) -> Json:
        """A machine of nothing but what this refers to, item by item as it was given."""
        networks = [nic.net() if nic.present else {"name": nic.name} for nic in self.nics]
        volumes = [{"name": v.name, **(v.source() if v.present else {})} for v in self.volumes]
        meta = {"name": self.name, "namespace": namespace}
        return {"metadata": meta, "spec": {"template": {"spec": {"networks": networks, "volumes": volumes}}}}


def _no_twins(things: Sequence[Nic] | Sequence[Volume]) -> None:
    seen: set[str] = set()
    for each in things:
        if each.name in seen:
            raise InvalidInput(f"{each.name} was named before", path=(*each.path, "name"))
        seen.add(each.name)


@dataclass(frozen=True)
class Plug:
    """What is to be done to one machine: changes, the new lists of its template (None: as they are), and verbs.

    ``networks`` is set where an existing interface gets another network, which takes a migration.
    """

    seen: Seen
    wanted: Wanted
    changes: tuple[Change, ...] = ()
    template: Json = None
    verbs: tuple[tuple[str, Json], ...] = ()

    @property
    def running(self) -> bool:
        """Whether there is a guest to plug into."""
        return runs(self.seen)


@dataclass
class _Draft:
    """The lists of a template, being rewritten."""

    seen: Seen
    interfaces: list[Json]
    networks: list[Json]
    changes: list[Change] = field(default_factory=list)

    def told(self, action: str, path: Path, before: Json, after: Json, impact: Impact = Impact.NONE) -> None:
        self.changes.append(Change(action, self.seen.label, path, before, after, impact))


def runs(seen: Seen) -> bool:
    """Whether the machine has a guest, and it is not about to end."""
    return seen.phase not in (*FINAL, "") and not seen.leaving


def plan(seen: Seen, wanted: Wanted, *, volumes_work: bool) -> Plug:
    """What is to be done; raises what KubeVirt would refuse, or take and never do."""
    draft = _Draft(seen, list(dig(seen.vm, (*_DEVICES, "interfaces")) or []), list(_networks(seen.vm)))
    before = (list(draft.interfaces), list(draft.networks))
    if any(nic.present for nic in wanted.nics):
        _name_default(draft, wanted)
    for nic in wanted.nics:
        (_plug if nic.present else _unplug)(draft, nic)
    changed = (draft.interfaces, draft.networks) != before
    template = {"networks": draft.networks, "domain": {"devices": {"interfaces": draft.interfaces}}}
    volumes = list(_volumes(draft, wanted))
    if volumes and not volumes_work:
        hint = "switch one of the feature gates HotplugVolumes and DeclarativeHotplugVolumes on"
        raise Unsupported("KubeVirt plugs no volumes here", object=seen.label, path=volumes[0].path, hint=hint)
    verbs = tuple(volume.verb() for volume in volumes)
    return Plug(seen, wanted, tuple(draft.changes), template if changed else None, verbs)


def _name_default(draft: _Draft, wanted: Wanted) -> None:
    """A template without interfaces gets the pod network by itself, and no longer once it has one: so that is named as
    the guest has it (autoattachPodInterface; pkg/defaults SetDefaultNetworkInterface).
    """
    if draft.interfaces or dig(draft.seen.vm, (*_DEVICES, "autoattachPodInterface")) is False:
        return
    nics = dig(draft.seen.vmi, ("spec", "domain", "devices", "interfaces")) or []
    nets = dig(draft.seen.vmi, ("spec", "networks")) or []
    if not nics:
        why = "its template names no interface, and would lose the pod network that it gets by itself"
        hint = "name that interface in the template, or plug while the guest runs"
        raise Precondition(why, object=draft.seen.label, path=(*wanted.path, "interfaces"), hint=hint)
    for number, (nic, net) in enumerate(zip(nics, nets, strict=False)):
        draft.told("update", (*_SPEC, "networks", number), None, net)
        draft.told("update", (*_DEVICES, "interfaces", number), None, nic)
    draft.interfaces.extend(nics)
    draft.networks.extend(nets)


def _networks(vm: Json) -> list[Json]:
    return dig(vm, (*_SPEC, "networks")) or []


def _index(things: Sequence[Json], name: str) -> int | None:
    return next((number for number, each in enumerate(things) if each.get("name") == name), None)


def _plug(draft: _Draft, nic: Nic) -> None:
    at, net = _index(draft.interfaces, nic.name), _index(draft.networks, nic.name)
    if at is None or net is None:
        draft.told("plug", (*_SPEC, "networks", len(draft.networks)), None, nic.net())
        draft.told("plug", (*_DEVICES, "interfaces", len(draft.interfaces)), None, nic.interface())
        draft.networks.append(nic.net())
        draft.interfaces.append(nic.interface())
        return
    _same_nic(draft, nic, draft.interfaces[at], draft.networks[net])
    _rewire(draft, nic, net)
    _relink(draft, nic, at)


def _same_nic(draft: _Draft, nic: Nic, found: Json, net: Json) -> None:
    """What cannot be changed in an interface that is plugged in."""
    if "multus" not in net:
        raise InvalidInput(f"{nic.name} is on the pod network, which is not plugged", path=nic.path)
    if found.get("state") == "absent":
        why = f"{nic.name} is being unplugged"
        raise Precondition(why, object=draft.seen.label, path=nic.path, hint="again when it is gone", retryable=True)
    wanted = {"binding": nic.binding, "mac": nic.mac, "model": nic.model}
    there = {
        "binding": next((each for each in BINDINGS if each in found), "another one"),
        "mac": str(found.get("macAddress", "")).lower(),
        "model": found.get("model", ""),
    }
    for option, value in wanted.items():
        if value and value != there[option]:
            why = f"{nic.name} is plugged in with {there[option] or 'none'}: unplug it, and plug it in anew"
            raise InvalidInput(why, path=(*nic.path, option), object=draft.seen.label)


def _rewire(draft: _Draft, nic: Nic, net: int) -> None:
    """Another network behind the same interface: the guest notices nothing but its migration (LiveUpdateNADRef)."""
    multus = draft.networks[net]["multus"]
    if multus.get("networkName") != nic.network:
        path = (*_SPEC, "networks", net, "multus", "networkName")
        draft.told("update", path, multus.get("networkName"), nic.network)
        draft.networks[net] = {**draft.networks[net], "multus": {**multus, "networkName": nic.network}}


def _relink(draft: _Draft, nic: Nic, at: int) -> None:
    state = draft.interfaces[at].get("state")
    if (state == "down") != (nic.link == "down"):
        impact = Impact.OUTAGE if nic.link == "down" else Impact.NONE
        draft.told("update", (*_DEVICES, "interfaces", at, "state"), state, nic.link, impact)
        draft.interfaces[at] = {**draft.interfaces[at], "state": nic.link}


def _unplug(draft: _Draft, nic: Nic) -> None:
    at, net = _index(draft.interfaces, nic.name), _index(draft.networks, nic.name)
    if at is None or net is None:
        return
    found = draft.interfaces[at]
    if "multus" not in draft.networks[net]:
        raise InvalidInput(f"{nic.name} is on the pod network, which is not unplugged", path=nic.path)
    if found.get("state") == "absent":
        return  # under way
    if runs(draft.seen) and "bridge" not in found:
        why = f"{nic.name} is no bridge interface, and only those are unplugged from a guest that runs"
        raise Unsupported(why, object=draft.seen.label, path=nic.path, hint="stop the machine first")
    draft.told("unplug", (*_SPEC, "networks", net), draft.networks[net], None, Impact.OUTAGE)
    draft.told("unplug", (*_DEVICES, "interfaces", at), found, None, Impact.OUTAGE)
    if runs(draft.seen):
        draft.interfaces[at] = {**found, "state": "absent"}
    else:
        del draft.interfaces[at], draft.networks[net]


def _volumes(draft: _Draft, wanted: Wanted) -> Iterator[Volume]:
    """Those for which virt-api has to be asked, in the order given."""
    there = list(dig(draft.seen.vm, (*_SPEC, "volumes")) or [])
    disks = list(dig(draft.seen.vm, (*_DEVICES, "disks")) or [])
    for volume in wanted.volumes:
        request = _requested(draft.seen, volume.name)
        if request is not None:
            _under_way(draft, volume, request)
        elif volume.present and _is_new(draft, volume, there, disks):
            draft.told("plug", (*_SPEC, "volumes", len(there)), None, {"name": volume.name, **volume.source()})
            draft.told("plug", (*_DEVICES, "disks", len(disks)), None, volume.disk())
            there.append({"name": volume.name, **volume.source()})
            disks.append(volume.disk())
            yield volume
        elif not volume.present and _pulled(draft, volume, there, disks):
            yield volume


def _requested(seen: Seen, name: str) -> str | None:
    """What virt-controller is still to do about a volume of that name: ``add`` or ``remove``."""
    for request in dig(seen.vm, ("status", "volumeRequests")) or []:
        for kind in ("add", "remove"):
            if dig(request, (f"{kind}VolumeOptions", "name")) == name:
                return kind
    return None


def _under_way(draft: _Draft, volume: Volume, request: str) -> None:
    if (request == "add") != volume.present:
        why = f"{volume.name} is being {'plugged in' if request == 'add' else 'unplugged'}"
        raise Precondition(why, object=draft.seen.label, path=volume.path, retryable=True)


def _is_new(draft: _Draft, volume: Volume, there: Sequence[Json], disks: Sequence[Json]) -> bool:
    wanted = volume.claim or volume.data_volume
    for found in there:
        source = dig(found, ("persistentVolumeClaim", "claimName")) or dig(found, ("dataVolume", "name"))
        if found["name"] == volume.name:
            if source != wanted:
                why = f"{volume.name} is of {source or 'another source'}: unplug it first"
                raise InvalidInput(why, path=volume.path, object=draft.seen.label)
            _same_disk(draft, volume, disks)
            return False
        if source == wanted:
            why = f"{wanted} is plugged in already, as {found['name']}"
            raise InvalidInput(why, path=volume.path, object=draft.seen.label)
    return True


def _same_disk(draft: _Draft, volume: Volume, disks: Sequence[Json]) -> None:
    disk: Json = next((each for each in disks if each.get("name") == volume.name), {})
    bus = dig(disk, ("disk", "bus"))
    if bus and bus != volume.bus:
        why = f"{volume.name} is plugged in by {bus}: unplug it, and plug it in anew"
        raise InvalidInput(why, path=(*volume.path, "bus"), object=draft.seen.label)


def _pulled(draft: _Draft, volume: Volume, there: list[Json], disks: list[Json]) -> bool:
    at, disk = _index(there, volume.name), _index(disks, volume.name)
    if at is None:
        return False
    found = there[at]
    if not any(dig(found, (kind, "hotpluggable")) for kind in ("dataVolume", "persistentVolumeClaim")):
        why = f"Unable to remove volume [{volume.name}] because it is not hotpluggable"
        raise Precondition(why, object=draft.seen.label, path=volume.path, hint="it was not plugged in")
    draft.told("unplug", (*_SPEC, "volumes", at), found, None, Impact.OUTAGE)
    if disk is not None:
        draft.told("unplug", (*_DEVICES, "disks", disk), disks[disk], None, Impact.OUTAGE)
        del disks[disk]
    del there[at]
    return True


def findings(wanted: Sequence[Wanted]) -> Iterator[Finding]:
    """Machines that were named twice."""
    seen: set[str] = set()
    for each in wanted:
        if each.name in seen:
            yield Finding((*each.path, "name"), f"{each.name} was named before")
        seen.add(each.name)
