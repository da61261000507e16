# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server remembers when its power, or the simulator, goes: boot source, system disk, configuration and so on."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .machine_firmware import FACTORY, Firmware
from .machine_loader import Loader
from .machine_slots import Slots

TARGETS = ("None", "Pxe", "Cd", "Hdd", "UefiHttp", "BiosSetup")
ENABLED = ("Disabled", "Once", "Continuous")


@dataclass(frozen=True)
class BootOverride:
    """A BMC's boot source override, in Redfish's words (ComputerSystem.Boot)."""

    target: str = "None"
    enabled: str = "Disabled"

    def __post_init__(self) -> None:
        if self.target not in TARGETS or self.enabled not in ENABLED:
            raise ValueError(f"no such boot override: {self.target}, {self.enabled}")


@dataclass
class MachineState:
    """All of it but the configuration.

    ``system_disk`` names the disk Talos is installed on, if it is; ``slots`` are the two places on it, ``staged`` the
    installer image that the next boot is to run, ``loader`` what the boot loader left. ``media`` are the URLs of the
    images in the BMC's virtual drives.
    """

    power: str = "Off"
    boot_id: str = ""
    boots: int = 0
    system_disk: str | None = None
    boot_override: BootOverride = BootOverride()
    slots: Slots = field(default_factory=Slots)
    staged: str = ""
    loader: Loader = field(default_factory=Loader)
    media: dict[str, str] = field(default_factory=dict)
    firmware: Firmware = FACTORY


class Store:
    """A server's folder. Files change as a whole or not at all; the configuration holds secrets and has mode 0600."""

    def __init__(self, folder: Path) -> None:
        self._state = folder / "machine.json"
        self._configuration = folder / "config.yaml"

    def load(self) -> MachineState:
        """The state as it was saved last; a fresh one at first."""
        if not self._state.exists():
            return MachineState()
        values = json.loads(self._state.read_text(encoding="utf-8"))
        parts = {
            "boot_override": BootOverride(**values["boot_override"]),
            "slots": Slots.load(values.get("slots", {})),
            "loader": Loader.load(values.get("loader", {})),
            "firmware": Firmware(**values.get("firmware", {"current": {}, "pending": {}})),
        }
        return MachineState(**{**values, **parts})

    def save(self, state: MachineState) -> None:
        """Write the state."""
        _replace(self._state, json.dumps(asdict(state)).encode())

    def load_configuration(self) -> bytes | None:
        """The configuration on the STATE partition, as it was submitted."""
        return self._configuration.read_bytes() if self._configuration.exists() else None

    def save_configuration(self, text: bytes | None) -> None:
        """Write the configuration; None removes it."""
        if text is None:
            self._configuration.unlink(missing_ok=True)
        else:
            _replace(self._configuration, text)


def _replace(file: Path, content: bytes) -> None:
    """Put ``content`` (mode 0600) in the place of ``file`` in one step."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
        stream.write(content)
    os.replace(draft, file)
