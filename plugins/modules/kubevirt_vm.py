# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeVirt virtual machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubevirt_vm
short_description: Manage KubeVirt virtual machines
version_added: "0.1.0"
description:
  - Brings virtual machines to a state, and waits until their guests run. A virtual machine that cannot be scheduled,
    or whose image cannot be pulled, fails
    with the cluster's own reason as soon as waiting cannot help.
  - Cloud-init data is kept in a Secret next to the virtual machine.
options:
  vms:
    description: The virtual machines. For O(state=absent) name and namespace are enough.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, at most 63 characters.
        type: str
        required: true
      namespace:
        description: Namespace.
        type: str
        default: default
      cores:
        description: Number of virtual CPUs.
        type: int
        default: 1
      memory:
        description: Memory of the guest, for example V(2Gi). Needed for O(state=present).
        type: str
      hugepages:
        description: Page size if the memory is to come from hugepages, for example V(1Gi).
        type: str
      dedicated_cpu:
        description: Whether every virtual CPU gets a CPU of its own.
        type: bool
        default: false
      disks:
        description: Disks, the first one is booted from.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the disk.
            type: str
            required: true
          container_disk:
            description: Image with the disk, best by digest.
            type: str
          pvc:
            description: PersistentVolumeClaim that holds the disk.
            type: str
          bus:
            description: Bus on which the guest sees it.
            type: str
            choices: [virtio, scsi, sata, usb]
            default: virtio
      interface:
        description: The network interface, a port of a Kube-OVN subnet.
        type: dict
        suboptions:
          name:
            description: Name of the interface.
            type: str
            required: true
          subnet:
            description: Name of the subnet.
            type: str
            required: true
          ip:
            description: Fixed address. One of the subnet's by default.
            type: str
          mac:
            description: Fixed MAC address.
            type: str
      cloud_init:
        description: NoCloud data for the guest.
        type: dict
        suboptions:
          user_data:
            description: User data. Never shown.
            type: str
          network_data:
            description: Network data. Never shown.
            type: str
      run_strategy:
        description: When the guest is to run.
        type: str
        choices: [Always, Halted, Manual, Once, RerunOnFailure]
        default: Always
      node_selector:
        description: Labels that the node must have.
        type: dict
      labels:
        description: Labels for the virtual machine and its guest.
        type: dict
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
notes:
  - A change that only the next guest will have is not waited for. M(kubevim.nfvi.kubevirt_info) tells by
    C(restart_required) where one is due.
  - A guest of 1 GiB or more that can migrate gets more memory while it runs, when it is migrated the next time. Its
    condition C(HotMemoryChange) tells that it has not got it yet.
seealso:
  - module: kubevim.nfvi.vnf_instance
  - module: kubevim.nfvi.kubeovn_subnet
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: A firewall in the user plane
  kubevim.nfvi.kubevirt_vm:
    kubeconfig: ~/.kube/config
    vms:
      - name: fw
        namespace: upf
        cores: 2
        memory: 2Gi
        disks:
          - name: root
            container_disk: registry.example.net/firewall:1.4
        interface:
          name: n3
          subnet: ran-up-n3
"""

RETURN = r"""
vms:
  description: The virtual machines as they are, or in check mode would be, in the order given.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubevirt.io/v1
      kind: VirtualMachine
      metadata:
        name: fw
        namespace: upf
      status:
        printableStatus: Running
        ready: true
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create VirtualMachine upf/fw"]
impact:
  description:
    - What the changes do to running service, at worst. One of C(none), C(service_restart), C(pod_restart),
      C(vm_restart), C(node_reboot), C(outage).
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
        - One of C(invalid_input), C(not_found), C(conflict), C(forbidden), C(unauthenticated), C(unreachable),
          C(timeout), C(never_ready), C(unsupported), C(precondition), C(capacity), C(stale_plan), C(busy),
          C(partial), C(internal).
      type: str
      sample: never_ready
    reason:
      description: Why, in one sentence.
      type: str
      sample: "ErrorUnschedulable: 0/1 nodes are available: 1 Insufficient memory."
    object:
      description: The thing it happened to.
      type: str
      sample: "VirtualMachine upf/fw"
    path:
      description: The place in what was given.
      type: str
      sample: "vms[0]"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "kubectl get vmi,pods -A"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_spec
from ..module_utils.operations.session import kube_session
from ..module_utils.resources.kubevirt import vm

DISK = {
    "name": {"type": "str", "required": True},
    "container_disk": {"type": "str"},
    "pvc": {"type": "str"},
    "bus": {"type": "str", "choices": ["virtio", "scsi", "sata", "usb"], "default": "virtio"},
}
INTERFACE = {
    "name": {"type": "str", "required": True},
    "subnet": {"type": "str", "required": True},
    "ip": {"type": "str"},
    "mac": {"type": "str"},
}
CLOUD_INIT = {"user_data": {"type": "str", "no_log": True}, "network_data": {"type": "str", "no_log": True}}
VM = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "default": "default"},
    "cores": {"type": "int", "default": 1},
    "memory": {"type": "str"},
    "hugepages": {"type": "str"},
    "dedicated_cpu": {"type": "bool", "default": False},
    "disks": {"type": "list", "elements": "dict", "options": DISK},
    "interface": {"type": "dict", "options": INTERFACE},
    "cloud_init": {"type": "dict", "options": CLOUD_INIT},
    "run_strategy": {
        "type": "str",
        "choices": ["Always", "Halted", "Manual", "Once", "RerunOnFailure"],
        "default": "Always",
    },
    "node_selector": {"type": "dict"},
    "labels": {"type": "dict"},
}
SPEC = kube_spec(vms={"type": "list", "elements": "dict", "required": True, "options": VM})

CALL = Call(SPEC, kube_session, vm.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
