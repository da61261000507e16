# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a BMC needs of the server it manages: its power, its boot source, its virtual media and its firmware."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..config import ServerSpec
from ..faults import Faults
from ..machine_firmware import Firmware
from ..machine_state import BootOverride


class Host(Protocol):
    """One server: its hardware, its power and its boot override."""

    @property
    def spec(self) -> ServerSpec:
        """The hardware."""

    @property
    def faults(self) -> Faults:
        """What is broken at the moment."""

    @property
    def power(self) -> str:
        """``On`` or ``Off``."""

    @property
    def boot_override(self) -> BootOverride:
        """The override as it stands; the server consumes ``Once`` when it starts."""

    def set_boot_override(self, override: BootOverride, /) -> None:
        """Remember another override, also across a restart of the simulator."""

    @property
    def media(self) -> Mapping[str, str]:
        """The URLs of the images in the virtual drives that hold one."""

    def set_media(self, media: Mapping[str, str], /) -> None:
        """Remember other media, also across a restart of the simulator."""

    @property
    def firmware(self) -> Firmware:
        """The firmware's settings; those that are scheduled come into force when the server starts."""

    def set_firmware(self, firmware: Firmware, /) -> None:
        """Remember other settings, also across a restart of the simulator."""

    async def power_on(self) -> None:
        """Start; does nothing when it is on."""

    async def power_off(self, graceful: bool) -> None:
        """Stop, through the operating system when ``graceful``."""

    async def power_cycle(self, graceful: bool) -> None:
        """Stop and start again."""
