# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``helm template`` prints, as files of manifests; and its hooks, which are no part of what is installed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from ...core.path import dig
from .files import File
from .placed import Placed

HOOK = "helm.sh/hook"
# Each piece begins so (helm pkg/action Install.renderResources); block texts are indented and cannot look like it.
_SOURCE = re.compile(r"^---\n# Source: (.*)\n", re.MULTILINE)
_INSTALLING = {"pre-install", "post-install", "pre-upgrade", "post-upgrade"}


def files(text: str) -> list[File]:
    """One file a piece, named after its template; of several of a template the second is ``…yaml#2``."""
    parts = _SOURCE.split(text)
    seen: Counter[str] = Counter()
    found = [File("rendered", parts[0].encode())]
    for name, content in zip(parts[1::2], parts[2::2], strict=True):
        seen[name] += 1
        found.append(File(name if seen[name] == 1 else f"{name}#{seen[name]}", content.encode()))
    return found


def hooks_of(placed: Placed) -> set[str]:
    """When helm would run the object as a hook; empty for an ordinary object."""
    when = str(dig(placed.manifest, ("metadata", "annotations", HOOK), ""))
    return {part.strip() for part in when.split(",") if part.strip()}


def left_out(placed: Iterable[Placed]) -> list[str]:
    """The hooks that ``helm install`` or ``helm upgrade`` would have run: ``Job/init (pre-install)``."""
    return [f"{each.name} ({', '.join(sorted(when))})" for each in placed if (when := hooks_of(each) & _INSTALLING)]
