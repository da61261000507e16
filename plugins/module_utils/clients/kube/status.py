# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server says when it refuses: ``metav1.Status``, or any other text a proxy may answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...core.path import Json


@dataclass(frozen=True)
class Status:
    """A refusal. ``retry_after`` is in seconds, None when the server does not say."""

    code: int
    message: str
    reason: str = ""
    details: Mapping[str, Json] = field(default_factory=dict)
    retry_after: float | None = None

    @property
    def causes(self) -> list[Mapping[str, str]]:
        """One entry a wrong field: ``reason``, ``message``, ``field``."""
        return self.details.get("causes") or []

    @classmethod
    def parse(cls, code: int, body: Json, headers: Mapping[str, str]) -> Status:
        """From an answer; ``body`` is bytes or already parsed. The body's own code counts (a watch has no other)."""
        said = _loaded(body)
        if said.get("kind") != "Status":
            text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
            return cls(code, " ".join(text.split())[:300], retry_after=_seconds(headers.get("Retry-After")))
        details = said.get("details") or {}
        after = _seconds(headers.get("Retry-After") or details.get("retryAfterSeconds"))
        return cls(said.get("code") or code, said.get("message") or "", said.get("reason") or "", details, after)


def _loaded(body: Json) -> Mapping[str, Json]:
    if isinstance(body, bytes):
        try:
            body = json.loads(body)
        except ValueError:
            return {}
    return body if isinstance(body, Mapping) else {}


def _seconds(value: str | int | None) -> float | None:
    """``Retry-After`` in seconds; a date, which Kubernetes never sends, counts as nothing said."""
    try:
        return float(value) if value else None
    except ValueError:
        return None
