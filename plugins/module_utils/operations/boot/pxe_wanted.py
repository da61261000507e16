# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user wants the boot server to be: parsed, and refused where it is wrong."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ...core.error import Finding, refuse
from ...core.given import Given
from ...resources.boot import dnsmasq, ipxe, nginx
from ...resources.boot.dnsmasq import FIRMWARE, Firmware, Place
from ...resources.boot.machine import Machine, interface, repeated
from ...resources.machine_config.contract import minor
from ...resources.schematic.command_line import LONGEST, command_line, open_findings

FOLDER = "/var/lib/kubevim-nfvi/pxe"


@dataclass(frozen=True)
class Wanted:
    """The boot server and the machines that it answers; ``arguments`` are the kernel's, for all of them.

    ``kernel`` and ``initramfs`` are URLs; ``images`` are those of them that lie below the server's own folder.
    """

    place: Place
    machines: tuple[Machine, ...]
    arch: str
    arguments: tuple[str, ...]
    kernel: str
    initramfs: str
    images: Mapping[str, Path]
    loaders: Mapping[str, Path]

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From the module's options."""
        place, arch = _place(given), given.choice("arch", FIRMWARE, "amd64")
        machines = _machines(given)
        urls, images = {}, {}
        for option in ("kernel", "initramfs"):
            urls[option], path = _image(given.at(option), place)
            images.update({option: path} if path else {})
        loaders = {one.loader: _loader(given.at("loaders"), one) for one in FIRMWARE[arch]}
        arguments = _arguments(given, arch)
        wanted = cls(place, machines, arch, arguments, urls["kernel"], urls["initramfs"], images, loaders)
        refuse(wanted.too_long())
        return wanted

    def line(self, machine: Machine) -> list[str]:
        """The kernel arguments of one machine."""
        return [*self.arguments, *ipxe.address_argument(machine)]

    def too_long(self) -> list[Finding]:
        """Machines whose kernel would cut its command line."""
        found = [(machine, len(" ".join(["initrd=initramfs", *self.line(machine)]))) for machine in self.machines]
        reason = f"bytes of kernel arguments are more than the {LONGEST} that a kernel takes"
        return [Finding(machine.path, f"{size} {reason}") for machine, size in found if size > LONGEST]

    def rendered(self) -> dict[Path, bytes]:
        """All files but the images and the loaders."""
        entry = f"{self.place.url}/{ipxe.ENTRY}"
        names = {option: path.name for option, path in self.loaders.items()}
        texts = {
            self.place.folder / "dnsmasq.conf": dnsmasq.configuration(
                self.place, self.machines, names, entry, self.arch
            ),
            self.place.folder / "nginx.conf": nginx.configuration(self.place),
            self.place.http / ipxe.ENTRY: ipxe.ENTRY_SCRIPT,
        }
        for machine in self.machines:
            script = ipxe.script(machine, self.kernel, self.initramfs, self.line(machine))
            texts.update({self.place.http / ipxe.script_name(mac): script for mac in machine.macs})
        return {path: text.encode() for path, text in texts.items()}


def folder(given: Given) -> Path:
    """The server's own folder."""
    path = Path(given.text("folder", FOLDER)).expanduser()
    if not path.is_absolute() or len(path.parts) < 3 or any(mark in str(path) for mark in " \t\n;{}$#\"'\\"):
        given.at("folder").refuse(f"{str(path)!r} cannot be the folder of a boot server", hint=f"for example {FOLDER}")
    return path


def _place(given: Given) -> Place:
    address = given.maybe("address", interface)
    if not isinstance(address, ipaddress.IPv4Interface):
        given.at("address").refuse("an IPv4 address with a prefix length is required", hint="for example 10.20.30.5/24")
    card = given.text("interface")
    if not card or len(card) > 15 or any(mark.isspace() or mark in "/,*" for mark in card):
        given.at("interface").refuse(f"{card!r} is no name of a network interface")
    return Place(folder(given), card, address, given.integer("http_port", 8080, low=1, high=65535))


def _machines(given: Given) -> tuple[Machine, ...]:
    machines = given.each("machines", Machine.parse)
    if not machines:
        given.at("machines").refuse("is required", hint="only machines that are named are answered")
    refuse(repeated(machines))
    for machine in machines:
        _static(machine)
    return machines


def _static(machine: Machine) -> None:
    """Refuse what Talos could not make an address of: without a link it takes whatever comes first by its name."""
    if machine.address is None:
        return
    if not isinstance(machine.address, ipaddress.IPv4Interface):
        Given(str(machine.address), (*machine.path, "address")).refuse("is not an IPv4 address")
    if not machine.link:
        Given(None, (*machine.path, "link")).refuse("is required with an address")


def _arguments(given: Given, arch: str) -> tuple[str, ...]:
    version = minor(given.text("talos_version"), path=("talos_version",))
    entries = [str(item.value) for item in given.items("kernel_args")]
    refuse(open_findings(entries, ("kernel_args",)))
    return tuple(command_line(entries, version, arch))


def _image(given: Given, place: Place) -> tuple[str, Path | None]:
    """Its URL, and where it lies if that is below our HTTP server's root."""
    text = str(given.value or "")
    parts = urlsplit(text)
    if parts.scheme in ("http", "https") and parts.hostname:
        if parts.username or parts.password:
            given.refuse("a URL with credentials would be read by everybody on the network")
        return text, None
    path = Path(text)
    if not text or not path.is_relative_to(place.http) or ".." in path.parts or any(map(str.isspace, text)):
        given.refuse(f"{text!r} is neither a URL nor a file below {place.http}")
    return f"{place.url}/{path.relative_to(place.http)}", path


def _loader(given: Given, firmware: Firmware) -> Path:
    text = given.text(firmware.loader, firmware.usual)
    if not text:
        given.at(firmware.loader).refuse("is required", hint="an iPXE for this firmware, for example ipxe.efi")
    if "," in Path(text).name or "." not in Path(text).name:
        given.at(firmware.loader).refuse("its file name needs an extension, and no comma")
    return Path(text).expanduser()
