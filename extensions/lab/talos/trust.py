# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which CAs a node goes by, and what trustd does on control planes: it signs for nodes without a CA key (workers)."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from ..config import private_directory
from .configuration.model import Configuration
from .pki import Authority, UnusableAuthority


def accepted_authorities(configuration: Configuration) -> bytes:
    """The CAs (PEM) of the clients and nodes that are let in: machine.ca and machine.acceptedCAs."""
    others = configuration.get("machine.acceptedCAs") or ()
    return b"\n".join(
        [configuration.pem("machine.ca.crt"), *(base64.b64decode(other.get("crt", "")) for other in others)]
    )


class Trust:
    """The CA keys of the lab's control planes, in files of mode 0600, so that workers find theirs."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "trust"

    def authority(self, certificate: bytes, key: bytes) -> Authority:
        """The CA of a node. A control plane brings the key and leaves it here for others.

        Raises ``UnusableAuthority`` when nobody has brought one yet.
        """
        file = self._folder / f"{hashlib.sha256(certificate).hexdigest()}.key"
        if not key:
            if not file.exists():
                raise UnusableAuthority("no control plane with this machine.ca has been there yet")
            return Authority.parse(certificate, file.read_bytes())
        authority = Authority.parse(certificate, key)
        private_directory(self._folder)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(key)
        return authority
