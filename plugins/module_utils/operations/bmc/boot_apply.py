# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out what one server is to find at its next start, and looking whether the BMC did it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ...clients.redfish.client import Redfish
from ...core.clock import Deadline
from ...core.error import NfviError, Precondition, Timeout
from ...core.mode import Mode
from ...core.path import Json, dig
from .bios import Bios, read_bios, same, write_bios
from .boot_plan import CD, ONCE, Seen, Step, Todo, Work
from .boot_wanted import Media, Wanted
from .media import Drive
from .override import set_override
from .patience import Patience

# TaskState of the schema Task, when it has not done what it was for.
_FAILED = ("Exception", "Killed", "Cancelled")


@dataclass(frozen=True)
class Done:
    """A server afterwards, and warnings."""

    seen: Seen
    warnings: tuple[str, ...] = ()


def carry_out(work: Work, redfish: Redfish, wanted: Wanted, mode: Mode) -> Done:
    """Do the steps. An error says which actions had been carried out."""
    server = Server(work, redfish, wanted, mode, Deadline.after(mode.clock, wanted.wait_timeout))
    seen = work.after
    warnings: list[str] = []
    done: list[str] = []
    try:
        for todo in work.todo:
            if todo.step is Step.BIOS and work.before.bios:
                seen = replace(seen, bios=server.set_bios(work.before.bios, todo.values or {}, warnings))
            else:
                warnings.extend(server.do(todo))
            done.extend(str(change) for change in todo.changes)
    except NfviError as error:
        error.about(work.bmc.object, path=work.bmc.path).after(done)
        raise
    return Done(seen, tuple(warnings))


@dataclass(frozen=True)
class Server:
    """One server while it is worked on."""

    work: Work
    redfish: Redfish
    wanted: Wanted
    mode: Mode
    deadline: Deadline

    def do(self, todo: Todo) -> Iterator[str]:
        """A step with the drives or the boot source; yields warnings."""
        media = self.wanted.media
        if todo.step is Step.EJECT and todo.drive is not None:
            self.eject(todo.drive)
        elif todo.step is Step.INSERT and todo.drive is not None and media is not None:
            yield from self.insert(todo.drive, media)
        elif todo.step is Step.BOOT:
            yield from self.set_boot()

    def set_boot(self) -> Iterator[str]:
        """The next start is from the medium. Without that the medium goes as well, so that the next call does both."""
        try:
            yield from set_override(self.redfish, self.work.before.system.path, CD, ONCE, self.work.bmc.object)
        except NfviError:
            for todo in self.work.todo:
                if todo.step is Step.INSERT and todo.drive is not None:
                    self.eject(todo.drive)
            raise

    def eject(self, drive: Drive) -> None:
        """Empty a drive and wait until it is."""
        if drive.eject_path:
            task = self.redfish.post(drive.eject_path, {})
        else:
            task = self._patch(drive, {"Image": None, "Inserted": False})
        self._await(drive, task, inserted=False)

    def insert(self, drive: Drive, media: Media) -> Iterator[str]:
        """Put the image in and wait until it is. What the schema has a default for is left out: some refuse it."""
        body: dict[str, Json] = {"Image": media.image}
        if media.username:
            body.update(UserName=media.username, Password=media.password)
        if drive.protocols:
            body["TransferProtocolType"] = media.protocol
        if drive.insert_path:
            task = self.redfish.post(drive.insert_path, body)
        else:
            task = self._patch(drive, {**body, "Inserted": True, "WriteProtected": True})
        kept = self._await(drive, task, inserted=True)
        if kept.image != media.image:
            said = f"says that {kept.image or 'nothing'} is in drive {drive.id}"
            yield f"{self.work.bmc.object}: the BMC took the image and {said}; it will be inserted at every call"

    def set_bios(self, before: Bios, values: Mapping[str, Json], warnings: list[str]) -> Bios:
        """Have attributes taken over; returns how the BIOS stands then. What the BMC hides after that, it warns of."""
        write_bios(before, values, self.redfish)
        shown = read_bios(self.redfish.get(self.work.before.system.path), self.redfish)
        hidden = [name for name, value in values.items() if not same(shown.next(name), value)]
        if hidden:
            names = ", ".join(hidden)
            warnings.append(f"{self.work.bmc.object}: the BMC took {names} and does not show what it will be set to")
        return shown.set({name: values[name] for name in hidden})

    def _patch(self, drive: Drive, body: Json) -> str:
        self.redfish.patch(self.redfish.get(drive.path), body)
        return ""

    def _await(self, drive: Drive, task: str, *, inserted: bool) -> Drive:
        """The drive as it is when it holds something, or nothing; raises `Timeout`, or what the BMC's task says."""
        patience = Patience(self.deadline)
        while True:
            now = Drive.parse(drive.path, self.redfish.get(drive.path).body)
            if now.inserted == inserted:
                return now
            self._check(task)
            if self.deadline.over:
                state = "does not hold the image" if inserted else "is not empty"
                reason = f"virtual drive {drive.id} {state} after {self.wanted.wait_timeout} s"
                raise Timeout(reason, hint="can the BMC itself reach the server that has the image?" * inserted)
            self.mode.progress(f"{self.work.bmc.object}: waiting for virtual drive {drive.id}")
            patience.rest()

    def _check(self, task: str) -> None:
        """Fail with the reasons of a task that has failed."""
        body = self.redfish.get(task).body if task else {}
        if body.get("TaskState") in _FAILED:
            texts = [str(message.get("Message")) for message in body.get("Messages") or [] if message.get("Message")]
            said = " ".join(texts) or str(dig(body, ("TaskStatus",)) or "no reason is told")
            hint = "can the BMC itself reach the server that has the image?"
            raise Precondition(f"the BMC gave up: {said}", hint=hint)
