# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a configuration, in the words a Talos node would use."""

from __future__ import annotations

from collections.abc import Sequence


class ConfigurationError(ValueError):
    """A configuration that Talos refuses; the text is what its API answers (with INVALID_ARGUMENT)."""


def several(problems: Sequence[str]) -> str:
    """Problems as Talos lists them: counted, one below the other, each behind a tab and a star."""
    counted = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
    return f"{counted} occurred:\n\t" + "\n\t".join(f"* {problem}" for problem in problems) + "\n\n"
