# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a cluster is and who we are there: a value, so that connections can be kept by it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cluster:
    """An API endpoint and credentials. Certificates and keys are PEM; ``authorization`` is the whole header's value.

    ``ca`` None means the machine's own trust store; ``tls_server_name`` is the name the server's certificate must bear
    when it is not that of ``server``. Secrets never show in its ``repr``.
    """

    server: str
    ca: bytes | None = field(default=None, repr=False)
    client_certificate: bytes | None = field(default=None, repr=False)
    client_key: bytes | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)
    verify: bool = True
    proxy: str | None = field(default=None, repr=False)
    tls_server_name: str | None = None


def bearer(token: str) -> str:
    """The header for a token (RFC 6750)."""
    return f"Bearer {token.strip()}"


def basic(username: str, password: str) -> str:
    """The header for a name and a password (RFC 7617); the API server itself has none, a proxy before it may."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
