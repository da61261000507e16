# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option that names servers and their BMCs, as every module for BMCs has it (doc fragment ``bmc``)."""

from __future__ import annotations

from typing import Any

_BMC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "url": {"type": "str", "required": True},
    "username": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "ca_cert": {"type": "path"},
    "validate_certs": {"type": "bool", "default": True},
    "macs": {"type": "list", "elements": "str"},
}
BMCS: dict[str, Any] = {"type": "list", "elements": "dict", "required": True, "options": _BMC}
