# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service of Talos on many machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_service
short_description: Start, stop or restart a service of Talos
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Brings one service to a state on many machines, and waits until it is there.
  - Talos lets C(kubelet) be started and restarted, and services of extensions (C(ext-) and their name) be started,
    stopped and restarted. Anything else is refused before a machine is asked.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
attributes:
  idempotent:
    support: partial
    details: O(state=restarted) acts at every call.
options:
  nodes:
    description: Addresses of the machines.
    type: list
    elements: str
    required: true
  name:
    description: The service, as C(talosctl services) lists it.
    type: str
    required: true
  state:
    description: What the service shall be. A restart of one that is not started starts it.
    type: str
    choices: [started, stopped, restarted]
    default: started
  limit:
    description: On how many machines at a time it is done. A failure ends the task before the next ones.
    type: int
    default: 16
  wait:
    description: Whether to wait until the service runs and is healthy, or has stopped.
    type: bool
    default: true
  wait_timeout:
    description: Seconds that each batch of machines may take.
    type: int
    default: 120
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer at first. Check mode tries once.
    type: int
    default: 60
notes:
  - The talosconfig needs the role C(os:operator) or C(os:admin).
seealso:
  - module: kubevim.nfvi.talos_info
  - module: kubevim.nfvi.talos_power
"""

EXAMPLES = r"""
- name: Restart the kubelet of all workers, four at a time
  kubevim.nfvi.talos_service:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.21, 10.20.30.22, 10.20.30.23, 10.20.30.24, 10.20.30.25]
    name: kubelet
    state: restarted
    limit: 4

- name: Stop an extension's service
  kubevim.nfvi.talos_service:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.21]
    name: ext-iscsid
    state: stopped
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  type: bool
  returned: always
  sample: true
actions:
  description: What was done, or would be in check mode, one line a change.
  type: list
  elements: str
  returned: always
  sample:
    - "restart service kubelet on node 10.20.30.21"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: service_restart
verified:
  description: V(false) in check mode where a machine does not answer yet.
  type: bool
  returned: success
  sample: true
service:
  description: The service.
  type: str
  returned: success
  sample: kubelet
nodes:
  description: The machines in the order in which they were named, as they are now or, in check mode, will be.
  type: list
  elements: dict
  returned: success
  contains:
    address:
      description: Address of the machine.
      type: str
      sample: 10.20.30.21
    state:
      description: The service's state, in Talos' words.
      type: str
      sample: Running
    healthy:
      description: Whether it is healthy; null where that is not known.
      type: bool
      sample: true
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_service
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "required": True},
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["started", "stopped", "restarted"], "default": "started"},
    "limit": {"type": "int", "default": 16},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 120},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_service.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
