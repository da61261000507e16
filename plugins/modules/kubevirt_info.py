# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading virtual machines with their guests."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubevirt_info
short_description: Read virtual machines with their guests
version_added: "0.1.0"
description:
  - Tells of virtual machines where their guests are, which addresses they have, what the guests' agents say, and
    whether a restart is due. It costs two list requests, however many there are.
  - Nothing that matches is an empty list, not a failure.
options:
  vms:
    description: Names of the virtual machines; all by default.
    type: list
    elements: str
    default: []
  label_selectors:
    description: Label selectors that must all match.
    type: list
    elements: str
    default: []
  namespace:
    description: Only machines in this namespace. All namespaces by default.
    type: str
extends_documentation_fragment:
  - kubevim.nfvi.attributes.info
  - kubevim.nfvi.kube
seealso:
  - module: kubevim.nfvi.kubevirt_vm
  - module: kubevim.nfvi.kubevirt_vm_action
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: Which virtual machines are there, and where
  kubevim.nfvi.kubevirt_info:
    kubeconfig: ~/.kube/config
  register: found

- name: Those of one VNF that wait for a restart
  ansible.builtin.debug:
    msg: "{{ found.vms | selectattr('restart_required') | map(attribute='name') | list }}"
"""

RETURN = r"""
vms:
  description: The machines, by namespace and name.
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
      description: Where its guest is; empty without one.
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
    labels:
      description: Its labels.
      type: dict
      sample: {nfvi.kubevim.io/vnf-instance: upf-1}
    phase:
      description: Its guest's phase; empty without one.
      type: str
      sample: Running
    live_migratable:
      description: Whether its guest can move; RV(vms[].conditions) say why not.
      type: bool
      sample: true
    agent_connected:
      description: Whether the agent in its guest answers.
      type: bool
      sample: true
    guest_os:
      description: What the agent says of the guest's operating system; empty without one.
      type: dict
      sample: {id: fedora, prettyName: Fedora Linux 44}
    interfaces:
      description: Its guest's interfaces.
      type: list
      elements: dict
      contains:
        name:
          description: The name of its network in the machine.
          type: str
          sample: default
        mac:
          description: Its MAC address.
          type: str
          sample: "00:00:00:5a:01:0b"
        addresses:
          description: Its IP addresses.
          type: list
          elements: str
          sample: [10.16.0.12]
    conditions:
      description: What KubeVirt says of the machine. Those of a machine without a guest may be of its last one.
      type: list
      elements: dict
      contains:
        type:
          description: What it is about.
          type: str
          sample: LiveMigratable
        status:
          description: C(True), C(False) or C(Unknown).
          type: str
          sample: "False"
        reason:
          description: Why, in one word.
          type: str
          sample: InterfaceNotLiveMigratable
        message:
          description: Why, in a sentence.
          type: str
          sample: cannot migrate VMI which does not use masquerade to connect to the pod network
actions:
  description: What was done, or in check mode would be; nothing ever is.
  returned: always
  type: list
  elements: str
  sample: []
impact:
  description: What the changes do to running service; C(none).
  returned: success
  type: str
  sample: none
verified:
  description: False in check mode if something could not be asked because this same run creates it.
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
        - One of C(not_found) where KubeVirt is not installed, C(invalid_input), C(forbidden), C(unauthenticated),
          C(unreachable), C(internal).
      type: str
      sample: not_found
    reason:
      description: Why, in one sentence.
      type: str
      sample: "/apis/kubevirt.io/v1/virtualmachines is not served"
    object:
      description: The thing it happened to.
      type: str
      sample: "VirtualMachine list"
    path:
      description: The place in what was given.
      type: str
      sample: ""
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "is its CustomResourceDefinition installed, in this version?"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_read_spec
from ..module_utils.operations.session import kube_session
from ..module_utils.operations.vm import info

SPEC = kube_read_spec(
    vms={"type": "list", "elements": "str", "default": []},
    label_selectors={"type": "list", "elements": "str", "default": []},
    namespace={"type": "str"},
)

CALL = Call(SPEC, kube_session, info.read)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
