# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A core site: three control-plane nodes behind one address. talosctl and kubectl say what came out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import programs
from tests.lab.conftest import own_block

from .site_lab import CORE, SiteLab

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteLab]:
    """Three servers, switched off."""
    programs.ensure([*programs.OF_A_LAB, "talosctl"], print)
    with own_block() as block:
        lab = SiteLab(Path(tmp_path_factory.mktemp("core")), block, CORE)
        try:
            lab.empty()
            yield lab
        finally:
            lab.close()


def talosctl(lab: SiteLab, *arguments: str) -> str:
    """The real one, with the talosconfig that the site keeps."""
    command = [programs.path("talosctl"), f"--talosconfig={lab.state}/talosconfig", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_three_nodes_become_one_cluster_behind_one_address(core: SiteLab) -> None:
    told = core.run("--check", "--diff").succeeded().actions
    assert core.run().succeeded().actions == told

    members = talosctl(core, "-n", f"127.{core.block}.1.2", "etcd", "members").splitlines()[1:]
    assert sorted(line.split()[2] for line in members) == ["c1", "c2", "c3"]
    assert all(line.endswith("false") for line in members)  # none is a learner
    nodes = json.loads(core.kubectl("get", "nodes", "-o", "json"))["items"]
    ready = {n["metadata"]["name"]: {c["type"]: c["status"] for c in n["status"]["conditions"]}["Ready"] for n in nodes}
    assert ready == {"c1": "True", "c2": "True", "c3": "True"}
    server = core.kubectl("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")
    assert server == f"https://127.{core.block}.0.10:6443"


def test_a_second_run_has_nothing_to_do(core: SiteLab) -> None:
    mark = core.audited
    assert core.run().succeeded().changed == 0
    assert core.writes(mark) == []
