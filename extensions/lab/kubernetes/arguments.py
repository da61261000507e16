# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command-line arguments as Talos merges them: its own, then the configuration's ``extraArgs``.

Rules: siderolabs/talos pkg/argsbuilder and internal/app/machined/pkg/controllers/k8s/control_plane_static_pod.go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

Values = tuple[str, ...]


class ArgumentRefused(ValueError):
    """The configuration sets an argument that Talos keeps for itself."""


@dataclass(frozen=True)
class MergeRules:
    """Arguments that extra values are added to (a comma list), appended to (one more flag), or that are refused."""

    additive: Collection[str] = ()
    appended: Collection[str] = ()
    denied: Collection[str] = ()


def merge(own: Mapping[str, str], extra: Mapping[str, Values], rules: MergeRules) -> tuple[str, ...]:
    """The command line, sorted by name; raises ArgumentRefused for one of ``rules.denied``."""
    merged: dict[str, Values] = {name: (value,) for name, value in own.items()}
    for name, values in extra.items():
        if name in rules.denied:
            raise ArgumentRefused(f"extra argument {name!r} may not be set")
        before = merged.get(name, ())
        if name in rules.additive and before:
            merged[name] = (",".join((*before, *values)),)
        elif name in rules.appended:
            merged[name] = (*before, *values)
        else:
            merged[name] = values
    return tuple(f"--{name}={value}" for name in sorted(merged) for value in merged[name])
