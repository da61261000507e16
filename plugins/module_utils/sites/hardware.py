# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hardware type: what all servers of one model have in common, so that a site file need not repeat it."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.error import Finding
from ..core.given import Given
from ..core.path import Json
from .notes import Notes

# What a port is for (design: planes choose the network technology); the node's own address is on the management port.
PLANES = ("management", "signalling", "user")
# Talos' install disk selector: v1alpha1 machine.install.diskSelector.
DISK_SELECTOR = ("size", "name", "model", "serial", "modalias", "uuid", "wwid", "type", "busPath")


@dataclass(frozen=True)
class Nic:
    """A network port as Linux names it, and its plane."""

    name: str
    plane: str


@dataclass(frozen=True)
class HardwareType:
    """``install_disk`` is a device path, or a Talos disk selector."""

    nics: tuple[Nic, ...]
    install_disk: Json

    @property
    def management(self) -> str:
        """The port that carries the node's own address."""
        return next(nic.name for nic in self.nics if nic.plane == "management")


def parse(given: Given, notes: Notes) -> HardwareType:
    """Read a hardware type; everything wrong with it goes to ``notes``."""
    given = notes.known(given, ("nics", "install_disk"))
    nics = notes.each(given, "nics", _nic)
    if [nic.plane for nic in nics].count("management") != 1:
        notes.findings.append(Finding(("nics",), "exactly one port must have plane: management"))
    return HardwareType(nics, notes.read(_install_disk, given))


def _nic(given: Given, notes: Notes) -> Nic:
    given = notes.known(given, ("name", "plane"))
    return Nic(notes.read(given.text, "name"), notes.read(given.choice, "plane", PLANES))


def _install_disk(given: Given) -> Json:
    """A path, or a mapping of selector fields of which all must match."""
    value = given.get("install_disk")
    if isinstance(value, dict) and value:
        return given.at("install_disk").only(DISK_SELECTOR).value
    text = given.text("install_disk")
    if not text.startswith("/dev/"):
        given.at("install_disk").refuse(
            f"{text!r} is not a device", hint=f"/dev/…, or a selector of {', '.join(DISK_SELECTOR)}"
        )
    return text
