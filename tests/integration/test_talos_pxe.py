# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boot server in a network of its own: the site's DHCP server beside it, and machines that really boot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from .bmc_rack import collections
from .programs_of_the_host import needs

MODULE = "kubevim.nfvi.talos_pxe"
KNOWN, STRANGER = "52:54:00:00:00:01", "52:54:00:00:00:99"
# Root, and programs that the other tests do without.
pytestmark = pytest.mark.full
FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd"), Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
IPXE = Path("/usr/lib/ipxe")
# An emulated machine's way to its network; nothing here is measured.
BOOTS_WITHIN = 150.0


class Segment:
    """Two hosts on one wire, each a network namespace: the boot server with room for machines, and the DHCP server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.boot, self.dhcp = f"nfvi-boot-{os.getpid()}", f"nfvi-dhcp-{os.getpid()}"
        self.site_log = folder / "site-dhcp.log"

    @contextmanager
    def up(self) -> Iterator[Segment]:
        with ExitStack() as stack:
            for name in (self.boot, self.dhcp):
                ip("netns", "add", name)
                stack.callback(ip, "netns", "delete", name)
            self._wire()
            stack.enter_context(self._site_dhcp())
            yield self

    def _wire(self) -> None:
        ip("-n", self.boot, "link", "add", "br0", "type", "bridge")
        ip("-n", self.boot, "address", "add", "192.0.2.5/24", "dev", "br0")
        ip("link", "add", "wire0", "netns", self.boot, "type", "veth", "peer", "name", "wire1", "netns", self.dhcp)
        ip("-n", self.dhcp, "address", "add", "192.0.2.1/24", "dev", "wire1")
        ip("-n", self.boot, "link", "set", "wire0", "master", "br0")
        ip("-n", self.boot, "tuntap", "add", "tap0", "mode", "tap")
        ip("-n", self.boot, "link", "set", "tap0", "master", "br0")
        for host, link in ((self.boot, "lo"), (self.boot, "br0"), (self.boot, "wire0"), (self.boot, "tap0")):
            ip("-n", host, "link", "set", link, "up")
        ip("-n", self.dhcp, "link", "set", "wire1", "up")

    @contextmanager
    def _site_dhcp(self) -> Iterator[None]:
        """Gives addresses, and knows nothing of booting."""
        command = ["dnsmasq", "-k", "-p0", "--leasefile-ro", "--no-ping", "-C", "/dev/null", "--interface=wire1"]
        command += ["--bind-interfaces", "--dhcp-range=192.0.2.100,192.0.2.120", "--log-facility=-"]
        with self.site_log.open("w") as log, self.process(self.dhcp, command, stderr=log):
            yield

    @contextmanager
    def process(self, host: str, command: list[str], **how: Any) -> Iterator[subprocess.Popen[bytes]]:
        """A program on one of the hosts for as long as the block lasts."""
        process = subprocess.Popen(within(host, command), stdin=subprocess.DEVNULL, **how)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)

    def fetched(self, url: str) -> bytes:
        """What curl finds, from the other end of the wire."""
        command = within(self.dhcp, ["curl", "--silent", "--show-error", "--fail", "--max-time", "20", url])
        return subprocess.run(command, check=True, capture_output=True).stdout


class Server:
    """The module, called by real Ansible on the boot server's host."""

    def __init__(self, segment: Segment, folder: Path) -> None:
        self.segment = segment
        self.folder = folder / "pxe"
        images = self.folder / "http" / "v1"
        images.mkdir(parents=True)
        (images / "initramfs").write_bytes(b"\0" * 300_000)
        self.options: dict[str, Any] = {
            "folder": str(self.folder),
            "interface": "br0",
            "address": "192.0.2.5/24",
            "talos_version": "v1.13.0",
            "kernel": str(images / "kernel"),
            "initramfs": str(images / "initramfs"),
            "machines": [{"name": "e1", "macs": [KNOWN]}],
        }

    def call(self, *arguments: str, **change: Any) -> dict[str, Any]:
        options = json.dumps({**self.options, **change})
        ansible = str(Path(sys.executable).with_name("ansible"))
        command = [ansible, "localhost", "-c", "local", "-m", MODULE, "-a", options, *arguments]
        variables = ["-e", f"ansible_python_interpreter={sys.executable}"]
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": collections(), "ANSIBLE_NOCOLOR": "1"}
        run = subprocess.run(
            within(self.segment.boot, [*command, *variables]),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert "=> {" in run.stdout, run.stdout + run.stderr
        found: dict[str, Any] = json.loads("{" + run.stdout.partition("=> {")[2])
        return found

    def serves(self, kernel: Path) -> None:
        shutil.copy(kernel, self.options["kernel"])

    @property
    def requests(self) -> list[str]:
        """What was asked of the HTTP server, and by whom."""
        lines = (self.folder / "nginx-access.log").read_text().splitlines()
        return [line.split('"')[1].split()[1] for line in lines]

    @property
    def answers(self) -> str:
        """What dnsmasq says that it did."""
        return (self.folder / "dnsmasq.log").read_text()


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def within(host: str, command: list[str]) -> list[str]:
    return ["ip", "netns", "exec", host, *command]


@pytest.fixture
def server() -> Iterator[Server]:
    """Nothing runs yet. The folder is one that other users can read."""
    needs("ip", "dnsmasq", "nginx", "curl", IPXE / "undionly.kpxe", root=True)
    with tempfile.TemporaryDirectory() as name, Segment(Path(name)).up() as segment:
        folder = Path(name)
        folder.chmod(0o755)
        found = Server(segment, folder)
        found.serves(IPXE / "ipxe.lkrn")
        yield found
        found.call(state="absent")


def test_the_server_comes_serves_changes_and_goes(server: Server) -> None:
    told = server.call("--check", "--diff")
    assert not (server.folder / "dnsmasq.conf").exists()
    done = server.call("--diff")
    assert done["actions"] == told["actions"]
    assert done["actions"][-2:] == [f"start {name} of {server.folder}" for name in ("dnsmasq", "nginx")]
    assert not server.call()["changed"]

    segment, script = server.segment, done["pxe"]["machines"][0]["scripts"][0]
    assert segment.fetched("tftp://192.0.2.5/snponly.efi") == (IPXE / "snponly.efi").read_bytes()
    assert segment.fetched("http://192.0.2.5:8080/v1/kernel") == (IPXE / "ipxe.lkrn").read_bytes()
    assert " ".join(done["pxe"]["machines"][0]["kernel_args"]) in segment.fetched(script).decode()

    other = {"name": "e2", "macs": ["52:54:00:00:00:02"]}
    changed = server.call(machines=[other])["actions"]
    assert [action for action in changed if "machines" not in action] == [
        f"update file {server.folder}/dnsmasq.conf",
        f"restart dnsmasq of {server.folder}",
    ]
    with pytest.raises(subprocess.CalledProcessError):
        segment.fetched(script)

    told = server.call("--check", state="absent")
    assert server.call(state="absent")["actions"] == told["actions"]
    assert not server.folder.exists()
    assert not server.call(state="absent")["changed"]
    with pytest.raises(subprocess.CalledProcessError):
        segment.fetched("http://192.0.2.5:8080/boot.ipxe")


@pytest.mark.parametrize(
    ("change", "kind", "path"),
    [
        ({"interface": "br7"}, "precondition", "interface"),
        ({"address": "192.0.2.77/24"}, "precondition", "address"),
        ({"machines": [{"name": "e1", "macs": []}]}, "invalid_input", "machines[0].macs"),
        ({"loaders": {"bios": "/nowhere/undionly.kpxe"}}, "not_found", "loaders.bios"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    server: Server, change: dict[str, Any], kind: str, path: str
) -> None:
    for arguments in (("--check",), ()):
        error = server.call(*arguments, **change)["error"]
        assert (error["kind"], error["path"]) == (kind, path), error
    assert [entry.name for entry in server.folder.iterdir()] == ["http"]


def test_images_that_this_run_fetches_are_missing_in_check_mode_only(server: Server) -> None:
    Path(server.options["kernel"]).unlink()
    told = server.call("--check", pending=True)
    assert (told["changed"], told["verified"]) == (True, False)
    assert server.call()["error"]["path"] == "kernel"


def test_a_folder_of_somebody_elses_server_is_left_alone(server: Server) -> None:
    (server.folder / "nginx.conf").write_text("events {}\n")
    for state in ("present", "absent"):
        assert server.call(state=state)["error"]["kind"] == "conflict"
    assert (server.folder / "nginx.conf").read_text() == "events {}\n"
    (server.folder / "nginx.conf").unlink()


def test_a_port_that_is_taken_is_told(server: Server) -> None:
    taken = ["-c", "import socket,time; s=socket.create_server(('192.0.2.5', 8080)); print(flush=True); time.sleep(60)"]
    segment = server.segment
    with segment.process(segment.boot, [sys.executable, *taken], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        error = server.call()["error"]
    assert (error["kind"], error["object"]) == ("precondition", "nginx")
    assert "8080" in error["reason"] or "bind" in error["reason"]
    assert server.call()["actions"] == [f"start nginx of {server.folder}"]


@contextmanager
def machine(server: Server, mac: str, *firmware: str) -> Iterator[None]:
    """A QEMU on the wire that boots from its network card, for as long as the block lasts."""
    card = f"virtio-net-pci,netdev=wire,mac={mac},bootindex=1" + (",romfile=" if firmware else "")
    command = ["qemu-system-x86_64", "-accel", "tcg", "-m", "512", "-display", "none", *firmware, "-device", card]
    command += ["-netdev", "tap,id=wire,ifname=tap0,script=no,downscript=no", "-serial", "null", "-nodefaults"]
    with server.segment.process(server.segment.boot, command):
        yield


def until(true: Any, what: str) -> None:
    end = time.monotonic() + BOOTS_WITHIN
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.5)


WAY = ["/boot.ipxe", f"/machines/{KNOWN.replace(':', '-')}.ipxe", "/v1/kernel", "/v1/initramfs"]


def test_a_bios_machine_boots_and_a_stranger_is_not_answered(server: Server) -> None:
    needs("qemu-system-x86_64", Path("/usr/lib/ipxe/qemu/pxe-virtio.rom"))
    server.call()
    with machine(server, STRANGER):
        until(lambda: "DHCPACK(wire1) 192.0.2" in server.segment.site_log.read_text(), "an address for the stranger")
        time.sleep(5)
    assert "sent size" not in server.answers
    assert server.requests == []
    with machine(server, KNOWN):
        until(lambda: server.requests[: len(WAY)] == WAY, "Talos' kernel and initramfs, by iPXE")
    assert "PXEClient:Arch:00000" in server.answers


def test_a_uefi_machine_boots_by_way_of_ipxe(server: Server, tmp_path: Path) -> None:
    needs("qemu-system-x86_64", *FIRMWARE)
    server.serves(IPXE / "ipxe.efi")
    server.call()
    code, variables = FIRMWARE
    shutil.copy(variables, tmp_path / "variables.fd")
    flash = ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}"]
    flash += ["-drive", f"if=pflash,format=raw,unit=1,file={tmp_path}/variables.fd"]
    with machine(server, KNOWN, "-machine", "q35", *flash):
        until(lambda: server.requests[: len(WAY)] == WAY, "Talos' kernel and initramfs, by iPXE")
    assert "PXEClient:Arch:00007" in server.answers
    assert f"sent {server.folder}/tftp/snponly.efi" in server.answers
