# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release: the versions that were tested together, and how each component gets installed."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from ..core.error import Unsupported
from ..core.given import Given
from ..operations.component.chart import Chart
from ..operations.component.source import Source
from ..resources.machine_config.contract import contract_for, runs
from . import formats
from .notes import Notes


@dataclass(frozen=True)
class Component:
    """How a component is installed: the options of kubevim.nfvi.k8s_component, paths absolute.

    It has either manifests or a chart. ``images`` are by digest, by the repository whose images they replace.
    """

    version: str
    manifests: tuple[Any, ...]
    chart: dict[str, Any]
    images: dict[str, str]
    require_digests: bool
    exclude: tuple[str, ...]
    namespace: str


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
    versions = notes.read(formats.version, talos, "version"), notes.read(formats.version, kubernetes, "version")
    if all(versions):
        notes.read(_supported, talos.at("version"), kubernetes.at("version"))
    return Release(
        talos=versions[0],
        talos_installer=notes.read(talos.text, "installer"),
        kubernetes=versions[1],
        kube_ovn=_component(given.at("kube_ovn"), notes, absolute),
        kubevirt=_component(given.at("kubevirt"), notes, absolute),
    )


def _supported(talos: Given, kubernetes: Given) -> None:
    """Refuse a Talos that there is no contract for, and a Kubernetes that it does not run."""
    try:
        contract = contract_for(talos.value)
    except Unsupported as error:
        talos.refuse(error.reason, hint=error.hint)
    runs(contract, kubernetes.value, path=kubernetes.path)


def _component(given: Given, notes: Notes, absolute: Callable[[str], str]) -> Component:
    given = notes.known(given, [field.name for field in fields(Component)])
    if given.has("chart") == bool(given.get("manifests")):
        reason = "at least one manifest is needed, or a chart, and not both"
        notes.read(given.at("manifests").refuse, reason, hint="a path, https://… or oci://…")
    return Component(
        version=notes.read(formats.version, given, "version"),
        manifests=tuple(notes.read(_manifest, item, absolute) for item in notes.read(given.items, "manifests") or []),
        chart=notes.read(_chart, given.at("chart"), absolute),
        images=_images(given.at("images"), notes),
        require_digests=notes.read(given.flag, "require_digests", True),
        exclude=notes.read(formats.listed, given, "exclude", formats.text),
        namespace=notes.read(formats.label, given, "namespace") if given.has("namespace") else "default",
    )


def _images(given: Given, notes: Notes) -> dict[str, str]:
    """Images by digest; empty when absent."""
    if given.value is None:
        return {}
    if not isinstance(given.value, dict):
        notes.known(given, ())
        return {}
    return {str(name): notes.read(formats.image, given, str(name)) for name in given.value}


def _manifest(given: Given, absolute: Callable[[str], str]) -> Any:
    """A source of manifests; a path in it is made absolute, and must exist."""
    source = Source.parse(given)
    place = _located(source.place, given, absolute)
    return {"source": place, "sha256": source.sha256} if isinstance(given.value, dict) else place


def _chart(given: Given, absolute: Callable[[str], str]) -> dict[str, Any]:
    """The options of a chart; empty when there is none."""
    if given.value is None:
        return {}
    chart = Chart.parse(given, "release", "default")
    return {**given.value, "source": _located(chart.source.place, given.at("source"), absolute)}


def _located(place: str, given: Given, absolute: Callable[[str], str]) -> str:
    """Where the source is from anywhere."""
    if "://" in place:
        return place
    path = absolute(place)
    if not pathlib.Path(path).exists():
        given.refuse(f"{place!r} does not exist", hint=f"it would be {path}")
    return path
