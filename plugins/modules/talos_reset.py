# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that are wiped."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_reset
short_description: Wipe Talos machines
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Wipes machines, a few at a time - workers before the control plane, and each batch only after the one before it has
    arrived. What goes wrong ends the task, so that no further machine is wiped.
  - A machine in maintenance mode has no configuration, and counts as reset already.
  - Before a control-plane machine is wiped, the health of all etcd members is looked at. Nothing is done when that
    would take etcd's last member or its majority; see O(force).
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
attributes:
  idempotent:
    support: partial
    details:
      - A machine that was reset and is in maintenance mode is left alone. Wiping parts that leave it its configuration
        is an action, and a machine that was switched off does not answer.
options:
  nodes:
    description: Addresses of the machines.
    type: list
    elements: str
    required: true
  graceful:
    description: Whether the node is first cordoned and drained, and leaves etcd.
    type: bool
    default: true
  reboot:
    description:
      - Whether the machine restarts; it is switched off otherwise. One whose system disk was wiped needs something else
        to boot from (the network, virtual media), and comes back in maintenance mode.
    type: bool
    default: true
  wipe_mode:
    description: Which disks are wiped.
    type: str
    choices: [all, system-disk, user-disks]
    default: all
  system_labels_to_wipe:
    description:
      - The only partitions of the system disk to be wiped; all of it by default. Without V(STATE) the machine keeps its
        configuration and comes back with it.
    type: list
    elements: str
    choices: [EPHEMERAL, META, STATE]
    default: []
  user_disks_to_wipe:
    description: Other disks to be wiped, as C(/dev/sdb).
    type: list
    elements: str
    default: []
  limit:
    description: How many workers are wiped at a time.
    type: int
    default: 1
  control_plane_limit:
    description: How many control-plane machines are wiped at a time.
    type: int
    default: 1
  control_plane:
    description:
      - Addresses of the cluster's control-plane machines, to ask those that are not in O(nodes) for the health of their
        etcd. By default they are asked at the addresses which etcd's members advertise to clients.
    type: list
    elements: str
    default: []
  force:
    description:
      - Whether to go on where etcd loses its majority, or its last member and with it the cluster's data. The last
        member cannot leave, so that takes O(graceful=false) as well.
    type: bool
    default: false
  wait_timeout:
    description: Seconds that each batch of machines may take.
    type: int
    default: 600
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer at first. Check mode tries once.
    type: int
    default: 60
notes:
  - The talosconfig needs the role C(os:admin).
seealso:
  - module: kubevim.nfvi.talos_apply
  - module: kubevim.nfvi.talos_power
"""

EXAMPLES = r"""
- name: Take a worker back to maintenance mode
  kubevim.nfvi.talos_reset:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.21]

- name: Throw away a single-node site
  kubevim.nfvi.talos_reset:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11]
    graceful: false
    force: true
    reboot: false

- name: Empty a worker's data partition and keep its configuration
  kubevim.nfvi.talos_reset:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.21]
    system_labels_to_wipe: [EPHEMERAL]
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
    - "wipe system disk of node 10.20.30.21"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: outage
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
      sample: 10.20.30.21
    reachable:
      description: V(false) for one that is switched off.
      type: bool
      sample: true
    maintenance:
      description: Whether it is in maintenance mode; null for one that is switched off.
      type: bool
      sample: true
    stage:
      description: Talos' own word for what it is doing; null where that is not known, or it is switched off.
      type: str
      sample: maintenance
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_reset
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "required": True},
    "graceful": {"type": "bool", "default": True},
    "reboot": {"type": "bool", "default": True},
    "wipe_mode": {"type": "str", "choices": ["all", "system-disk", "user-disks"], "default": "all"},
    "system_labels_to_wipe": {
        "type": "list",
        "elements": "str",
        "choices": ["EPHEMERAL", "META", "STATE"],
        "default": [],
    },
    "user_disks_to_wipe": {"type": "list", "elements": "str", "default": []},
    "limit": {"type": "int", "default": 1},
    "control_plane_limit": {"type": "int", "default": 1},
    "control_plane": {"type": "list", "elements": "str", "default": []},
    "force": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_reset.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
