# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed at any moment leaves a site that the next run brings to the very same end.

The moments are drawn by lot; `NFVI_SEED=<number>` repeats those of a run that printed it.
"""

from __future__ import annotations

import os
import random
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.phases import PHASES

from .conftest import Way
from .site_lab import HALF, SiteLab, until

SEED = int(os.environ.get("NFVI_SEED") or random.SystemRandom().randrange(10**6))
# A machine that is faster than when the phase was timed may be past it: then it is killed earlier.
ATTEMPTS = 3


@dataclass(frozen=True)
class Kill:
    """When the run is killed: in this phase, after this share of the time that the phase usually takes."""

    number: int
    phase: str
    share: float

    def __str__(self) -> str:
        return f"NFVI_SEED={SEED} kill {self.number}: {self.phase} at {self.share:.0%}"


def kills(number: int) -> list[Kill]:
    """Phases by lot, no other twice before every one has had its turn. The share stays away from a phase's end."""
    chance = random.Random(f"{SEED} {number}")
    rounds = [chance.sample(PHASES, len(PHASES)) for start in range(0, number, len(PHASES))]
    phases = [phase for turn in rounds for phase in turn]
    return [Kill(index, phase, chance.uniform(0, 0.7)) for index, phase in enumerate(phases[:number], 1)]


FEW = [pytest.param(kill, id=f"few-{kill.number}") for kill in kills(2)]
MANY = [pytest.param(kill, id=f"many-{kill.number}", marks=pytest.mark.full) for kill in kills(len(PHASES) + 2)]


@pytest.mark.parametrize("kill", [*FEW, *MANY])
def test_the_next_run_converges(way: Way, kill: Kill) -> None:
    print(kill)
    seconds = way.seconds[kill.phase]
    for attempt in range(ATTEMPTS):
        lab = way.at("empty" if kill.phase in HALF else "half")
        interrupt(lab, kill.phase, kill.share * seconds / 2**attempt)
        if lab.phase == kill.phase:
            break
    assert lab.phase == kill.phase, lab.ledger
    way.converge()
    assert lab.run().succeeded().changed == 0


def interrupt(lab: SiteLab, phase: str, seconds: float) -> None:
    """Run the site, and kill the whole process group so long after this phase has begun to work."""
    playbook = lab.start()
    playbook.until_task(f"kubevim.nfvi.{phase} : ")
    playbook.kill(after=seconds)
    killed = playbook.finish()
    assert killed.returncode == -signal.SIGKILL, killed.output
    until(lambda: not workers(lab.folder), "the end of all workers", 5)


def workers(folder: Path) -> list[str]:
    """Processes that still work on the site: ansible-playbook's, and what it started."""
    mark, found = str(folder / "inventories").encode(), []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (path / "cmdline").read_bytes():
                found.append(path.name)
        except OSError:
            continue  # it has just ended
    return found
