# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The upkeep of a Talos cluster's etcd."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_etcd
short_description: Keep etcd of a Talos cluster in order
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Reads etcd's members, leader, alarms and database sizes, and changes what is asked for. Without any such option it
    only reads.
  - Changes are made one after the other, in an order that keeps etcd serving. Alarms first, then members, leadership,
    and the databases, that of the leader last.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  nodes:
    description: Addresses of the control-plane machines that are asked, and worked on.
    type: list
    elements: str
    required: true
  absent:
    description:
      - Members that are to leave, by host name or hexadecimal identifier. Meant for machines that are gone for good; a
        machine that still runs leaves by itself when it is reset gracefully.
    type: list
    elements: str
    default: []
  not_leader:
    description: Addresses, among O(nodes), of machines that are not to hold the leadership, as before a restart.
    type: list
    elements: str
    default: []
  disarm:
    description: Whether to switch off all alarms. Make room first, or they are back.
    type: bool
    default: false
  defragment_below:
    description: Defragment each database of which a smaller share than this (between 0 and 1) is in use.
    type: float
seealso:
  - module: kubevim.nfvi.talos_etcd_snapshot
  - module: kubevim.nfvi.talos_bootstrap
"""

EXAMPLES = r"""
- name: Forget a machine that burned down
  kubevim.nfvi.talos_etcd:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12]
    absent: [c3]

- name: Give space back where more than half of a database is free
  kubevim.nfvi.talos_etcd:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12, 10.20.30.13]
    defragment_below: 0.5
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
    - "remove etcd member c3 (8e9e05c52164694d)"
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
etcd:
  description: What etcd says; in check mode, before the changes.
  type: dict
  returned: success
  contains:
    members:
      description: The members as the first machine of O(nodes) lists them.
      type: list
      elements: dict
      contains:
        id:
          description: Identifier in hexadecimal.
          type: str
          sample: 8e9e05c52164694d
        hostname:
          description: Name of the machine; empty until its member has started.
          type: str
          sample: c1
        peer_urls:
          description: Where other members reach it.
          type: list
          elements: str
          sample: ["https://10.20.30.11:2380"]
        client_urls:
          description: Where clients reach it.
          type: list
          elements: str
          sample: ["https://10.20.30.11:2379"]
        learner:
          description: Whether it does not vote yet.
          type: bool
          sample: false
    alarms:
      description: Alarms that are on.
      type: list
      elements: dict
      contains:
        member:
          description: Identifier of the member in hexadecimal.
          type: str
          sample: 8e9e05c52164694d
        alarm:
          description: V(NOSPACE) or V(CORRUPT).
          type: str
          sample: NOSPACE
    nodes:
      description: The machines in the order of O(nodes), each with its own member.
      type: list
      elements: dict
      contains:
        address:
          description: Address of the machine.
          type: str
          sample: 10.20.30.11
        member:
          description: Identifier of its member in hexadecimal.
          type: str
          sample: 8e9e05c52164694d
        leader:
          description: Identifier of the leader in hexadecimal, as it knows it.
          type: str
          sample: 8e9e05c52164694d
        is_leader:
          description: Whether it is the leader itself.
          type: bool
          sample: true
        learner:
          description: Whether it does not vote yet.
          type: bool
          sample: false
        version:
          description: Version of etcd.
          type: str
          sample: 3.6.8
        size:
          description: Size of its database in bytes.
          type: int
          sample: 6619136
        used:
          description: Bytes of it that are in use.
          type: int
          sample: 2850816
        errors:
          description: What it complains of.
          type: list
          elements: str
          sample: []
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_etcd
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

TEXTS = {"type": "list", "elements": "str", "default": []}
SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "required": True},
    "absent": TEXTS,
    "not_leader": TEXTS,
    "disarm": {"type": "bool", "default": False},
    "defragment_below": {"type": "float"},
}

CALL = Call(SPEC, talos_session, talos_etcd.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
