# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role talos_boot_media brings bare servers of the lab to maintenance mode, by their BMCs alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.machine_state import BootOverride
from tests.integration.bmc_rack import Rack, becomes, collections, two_servers
from tests.integration.image_factory import ImageFactory
from tests.integration.programs_of_the_host import needs

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


@pytest.fixture
def images(tmp_path: Path) -> Iterator[ImageFactory]:
    """A factory that builds what is fetched for a boot from the network."""
    with ImageFactory(tmp_path) as factory:
        for name in ("kernel-amd64", "initramfs-amd64.xz"):
            factory.files[f"/image/{STOCK}/v1.12.6/{name}"] = f"{name} of Talos".encode()
        yield factory


def network_boot(play: Play, factory: ImageFactory, folder: Path) -> dict[str, Any]:
    """The variables of a boot from the network. Only the lab's own wire, the loopback, is answered."""
    pxe = {"interface": "lo", "address": f"127.{play.rack.lab.block}.0.9/24", "folder": str(folder / "pxe")}
    return {"talos_boot_media_method": "pxe", "talos_boot_media_factory": factory.url, "talos_boot_media_pxe": pxe}


@pytest.mark.full
def test_a_boot_server_is_there_for_as_long_as_servers_boot(
    rack: Rack, tmp_path: Path, images: ImageFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("dnsmasq", "nginx", Path("/usr/lib/ipxe/snponly.efi"), root=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(images.ca))
    play = Play(rack, tmp_path)
    with tempfile.TemporaryDirectory() as open_to_all:
        folder = Path(open_to_all)
        folder.chmod(0o755)
        play.variables.update(network_boot(play, images, folder))
        code, output, predicted = play.run("--check")
        assert code == 0, output
        assert (list(folder.iterdir()), rack.states) == ([], {"s1": "Off", "s2": "Off"})

        code, output, done = play.run("-vvv", "--diff")
        assert code == 0, output
        assert done[: len(predicted)] == predicted
        assert done[0] == f"fetch {images.url}/image/{STOCK}/v1.12.6/kernel-amd64"
        assert f"start dnsmasq of {folder}/pxe" in done
        assert done[-1] == f"delete boot server {folder}/pxe"
        assert [request for request in images.requests if "/image/" in request] == [
            f"GET /image/{STOCK}/v1.12.6/{name}" for name in ("kernel-amd64", "initramfs-amd64.xz")
        ]
        assert list(folder.iterdir()) == []
        assert {machine.stage for machine in rack.machines.values()} == {"maintenance"}
        assert {machine.booted_from for machine in rack.machines.values()} == {"Pxe"}

        code, output, again = play.run()
        assert (code, again) == (0, []), output


@pytest.mark.full
def test_a_boot_server_that_is_kept_answers_all_until_it_is_not(
    rack: Rack, tmp_path: Path, images: ImageFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("dnsmasq", "nginx", Path("/usr/lib/ipxe/snponly.efi"), root=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(images.ca))
    play = Play(rack, tmp_path)
    with tempfile.TemporaryDirectory() as open_to_all:
        folder = Path(open_to_all)
        folder.chmod(0o755)
        asked = network_boot(play, images, folder)
        kept = {**asked, "talos_boot_media_pxe": {**asked["talos_boot_media_pxe"], "keep": True}}
        first = rack.lab.servers[0].name
        kept["talos_boot_media_networks"] = {first: {"address": f"{rack.lab.servers[0].address}/24", "link": "eno1"}}
        assert play.run(**kept)[0] == 0
        scripts = sorted((folder / "pxe" / "http" / "machines").iterdir())
        assert len(scripts) == sum(len(spec.nics) for spec in rack.lab.servers)
        fixed = [script for script in scripts if f"ip={rack.lab.servers[0].address}::" in script.read_text()]
        assert len(fixed) == len(rack.lab.servers[0].nics)
        code, output, again = play.run(**kept)
        assert (code, again) == (0, []), output
        assert play.run(**asked)[2][-1] == f"delete boot server {folder}/pxe"


@pytest.mark.full
def test_servers_find_a_seed_beside_the_image(rack: Rack, tmp_path: Path) -> None:
    needs("xorriso")
    play = Play(rack, tmp_path)
    seeds = {"folder": str(tmp_path / "seeds"), "url": "https://web.example.com/seeds"}
    play.variables.update(talos_boot_media_method="nocloud", talos_boot_media_seeds=seeds)
    code, output, predicted = play.run("--check")
    assert code == 0, output
    assert rack.states == {"s1": "Off", "s2": "Off"}

    code, output, done = play.run("-vvv", "--diff")
    assert code == 0, output
    assert done[: len(predicted)] == predicted
    assert "update server s1: media.2 (none) → https://web.example.com/seeds/s1.iso" in predicted
    assert done[0] == f"create file {seeds['folder']}/s1.iso"
    images = [line.rpartition(" → ")[2] for line in done if line.startswith("update server s1: media.")]
    assert images[0].startswith("https://factory.talos.dev/image/")
    assert images[1:] == ["https://web.example.com/seeds/s1.iso", "(none)", "(none)"]
    for machine in rack.machines.values():
        assert (machine.stage, machine.running.version, dict(machine.media)) == ("maintenance", "v1.12.6", {})

    code, output, again = play.run()
    assert (code, again) == (0, []), output


LOOPBACK = {"interface": "lo", "address": "127.0.0.9/24"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"method": "pxe"}, "talos_boot_media_pxe has the interface"),
        ({"method": "pxe", "pxe": LOOPBACK, "secureboot": True}, "servers do not start iPXE"),
        ({"method": "nocloud"}, "talos_boot_media_seeds has the folder"),
        ({"addresses": {"s1": "127.0.0.1"}}, "has no address for s2"),
    ],
)
def test_what_is_missing_is_told_before_anybody_is_asked(
    rack: Rack, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    code, output, done = Play(rack, tmp_path).run(**{f"talos_boot_media_{key}": value for key, value in change.items()})
    assert (code != 0, done) == (True, [])
    assert told in output
    assert "bmc_info" not in output


def test_a_server_that_nobody_could_know_is_told(rack: Rack, tmp_path: Path) -> None:
    play = Play(rack, tmp_path)
    del play.variables["talos_boot_media_bmcs"][1]["macs"]
    code, output, done = play.run(talos_boot_media_method="pxe", talos_boot_media_pxe=LOOPBACK)
    assert (code != 0, done) == (True, [])
    assert "every server of talos_boot_media_bmcs has macs: s2" in output
