# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd-boot and the kernel leave in a server's EFI variables about the entries that can be booted.

Sources: systemd's Boot Loader Interface (LoaderEntries, LoaderEntrySelected, LoaderEntryDefault, LoaderEntryOneShot;
UTF-16 behind four bytes of attributes, which efivarfs shows), EFI_BOOTLOADER_CONTROL of Linux (what a kexec sets), and
bootloader/sdboot of siderolabs/talos v1.13 (names of entries, and who writes which variable).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .machine_slots import Slots, System

FOLDER = "/sys/firmware/efi/efivars"
_VENDOR = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#: Non-volatile and of the boot time, or of both; readers skip them.
_ATTRIBUTES = b"\x06\0\0\0"
_FIRMWARE_SETUP = "auto-reboot-to-firmware-setup"


@dataclass(frozen=True)
class Loader:
    """What the boot loader saw when it last ran. ``bypassed``: the kernel started the next one by itself since."""

    entries: tuple[str, ...] = ()
    selected: str = ""
    bypassed: bool = False

    @classmethod
    def ran(cls, slots: Slots) -> Loader:
        """It comes with every start through the firmware."""
        found = tuple(entry(system) for system in (slots.default, slots.other) if system)
        return cls((*found, _FIRMWARE_SETUP), found[0] if found else "")

    @classmethod
    def load(cls, values: dict[str, object]) -> Loader:
        """From what `dataclasses.asdict` made of it."""
        entries = values.get("entries", ())
        listed = tuple(map(str, entries)) if isinstance(entries, list | tuple) else ()
        return cls(listed, str(values.get("selected", "")), bool(values.get("bypassed")))

    def files(self, slots: Slots) -> dict[str, bytes]:
        """The variables as files, by their paths; none on a server that has no Talos on its disk."""
        return {f"{FOLDER}/{name}-{_VENDOR}": _ATTRIBUTES + text for name, text in self._variables(slots)}

    def _variables(self, slots: Slots) -> Iterator[tuple[str, bytes]]:
        if slots.default is None:
            return
        yield "LoaderEntryDefault", _text(entry(slots.default))
        if self.bypassed:
            yield "LoaderEntryOneShot", _text("kexec reboot")
        if self.selected:
            yield "LoaderEntrySelected", _text(self.selected)
            yield "LoaderEntries", b"".join(map(_text, self.entries))


def entry(system: System) -> str:
    """The file name of a Talos on the EFI partition; a second one of the same version has a number."""
    return f"Talos-{system.version}{f'~{system.number}' if system.number else ''}.efi"


def _text(value: str) -> bytes:
    return value.encode("utf-16-le") + b"\0\0"
