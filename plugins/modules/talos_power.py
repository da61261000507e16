# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that restart or are shut down."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_power
short_description: Restart Talos machines, or shut them down
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Restarts machines, or shuts them down, a few at a time - workers before the control plane, and each batch only after
    the one before it is back. What goes wrong ends the task, so that no further machine goes down.
  - A restart is over when the machine has a new boot id, is running or booting with its services started, and runs etcd
    again where it did before. A shutdown is over when the machine does not answer any more.
  - Before a control-plane machine goes down, the health of all etcd members is looked at. When etcd would lose its
    majority, nothing is done; see O(quorum).
  - Every call does what it is asked for, so O(state=rebooted) always changes something.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
attributes:
  idempotent:
    support: none
    details:
      - A restart is an action. A machine that is switched off cannot be told from one that is broken, so shutting it
        down again fails with kind C(unreachable).
options:
  nodes:
    description: Addresses of the machines.
    type: list
    elements: str
    required: true
  state:
    description: Whether the machines come back.
    type: str
    choices: [rebooted, shutdown]
    default: rebooted
  mode:
    description:
      - How it is done. V(powercycle) restarts through the firmware instead of starting the kernel directly.
      - With V(force), a restart stops nothing beforehand (since Talos 1.12), and a shutdown does not cordon and drain.
    type: str
    choices: [default, powercycle, force]
    default: default
  limit:
    description: How many workers are down at a time.
    type: int
    default: 1
  control_plane_limit:
    description: How many control-plane machines are down at a time.
    type: int
    default: 1
  control_plane:
    description:
      - Addresses of the cluster's control-plane machines, to ask those that are not in O(nodes) for the health of their
        etcd. By default they are asked at the addresses which etcd's members advertise to clients.
    type: list
    elements: str
    default: []
  quorum:
    description:
      - V(required) fails rather than take away etcd's majority. Only a single member may be restarted, as there is no
        other way; RV(impact) is V(outage) then.
      - V(ignored) looks at etcd, tells the impact, and goes on.
    type: str
    choices: [required, ignored]
    default: required
  wait_timeout:
    description: Seconds that each batch of machines may take.
    type: int
    default: 600
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer at first. Check mode tries once.
    type: int
    default: 60
notes:
  - A restart by Talos' API does not cordon or drain the node; a shutdown does, unless O(mode=force).
  - The talosconfig needs the role C(os:admin), as only that may read a machine's boot id.
seealso:
  - module: kubevim.nfvi.bmc_power
  - module: kubevim.nfvi.talos_reset
"""

EXAMPLES = r"""
- name: Restart a cluster, workers two at a time, then the control plane one by one
  kubevim.nfvi.talos_power:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12, 10.20.30.13, 10.20.30.21, 10.20.30.22]
    state: rebooted
    limit: 2

- name: Shut a whole site down
  kubevim.nfvi.talos_power:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.21]
    state: shutdown
    quorum: ignored
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
    - "reboot node 10.20.30.21"
    - "reboot node 10.20.30.11"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: node_reboot
verified:
  description: V(false) in check mode where a machine does not answer yet.
  type: bool
  returned: success
  sample: true
nodes:
  description: The machines in the order in which they were named, as they are now or, in check mode, will be.
  type: list
  elements: dict
  returned: success
  contains:
    address:
      description: Address of the machine.
      type: str
      sample: 10.20.30.11
    hostname:
      description: Its name; null where it does not answer yet.
      type: str
      sample: e1
    control_plane:
      description: Whether it belongs to the control plane; null where it does not answer yet.
      type: bool
      sample: true
    reachable:
      description: V(false) for one that is switched off.
      type: bool
      sample: true
    stage:
      description: Talos' own word for what it is doing; null in check mode and for one that is switched off.
      type: str
      sample: running
    boot_id:
      description: The new boot's id; null in check mode and for one that is switched off.
      type: str
      sample: 0d5cb1e2-6c0f-4f0e-9a39-0a0e4f8a2a51
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_power
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "required": True},
    "state": {"type": "str", "choices": ["rebooted", "shutdown"], "default": "rebooted"},
    "mode": {"type": "str", "choices": ["default", "powercycle", "force"], "default": "default"},
    "limit": {"type": "int", "default": 1},
    "control_plane_limit": {"type": "int", "default": 1},
    "control_plane": {"type": "list", "elements": "str", "default": []},
    "quorum": {"type": "str", "choices": ["required", "ignored"], "default": "required"},
    "wait_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_power.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
