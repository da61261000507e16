# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interfaces and volumes for virtual machines that run."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubevirt_hotplug
short_description: Plug network interfaces and volumes into virtual machines
version_added: "0.1.0"
description:
  - Plugs interfaces and volumes into virtual machines and unplugs them, in their templates and in the guests that run,
    and waits until the guests have them. Many machines take no longer than one.
  - An interface is written into the template, from where KubeVirt brings it to the guest. It does so at once where a
    dynamic networks controller runs, and else by a live migration. A virtual function comes by a migration only. A
    volume is plugged by KubeVirt's own verbs, at once.
  - What KubeVirt would refuse, or take and never do, is refused before anything is changed.
options:
  vms:
    description: The machines, and what is to be plugged into each. What is not named stays as it is.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the virtual machine.
        type: str
        required: true
      interfaces:
        description: Network interfaces.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the interface.
            type: str
            required: true
          state:
            description: Whether it is to be there. From a guest that runs only V(bridge) interfaces can be unplugged.
            type: str
            choices: [present, absent]
            default: present
          network:
            description:
              - NetworkAttachmentDefinition, of another namespace as V(namespace/name). One that is plugged in and gets
                another one takes a migration.
            type: str
          binding:
            description: How the guest is connected. KubeVirt plugs no other ones.
            type: str
            choices: [bridge, sriov]
            default: bridge
          mac:
            description: MAC address. One is made up by default.
            type: str
          model:
            description: Model of the network card, V(virtio) by default.
            type: str
          link:
            description: Whether the guest sees a carrier.
            type: str
            choices: [up, down]
            default: up
      volumes:
        description: Volumes, each with the disk that shows it to the guest.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the volume and of its disk.
            type: str
            required: true
          state:
            description: Whether it is to be there. Only what was plugged in can be unplugged.
            type: str
            choices: [present, absent]
            default: present
          claim:
            description: PersistentVolumeClaim that holds the disk. Excludes O(vms[].volumes[].data_volume).
            type: str
          data_volume:
            description: DataVolume that fills the disk.
            type: str
          bus:
            description: Bus on which the guest sees it.
            type: str
            choices: [scsi, virtio]
            default: scsi
          serial:
            description: Serial number that the guest sees.
            type: str
  namespace:
    description: The namespace of the machines.
    type: str
    default: default
  pending_policy:
    description:
      - What is done about a guest to which KubeVirt does not bring by itself what was plugged.
      - V(report) says so in RV(vms[].migration_required), RV(vms[].restart_required) and RV(vms[].pending).
      - V(migrate) migrates guests that need it. V(restart) restarts those that need that, or a migration.
    type: str
    choices: [report, migrate, restart]
    default: report
  wait:
    description: Wait until guests have what was plugged, or until it is known that they do not get it by themselves.
    type: bool
    default: true
  wait_timeout:
    description: Seconds after which waiting ends, for all machines together.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
    details:
      - KubeVirt's webhooks judge new interfaces in a dry run. Whether O(pending_policy) has anything to do shows only
        when it is applied.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
notes:
  - Volumes take one of the feature gates C(HotplugVolumes) and C(DeclarativeHotplugVolumes); see
    M(kubevim.nfvi.kubevirt_cluster).
  - The template is written, so what is plugged stays over a restart. M(kubevim.nfvi.kubevirt_vm) for the same machine
    with other interfaces or disks meets a conflict with the field manager C(kubevim.nfvi-hotplug), or takes them out.
  - What an unplugged interface or volume served is gone with it, so that RV(impact) is C(outage).
  - Needs the right to list, watch and patch virtualmachines, to list and watch virtualmachineinstances, to list
    kubevirts, and to update the subresources C(addvolume) and C(removevolume) of virtualmachines in
    C(subresources.kubevirt.io); for O(pending_policy) those of M(kubevim.nfvi.kubevirt_vm_action).
seealso:
  - module: kubevim.nfvi.kubevirt_cluster
  - module: kubevim.nfvi.kubevirt_vm
  - module: kubevim.nfvi.kubevirt_vm_action
  - module: kubevim.nfvi.network_attachment
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: A second interface for a firewall
  kubevim.nfvi.kubevirt_hotplug:
    kubeconfig: ~/.kube/config
    namespace: upf
    vms:
      - name: fw
        interfaces:
          - name: n6
            network: n6

- name: No data disk any more
  kubevim.nfvi.kubevirt_hotplug:
    kubeconfig: ~/.kube/config
    namespace: upf
    vms:
      - name: fw
        volumes:
          - name: data
            state: absent
"""

RETURN = r"""
vms:
  description: What was wanted of each machine as it is now or, in check mode, will be, in the order given.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the machine.
      type: str
      sample: fw
    namespace:
      description: Its namespace.
      type: str
      sample: upf
    running:
      description: Whether it has a guest.
      type: bool
      sample: true
    interfaces:
      description: The interfaces, in the order given.
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          type: str
          sample: n6
        network:
          description: Its NetworkAttachmentDefinition; empty when it is gone.
          type: str
          sample: n6
        plugged:
          description: Whether the guest has it.
          type: bool
          sample: true
        mac:
          description: Its MAC address in the guest; empty when it is not known.
          type: str
          sample: "02:00:00:00:00:06"
        addresses:
          description: Its addresses in the guest, as far as they are known.
          type: list
          elements: str
          sample: [10.60.6.5]
    volumes:
      description: The volumes, in the order given.
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          type: str
          sample: data
        source:
          description: The claim or DataVolume that was given.
          type: str
          sample: data
        plugged:
          description: Whether the guest has it.
          type: bool
          sample: true
        phase:
          description:
            - How far it is, for example C(Bound), C(AttachedToNode), C(MountedToPod), C(Ready); empty when it is not
              there.
          type: str
          sample: Ready
        target:
          description: How KubeVirt calls its disk.
          type: str
          sample: sda
    restart_required:
      description: Whether the template has a change that only the next guest will have.
      type: bool
      sample: false
    migration_required:
      description: Whether the guest gets what was plugged by a migration only.
      type: bool
      sample: false
    pending:
      description: What the guest has not got, or not lost, yet.
      type: list
      elements: str
      sample: []
actions:
  description: What was done, or in check mode would be, one line a change.
  returned: always
  type: list
  elements: str
  sample:
    - 'unplug VirtualMachine upf/fw: spec.template.spec.domain.devices.disks[1] {"name": "data"} → (none)'
impact:
  description: What the changes do to running service, at worst. C(none), C(vm_restart), C(outage).
  returned: success
  type: str
  sample: none
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
        - C(unsupported) for what cannot be plugged into a guest that runs, or into none without a feature gate,
          C(precondition) for a network or a claim that is missing, C(timeout), C(never_ready), C(not_found),
          C(invalid_input), C(conflict), C(forbidden), C(unauthenticated), C(unreachable), C(internal).
      type: str
      sample: unsupported
    reason:
      description: Why, in one sentence.
      type: str
      sample: KubeVirt plugs no volumes here
    object:
      description: The thing it happened to.
      type: str
      sample: VirtualMachine upf/fw
    path:
      description: The place in what was given.
      type: str
      sample: "vms[0].volumes[0]"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: switch one of the feature gates HotplugVolumes and DeclarativeHotplugVolumes on
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_read_spec
from ..module_utils.operations.session import kube_session
from ..module_utils.operations.vm import hotplug

STATE = {"type": "str", "choices": ["present", "absent"], "default": "present"}
INTERFACE = {
    "name": {"type": "str", "required": True},
    "state": STATE,
    "network": {"type": "str"},
    "binding": {"type": "str", "choices": ["bridge", "sriov"], "default": "bridge"},
    "mac": {"type": "str"},
    "model": {"type": "str"},
    "link": {"type": "str", "choices": ["up", "down"], "default": "up"},
}
VOLUME = {
    "name": {"type": "str", "required": True},
    "state": STATE,
    "claim": {"type": "str"},
    "data_volume": {"type": "str"},
    "bus": {"type": "str", "choices": ["scsi", "virtio"], "default": "scsi"},
    "serial": {"type": "str"},
}
VM = {
    "name": {"type": "str", "required": True},
    "interfaces": {"type": "list", "elements": "dict", "default": [], "options": INTERFACE},
    "volumes": {"type": "list", "elements": "dict", "default": [], "options": VOLUME},
}
SPEC = kube_read_spec(
    vms={"type": "list", "elements": "dict", "required": True, "options": VM},
    namespace={"type": "str", "default": "default"},
    pending_policy={"type": "str", "choices": ["report", "migrate", "restart"], "default": "report"},
    wait={"type": "bool", "default": True},
    wait_timeout={"type": "int", "default": 300},
)

CALL = Call(SPEC, kube_session, hotplug.run)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
