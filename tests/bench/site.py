# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole site with nothing to do: what `site.yml` costs beyond starting ansible-playbook, and where it goes.

The site is the lab's, finished, in a lab of the benchmark's own; its inventory is expanded in both plays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .measure import Failed
from .rack import lab
from .workplace import ROOT, Workplace, changes

NAME, BLOCK = "bench", 93
SITE = "edge-lab"
_OWN, _DEMO = f"127.{BLOCK}.", "127.55."


@dataclass
class Site:
    """Seconds of each run of the whole playbook and of the empty play; seconds of each phase by the run's ledger."""

    whole: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)
    phases: dict[str, list[float]] = field(default_factory=dict)

    @property
    def beyond(self) -> list[float]:
        """Seconds beyond ansible-playbook's own start-up."""
        return [whole - empty for whole, empty in zip(self.whole, self.empty, strict=True)]


def measure(workplace: Workplace, rounds: int, say: Callable[[str], None]) -> Site:
    """Make the site once, then run it again and again."""
    inventory = _write_site(workplace)
    empty = workplace.play("start-up", [], hosts="nfvi_sites")
    measured = Site()
    with lab(workplace, NAME, BLOCK):
        made = workplace.playbook("kubevim.nfvi.site", inventory=inventory)
        say(f"the site was made in {made.seconds:.0f} s")
        for number in range(rounds):
            done = workplace.playbook("kubevim.nfvi.site", inventory=inventory)
            if changes(done):
                raise Failed(f"the finished site was changed:\n{done.output}")
            measured.whole.append(done.seconds)
            measured.empty.append(workplace.playbook(empty, inventory=inventory).seconds)
            for phase, seconds in _ledger(workplace):
                measured.phases.setdefault(phase, []).append(seconds)
            say(f"nothing to do, round {number + 1} of {rounds}: {measured.beyond[-1]:.1f} s beyond an empty play")
    return measured


def _write_site(workplace: Workplace) -> Path:
    """The demo's site in the benchmark's own block of addresses, with the tables of the checkout."""
    demo = (ROOT / "sites" / f"{SITE}.yml").read_text()
    mac = "02:7f:{:02x}:"
    site = demo.replace(_DEMO, _OWN).replace(mac.format(55), mac.format(BLOCK)).replace("-lab/demo/", f"-lab/{NAME}/")
    workplace.write(f"{SITE}.yml", site)
    tables = {key: str(ROOT / "sites" / key) for key in ("hardware_types", "releases", "packages")}
    plugin = {"plugin": "kubevim.nfvi.nfvi", "sites": [f"{SITE}.yml"], **tables}
    return workplace.write("nfvi.yml", json.dumps(plugin))


def _ledger(workplace: Workplace) -> Iterator[tuple[str, float]]:
    """Phase and seconds of the latest run."""
    runs = (workplace.folder / "state" / "kubevim-nfvi" / SITE / "runs").glob("*/ledger.jsonl")
    for line in max(runs).read_text().splitlines():
        entry = json.loads(line)
        if entry["event"] == "phase finished":
            yield entry["phase"], entry["seconds"]
