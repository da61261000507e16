# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role talos_boot_media brings bare servers of the lab to maintenance mode, by their BMCs alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.machine_state import BootOverride
from tests.integration.bmc_rack import Rack, becomes, collections, two_servers

STOCK = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"
IMAGE = f"https://factory.talos.dev/image/{STOCK}/v1.12.6/metal-amd64.iso"


@pytest.fixture
def rack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rack]:
    with two_servers(tmp_path, monkeypatch, talos=True) as rack:
        yield rack


class Play:
    """The role, run by real Ansible."""

    def __init__(self, rack: Rack, folder: Path) -> None:
        self.rack = rack
        self.folder = folder
        (folder / "password").write_text(rack.lab.bmc_password)
        self.variables: dict[str, Any] = {
            "talos_boot_media_talos_version": "v1.12.6",
            "talos_boot_media_bmcs": rack.entries(password={"file": str(folder / "password")}),
            "talos_boot_media_addresses": {spec.name: spec.address for spec in rack.lab.servers},
            "talos_boot_media_wait_timeout": 60,
            "talos_boot_media_talosconfig": str(folder / "talosconfig"),
        }

    def run(self, *arguments: str, **changes: Any) -> tuple[int, str, list[str]]:
        """Exit code, output, and what the role says it did."""
        done = self.folder / "actions.json"
        done.unlink(missing_ok=True)
        show = {"content": "{{ talos_boot_media_actions | to_json }}", "dest": str(done)}
        tasks = [
            {"ansible.builtin.import_role": {"name": "kubevim.nfvi.talos_boot_media"}},
            {"ansible.builtin.copy": show, "check_mode": False, "diff": False, "changed_when": False},
        ]
        variables = {"ansible_python_interpreter": sys.executable, **self.variables, **changes}
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": tasks}
        book = self.folder / "play.yml"
        book.write_text(yaml.safe_dump([play]))
        run = subprocess.run(
            [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", *arguments, str(book)],
            env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": collections(), "ANSIBLE_LOCAL_TEMP": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        output = run.stdout + run.stderr
        assert self.rack.lab.bmc_password not in output
        return run.returncode, output, json.loads(done.read_text()) if done.exists() else []


def test_bare_servers_come_up_without_a_configuration(rack: Rack, tmp_path: Path) -> None:
    play = Play(rack, tmp_path)
    code, output, predicted = play.run("--check")
    assert code == 0, output
    assert rack.states == {"s1": "Off", "s2": "Off"}
    assert all(not machine.media for machine in rack.machines.values())

    code, output, done = play.run("-vvv", "--diff")
    assert code == 0, output
    assert done[: len(predicted)] == predicted
    assert done[0].startswith(f"update server s1: media.1 (none) → {IMAGE[:50]}")
    assert "power-on server s2" in done
    for machine in rack.machines.values():
        assert (machine.stage, machine.running.version, machine.running.schematic) == ("maintenance", "v1.12.6", STOCK)
        assert (dict(machine.media), machine.boot_override) == ({}, BootOverride())
        assert machine.active is None

    boots = {name: machine.boot_id for name, machine in rack.machines.items()}
    code, output, again = play.run()
    assert (code, again) == (0, []), output
    assert "changed=0" in output
    assert {name: machine.boot_id for name, machine in rack.machines.items()} == boots


def test_a_machine_that_is_not_the_server_behind_the_bmc_is_told(rack: Rack, tmp_path: Path) -> None:
    play = Play(rack, tmp_path)
    one, two = rack.lab.servers
    code, output, _done = play.run(talos_boot_media_addresses={one.name: two.address, two.name: one.address})
    assert code != 0
    assert f"server {one.name}: the machine at {two.address} is another one: it has UUID {two.uuid}" in output
    becomes(lambda: {m.stage for m in rack.machines.values()} == {"maintenance"}, "nothing was configured")


def test_a_server_with_other_macs_is_not_started(rack: Rack, tmp_path: Path) -> None:
    play = Play(rack, tmp_path)
    play.variables["talos_boot_media_bmcs"][1]["macs"] = ["02:00:00:00:00:99"]
    code, output, done = play.run()
    assert (code != 0, done) == (True, [])
    assert "no port has 02:00:00:00:00:99" in output
    assert rack.states == {"s1": "Off", "s2": "Off"}
