# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that takes no new pods, or no traffic from load balancers, and whose doing that is. Pure.

The rule: what we set we mark by an annotation, and only what bears our mark do we take back. A node that somebody else
had cordoned, and a label that somebody else had set, stay theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...core.change import Change
from ...core.path import Json, Path, dig, put, render

CORDONED = "nfvi.kubevim.io/cordoned"
EXCLUDED = "nfvi.kubevim.io/excluded-from-load-balancers"
# Its presence counts, not its value (k8s.io/api core/v1 LabelNodeExcludeBalancers).
EXCLUDE = "node.kubernetes.io/exclude-from-external-load-balancers"

_UNSCHEDULABLE: Path = ("spec", "unschedulable")
_LABEL: Path = ("metadata", "labels", EXCLUDE)
_CORDONED: Path = ("metadata", "annotations", CORDONED)
_EXCLUDED: Path = ("metadata", "annotations", EXCLUDED)


@dataclass(frozen=True)
class Turn:
    """Changes of one node, and the merge patch that makes them; False when there is nothing to do."""

    changes: tuple[Change, ...] = ()
    patch: Json = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __add__(self, other: Turn) -> Turn:
        return Turn(self.changes + other.changes, _merged(self.patch, other.patch))


def name(node: Json) -> str:
    """``e1``"""
    return str(node["metadata"]["name"])


def label(node: Json) -> str:
    """``Node e1``"""
    return f"Node {name(node)}"


def is_cordoned(node: Json) -> bool:
    """Whether the scheduler leaves it out."""
    return dig(node, _UNSCHEDULABLE) is True


def is_excluded(node: Json) -> bool:
    """Whether load balancers leave it out."""
    return dig(node, _LABEL) is not None


def is_ours(node: Json) -> bool:
    """Whether it is we who cordoned it."""
    return is_cordoned(node) and dig(node, _CORDONED) is not None


def cordon(node: Json) -> Turn:
    """It takes no new pods."""
    return Turn() if is_cordoned(node) else _turn("cordon", node, {_UNSCHEDULABLE: True, _CORDONED: "true"})


def exclude(node: Json) -> Turn:
    """Load balancers leave it out."""
    return Turn() if is_excluded(node) else _turn("exclude from load balancers", node, {_LABEL: "", _EXCLUDED: "true"})


def include(node: Json) -> Turn:
    """Load balancers take it in again, if it was us who left it out."""
    if dig(node, _EXCLUDED) is None:
        return Turn()
    verb = "include in load balancers" if is_excluded(node) else "forget the exclusion of"
    return _turn(verb, node, {_LABEL: None, _EXCLUDED: None})


def uncordon(node: Json) -> Turn:
    """It takes pods again, if it was us who cordoned it."""
    if dig(node, _CORDONED) is None:
        return Turn()
    verb = "uncordon" if is_cordoned(node) else "forget the cordon of"
    return _turn(verb, node, {_UNSCHEDULABLE: None, _CORDONED: None})


def restore(node: Json) -> Turn:
    """All that we did, taken back."""
    return uncordon(node) + include(node)


def predicted(node: Json, turn: Turn) -> Json:
    """The node as it will be."""
    return _patched(node, turn.patch)


def _turn(verb: str, node: Json, wanted: Mapping[Path, Json]) -> Turn:
    """``wanted`` says what to set where, None to remove it; what is so already is left out."""
    wanted = {path: value for path, value in wanted.items() if dig(node, path) != value}
    before = {render(path): dig(node, path) for path in wanted if dig(node, path) is not None}
    after = {render(path): value for path, value in wanted.items() if value is not None}
    patch: Json = {}
    for path, value in wanted.items():
        patch = put(patch, path, value)
    return Turn((Change(verb, label(node), before=before, after=after),), patch)


def _merged(one: Json, other: Json) -> Json:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    return {**one, **{key: _merged(one.get(key), value) for key, value in other.items()}}


def _patched(value: Json, patch: Json) -> Json:
    """RFC 7396"""
    if not isinstance(patch, dict):
        return patch
    kept = dict(value) if isinstance(value, dict) else {}
    for key, each in patch.items():
        kept.pop(key, None) if each is None else kept.update({key: _patched(kept.get(key), each)})
    return kept
