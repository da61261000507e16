# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Performs an API module's call in the worker: milliseconds instead of a shipped zip and a fresh interpreter.

This is the one action plugin of all API modules. Each has a file here that bears its name, so that Ansible finds it and
loads it, with all that the module imports, once and before workers fork. Redirects in meta/runtime.yml would do with
one file, but then module_defaults of one module would reach all others.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.call import Call
from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.lifeline import die_with_parent
from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules import k8s_objects as _preloaded  # noqa: F401

COLLECTION = "kubevim.nfvi."
MODULES = "ansible_collections.kubevim.nfvi.plugins.modules."


class ActionModule(ActionBase):
    """One action plugin for all API modules."""

    _supports_check_mode = True
    _supports_diff = True
    _supports_async = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        if self._shipped():
            shipped = self._execute_module(
                module_name=self._task.action, task_vars=task_vars, wrap_async=self._task.async_val
            )
            return {**result, **shipped}
        die_with_parent()
        name = self._task.action.rpartition(".")[2]
        call: Call = importlib.import_module(MODULES + name).CALL
        display = Display()
        return {
            **result,
            **run_in_worker(
                call,
                self._task.args,
                environment=self._environment(),
                check=bool(self._task.check_mode),
                diff=bool(self._task.diff),
                progress=lambda line: display.display(f"  {name}: {line}"),
            ),
        }

    def _shipped(self) -> bool:
        """A task for another host or user, or an asynchronous one, means what it says: the module goes there."""
        return (
            self._connection.transport != "local" or self._connection.become is not None or bool(self._task.async_val)
        )

    def _environment(self) -> dict[str, str]:
        """The task's ``environment:``, which Ansible applies to modules only."""
        merged: dict[str, str] = {}
        for entry in self._task.environment or []:
            templated = self._templar.template(entry)
            merged.update({key: str(value) for key, value in (templated or {}).items()})
        return merged
