# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where in the user's input a mistake in the finished configuration comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...core.error import Finding
from ...core.path import Json, Path, render
from .documents import MAIN, identity_of
from .patch_delete import MARK
from .patch_given import Patch


def blamed(found: Finding, patches: Iterable[Patch], otherwise: Path) -> Finding:
    """The finding at its place in the last patch that says something about it; else at its place in the configuration,
    behind ``otherwise``.
    """
    places = [place for patch in patches for place in _places(found.path, patch)]
    if places:
        return Finding(places[-1], found.reason)
    operated = [patch for patch in patches if patch.operations]
    if operated:
        return Finding(operated[-1].path, f"{render(found.path)}: {found.reason}")
    return Finding((*otherwise, *found.path), found.reason)


def _places(path: Path, patch: Patch) -> Iterator[Path]:
    for part in patch.documents:
        identity = identity_of(part.value)
        inside = path[len(identity.path) :]
        if path[: len(identity.path)] != identity.path:
            continue
        depth = _depth(part.value, inside, whole=identity.kind != MAIN)
        if depth is not None:
            yield (*part.path, *inside[:depth])


def _depth(value: Json, path: Path, *, whole: bool) -> int | None:
    """How many steps of the path are the patch's; None when it says nothing of what is there.

    It does when it has every step; up to a list, whose items are counted otherwise than the result's; down to what it
    deletes; and where one step is missing in a document that is ``whole``: of the main one it brings only a part.
    """
    for depth, step in enumerate(path):
        if isinstance(step, int) or (isinstance(value, Mapping) and MARK in value):
            return depth
        if not isinstance(value, Mapping) or step not in value:
            return depth + 1 if whole and depth + 1 == len(path) else None
        value = value[step]
    return len(path)
