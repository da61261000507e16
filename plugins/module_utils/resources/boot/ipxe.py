# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's way from iPXE to Talos: scripts and kernel arguments that name nothing but the machine."""

from __future__ import annotations

from collections.abc import Sequence

from .machine import Machine

# The file names under which each machine's script is asked for (iPXE's setting `mac` in the format hexhyp).
ENTRY = "boot.ipxe"
ENTRY_SCRIPT = """#!ipxe
# Who is not named here goes on to its next boot device.
chain machines/${netX/mac:hexhyp}.ipxe || exit
"""


def script_name(mac: str) -> str:
    """Where the script of the network card with that MAC address lies, below the HTTP server's root."""
    return f"machines/{mac.replace(':', '-')}.ipxe"


def address_argument(machine: Machine) -> list[str]:
    """Talos' `ip=` for an address of its own, none for DHCP (Documentation/filesystems/nfs/nfsroot.txt)."""
    if machine.address is None:
        return []
    gateway = "" if machine.gateway is None else str(machine.gateway)
    fields = [str(machine.address.ip), "", gateway, str(machine.address.netmask), machine.name, machine.link, "none"]
    return [f"ip={':'.join([*fields, *map(str, machine.nameservers[:2])])}"]


def script(machine: Machine, kernel: str, initramfs: str, arguments: Sequence[str]) -> str:
    """Boots Talos' kernel. UEFI hands over the initramfs by its name, BIOS by its place; both get it here."""
    line = " ".join(("initrd=initramfs", *arguments))
    return f"""#!ipxe
# {machine.name}
imgfree
kernel {kernel} {line}
initrd --name initramfs {initramfs}
boot
"""
