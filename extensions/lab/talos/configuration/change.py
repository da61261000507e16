# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new configuration changes: Talos' diff, and whether it takes effect without a reboot (contract 1.13)."""

from __future__ import annotations

import copy
import difflib
from typing import Any

import yaml

from .model import Configuration, Document

#: Below .machine, what 1.13 applies at once (internal/app/machined CanApplyImmediate); besides all of .cluster, .debug.
_AT_ONCE = (
    "ca",
    "acceptedCAs",
    "time",
    "certSANs",
    "install",
    "network",
    "sysfs",
    "sysctls",
    "logging",
    "controlPlane",
    "kubelet",
    "kernel",
    "registries",
    "pods",
    "seccompProfiles",
    "nodeAnnotations",
    "nodeLabels",
    "nodeTaints",
)
_FEATURES_AT_ONCE = ("kubernetesTalosAPIAccess", "kubePrism", "hostDNS", "imageCache", "nodeAddressSortAlgorithm")


def diff(before: Configuration | None, after: Configuration) -> str:
    """A unified diff of the documents; empty when they say the same. Secrets are in it, as on Talos."""
    return _text_diff(_documents_text(before.documents if before else ()), _documents_text(after.documents))


def reboot_reason(before: Configuration | None, after: Configuration) -> str | None:
    """Why ``after`` takes effect only after a reboot, in Talos' words; None when it applies at once."""
    if before is None:
        return "no current config"
    if before.v1alpha1 is None:
        return "current config is not v1alpha1"
    if after.v1alpha1 is None:
        return "new config is not v1alpha1"
    kept, new = _needing_reboot(before.v1alpha1), _needing_reboot(after.v1alpha1)
    if _meaning(kept) == _meaning(new):
        return None
    shown = _text_diff(_documents_text((kept,)), _documents_text((new,)))
    return f"this config change can't be applied in immediate mode\ndiff:\n{shown}"


def _needing_reboot(document: Document) -> Document:
    """The document without all that applies at once."""
    rest = copy.deepcopy(document)
    rest.pop("cluster", None)
    rest.pop("debug", None)
    machine = rest.get("machine") or {}
    for key in _AT_ONCE:
        machine.pop(key, None)
    for key in _FEATURES_AT_ONCE:
        (machine.get("features") or {}).pop(key, None)
    return rest


def _documents_text(documents: tuple[Document, ...]) -> str:
    return "---\n".join(
        yaml.dump(_ordered(_meaning(document)), Dumper=_Indented, indent=4, sort_keys=False) for document in documents
    )


def _meaning(value: Any) -> Any:
    """Keys in one order and nothing that is empty: Talos compares structures, in which neither makes a difference."""
    if isinstance(value, dict):
        items = ((key, _meaning(value[key])) for key in sorted(value, key=str))
        return {key: item for key, item in items if item not in (None, [], {})}
    return [_meaning(item) for item in value] if isinstance(value, list) else value


def _ordered(document: Document) -> dict[str, Any]:
    head = ("version", "debug", "persist", "apiVersion", "kind", "name")
    return {**{key: document[key] for key in head if key in document}, **document}


class _Indented(yaml.SafeDumper):
    """Lists indented below their key, as Go's YAML library writes them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text_diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), "a", "b")
    return "".join(lines)
