# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may speak to the BMC: basic authentication, and sessions with a token (DSP0266 §13.3)."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from .messages import BASE, RedfishError

# An iDRAC 9 lets a Redfish session idle for 30 minutes and has eight of them at most.
IDLE = 1800.0
LIMIT = 8


@dataclass(frozen=True)
class Session:
    """One login. ``used`` is when its token was last seen, on the clock of `Sessions`."""

    id: str
    username: str
    token: str = field(repr=False)
    created: str
    used: float


class Sessions:
    """The open sessions of one BMC. They live in memory: a BMC that restarts forgets them."""

    def __init__(self, username: str, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._username = username
        self._password = password
        self._clock = clock
        self._open: dict[str, Session] = {}

    def open(self, username: object, password: object) -> Session:
        """Log in; raises RedfishError for wrong credentials (401) or when there are too many sessions (503)."""
        if not self._knows(str(username), str(password)):
            raise RedfishError(f"{BASE}.AccessDenied", "this account")
        if len(self.all()) >= LIMIT:
            raise RedfishError(f"{BASE}.SessionLimitExceeded", headers={"Retry-After": "30"})
        created = datetime.now(UTC).isoformat(timespec="seconds")
        session = Session(secrets.token_hex(4), str(username), secrets.token_hex(16), created, self._clock())
        self._open[session.id] = session
        return session

    def close(self, session_id: str) -> bool:
        """Log out; False when there is no such session."""
        return self._open.pop(session_id, None) is not None

    def all(self) -> list[Session]:
        """The sessions that have not expired."""
        now = self._clock()
        self._open = {key: one for key, one in self._open.items() if now - one.used < IDLE}
        return list(self._open.values())

    def admit(self, headers: Mapping[str, str], path: str) -> None:
        """Let a request pass, or raise RedfishError (401). A token wins over basic authentication."""
        token = headers.get("X-Auth-Token")
        if token is not None:
            self._touch(token)
        elif not self._knows(*_basic(headers.get("Authorization", ""))):
            raise RedfishError(
                f"{BASE}.AccessDenied", path, headers={"WWW-Authenticate": 'Basic realm="RedfishService"'}
            )

    def _touch(self, token: str) -> None:
        session = next((one for one in self.all() if hmac.compare_digest(one.token, token)), None)
        if session is None:
            raise RedfishError(f"{BASE}.NoValidSession")
        self._open[session.id] = replace(session, used=self._clock())

    def _knows(self, username: str, password: str) -> bool:
        return username == self._username and hmac.compare_digest(password.encode(), self._password.encode())


def _basic(header: str) -> tuple[str, str]:
    """User and password of an ``Authorization: Basic`` header (RFC 7617); empty ones for anything else."""
    scheme, _space, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        username, _colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return username, password
