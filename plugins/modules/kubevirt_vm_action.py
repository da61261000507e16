# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting, stopping and moving virtual machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubevirt_vm_action
short_description: Start, stop, restart, pause and migrate virtual machines
version_added: "0.1.0"
description:
  - Does one thing to many virtual machines at once, by KubeVirt's own verbs, and waits until it is really done, with
    one watch for all of them.
  - A machine that is already as it is wanted is left alone. All machines are judged before the first is touched, by the
    rules of KubeVirt's API, and what it would refuse is refused, with its own reason.
options:
  action:
    description:
      - V(start) - it runs. A C(runStrategy) of C(Halted) becomes C(Always).
      - V(stop) - it does not run. A C(runStrategy) of C(Always) or C(Once) becomes C(Halted).
      - V(restart) - its guest makes room for another one, of the newest template.
      - V(pause) - its guest stands still, and keeps its memory, its node and its addresses.
      - V(unpause) - its guest goes on.
      - V(migrate) - its guest moves to another node without an outage.
      - V(soft_reboot) - its guest is asked to boot anew, by its agent or by ACPI. Whether it does cannot be seen from
        outside, so nothing is waited for.
    type: str
    choices: [start, stop, restart, pause, unpause, migrate, soft_reboot]
    required: true
  vms:
    description: Names of the virtual machines.
    type: list
    elements: str
    default: []
  label_selectors:
    description: Label selectors that must all match, instead of names. None that match are a warning.
    type: list
    elements: str
    default: []
  namespace:
    description: The namespace of the machines.
    type: str
    default: default
  if_required:
    description: With O(action=restart), only those are restarted whose template has a change that needs it.
    type: bool
    default: false
  node:
    description: With O(action=migrate), the node to move to. A machine that is there stays.
    type: str
  grace_period:
    description:
      - With O(action=stop), seconds that the guest gets to shut down; its own setting by default.
      - With O(action=restart), only V(0) is known to KubeVirt, which ends the guest at once.
    type: int
  wait:
    description:
      - Wait until every machine is as wanted, until a new guest is up, or until migrations have succeeded, and fail at
        once where waiting cannot help.
    type: bool
    default: true
  wait_timeout:
    description: Seconds after which waiting ends, for all machines together.
    type: int
    default: 300
attributes:
  idempotent:
    support: partial
    details:
      - O(action=restart) without O(if_required), O(action=migrate) without O(node) and O(action=soft_reboot) do it
        again each time.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
notes:
  - V(start) and V(stop) write C(spec.runStrategy), so that M(kubevim.nfvi.kubevirt_vm) with another C(run_strategy)
    changes it back.
  - RV(impact) is that on these machines. What they serve may go on elsewhere.
  - Needs the right to list and watch virtualmachines and virtualmachineinstances, to update the subresource of the verb
    in C(subresources.kubevirt.io), and for migrations to list, watch and create virtualmachineinstancemigrations.
seealso:
  - module: kubevim.nfvi.kubevirt_vm
  - module: kubevim.nfvi.kubevirt_info
  - module: kubevim.nfvi.k8s_drain
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: Stop the virtual machines of one VNF
  kubevim.nfvi.kubevirt_vm_action:
    kubeconfig: ~/.kube/config
    action: stop
    label_selectors: [nfvi.kubevim.io/vnf-instance=upf-1]

- name: Bring changed templates into force, where they are not yet
  kubevim.nfvi.kubevirt_vm_action:
    kubeconfig: ~/.kube/config
    action: restart
    if_required: true
    label_selectors: [nfvi.kubevim.io/vnf-instance=upf-1]
"""

RETURN = r"""
vms:
  description: The machines as they are now or, in check mode, will be.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: upf-0
    namespace:
      description: Its namespace.
      type: str
      sample: upf
    run_strategy:
      description: When KubeVirt lets it run by itself, its C(spec.runStrategy).
      type: str
      sample: Always
    status:
      description: What kubectl shows of it, its C(status.printableStatus).
      type: str
      sample: Running
    ready:
      description: Whether its guest is up.
      type: bool
      sample: true
    node:
      description: Where its guest is; empty without one, and in check mode the one it is on now.
      type: str
      sample: edge-1
    paused:
      description: Whether its guest stands still.
      type: bool
      sample: false
    restart_required:
      description: Whether its template has a change that only the next guest will have.
      type: bool
      sample: false
actions:
  description: What was done, or in check mode would be, one line a change.
  returned: always
  type: list
  elements: str
  sample: [stop VirtualMachine upf/upf-0]
impact:
  description:
    - What the changes do to running service, at worst. C(none) for start, unpause and migrate, C(vm_restart) for
      restart and soft_reboot, C(outage) for stop and pause.
  returned: success
  type: str
  sample: outage
verified:
  description: False in check mode if a machine is not there yet because this same run makes it.
  returned: success
  type: bool
  sample: true
error:
  description: What went wrong.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - C(precondition) for what KubeVirt's API would refuse, C(unsupported) for a machine that cannot migrate,
          C(never_ready) when it failed, C(timeout), C(not_found), C(invalid_input), C(conflict), C(forbidden),
          C(unauthenticated), C(unreachable), C(internal).
      type: str
      sample: precondition
    reason:
      description: Why, in one sentence.
      type: str
      sample: "RunStrategy Halted does not support manual restart requests"
    object:
      description: The thing it happened to.
      type: str
      sample: "VirtualMachine upf/upf-0"
    path:
      description: The place in what was given.
      type: str
      sample: "vms[0]"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "stop and start it"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_read_spec
from ..module_utils.operations.session import kube_session
from ..module_utils.operations.vm import action

SPEC = kube_read_spec(
    action={
        "type": "str",
        "choices": ["start", "stop", "restart", "pause", "unpause", "migrate", "soft_reboot"],
        "required": True,
    },
    vms={"type": "list", "elements": "str", "default": []},
    label_selectors={"type": "list", "elements": "str", "default": []},
    namespace={"type": "str", "default": "default"},
    if_required={"type": "bool", "default": False},
    node={"type": "str"},
    grace_period={"type": "int"},
    wait={"type": "bool", "default": True},
    wait_timeout={"type": "int", "default": 300},
)

CALL = Call(SPEC, kube_session, action.run)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
