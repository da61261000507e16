# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How BMCs are reached: what opens a Redfish session to one server's BMC."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from ...clients.redfish.client import Endpoint, Redfish
from ...core.error import InvalidInput
from ...core.given import Given
from ...core.mode import Mode
from .wanted import Bmc

Connect = Callable[[Bmc], Redfish]


def redfish_session(_given: Given, _mode: Mode) -> Connect:
    """Each server has a BMC of its own, so that what is handed on is the way to open one."""
    return connect


def connect(bmc: Bmc) -> Redfish:
    """A client for one BMC; raises `InvalidInput` for a CA file that cannot be read. Nothing is sent yet."""
    if bmc.ca_cert and bmc.validate_certs:
        _check(bmc, bmc.ca_cert)
    return Redfish(Endpoint(bmc.url, bmc.username, bmc.password, bmc.ca_cert, bmc.validate_certs))


def _check(bmc: Bmc, file: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError as exc:
        reason = f"{file}: no certificate in PEM form"
        raise InvalidInput(reason, object=bmc.object, path=(*bmc.path, "ca_cert")) from exc
    except OSError as exc:
        raise InvalidInput(f"{file}: {exc.strerror}", object=bmc.object, path=(*bmc.path, "ca_cert")) from exc
