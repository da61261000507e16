# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's command line, as a user meets it: whole processes, real ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import until

ROOT = Path(__file__).parents[2]


class Lab:
    """One lab, driven by its command line alone."""

    def __init__(self, folder: Path, block: int) -> None:
        self.state = folder / "kubevim-nfvi-lab" / "cli"
        self.block = block
        self._environment = {**os.environ, "XDG_STATE_HOME": str(folder)}

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, str(ROOT / "extensions" / "lab"), command, "--name", "cli", *arguments]
        return subprocess.run(line, env=self._environment, capture_output=True, text=True, timeout=120, check=False)

    def up(self, *arguments: str) -> str:
        done = self.run("up", "--block", str(self.block), *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return answer


@pytest.fixture
def lab(tmp_path: Path, block: int, lab_programs: dict[str, Path]) -> Iterator[Lab]:
    """A lab that is down; taken down afterwards."""
    made = Lab(tmp_path, block)
    yield made
    made.run("down")


def listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


def test_up_twice_status_and_down(lab: Lab) -> None:
    assert f"127.{lab.block}.2.1:8443" in lab.up()
    assert listens(f"127.{lab.block}.2.1", 8443)
    assert "already up" in lab.up()

    status = lab.status()
    assert status["running"] is True
    assert [(s["name"], s["power"], s["stage"]) for s in status["servers"]] == [("s1", "Off", "off")]

    assert lab.run("down").returncode == 0
    assert not listens(f"127.{lab.block}.2.1", 8443)
    assert not lab.state.exists()
    assert lab.status() == {"running": False, "name": "cli"}


def test_state_is_private(lab: Lab) -> None:
    lab.up()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (lab.state, *lab.state.iterdir())}

    assert modes["cli"] == 0o700
    assert modes["bmc-password"] == modes["control.sock"] == 0o600


def test_a_killed_simulator_goes_on_where_it_was(lab: Lab) -> None:
    lab.up()
    password = (lab.state / "bmc-password").read_text()
    os.kill(lab.status()["pid"], signal.SIGKILL)
    until(lambda: lab.run("status").returncode == 3, "a lab that is down")

    lab.up()
    assert lab.status()["running"] is True
    assert (lab.state / "bmc-password").read_text() == password


def test_kept_state_and_its_shape(lab: Lab) -> None:
    lab.up()
    lab.run("down", "--keep")
    assert lab.state.exists()

    refused = lab.run("up", "--block", str(lab.block + 1))
    assert refused.returncode == 1
    assert f"exists in another shape (block {lab.block})" in refused.stderr


def test_a_lab_file_shapes_the_rack(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "lab.yml"
    file.write_text("vip: true\nservers: [{name: a}, {name: b, cores: 24, disks: [{name: sda, transport: sata}]}]\n")

    assert f"vip      127.{lab.block}.0.10" in lab.up("--file", str(file))
    assert [server["name"] for server in lab.status()["servers"]] == ["a", "b"]
    lab.run("down", "--keep")
    lab.up()
    assert [server["name"] for server in lab.status()["servers"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("servers: [{name: a}, {name: a}]", "servers[1].name: 'a' is taken"),
        ("servers: [{cores: many}]", "servers[0].cores: 'many' is not a positive number"),
        ("servers: [{colour: red}]", "servers[0].colour: not known; allowed are cores, disks,"),
        ("block: 300", "block: 300 is not a number from 1 to 254"),
    ],
)
def test_a_wrong_lab_file_is_refused_by_path(lab: Lab, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "lab.yml"
    file.write_text(text)
    refused = lab.run("up", "--file", str(file))

    assert refused.returncode == 1
    assert message in refused.stderr
    assert not lab.state.exists()


def test_faults_are_switched_by_name(lab: Lab) -> None:
    lab.up()
    bmc = (f"127.{lab.block}.2.1", 8443)
    assert lab.run("fault", "refuse", "--on", "bmc:s1").stdout == "on: refuse on bmc:s1\n"
    until(lambda: not listens(*bmc), "a closed port", 10)
    assert [fault["name"] for fault in lab.status()["faults"]] == ["refuse"]

    assert lab.run("fault", "refuse", "--off").stdout == "off: refuse on bmc:s1\n"
    until(lambda: listens(*bmc), "an open port", 10)
    assert lab.status()["faults"] == []


def test_faults_outlive_the_simulator(lab: Lab) -> None:
    lab.up()
    lab.run("fault", "install-fails", "--on", "s1", "--count", "2")
    lab.run("down", "--keep")
    lab.up()

    (fault,) = lab.status()["faults"]
    assert (fault["name"], fault["target"], fault["count"]) == ("install-fails", "s1", 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["refuse", "--on", "api:s9"], "no target 'api:s9'; there are: *, api:s1, talos:s1, bmc:s1"),
        (["explode"], "no fault 'explode'; there are: refuse, delay,"),
        (["vm-unschedulable", "--on", "upf-1"], "<namespace>/<name>"),
    ],
)
def test_unknown_faults_and_targets_are_refused_with_what_exists(lab: Lab, arguments: list[str], message: str) -> None:
    lab.up()
    refused = lab.run("fault", *arguments)

    assert refused.returncode == 1
    assert message in refused.stderr


def test_env_is_for_a_shell_and_holds_no_secret(lab: Lab) -> None:
    lab.up()
    printed = lab.run("env").stdout
    password = (lab.state / "bmc-password").read_text().strip()
    assert password not in printed

    shown = subprocess.run(
        ["sh", "-c", f"{printed}\necho $BMC_PASSWORD; command -v kubectl"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines()[0] == password
    assert shown.stdout.splitlines()[1].endswith("/kubectl")
