# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnsmasq as a proxy DHCP server: it gives no addresses, only says to machines that it knows what to boot.

Sources: dnsmasq(8), PXE 2.1; client architectures: RFC 4578 section 2.1 with its errata, and IANA's list of processor
architecture types (7 and 9 are both found for UEFI on x86-64).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .machine import Machine

MARK = "# Written by kubevim.nfvi.talos_pxe; changes are lost."


@dataclass(frozen=True)
class Firmware:
    """A kind of firmware: the numbers under which it asks, and the iPXE that it can run.

    ``loader`` is the option that names the file; ``usual`` is where Debian's package ipxe puts it, empty when it does
    not have it.
    """

    loader: str
    architectures: tuple[int, ...]
    usual: str


FIRMWARE: Mapping[str, tuple[Firmware, ...]] = {
    "amd64": (
        Firmware("bios", (0,), "/usr/lib/ipxe/undionly.kpxe"),
        Firmware("efi_amd64", (7, 9), "/usr/lib/ipxe/snponly.efi"),
    ),
    "arm64": (Firmware("efi_arm64", (11,), ""),),
}


@dataclass(frozen=True)
class Place:
    """Where the boot server works: its folder, and its interface with the address that machines reach."""

    folder: Path
    interface: str
    address: ipaddress.IPv4Interface
    port: int

    @property
    def url(self) -> str:
        """Of the HTTP server."""
        return f"http://{self.address.ip}:{self.port}"

    @property
    def tftp(self) -> Path:
        return self.folder / "tftp"

    @property
    def http(self) -> Path:
        return self.folder / "http"


def configuration(place: Place, machines: Sequence[Machine], loaders: Mapping[str, str], entry: str, arch: str) -> str:
    """The whole of dnsmasq's configuration; ``loaders`` are names of files in ``place.tftp``, ``entry`` is a URL."""
    return "\n".join([MARK, *_server(place), *_known(machines), *_answers(loaders, entry, arch), ""])


def _server(place: Place) -> Iterator[str]:
    """No names, no addresses, no leases, nothing of the host's own files, and one interface alone."""
    yield "port=0"
    yield from ("no-resolv", "no-hosts", "leasefile-ro")
    yield f"pid-file={place.folder / 'dnsmasq.pid'}"
    yield f"log-facility={place.folder / 'dnsmasq.log'}"
    yield "log-dhcp"
    yield f"interface={place.interface}"
    yield "bind-interfaces"
    yield f"dhcp-range={place.address.network.network_address},proxy,{place.address.netmask}"
    yield "enable-tftp"
    yield f"tftp-root={place.tftp}"


def _known(machines: Sequence[Machine]) -> Iterator[str]:
    """Machines by their MAC addresses; others are not answered."""
    yield "dhcp-ignore=tag:!known"
    for machine in machines:
        yield f"dhcp-host={','.join(machine.macs)}"


def _answers(loaders: Mapping[str, str], entry: str, arch: str) -> Iterator[str]:
    """Firmware gets an iPXE that it can run, by TFTP; iPXE itself (option 175) the script, by HTTP."""
    yield "dhcp-match=set:ipxe,175"
    yield 'pxe-prompt="Talos",0'
    for firmware in FIRMWARE[arch]:
        for number in firmware.architectures:
            yield f'pxe-service=tag:!ipxe,{number},"iPXE",{loaders[firmware.loader]}'
            yield f'pxe-service=tag:ipxe,{number},"Talos",{entry}'
