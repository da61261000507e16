# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done so that a server finds what it should when it starts next: pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ...core.change import Change
from ...core.error import Unsupported
from ...core.path import Json
from .bios import Bios, same
from .boot_wanted import Media, Wanted
from .media import Drive, chosen, lent
from .registry import UNKNOWN, Registry
from .system import System
from .wanted import Bmc

CD = "Cd"
ONCE = "Once"


class Step(enum.Enum):
    """One thing done to a server. Settings come first: a BMC that refuses them has not changed anything yet."""

    BIOS = "bios"
    EJECT = "eject"
    INSERT = "insert"
    BOOT = "boot"


@dataclass(frozen=True)
class Seen:
    """A server as its BMC shows it, as far as it was asked: ``drives`` and ``bios`` only where they are wanted."""

    system: System
    drives: tuple[Drive, ...] = ()
    bios: Bios | None = None
    registry: Registry = UNKNOWN

    @classmethod
    def assumed(cls, macs: tuple[str, ...]) -> Seen:
        """A server whose BMC is not there yet: off, with an empty drive and unknown settings."""
        return cls(System.assumed(macs), (Drive("cd"),), Bios("", {}, {}))

    @property
    def restart_required(self) -> bool:
        """Something waits for a start."""
        return self.bios is not None and bool(self.bios.pending)


@dataclass(frozen=True)
class Todo:
    """A step, the changes that users read, and what it works on."""

    step: Step
    changes: tuple[Change, ...]
    drive: Drive | None = None
    values: Mapping[str, Json] | None = None


@dataclass(frozen=True)
class Work:
    """A server's part of the plan, and what it is like afterwards."""

    bmc: Bmc
    before: Seen
    after: Seen
    todo: tuple[Todo, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All of them, in order."""
        return tuple(change for todo in self.todo for change in todo.changes)


def plan_boot(bmc: Bmc, wanted: Wanted, seen: Seen) -> Work:
    """The work on one server; raises `InvalidInput`, `Conflict` or `Unsupported` for what it cannot be brought to."""
    work = Work(bmc, seen, seen)
    if wanted.bios is not None and seen.bios is not None:
        work = _bios(work, seen.bios, seen.registry.checked(wanted.bios))
    if wanted.media is not None:
        work = _insertion(work, wanted.media) if wanted.media.inserted else _ejection(work, wanted.media)
    return work


def _bios(work: Work, bios: Bios, values: Mapping[str, Json]) -> Work:
    """Compared is what comes next, not what is in force: a value that waits already is not asked for again."""
    differing = {name: value for name, value in values.items() if not same(bios.next(name), value)}
    if not differing:
        return work
    changes = tuple(
        Change("update", work.bmc.object, ("bios", "pending", name), bios.next(name), value)
        for name, value in differing.items()
    )
    after = replace(work.after, bios=bios.set(differing))
    return replace(work, after=after, todo=(*work.todo, Todo(Step.BIOS, changes, values=differing)))


def _insertion(work: Work, media: Media) -> Work:
    drive = chosen(work.before.drives, media.image)
    fresh = not drive.holds(media.image)
    if fresh and drive.protocols and media.protocol not in drive.protocols:
        reason = f"the BMC does not read images by {media.protocol}; it does by {', '.join(drive.protocols)}"
        raise Unsupported(reason, path=("media", "image"))
    boots = media.boot and (fresh or not work.before.system.runs)
    if boots:  # of several media nobody knows which one firmware takes for the CD
        work = _emptied(work, [other for other in work.before.drives if other.path != drive.path])
    if fresh:
        work = _with_image(work, drive, media.image)
    return _boot(work, fresh) if boots else work


def _ejection(work: Work, media: Media) -> Work:
    return _emptied(work, [drive for drive in work.before.drives if media.image in ("", drive.image)])


def _emptied(work: Work, drives: Iterable[Drive]) -> Work:
    for drive in drives:
        if drive.inserted and drive.shared:
            raise lent(drive)
        if drive.inserted:
            work = _with_image(work, drive, "")
    return work


def _with_image(work: Work, drive: Drive, image: str) -> Work:
    """One change for users, though BMCs want a drive to be empty before something is put into it."""
    change = Change("update", work.bmc.object, ("media", drive.id), drive.image or None, image or None)
    todo = [Todo(Step.EJECT, () if image else (change,), drive)] if drive.inserted else []
    todo += [Todo(Step.INSERT, (change,), drive)] if image else []
    drives = tuple(one.with_image(image) if one.path == drive.path else one for one in work.after.drives)
    return replace(work, after=replace(work.after, drives=drives), todo=(*work.todo, *todo))


def _boot(work: Work, fresh: bool) -> Work:
    """For one start. One that runs with the medium in may have made it already, so it is not told again.

    An override that a BMC keeps for all starts, which some do whatever they are told, will do once it is there.
    """
    system = work.before.system
    if system.boot_targets and CD not in system.boot_targets:
        offered = ", ".join(system.boot_targets)
        raise Unsupported(f"the BMC offers no boot source {CD}; it offers {offered}", path=("media", "boot"))
    changes = tuple(_boot_changes(work.bmc, system))
    if not changes or (not fresh and system.boot == CD and system.enabled != "Disabled"):
        return work
    after = replace(work.after, system=replace(system, boot=CD, enabled=ONCE))
    return replace(work, after=after, todo=(*work.todo, Todo(Step.BOOT, changes)))


def _boot_changes(bmc: Bmc, system: System) -> Iterator[Change]:
    pairs = {"source": (system.boot, CD), "enabled": (system.enabled, ONCE)}
    for key, (before, after) in pairs.items():
        if before != after:
            yield Change("update", bmc.object, ("boot", key), before, after)
