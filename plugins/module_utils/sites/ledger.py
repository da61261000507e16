# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run ledger: what a run did, one JSON line an event, appended and never rewritten."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Entry = dict[str, Any]

FILE = "ledger.jsonl"


def now() -> datetime:
    """The time in UTC; ledgers are read by people, so it is the wall clock's."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """ISO 8601 with milliseconds."""
    return moment.isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Ledger:
    """The ledger of one run, in a folder of its own."""

    folder: pathlib.Path

    @classmethod
    def begin(cls, runs: pathlib.Path, moment: datetime, pid: int) -> Ledger:
        """A new folder ``<UTC time>-<pid>``, so that folders sort by time."""
        folder = runs / f"{moment:%Y%m%dT%H%M%SZ}-{pid}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(folder)

    def write(self, event: str, moment: datetime, **fields: Any) -> None:
        """Append one event; it is on the disk when this returns."""
        line = json.dumps({"time": stamp(moment), "event": event, **fields}, ensure_ascii=False) + "\n"
        descriptor = os.open(self.folder / FILE, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def entries(self) -> list[Entry]:
        """All events so far; none when there is no ledger. A line that a dying process did not finish is left out."""
        try:
            text = (self.folder / FILE).read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return list(_parsed(text))


def last(runs: pathlib.Path) -> Ledger | None:
    """The ledger of the latest run, if there was any."""
    folders = sorted(folder for folder in runs.glob("*") if (folder / FILE).is_file())
    return Ledger(folders[-1]) if folders else None


def seconds_since(entry: Entry, moment: datetime) -> float:
    """Seconds from an event to ``moment``."""
    return round((moment - datetime.fromisoformat(entry["time"])).total_seconds(), 3)


def open_phase(entries: list[Entry]) -> Entry | None:
    """The event by which the phase started that has not ended yet."""
    started = next((entry for entry in reversed(entries) if str(entry["event"]).startswith("phase ")), None)
    return started if started is not None and started["event"] == "phase started" else None


def recorded_actions(entries: list[Entry]) -> int:
    """How many actions stand in the ledger so far."""
    return sum(len(entry.get("actions", [])) for entry in entries)


def _parsed(text: str) -> Iterator[Entry]:
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        yield entry
