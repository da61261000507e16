# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call as an Ansible module: delegated, asynchronous, or on a host that is not the controller."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ..core.mode import silent
from .call import Call, perform


class DiscreetModule(AnsibleModule):  # type: ignore[misc]
    """Repeats its options nowhere: a list of objects may hold Secrets, which no ``no_log`` of an option knows."""

    def _log_invocation(self) -> None:
        """Nothing for the system log of the host."""


def run_module(call: Call) -> None:
    """Read the options, perform the call, exit as Ansible wants it."""
    module = DiscreetModule(argument_spec=call.spec, supports_check_mode=True, **call.rules)
    result = perform(call, module.params, check=module.check_mode, diff=module._diff, progress=silent)
    for text in result.pop("warnings", []):
        module.warn(text)
    result["invocation"] = {}  # else Ansible puts all options there, and -vvv shows them
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
