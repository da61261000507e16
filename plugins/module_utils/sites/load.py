# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site from its files: the site file, and the hardware types, release and packages it points to. All or nothing."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Any

from ..core.error import InvalidInput, NfviError
from ..core.given import Given
from ..operations.vnf.instance import Instance
from ..resources.vnf.package import DESCRIPTOR
from . import document, hardware, model, release, rules
from .expand import expand
from .formats import near
from .hardware import HardwareType
from .notes import Notes
from .release import Release
from .tables import Table


@dataclass(frozen=True)
class Folders:
    """Where hardware types, releases and VNF packages lie."""

    hardware_types: pathlib.Path
    releases: pathlib.Path
    packages: pathlib.Path

    @classmethod
    def beside(cls, site_file: pathlib.Path) -> Folders:
        """The folders that stand beside a site file by default."""
        folder = site_file.parent
        return cls(folder / "hardware_types", folder / "releases", folder / "packages")


def load(site_file: pathlib.Path, folders: Folders | None = None) -> dict[str, Any]:
    """The expanded site (the inventory plugin documents its shape).

    Raises `InvalidInput` with one line for everything that is wrong in any of the files. Only files are looked at.
    """
    folders = folders or Folders.beside(site_file)
    source, notes = document.read(site_file), Notes()
    site = model.parse(source.given, notes)
    notes.findings += rules.findings(source.value)
    types: Table[HardwareType] = Table(
        folders.hardware_types, "hardware type", lambda file, found: hardware.parse(file.given, found)
    )
    releases: Table[Release] = Table(
        folders.releases, "release", lambda file, found: release.parse(file.given, found, file.absolute)
    )
    nodes = [
        notes.read(types.row, _hardware_of(source.given, node), "hardware") for node in _items(source.given, "nodes")
    ]
    chosen = notes.read(releases.row, source.given, "release")
    packages = [notes.read(_package, vnf, folders.packages) for vnf in _items(source.given, "vnfs")]
    complaints = [*source.complaints(notes.findings), *types.complaints, *releases.complaints]
    if complaints:
        raise InvalidInput("\n".join(complaints))
    return expand(site, nodes, chosen, packages, source.absolute)


def _items(site: Given, key: str) -> list[Given]:
    """The mappings in a list of the site; what is none has been noted by the model."""
    if not isinstance(site.value, dict) or not isinstance(site.value.get(key), list):
        return []
    return [item for item in site.items(key) if isinstance(item.value, dict)]


def _hardware_of(site: Given, node: Given) -> Given:
    """Where a node's hardware type is said: at the node, or for the whole site."""
    return node if node.has("hardware") else site


def _package(vnf: Given, folder: pathlib.Path) -> str:
    """The absolute path of a VNF package; refused with all that instantiating it would refuse, short of a cluster."""
    name = vnf.name("package")
    path = (folder / name).resolve()
    if not (path / DESCRIPTOR).is_file():
        known = (descriptor.parent.name for descriptor in folder.glob(f"*/{DESCRIPTOR}"))
        vnf.at("package").refuse(f"no package {name!r} in {folder}", hint=near(known))
    try:
        list(Instance.parse(Given({"flavour": "default", **vnf.value, "package": str(path)}, vnf.path)).manifests())
    except NfviError as error:
        if isinstance(error, InvalidInput) and not error.object:
            raise
        vnf.at("package").refuse(str(error))
    return str(path)
