# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operating system of many machines, upgraded in place."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_upgrade
short_description: Upgrade the operating system of Talos machines
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Brings machines to the Talos of an installer image, a few workers at a time and then the control plane one by one,
    each batch only after the one before it is back. Machines that run it already are not touched, so that a run that
    was stopped is finished by the next one.
  - A machine is back when it has a new boot id, B(runs the version and the schematic that were asked for), has its
    services started, runs etcd again where it did before, and is ready where it was. A machine that has gone back to
    its old system, because the new one did not boot, is told as such.
  - Before a control-plane machine goes down, every other member of etcd must work and the majority must stay; see
    O(quorum).
  - The first failure ends the task with all other machines as they were. So does an image that cannot be pulled, or an
    installer that fails; nothing has been restarted then.
  - Talos 1.13 and later are upgraded by C(ImageService.Pull), C(LifecycleService.Upgrade) and a reboot, older versions
    by C(MachineService.Upgrade); see O(method).
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  nodes:
    description: Addresses of the machines.
    type: list
    elements: str
    required: true
  image:
    description:
      - The installer image, with a tag, a digest or both; M(kubevim.nfvi.talos_schematic) names one. Machines pull it
        themselves.
      - From Talos 1.14 on, C(ghcr.io/siderolabs/installer) is not published any more.
    type: str
    required: true
  version:
    description: The version in the image. By default the image's tag.
    type: str
  schematic:
    description:
      - Id of the schematic that the machines are to run afterwards. By default the one in the image's name.
      - When neither tells one, only versions are compared.
    type: str
  allow:
    description:
      - What is not done otherwise.
      - V(downgrade) goes back to an older version; installers take machines of at most one minor above their own.
      - V(minor_skip) leaves out a minor; installers take machines of at most two minors below their own.
      - V(kubernetes) upgrades to a Talos that is not made for the Kubernetes in the machine's configuration.
    type: list
    elements: str
    choices: [downgrade, minor_skip, kubernetes]
    default: []
  method:
    description:
      - V(auto) takes the newer calls for machines that have them, and the older one for others.
      - V(legacy) takes the older one, which Talos has until 1.17. It drains the node itself, and is needed for machines
        that boot with GRUB and take C(machine.install.extraKernelArgs) from their configuration, as the newer calls
        ignore those.
    type: str
    choices: [auto, lifecycle, legacy]
    default: auto
  reboot_mode:
    description:
      - V(powercycle) restarts through the firmware instead of starting the kernel directly.
      - V(force) stops nothing beforehand; the older call does not have it.
    type: str
    choices: [default, powercycle, force]
    default: default
  stage:
    description: Install only after a first restart, when nothing uses the disk; the older call alone has it.
    type: bool
    default: false
  limit:
    description: How many workers are down at a time.
    type: int
    default: 1
  zones:
    description: Failure domains of workers by their addresses. Workers of two zones are never down together.
    type: dict
    default: {}
  canary:
    description: Whether the first machine goes alone, whatever O(limit) says.
    type: bool
    default: false
  soak:
    description:
      - Seconds for which the first batch is watched before the next one goes. It must not restart, and must be well at
        the end.
    type: int
    default: 0
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
      - V(ignored) looks at etcd, tells the impact, and goes on. The older call is told to do the same.
    type: str
    choices: [required, ignored]
    default: required
  wait_timeout:
    description:
      - Seconds that each step of a batch may take - to pull the image, to install it, and to be back.
    type: int
    default: 600
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer at first. Check mode tries once.
    type: int
    default: 60
notes:
  - The newer calls do not cordon or drain the node; do so before, one batch of RV(batches) at a time.
  - What lies on the machine's other partitions is kept, by both generations of calls.
  - The talosconfig needs the role C(os:admin).
seealso:
  - module: kubevim.nfvi.talos_schematic
  - module: kubevim.nfvi.talos_power
"""

EXAMPLES = r"""
- name: Upgrade a cluster, one machine first and then workers two at a time
  kubevim.nfvi.talos_upgrade:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12, 10.20.30.13, 10.20.30.21, 10.20.30.22, 10.20.30.23]
    image: factory.talos.dev/metal-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:v1.13.2
    canary: true
    soak: 300
    limit: 2
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
    - "upgrade node 10.20.30.21: version v1.13.0 → v1.13.2"
    - "upgrade node 10.20.30.11: version v1.13.0 → v1.13.2"
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
batches:
  description: The machines that were to be upgraded, in the order and in the groups in which they go down.
  type: list
  elements: list
  returned: success
  sample:
    - [10.20.30.21]
    - [10.20.30.11]
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
      description: Its Talos; null where it does not answer yet.
      type: str
      sample: v1.13.2
    schematic:
      description: Id of the schematic that its Talos was made of; null where none is told.
      type: str
      sample: 376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba
    method:
      description: The calls with which it was upgraded; null for one that was not.
      type: str
      sample: lifecycle
    stage:
      description: Talos' own word for what it is doing; null in check mode for one that will be upgraded.
      type: str
      sample: running
    boot_id:
      description: Id of its boot; null in check mode for one that will be upgraded.
      type: str
      sample: 0d5cb1e2-6c0f-4f0e-9a39-0a0e4f8a2a51
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_upgrade
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "required": True},
    "image": {"type": "str", "required": True},
    "version": {"type": "str"},
    "schematic": {"type": "str"},
    "allow": {
        "type": "list",
        "elements": "str",
        "choices": ["downgrade", "minor_skip", "kubernetes"],
        "default": [],
    },
    "method": {"type": "str", "choices": ["auto", "lifecycle", "legacy"], "default": "auto"},
    "reboot_mode": {"type": "str", "choices": ["default", "powercycle", "force"], "default": "default"},
    "stage": {"type": "bool", "default": False},
    "limit": {"type": "int", "default": 1},
    "zones": {"type": "dict", "default": {}},
    "canary": {"type": "bool", "default": False},
    "soak": {"type": "int", "default": 0},
    "control_plane": {"type": "list", "elements": "str", "default": []},
    "quorum": {"type": "str", "choices": ["required", "ignored"], "default": "required"},
    "wait_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_upgrade.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
