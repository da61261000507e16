# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all calls to one machine have in common."""

from __future__ import annotations

from typing import Any

from ...core.error import Internal
from .certificates import Facts
from .transport import Transport

MACHINE = "machine.MachineService"


class Calls:
    """Calls over one connection."""

    def __init__(self, transport: Transport) -> None:
        self.name = transport.name
        self.target = transport.target
        self._transport = transport

    @property
    def peer(self) -> Facts:
        """What the certificate says that the machine showed."""
        return self._transport.peer

    async def _one(self, name: str, **fields: Any) -> Any:
        """The only message of a unary reply of the machine service."""
        reply = await self._transport.call(MACHINE, name, **fields)
        self._refused(reply.messages)
        if not reply.messages:
            raise Internal(f"answered {name} with nothing", object=self.name)
        return reply.messages[0]

    def _refused(self, messages: Any) -> None:
        """apid reports a failure of a proxied node inside an otherwise good reply (api/common/common.proto)."""
        for message in messages:
            if message.metadata.error:
                raise Internal(message.metadata.error, object=self.name)
