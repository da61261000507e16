# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks of Talos machines that are to be empty."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_disk_wipe
short_description: Wipe disks of Talos machines that nothing uses
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Wipes whole disks, so that Talos, or a storage operator, can make something new of them.
  - The system disk, a read-only disk and one that is in use (by a volume, or as a part of a RAID or a volume group) are
    refused before anything is wiped anywhere.
  - Works on machines in maintenance mode too.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
attributes:
  idempotent:
    support: partial
    details: O(method=zeroes) acts at every call, as nobody can tell whether a disk was overwritten before.
options:
  nodes:
    description: Addresses of the machines.
    type: list
    elements: str
    required: true
  disks:
    description:
      - The disks, on every machine, by name (V(sdb)), path (V(/dev/sdb)) or link (V(/dev/disk/by-id/…)). Names may
        change from one boot to the next.
    type: list
    elements: str
    required: true
  confirm:
    description: Has to be V(true) when a disk is to be wiped. Otherwise the task fails and tells what would be lost.
    type: bool
    default: false
  method:
    description:
      - V(fast) removes the signatures of partition tables and file systems, which leaves data behind that can be read
        from the raw disk. A disk without any signature is left alone.
      - V(zeroes) overwrites all of it, with the disk's own means where it has some.
    type: str
    choices: [fast, zeroes]
    default: fast
  wipe_timeout:
    description: Seconds that each machine may take. V(zeroes) takes hours on large disks.
    type: int
    default: 600
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer at first. Check mode tries once.
    type: int
    default: 60
notes:
  - The talosconfig needs the role C(os:admin), except in maintenance mode, where none is needed.
seealso:
  - module: kubevim.nfvi.talos_reset
"""

EXAMPLES = r"""
- name: Empty the data disks of the storage nodes
  kubevim.nfvi.talos_disk_wipe:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.21, 10.20.30.22]
    disks: [/dev/nvme1n1, /dev/nvme2n1]
    confirm: true
"""

RETURN = r"""
changed:
  description: Whether anything was wiped, or would be in check mode.
  type: bool
  returned: always
  sample: true
actions:
  description: What was done, or would be in check mode, one line a change, with what was found on the disk.
  type: list
  elements: str
  returned: always
  sample:
    - "wipe disk nvme1n1 of node 10.20.30.21: content xfs → (none)"
impact:
  description: Always V(none), as only disks that nothing uses are wiped.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode where a machine does not answer yet.
  type: bool
  returned: success
  sample: true
nodes:
  description: The machines in the order in which they were named.
  type: list
  elements: dict
  returned: success
  contains:
    address:
      description: Address of the machine.
      type: str
      sample: 10.20.30.21
    disks:
      description: The disks that are meant, clean now or, in check mode, afterwards. Field size is in bytes.
      type: list
      elements: dict
      sample:
        - {name: nvme1n1, model: PM9A3, serial: S1, size: 960197124096}
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_disk_wipe
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "required": True},
    "disks": {"type": "list", "elements": "str", "required": True},
    "confirm": {"type": "bool", "default": False},
    "method": {"type": "str", "choices": ["fast", "zeroes"], "default": "fast"},
    "wipe_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_disk_wipe.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
