# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release: the versions that were tested together, and how each component gets installed."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..core.given import Given
from . import formats
from .notes import Notes

_REMOTE = re.compile(r"https://\S+\Z")


@dataclass(frozen=True)
class Component:
    """``manifests`` are absolute paths and https URLs of what installs it, in order of installation.

    ``images`` replaces the manifests' images: by name without tag or digest, each the image by digest.
    """

    version: str
    manifests: tuple[str, ...]
    images: dict[str, str]


@dataclass(frozen=True)
class Release:
    """``talos_installer`` is the installer image; versions are upstream's tags."""

    talos: str
    talos_installer: str
    kubernetes: str
    kube_ovn: Component
    kubevirt: Component


def parse(given: Given, notes: Notes, absolute: Callable[[str], str]) -> Release:
    """Read a release; everything wrong with it goes to ``notes``. Paths in it are made absolute by ``absolute``."""
    given = notes.known(given, ("talos", "kubernetes", "kube_ovn", "kubevirt"))
    talos = notes.known(given.at("talos"), ("version", "installer"))
    kubernetes = notes.known(given.at("kubernetes"), ("version",))
    return Release(
        talos=notes.read(formats.version, talos, "version"),
        talos_installer=notes.read(talos.text, "installer"),
        kubernetes=notes.read(formats.version, kubernetes, "version"),
        kube_ovn=_component(given.at("kube_ovn"), notes, absolute),
        kubevirt=_component(given.at("kubevirt"), notes, absolute),
    )


def _component(given: Given, notes: Notes, absolute: Callable[[str], str]) -> Component:
    given = notes.known(given, ("version", "manifests", "images"))
    version = notes.read(formats.version, given, "version")
    found = [notes.read(_manifest, item, absolute) for item in notes.read(given.items, "manifests") or []]
    if not found:
        notes.read(given.at("manifests").refuse, "at least one manifest is needed", hint="a path or https://…")
    return Component(version, tuple(found), _images(given.at("images"), notes))


def _images(given: Given, notes: Notes) -> dict[str, str]:
    """Images by digest; empty when absent."""
    if given.value is None:
        return {}
    if not isinstance(given.value, dict):
        notes.known(given, ())
        return {}
    return {str(name): notes.read(formats.image, given, str(name)) for name in given.value}


def _manifest(given: Given, absolute: Callable[[str], str]) -> str:
    """A manifest's place; a path is made absolute, and must exist."""
    name = formats.item_read(given, formats.text)
    if "://" in name:
        return name if _REMOTE.match(name) else given.refuse(f"{name!r} is not an https URL")
    path = absolute(name)
    if not pathlib.Path(path).is_file():
        given.refuse(f"{name!r} does not exist", hint=f"it would be {path}")
    return path
