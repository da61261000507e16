# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses have a Talos API: their certificates, looked at in parallel. Nothing is sent and nothing trusted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Union

from ...core.error import NfviError, Unsupported
from ...core.library import absent
from .certificates import Facts
from .transport import Target, probe

try:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import DuplicateExtension
except ImportError as exc:
    absent("cryptography", exc)

Shown = Union[Facts, NfviError]


def certificates_at(targets: Iterable[Target], *, limit: int, timeout: float) -> list[Shown]:
    """What each address shows within ``timeout`` seconds, or why it shows nothing; ``limit`` at a time, in order."""
    return asyncio.run(_certificates_at(list(targets), limit, timeout))


async def _certificates_at(targets: list[Target], limit: int, timeout: float) -> list[Shown]:
    gate = asyncio.Semaphore(limit)

    async def guarded(target: Target) -> Shown:
        async with gate:
            return await _certificate_at(target, timeout)

    return list(await asyncio.gather(*(guarded(target) for target in targets)))


async def _certificate_at(target: Target, timeout: float) -> Shown:
    """Anything may listen at an address that nobody named: whatever its certificate is like, it is not our end."""
    try:
        return await probe(target, timeout)
    except NfviError as error:
        return error.about(f"node {target}")
    except (ValueError, TypeError, UnsupportedAlgorithm, DuplicateExtension) as error:
        return Unsupported(f"shows a certificate that cannot be read: {error}", object=f"node {target}")
