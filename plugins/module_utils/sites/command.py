# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of a run, fit to be kept: what may hold a secret is left out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

HIDDEN = "***"
# -e, also behind flags that take no value (-Cve …), its value attached or not.
_SHORT = re.compile(r"(-[vCDkKbJ]*e)(.*)\Z", re.DOTALL)


def printable(argv: Sequence[str]) -> str:
    """One line; values of extra variables are replaced, files of them (@…) are named."""
    return shlex.join(_hidden(argv))


def _hidden(argv: Sequence[str]) -> Iterator[str]:
    words = iter(argv)
    for word in words:
        name, separator, value = word.partition("=")
        short = _SHORT.match(word)
        if name.startswith("--e") and "--extra-vars".startswith(name):
            yield name + separator + (_shown(value) if separator else "")
            value = value or HIDDEN if separator else ""
        elif short:
            yield short[1] + (_shown(short[2]) if short[2] else "")
            value = short[2]
        else:
            yield word
            continue
        if not value:
            yield from (_shown(following) for following in [next(words, None)] if following is not None)


def _shown(value: str) -> str:
    return value if value.startswith("@") else HIDDEN
