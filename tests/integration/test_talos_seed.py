# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds as programs that are not ours read them: isoinfo of cdrkit, and the kernel's own idea of a label by blkid."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules import talos_seed

from .bmc_rack import WAYS, played
from .programs_of_the_host import needs

E1 = {"name": "e1", "macs": ["02:00:00:00:00:01"], "address": "10.20.30.11/24", "gateway": "10.20.30.1"}
E2 = {"name": "e2", "macs": ["02:00:00:00:00:02"]}

# Programs that the other tests do without.
pytestmark = pytest.mark.full


@pytest.fixture(autouse=True)
def _programs() -> None:
    needs("xorriso", "isoinfo", "blkid")


def call(folder: Path, *, check: bool = False, **change: Any) -> dict[str, Any]:
    options = {"folder": str(folder), "machines": [E1, E2], **change}
    return run_in_worker(talos_seed.CALL, options, environment={}, check=check, diff=True, progress=lambda _line: None)


def isoinfo(image: Path, *arguments: str) -> str:
    return subprocess.run(["isoinfo", "-i", image, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("way", WAYS)
def test_every_machine_finds_its_own_name_and_network(tmp_path: Path, way: dict[str, Any]) -> None:
    seeds = tmp_path / "seeds"
    told = call(seeds, check=True)
    assert not seeds.exists()
    options = {"folder": str(seeds), "machines": [E1, E2]}
    played([{"kubevim.nfvi.talos_seed": options, "register": "done", **way}], tmp_path)
    assert told["actions"] == [f"create file {seeds}/e1.iso", f"create file {seeds}/e2.iso"]

    for tree in ("-J", "-R"):
        assert isoinfo(seeds / "e1.iso", tree, "-f").split() == ["/meta-data", "/network-config"]
    assert yaml.safe_load(isoinfo(seeds / "e1.iso", "-R", "-x", "/meta-data"))["hostname"] == "e1"
    network = yaml.safe_load(isoinfo(seeds / "e1.iso", "-R", "-x", "/network-config"))
    assert network["ethernets"]["eth0"]["addresses"] == ["10.20.30.11/24"]
    blkid = ["blkid", "-p", "-o", "value", "-s", "LABEL", seeds / "e2.iso"]
    label = subprocess.run(blkid, capture_output=True, check=True)
    assert label.stdout == b"cidata\n"

    assert not call(seeds)["changed"]


def test_one_that_changes_is_written_anew_and_none_of_the_others(tmp_path: Path) -> None:
    call(tmp_path)
    other = {**E1, "address": "10.20.30.99/24"}
    assert call(tmp_path, machines=[other, E2])["actions"] == [f"update file {tmp_path}/e1.iso"]
    assert "10.20.30.99/24" in isoinfo(tmp_path / "e1.iso", "-R", "-x", "/network-config")


def test_they_go_and_strangers_stay(tmp_path: Path) -> None:
    call(tmp_path)
    (tmp_path / "e3.iso").write_text("of somebody else\n")
    told = call(tmp_path, state="absent", check=True)["actions"]
    assert call(tmp_path, state="absent")["actions"] == told
    assert [entry.name for entry in tmp_path.iterdir()] == ["e3.iso"]
    assert not call(tmp_path, state="absent")["changed"]


@pytest.mark.parametrize(
    ("machines", "path"),
    [
        ([{"name": "e1", "macs": []}], "machines[0].macs"),
        ([{"name": "../e1", "macs": E1["macs"]}], "machines[0].name"),
        ([E1, {**E2, "macs": E1["macs"]}], "machines[1].macs"),
    ],
)
def test_a_machine_that_could_not_be_known_is_refused(tmp_path: Path, machines: list[Any], path: str) -> None:
    error = call(tmp_path, machines=machines)["error"]
    assert (error["kind"], path in str(error)) == ("invalid_input", True), error
