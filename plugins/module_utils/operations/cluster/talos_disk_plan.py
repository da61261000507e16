# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which disks may be wiped and which need not be: decided from what Talos says of them, without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...core.change import Change
from ...core.error import Finding, InvalidInput, Precondition
from ...core.given import Given
from ...core.path import Json, Path
from .talos_nodes import label

# What talosctl calls the ways to wipe (BlockDeviceWipeDescriptor.Method of api/storage/storage.proto).
METHODS = {"fast": "FAST", "zeroes": "ZEROES"}
_DEV = "/dev/"


@dataclass(frozen=True)
class Wanted:
    """Disks by name (``sdb``), by path or by one of their links, each with its place in the user's input."""

    disks: tuple[tuple[str, Path], ...]
    method: str

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From ``disks`` and ``method``."""
        items = given.items("disks")
        if not items:
            given.at("disks").refuse("no disk is named")
        return cls(tuple((str(item.value), item.path) for item in items), given.choice("method", METHODS, "fast"))


@dataclass(frozen=True)
class Disk:
    """One disk: ``signature`` is what it begins with (gpt, xfs, …), empty when Talos finds nothing; ``partitions`` are
    those on it, ``users`` who has it in use, ``barred`` why it cannot be wiped at all.
    """

    name: str
    model: str = ""
    serial: str = ""
    size: int = 0
    signature: str = ""
    partitions: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    barred: str = ""
    links: tuple[str, ...] = field(default=(), repr=False)

    @property
    def clean(self) -> bool:
        """Whether Talos finds nothing on it; what lies behind the first sectors nobody knows."""
        return not self.signature and not self.partitions

    def called(self, name: str) -> bool:
        """Whether the name is one of its own."""
        return name in (self.name, _DEV + self.name, *self.links)


def disks(
    found: Mapping[str, Json], system: str | None, discovered: Mapping[str, Json], volumes: Mapping[str, Json]
) -> list[Disk]:
    """The disks in the specs of Disks, DiscoveredVolumes and VolumeStatuses, by id; ``system`` is SystemDisks' id."""
    return [
        Disk(
            name,
            model=str(spec.get("model") or ""),
            serial=str(spec.get("serial") or ""),
            size=int(spec.get("size") or 0),
            signature=str((discovered.get(name) or {}).get("name") or ""),
            partitions=tuple(sorted(part for part, each in discovered.items() if each.get("parent") == name)),
            users=tuple(_users(name, found, discovered, volumes)),
            barred=_barred(spec, system=name == system),
            links=tuple(spec.get("symlinks") or ()),
        )
        for name, spec in sorted(found.items())
    ]


def _barred(spec: Mapping[str, Json], *, system: bool) -> str:
    if system:
        return "is the system disk"
    if spec.get("readonly"):
        return "is read-only"
    return "is a CD-ROM" if spec.get("cdrom") else ""


def _users(
    name: str, found: Mapping[str, Json], discovered: Mapping[str, Json], volumes: Mapping[str, Json]
) -> Iterator[str]:
    """As the server looks for them (internal/app/storaged of siderolabs/talos): volumes on the disk or on one of its
    partitions, and other disks that are made of it (RAID, LVM).
    """
    devices = {_DEV + name, *(_DEV + part for part, each in discovered.items() if each.get("parent") == name)}
    for volume, spec in sorted(volumes.items()):
        if devices & {spec.get(key) for key in ("location", "mountLocation", "parentLocation")}:
            yield f"volume {volume}"
    for other, spec in sorted(found.items()):
        if name in (spec.get("secondary_disks") or ()):
            yield f"disk {other}"


def chosen(wanted: Wanted, address: str, there: Sequence[Disk]) -> list[Disk]:
    """The disks meant on one machine, each once; raises for what is not there, or must not be wiped."""
    meant = [_chosen(name, path, address, there) for name, path in wanted.disks]
    return list(dict.fromkeys(meant))


def _chosen(name: str, path: Path, address: str, there: Sequence[Disk]) -> Disk:
    disk = next((each for each in there if each.called(name)), None)
    if disk is None:
        known = ", ".join(each.name for each in there)
        raise InvalidInput(f"there is no disk {name}", object=label(address), path=path, hint=f"it has {known}")
    if disk.barred:
        raise InvalidInput(f"disk {disk.name} {disk.barred}", object=label(address), path=path)
    if disk.users:
        reason = f"disk {disk.name} is in use by {', '.join(disk.users)}"
        raise Precondition(reason, object=label(address), path=path, hint="remove what uses it first")
    return disk


def plan_wipe(wanted: Wanted, address: str, meant: Sequence[Disk]) -> dict[str, Change]:
    """The changes on one machine, by disk. A clean disk looks the same after ``fast``; whether one was ever overwritten
    with zeroes nobody can tell, so that ``zeroes`` is done every time.
    """
    fast = wanted.method == "fast"
    return {disk.name: _change(disk, address, fast=fast) for disk in meant if not (fast and disk.clean)}


def _change(disk: Disk, address: str, *, fast: bool) -> Change:
    action, target = "wipe" if fast else "overwrite", f"disk {disk.name} of {label(address)}"
    content = ", ".join(part for part in (disk.signature, *disk.partitions) if part)
    return Change(action, target, ("content",), content, None) if content else Change(action, target)


def unconfirmed(changes: Sequence[Change]) -> list[Finding]:
    """What is said when nobody confirmed that data may be lost."""
    lost = "; ".join(str(change) for change in changes)
    return [Finding(("confirm",), f"data would be lost for good: {lost}")] if changes else []
