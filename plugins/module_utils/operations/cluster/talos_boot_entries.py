# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Talos a machine would go back to, as far as it tells.

Talos' API does not say. Where systemd-boot starts the machine, its EFI variables name the entries that it found (Boot
Loader Interface of systemd: LoaderEntries, LoaderEntrySelected, LoaderEntryDefault), and an entry's name holds its
version (bootloader/sdboot of siderolabs/talos: ``Talos-v1.13.0.efi``, ``Talos-v1.13.0~1.efi``). They are of use only
while they are of this boot: a kernel that was started by kexec has no boot loader run before it, and says so in
LoaderEntryOneShot (EFI_BOOTLOADER_CONTROL of Linux); an upgrade changes the entries, and with them LoaderEntryDefault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...clients.talos.connection import Connection
from ...core.error import NotFound
from .talos_upgrade_rules import Version

_PATH = "/sys/firmware/efi/efivars/{}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
_LISTED, _SELECTED, _DEFAULT, _ONCE = "LoaderEntries", "LoaderEntrySelected", "LoaderEntryDefault", "LoaderEntryOneShot"
# efivarfs shows a variable's attributes before its value (kernel documentation, filesystems/efivarfs).
_ATTRIBUTES = 4
_ENTRY = re.compile(r"talos-(v?\d+\.\d+\.\d+.*?)(?:~\d+)?\.efi\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Previous:
    """What a machine tells of the Talos before its own: nothing unless ``known``; then None when there is none."""

    known: bool = False
    version: Version | None = None

    def __str__(self) -> str:
        return str(self.version) if self.version else "(not known)"


async def previous(connection: Connection, _maintenance: bool) -> Previous:
    """Ask a machine; one that starts otherwise tells nothing."""
    names = (_LISTED, _SELECTED, _DEFAULT, _ONCE)
    return judge({name: await _variable(connection, name) for name in names})


async def _variable(connection: Connection, name: str) -> tuple[str, ...]:
    """The texts that a variable holds; none when it is not there."""
    try:
        content = await connection.read(_PATH.format(name))
    except NotFound:
        return ()
    texts = content[_ATTRIBUTES:].decode("utf-16-le", "replace").split("\0")
    return tuple(text for text in texts if text)


def judge(variables: Mapping[str, tuple[str, ...]]) -> Previous:
    """What the variables tell, by their names."""
    selected = [each.lower() for each in variables[_SELECTED]]
    default = [each.lower() for each in variables[_DEFAULT]] or selected
    if not variables[_LISTED] or not selected or variables[_ONCE] or default != selected:
        return Previous()
    others = [found[1] for each in variables[_LISTED] if each.lower() not in selected and (found := _ENTRY.match(each))]
    if len(others) > 1:
        return Previous()
    return Previous(True, Version.parse(others[0]) if others else None)
