# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON that lies in a text field of an object, as CNI configurations do: compared by what it means."""

from __future__ import annotations

import json

from .path import Json, Path, dig, put


def read(text: str) -> Json:
    """What the text means; ValueError, with the place in it, when it is no JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as exc:
        raise ValueError(f"is not JSON: {exc}") from None


def write(value: Json) -> str:
    """The value as a text that is the same whoever wrote it."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def kept(manifest: Json, live: Json | None, path: Path) -> Json:
    """The manifest with the live text at ``path`` where that means the same: order and white space are no change."""
    wanted, there = dig(manifest, path), dig(live, path) if live else None
    if not isinstance(wanted, str) or not isinstance(there, str) or wanted == there:
        return manifest
    try:
        # As texts: for Python, true is 1.
        return put(manifest, path, there) if write(read(wanted)) == write(read(there)) else manifest
    except ValueError:
        return manifest
