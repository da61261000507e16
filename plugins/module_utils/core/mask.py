# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in what people see: a keyed digest, so that a change shows and a weak password cannot be guessed from it."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from .path import Json, Path, every, put


@dataclass(frozen=True)
class Masker:
    """Masks with one key: a site's own, so that digests are comparable from run to run, else a fresh one."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def mask(self, value: Json) -> str:
        """``<secret 1f3a9c0d>``: equal values give equal text under one key."""
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
        digest = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        return f"<secret {digest[:12]}>"

    def masked(self, value: Json, paths: Iterable[Path]) -> Json:
        """A copy of ``value`` in which whatever lies at ``paths`` (``*`` for every item) is masked."""
        for path in paths:
            for where, secret in list(every(value, path)):
                if secret is not None:
                    value = put(value, where, self.mask(secret))
        return value
