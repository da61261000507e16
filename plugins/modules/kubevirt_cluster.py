# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeVirt itself: feature gates, migrations, host devices."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubevirt_cluster
short_description: Configure KubeVirt
version_added: "0.1.0"
description:
  - Manages the one C(KubeVirt) object of a cluster, from which virt-operator installs and configures KubeVirt. It waits
    until all components of the wanted version are up, or says which pod is not, and why.
  - Feature gates are judged by the version. KubeVirt takes any text for a gate. Here one is refused that the version
    does not know, does not know yet or no longer knows, and there is a warning for one that is always on or deprecated.
  - Host devices whose selectors can match nothing, migration limits that are no limits, and unknown methods are refused
    as well.
options:
  name:
    description: Name of the object. A second one in a cluster is refused.
    type: str
    default: kubevirt
  namespace:
    description: Namespace in which virt-operator runs.
    type: str
    default: kubevirt
  version:
    description:
      - Version of KubeVirt by which gates are judged, for example V(v1.8.4). By default O(image_tag), else what the
        object's status says, else what virt-operator would install.
    type: str
  feature_gates:
    description: Feature gates that are to be on. An empty list switches all off that are not on by themselves.
    type: list
    elements: str
  disabled_feature_gates:
    description:
      - Feature gates that are to be off. From KubeVirt v1.9 on those in state beta are on unless they are here.
    type: list
    elements: str
  use_emulation:
    description: Whether guests run in software where a node has no C(/dev/kvm).
    type: bool
  rollout_strategy:
    description:
      - V(LiveUpdate) brings changes of a virtual machine to its running guest where that can be done, V(Stage) at its
        next start.
    type: str
    choices: [Stage, LiveUpdate]
  workload_update_methods:
    description:
      - What virt-controller may do by itself to guests of an older KubeVirt, or with a change that takes a migration.
    type: list
    elements: str
    choices: [LiveMigrate, Evict]
  eviction_strategy:
    description: What a drain does to guests that do not say it themselves.
    type: str
    choices: ["None", LiveMigrate, LiveMigrateIfPossible, External]
  migrations:
    description: How guests migrate.
    type: dict
    suboptions:
      network:
        description: NetworkAttachmentDefinition in O(namespace) over which memory is copied; it must exist.
        type: str
      per_cluster:
        description: Migrations at once in the cluster.
        type: int
      per_node:
        description: Migrations at once off one node.
        type: int
      bandwidth:
        description: Bandwidth of one migration a second, for example V(64Mi). V(0) is no limit.
        type: str
      completion_timeout_per_gib:
        description: Seconds for each GiB of memory after which a migration is given up.
        type: int
      progress_timeout:
        description: Seconds without progress after which a migration is given up.
        type: int
      auto_converge:
        description: Whether a guest that writes too fast may be slowed down.
        type: bool
      post_copy:
        description:
          - Whether a guest may run at its target before all its memory is there. If the connection is lost, so is it.
        type: bool
      workload_disruption:
        description: Whether a guest may be paused where a migration does not end otherwise.
        type: bool
      unencrypted:
        description: Whether memory goes over the network without TLS.
        type: bool
  permitted_host_devices:
    description: Devices of nodes that guests may have. Others are taken away.
    type: dict
    suboptions:
      pci:
        description: PCI devices.
        type: list
        elements: dict
        suboptions:
          selector:
            description: Vendor and device, for example V(8086:0d5c).
            type: str
            required: true
          resource:
            description: Name under which guests ask for it, for example V(intel.com/acc100).
            type: str
            required: true
          external:
            description: Whether another device plugin offers it.
            type: bool
            default: false
      mediated:
        description: Mediated devices, for example virtual GPUs.
        type: list
        elements: dict
        suboptions:
          selector:
            description: Name of the type of mediated device.
            type: str
            required: true
          resource:
            description: Name under which guests ask for it.
            type: str
            required: true
          external:
            description: Whether another device plugin offers it.
            type: bool
            default: false
      usb:
        description: USB devices.
        type: list
        elements: dict
        suboptions:
          selectors:
            description: The devices that belong together.
            type: list
            elements: dict
            required: true
            suboptions:
              vendor:
                description: Four hexadecimal digits.
                type: str
                required: true
              product:
                description: Four hexadecimal digits.
                type: str
                required: true
          resource:
            description: Name under which guests ask for it.
            type: str
            required: true
          external:
            description: Whether another device plugin offers it.
            type: bool
            default: false
  infra_replicas:
    description: Pods of virt-api and of virt-controller.
    type: int
  image_registry:
    description: Registry of KubeVirt's images, for sites without a way out.
    type: str
  image_tag:
    description: Tag of KubeVirt's images, which is the version that is installed; by default virt-operator's own.
    type: str
  image_pull_policy:
    description: When nodes pull KubeVirt's images.
    type: str
    choices: [Always, IfNotPresent, Never]
  image_pull_secrets:
    description: Secrets in O(namespace) for the registry.
    type: list
    elements: str
  uninstall_strategy:
    description:
      - What O(state=absent) does where there are virtual machines. V(RemoveWorkloads) deletes them, and
        V(BlockUninstallIfWorkloadsExist) is refused by virt-operator as long as there are some.
    type: str
    choices: [RemoveWorkloads, BlockUninstallIfWorkloadsExist]
  spec:
    description:
      - Further parts of the object's C(spec), in its own words, for what has no option. What an option says too is
        refused.
    type: dict
  state:
    description:
      - V(absent) uninstalls KubeVirt. Its virtual machines go with it, and so do its CustomResourceDefinitions; see
        O(uninstall_strategy).
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
notes:
  - Needs virt-operator, as M(kubevim.nfvi.k8s_component) installs it.
  - What an earlier call of this module, or of another with the same O(field_manager), has set and this one does not
    speak of is taken back.
  - virt-operator tells that it has deployed a change by its conditions, and only some time later by its generation.
    Where it has not said the latter, RV(ignore:warnings) says so.
  - Needs the right to manage kubevirts in C(kubevirt.io), to list network-attachment-definitions for
    O(migrations.network), and to list pods and deployments in O(namespace), by which it says what is missing and which
    version virt-operator installs.
seealso:
  - module: kubevim.nfvi.k8s_component
  - module: kubevim.nfvi.kubevirt_hotplug
  - module: kubevim.nfvi.kubevirt_vm
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: Pinned CPUs, live updates and an accelerator
  kubevim.nfvi.kubevirt_cluster:
    kubeconfig: ~/.kube/config
    on_conflict: force # the list of gates that came with KubeVirt is somebody else's
    feature_gates: [CPUManager, HostDevices, HotplugVolumes]
    rollout_strategy: LiveUpdate
    workload_update_methods: [LiveMigrate]
    migrations:
      per_cluster: 4
      bandwidth: 256Mi
    permitted_host_devices:
      pci:
        - selector: "8086:0d5c"
          resource: intel.com/acc100
"""

RETURN = r"""
kubevirts:
  description: The object as it is, or in check mode would be; none with O(state=absent).
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubevirt.io/v1
      kind: KubeVirt
      metadata:
        name: kubevirt
        namespace: kubevirt
      spec:
        configuration:
          developerConfiguration:
            featureGates: [CPUManager]
      status:
        phase: Deployed
cluster:
  description: KubeVirt in a few words.
  returned: success
  type: dict
  contains:
    version:
      description: The version that runs, or is being installed; empty when nobody has said.
      type: str
      sample: v1.8.4
    phase:
      description: What virt-operator says, for example C(Deploying), C(Deployed) or C(Deleting).
      type: str
      sample: Deployed
    ready:
      description: Whether all components of that version are up.
      type: bool
      sample: true
    feature_gates:
      description: The feature gates that are asked for.
      type: list
      elements: str
      sample: [CPUManager]
    outdated_workloads:
      description: Guests that still run by an older KubeVirt.
      type: int
      sample: 0
actions:
  description: What was done, or in check mode would be, one line a change.
  returned: always
  type: list
  elements: str
  sample:
    - 'update KubeVirt kubevirt/kubevirt: spec.configuration.vmRolloutStrategy (none) → LiveUpdate'
impact:
  description: Always C(none), as guests go on while KubeVirt is configured.
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
        - C(invalid_input) for gates and devices, C(precondition) where KubeVirt is there under another name,
          C(timeout), C(never_ready), C(conflict), C(not_found), C(forbidden), C(unauthenticated), C(unreachable),
          C(internal).
      type: str
      sample: timeout
    reason:
      description: Why, in one sentence.
      type: str
      sample: "not ready after 300 s: Deploying: DeploymentInProgress: Pod virt-api-7c is not ready: Unschedulable"
    object:
      description: The thing it happened to.
      type: str
      sample: KubeVirt kubevirt/kubevirt
    path:
      description: The place in what was given.
      type: str
      sample: "feature_gates[0]"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: kubectl -n kubevirt logs deploy/virt-operator
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: true
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_spec
from ..module_utils.operations.kubevirt import cluster
from ..module_utils.operations.session import kube_session

OFFER = {"resource": {"type": "str", "required": True}, "external": {"type": "bool", "default": False}}
DEVICE = {"selector": {"type": "str", "required": True}, **OFFER}
USB_DEVICE = {"vendor": {"type": "str", "required": True}, "product": {"type": "str", "required": True}}
USB = {"selectors": {"type": "list", "elements": "dict", "required": True, "options": USB_DEVICE}, **OFFER}
DEVICES = {
    "pci": {"type": "list", "elements": "dict", "options": DEVICE},
    "mediated": {"type": "list", "elements": "dict", "options": DEVICE},
    "usb": {"type": "list", "elements": "dict", "options": USB},
}
MIGRATIONS = {
    "network": {"type": "str"},
    "per_cluster": {"type": "int"},
    "per_node": {"type": "int"},
    "bandwidth": {"type": "str"},
    "completion_timeout_per_gib": {"type": "int"},
    "progress_timeout": {"type": "int"},
    "auto_converge": {"type": "bool"},
    "post_copy": {"type": "bool"},
    "workload_disruption": {"type": "bool"},
    "unencrypted": {"type": "bool"},
}
SPEC = kube_spec(
    name={"type": "str", "default": "kubevirt"},
    namespace={"type": "str", "default": "kubevirt"},
    version={"type": "str"},
    feature_gates={"type": "list", "elements": "str"},
    disabled_feature_gates={"type": "list", "elements": "str"},
    use_emulation={"type": "bool"},
    rollout_strategy={"type": "str", "choices": ["Stage", "LiveUpdate"]},
    workload_update_methods={"type": "list", "elements": "str", "choices": ["LiveMigrate", "Evict"]},
    eviction_strategy={"type": "str", "choices": ["None", "LiveMigrate", "LiveMigrateIfPossible", "External"]},
    migrations={"type": "dict", "options": MIGRATIONS},
    permitted_host_devices={"type": "dict", "options": DEVICES},
    infra_replicas={"type": "int"},
    image_registry={"type": "str"},
    image_tag={"type": "str"},
    image_pull_policy={"type": "str", "choices": ["Always", "IfNotPresent", "Never"]},
    image_pull_secrets={"type": "list", "elements": "str", "no_log": False},
    uninstall_strategy={"type": "str", "choices": ["RemoveWorkloads", "BlockUninstallIfWorkloadsExist"]},
    spec={"type": "dict"},
)

CALL = Call(SPEC, kube_session, cluster.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
