# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of the whole site, and the site's way from nothing to the end, gone once and told."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import programs
from tests.lab.conftest import own_block

from .cluster_dump import differences, dump
from .site_lab import CORE, HALF, Rack, Run, SiteLab, until

ALOUD = ("-vvv", "--diff")
# How long controllers may go on after a run that has ended; it waits for all that it asked for, not for what follows.
# A controller manager that lost its API server is started again later and later.
SETTLED_WITHIN = 60.0


@dataclass(frozen=True)
class Stage:
    """The site at one point: what check mode told of it and left behind, and the run that followed."""

    before: dict[str, Any]
    told: Run
    after: dict[str, Any]
    told_writes: list[str]
    done: Run
    done_writes: list[str]


@dataclass
class Way:
    """The lab, and the stages of its site; each is gone through when it is first asked for, then kept by its name."""

    lab: SiteLab
    _state: str = ""

    @functools.cached_property
    def empty(self) -> Stage:
        """From servers that are off to the end, without interruption."""
        self.lab.empty()
        stage = self._stage()
        self.lab.keep("finished")
        return stage

    @functools.cached_property
    def finished(self) -> Stage:
        """A run where there is nothing to do."""
        self.at("finished")
        return self._stage()

    @functools.cached_property
    def half(self) -> Stage:
        """From a site that was stopped after the bootstrap to the end."""
        self.at("half")
        return self._stage()

    @functools.cached_property
    def seconds(self) -> dict[str, float]:
        """How long each phase takes when nothing is in its way."""
        getattr(self, "empty")  # noqa: B009  (made on first use)
        self.at("finished")
        return {entry["phase"]: entry["seconds"] for entry in self.lab.ledger if entry["event"] == "phase finished"}

    @functools.cached_property
    def dumped(self) -> dict[str, str]:
        """All objects of the finished site."""
        self.at("finished")
        return dump(self.lab.kubectl)

    def once(self, state: str) -> SiteLab:
        """The lab in a state, gone back to only when somebody has changed it since; for who changes nothing."""
        return self.lab if self._state == state else self.at(state, changes=False)

    def at(self, state: str, *, changes: bool = True) -> SiteLab:
        """The lab in a state: `empty`, `half` (stopped after the bootstrap) or `finished`."""
        self._state = ""
        if state == "empty":
            self.lab.empty()
            return self.lab
        if not (self.lab.folder / "kept" / state).exists():
            self._make(state)
        self.lab.back_to(state)
        self._state = "" if changes else state
        return self.lab

    def converge(self) -> None:
        """The next run succeeds without help, and what there is then equals an uninterrupted run's."""
        self.lab.run().succeeded()
        found: dict[str, str] = {}

        def same() -> bool:
            found.clear()
            found.update(dump(self.lab.kubectl))
            return found == self.dumped

        with contextlib.suppress(AssertionError):
            until(same, "the same objects", SETTLED_WITHIN)
        assert differences(self.dumped, found) == ""

    def _make(self, state: str) -> None:
        if state == "finished":
            getattr(self, "empty")  # noqa: B009  (made on first use)
            return
        self.lab.empty()
        self.lab.run("--tags", ",".join(HALF)).succeeded()
        self.lab.keep(state)

    def _stage(self) -> Stage:
        lab = self.lab
        before, mark = lab.untouched(), lab.audited
        told = lab.run("--check", *ALOUD)
        after, told_writes, mark = lab.untouched(), lab.writes(mark), lab.audited
        done = lab.run(*ALOUD)
        return Stage(before, told, after, told_writes, done, lab.writes(mark))


@pytest.fixture(scope="session")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """The lab with its site."""
    programs.ensure(programs.OF_A_LAB, print)
    with own_block() as block:
        lab = SiteLab(Path(tmp_path_factory.mktemp("site")), block)
        try:
            yield Way(lab)
        finally:
            lab.close()


@contextlib.contextmanager
def core_lab(folder: Path, kind: Rack = CORE) -> Iterator[SiteLab]:
    """Three servers for a core site and those that the rack has beyond them, switched off."""
    programs.ensure([*programs.OF_A_LAB, "talosctl"], print)
    with own_block() as block:
        lab = SiteLab(folder, block, kind)
        try:
            lab.empty()
            yield lab
        finally:
            lab.close()


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteLab]:
    """Three servers, switched off."""
    with core_lab(Path(tmp_path_factory.mktemp("core"))) as lab:
        yield lab
