# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task's whole result, one JSON line each, into the file that NFVI_RECORD names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: aggregate
short_description: Records results
description: For tests.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Records what the screen does not show."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record(result, failed=False)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record(result, failed=True)

    def _record(self, result: Any, *, failed: bool) -> None:
        """Ansible takes ``failed`` out of a result whose failure is ignored."""
        told = {**result._result, "failed": failed}
        line = json.dumps({"task": result._task.get_name(), "result": told}, default=str)
        with Path(os.environ["NFVI_RECORD"]).open("a") as record:
            record.write(line + "\n")
