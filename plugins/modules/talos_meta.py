# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The META partition of Talos machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_meta
short_description: Read, write and remove keys of the META partition
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Brings keys of the META partition to their values on many machines, and lists those that are there. META outlives
    reboots and upgrades.
  - Keys that Talos keeps for its own boots and upgrades are refused before a machine is asked.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  nodes:
    description: Addresses of the machines.
    type: list
    elements: str
    required: true
  keys:
    description: The keys. Without any, those that are there are only listed.
    type: list
    elements: dict
    default: []
    suboptions:
      key:
        description:
          - Its number (V(0x0c) or V(12)), or its name.
          - Names are V(metal_network_platform_config), V(download_url_code), V(user_reserved_1), V(user_reserved_2),
            V(user_reserved_3), V(uuid_override) and V(unique_machine_token).
          - On bare metal a change of V(metal_network_platform_config) configures the network anew at once.
        type: str
        required: true
      value:
        description: The value; required with O(state=present).
        type: str
  state:
    description: Whether the keys shall be there.
    type: str
    choices: [present, absent]
    default: present
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer at first. Check mode tries once.
    type: int
    default: 60
notes:
  - The talosconfig needs the role C(os:admin), or C(os:reader) and, to change something, C(os:meta:writer).
  - Values of V(download_url_code), V(unique_machine_token) and the disk encryption's own key show as keyed digests.
seealso:
  - module: kubevim.nfvi.talos_info
"""

EXAMPLES = r"""
- name: Note down where machines stand
  kubevim.nfvi.talos_meta:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12]
    keys:
      - {key: user_reserved_1, value: rack-7}

- name: Remove it
  kubevim.nfvi.talos_meta:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12]
    keys:
      - key: "0x0c"
    state: absent
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
    - "create META of node 10.20.30.11: 0x0c (none) → rack-7"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
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
    meta:
      description: All keys that it has. Field name is null for a key without one.
      type: list
      elements: dict
      sample:
        - {key: "0x0c", name: user_reserved_1, value: rack-7}
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_meta
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

KEY = {"key": {"type": "str", "required": True, "no_log": False}, "value": {"type": "str"}}
SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "required": True},
    "keys": {"type": "list", "elements": "dict", "default": [], "options": KEY, "no_log": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_meta.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
