# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make demo` shows: the whole way on one screen, and nothing to do the second time."""

from __future__ import annotations

import re
import subprocess

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.phases import PHASES

from .conftest import Way
from .site_lab import ROOT, SiteLab


def demo(lab: SiteLab) -> str:
    """hacking/demo on this lab, which it finds running; the inventory that is named last wins."""
    environment = {**lab.environment, "ANSIBLE_COLLECTIONS_PATH": lab.collections, "ANSIBLE_NOCOLOR": "1"}
    command = [ROOT / "hacking" / "demo", "-i", lab.inventory]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.full
def test_the_demo_ends_with_one_screen_and_a_second_one_changes_nothing(way: Way) -> None:
    lab = way.at("empty")
    shown = demo(lab)
    screen = shown[shown.index("--- edge-lab") :]

    assert len(screen.splitlines()) <= 24
    for line in (
        r"^site +edge-lab$",
        rf"^node +e1  127\.{lab.block}\.1\.1  Talos \(v1\.13\.0\)  Kubernetes v1\.36\.\d+$",
        r"^VPC/subnet +ran-up/ran-up-n3  10\.60\.0\.0/24  gateway 10\.60\.0\.1$",
        r"^VNF +fw-demo  VM fw-demo/fw-demo-fw-0 on e1  n3 10\.60\.0\.\d+$",
        *(rf"^{phase} +[\d.]+ s  \d+ changes$" for phase in PHASES),
        r"^stop +make lab-down$",
    ):
        assert re.search(line, screen, re.MULTILINE), (line, screen)
    for program in ("kubectl", "talosctl"):
        assert works(lab, next(line for line in screen.splitlines() if f"/{program} --" in line))

    again = demo(lab)
    assert again.count("changed=0") == 2
    assert lab.server["power"] == "On"


def works(lab: SiteLab, line: str) -> bool:
    """Whether a command of the screen can be copied as it is."""
    command = line.removeprefix("look around").split()
    return subprocess.run(command, env=lab.environment, capture_output=True, check=False, timeout=60).returncode == 0
