# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that go back to the Talos before their last upgrade."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_rollback
short_description: Bring Talos machines back to what they ran before
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - A machine keeps the Talos that it ran before its last upgrade. This has machines start it again, one after the
    other, workers before the control plane, and each only after the one before it is back.
  - A machine is back when it has a new boot id, B(runs another Talos than before) (with O(to), that version), has its
    services started, runs etcd again where it did before, and is ready where it was.
  - Before a control-plane machine goes down, every other member of etcd must work and the majority must stay; see
    O(quorum).
  - The first failure ends the task with all other machines as they were. A machine that says that it has nothing to go
    back to goes on as it is, and fails with kind C(precondition).
  - What a machine would go back to is asked of its boot loader; see O(to). Where that is known, a machine whose
    configuration has what the other version does not know is refused, as it would not start.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
attributes:
  idempotent:
    support: partial
    details:
      - With O(to), machines that run that version already are left alone, so that a run that was stopped is finished by
        the next one.
      - Without O(to), every call has all machines change over, and a second call has them change back.
options:
  nodes:
    description: Addresses of the machines.
    type: list
    elements: str
    required: true
  to:
    description:
      - The version that the machines are to run afterwards. One that runs it already is left alone.
      - A machine that would go back to another one is refused beforehand, if it tells. Machines tell when they were
        started by systemd-boot, through the firmware, and were neither upgraded nor rolled back since; after a restart
        by kexec, as upgrades mostly do, and with GRUB, they do not. Then it is found out after the restart, and is an
        error; the machine stays with what it has gone back to.
    type: str
  control_plane:
    description:
      - Addresses of the cluster's control-plane machines, to ask those that are not in O(nodes) for the health of their
        etcd. By default they are asked at the addresses which etcd's members advertise to clients.
    type: list
    elements: str
    default: []
  quorum:
    description:
      - V(required) fails when a member of etcd on another machine does not work, or the majority would be lost. Only a
        single member may go down, as there is no other way; RV(impact) is V(outage) then.
      - V(ignored) looks at etcd, tells the impact, and goes on.
    type: str
    choices: [required, ignored]
    default: required
  wait_timeout:
    description: Seconds that each machine may take.
    type: int
    default: 600
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer at first. Check mode tries once.
    type: int
    default: 60
notes:
  - Talos does not cordon or drain the node, and takes its configuration and its data along as they are.
  - The talosconfig needs the role C(os:admin).
seealso:
  - module: kubevim.nfvi.talos_upgrade
  - module: kubevim.nfvi.talos_power
"""

EXAMPLES = r"""
- name: Undo an upgrade to v1.13.2
  kubevim.nfvi.talos_rollback:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12, 10.20.30.13, 10.20.30.21]
    to: v1.13.0
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  type: bool
  returned: always
  sample: true
actions:
  description: What was done, or would be in check mode, one line a change. A version that nobody tells is (not known).
  type: list
  elements: str
  returned: always
  sample:
    - "roll back node 10.20.30.21: version v1.13.2 → v1.13.0"
    - "roll back node 10.20.30.11: version v1.13.2 → v1.13.0"
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
    version:
      description: Its Talos; null in check mode where that is not known beforehand.
      type: str
      sample: v1.13.0
    schematic:
      description:
        - Id of the schematic that its Talos was made of; null where none is told, and in check mode for one that will
          be rolled back.
      type: str
      sample: 376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba
    previous:
      description: The Talos that it ran before it was rolled back; null for one that was not.
      type: str
      sample: v1.13.2
    stage:
      description: Talos' own word for what it is doing; null in check mode for one that will be rolled back.
      type: str
      sample: running
    boot_id:
      description: Id of its boot; null in check mode for one that will be rolled back.
      type: str
      sample: 0d5cb1e2-6c0f-4f0e-9a39-0a0e4f8a2a51
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_rollback
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "required": True},
    "to": {"type": "str"},
    "control_plane": {"type": "list", "elements": "str", "default": []},
    "quorum": {"type": "str", "choices": ["required", "ignored"], "default": "required"},
    "wait_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_rollback.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
