# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far apart versions of Kubernetes' components may be, judged before anything is touched.

Source: kubernetes.io/releases/version-skew-policy; a control plane goes from one minor to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...core.error import InvalidInput, Unsupported
from ...resources.machine_config.component_images import KUBELET
from ...resources.machine_config.contract import Minor, contract_for, runs
from .talos_upgrade_rules import Version

# Minors that a component may be behind the API servers: kubelets three (since 1.28), the control plane one.
_KUBELET, _CONTROL_PLANE = 3, 1


@dataclass(frozen=True)
class Running:
    """A program somewhere, and its version; ``place`` is how people name the machine."""

    program: str
    place: str
    version: Version


def refuse_skew(wanted: Version, found: Iterable[Running]) -> None:
    """Refuse to go back, and to leave out a minor."""
    for each in sorted(found, key=lambda one: one.version):
        what = f"{each.program} runs {each.version}"
        if each.version > wanted:
            hint = "Kubernetes has no way back to an older version"
            raise InvalidInput(f"is a downgrade: {what}", path=("to",), object=each.place, hint=hint)
        behind, allowed = _minors(each.version, wanted), _KUBELET if each.program == KUBELET.program else _CONTROL_PLANE
        if behind > allowed:
            major, minor = each.version.core[:2]
            nearest = Minor(major, minor + allowed)
            reason = f"{what}, which {wanted} cannot follow"
            raise Unsupported(reason, path=("to",), object=each.place, hint=f"upgrade to {nearest} first")


def refuse_talos(wanted: Version, machines: Iterable[tuple[str, str]]) -> None:
    """Refuse a Kubernetes that the Talos of a machine (its label, its version) does not run."""
    for place, talos in machines:
        try:
            runs(contract_for(talos), str(wanted), path=("to",))
        except InvalidInput as error:
            raise InvalidInput(error.reason, path=error.path, object=place, hint=error.hint) from error


def versions(program: str, place: str, texts: Iterable[str]) -> Iterator[Running]:
    """What can be judged: a text that is no version tells nothing."""
    for text in texts:
        try:
            yield Running(program, place, Version.parse(text))
        except InvalidInput:
            continue


def _minors(older: Version, newer: Version) -> int:
    return newer.core[1] - older.core[1] if newer.core[0] == older.core[0] else 99
