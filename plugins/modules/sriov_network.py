# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SR-IOV networks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sriov_network
short_description: Declare SR-IOV policies and networks, and wait until every node has done them
version_added: "0.1.0"
description:
  - The SR-IOV network operator's configuration, the virtual functions (VFs) that its policies make on nodes, and the
    networks of which it makes attachments for pods, in one task.
  - Waits until every node that a policy selects has the VFs and says so, and until the attachment of every network is
    there. What a node's config daemon complains of is the reason of a failure.
  - What the operator's webhook would refuse, or the operator drop without a word, is refused before anything is
    written - VFs that two policies want, more VFs than a NIC has, a selector that no NIC fits, drivers and modes that
    do not go together.
  - Where VFs are made anew, nodes are drained and may be rebooted. A warning names each of them, in check mode too,
    and RV(impact) says so.
  - With O(mode=device_plugin) it is the configuration of the bare SR-IOV network device plugin, for sites where
    somebody else makes the VFs, as on Talos. It is compared by what it means, and the plugin's pods are made anew when
    it changes, as they read it only when they start.
options:
  mode:
    description: Whether the SR-IOV network operator is there, or the device plugin alone.
    type: str
    choices: [operator, device_plugin]
    default: operator
  namespace:
    description: The operator's namespace, the only one in which it reads policies and networks.
    type: str
    default: sriov-network-operator
  operator_config:
    description: The operator's own configuration (SriovOperatorConfig C(default)). What is not given is left as it is.
    type: dict
    suboptions:
      configuration_mode:
        description: Whether nodes are configured by a daemon, or by systemd before the kubelet starts.
        type: str
        choices: [daemon, systemd]
      disable_drain:
        description: Whether VFs change without their nodes being drained.
        type: bool
      enable_injector:
        description: Whether pods get the resources of their networks by themselves.
        type: bool
      enable_operator_webhook:
        description: Whether the operator's webhook judges policies.
        type: bool
      config_daemon_node_selector:
        description: Labels of the nodes that are configured.
        type: dict
      disable_plugins:
        description: Vendor plugins of the daemon that are not loaded.
        type: list
        elements: str
        choices: [mellanox]
      feature_gates:
        description: Features by name, each on or off.
        type: dict
      log_level:
        description: How much is logged, 0 to 2.
        type: int
      use_cdi:
        description: Whether devices are given to containers by the Container Device Interface.
        type: bool
  policies:
    description: Which NICs of which nodes get VFs (SriovNetworkNodePolicy).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the policy.
        type: str
        required: true
      resource_name:
        description:
          - Under which name the VFs are offered, after the operator's prefix (C(openshift.io/) by default). Letters,
            digits and C(_). Needed for O(state=present).
        type: str
      node_selector:
        description: Labels of the nodes. Needed for O(state=present).
        type: dict
      nic_selector:
        description: Which of their NICs; at least one of these. Needed for O(state=present).
        type: dict
        suboptions:
          vendor:
            description: PCI vendor, in hexadecimal digits.
            type: str
          device_id:
            description: PCI device, in hexadecimal digits.
            type: str
          pf_names:
            description: Names of physical functions, some VFs of one as C(ens1f0#0-3).
            type: list
            elements: str
          root_devices:
            description: PCI addresses of physical functions.
            type: list
            elements: str
          net_filter:
            description: Network of a virtual node's NIC, as C(openstack/NetworkID:…).
            type: str
      num_vfs:
        description: How many VFs each of these NICs gets. Needed for O(state=present).
        type: int
      priority:
        description: Which of several policies for the same VFs counts, 0 (first) to 99 (last).
        type: int
      device_type:
        description: The VFs' driver, V(netdevice) for the kernel's or V(vfio-pci) for machines and DPDK.
        type: str
        choices: [netdevice, vfio-pci]
      e_switch_mode:
        description: Mode of the NIC's switch.
        type: str
        choices: [legacy, switchdev]
      is_rdma:
        description: Whether the VFs are RDMA devices. Not with C(vfio-pci).
        type: bool
      link_type:
        description: Ethernet or InfiniBand.
        type: str
        choices: [eth, ib]
      mtu:
        description: MTU of the NIC and its VFs.
        type: int
      need_vhost_net:
        description: Whether pods get C(/dev/vhost-net) with a VF.
        type: bool
      vdpa_type:
        description: The VFs' vdpa device. Needs C(switchdev) and a Mellanox NIC.
        type: str
        choices: [virtio, vhost]
      exclude_topology:
        description: Whether the NUMA node of the VFs is kept from the kubelet.
        type: bool
      externally_managed:
        description: Whether somebody else makes the VFs, as on Talos, where the operator cannot.
        type: bool
      bridge:
        description: An Open vSwitch bridge that the operator makes of the NIC, as the operator writes it.
        type: dict
  networks:
    description: Networks of VFs (SriovNetwork).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the network and of its attachment.
        type: str
        required: true
      resource_name:
        description: The resource of which it takes devices, without its prefix. Needed for O(state=present).
        type: str
      network_namespace:
        description: Namespace of the attachment; O(namespace) by default.
        type: str
      ipam:
        description: How addresses are given, as the CNI plugin for that has it.
        type: dict
      capabilities:
        description: What pods may ask for, each true or false - mac, ips, infinibandGUID and so on.
        type: dict
      meta_plugins:
        description: Configurations of further CNI plugins, as JSON objects separated by commas.
        type: str
      link_state:
        description: Link of the VF; V(auto) is that of the NIC.
        type: str
        choices: [auto, enable, disable]
      vlan:
        description: VLAN of the VF, 0 for none.
        type: int
      vlan_qos:
        description: Priority in the VLAN's tag, 0 to 7. Needs a VLAN.
        type: int
      vlan_proto:
        description: Protocol of the tag. C(802.1ad) needs a VLAN.
        type: str
        choices: ["802.1q", "802.1ad"]
      spoof_chk:
        description: Whether frames from foreign MAC addresses are dropped.
        type: str
        choices: ["on", "off"]
      trust:
        description: Whether the VF may change its MAC address and see all frames.
        type: str
        choices: ["on", "off"]
      min_tx_rate:
        description: Rate that the VF is sure of, in Mbit/s.
        type: int
      max_tx_rate:
        description: Rate that the VF is held to, in Mbit/s; 0 for no limit.
        type: int
      log_level:
        description: How much the CNI plugin logs.
        type: str
        choices: [panic, error, warning, info, debug]
      log_file:
        description: Where it logs to.
        type: str
  ib_networks:
    description: Networks of InfiniBand VFs (SriovIBNetwork).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the network and of its attachment.
        type: str
        required: true
      resource_name:
        description: The resource of which it takes devices, without its prefix. Needed for O(state=present).
        type: str
      network_namespace:
        description: Namespace of the attachment; O(namespace) by default.
        type: str
      ipam:
        description: How addresses are given, as the CNI plugin for that has it.
        type: dict
      capabilities:
        description: What pods may ask for, each true or false - mac, ips, infinibandGUID and so on.
        type: dict
      meta_plugins:
        description: Configurations of further CNI plugins, as JSON objects separated by commas.
        type: str
      link_state:
        description: Link of the VF; V(auto) is that of the NIC.
        type: str
        choices: [auto, enable, disable]
  ovs_networks:
    description: Networks of VFs that Open vSwitch forwards for (OVSNetwork).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the network and of its attachment.
        type: str
        required: true
      resource_name:
        description: The resource of which it takes devices, without its prefix. Needed for O(state=present).
        type: str
      network_namespace:
        description: Namespace of the attachment; O(namespace) by default.
        type: str
      ipam:
        description: How addresses are given, as the CNI plugin for that has it.
        type: dict
      capabilities:
        description: What pods may ask for, each true or false - mac, ips, infinibandGUID and so on.
        type: dict
      meta_plugins:
        description: Configurations of further CNI plugins, as JSON objects separated by commas.
        type: str
      bridge:
        description: The bridge; found by the VF's NIC without it.
        type: str
      vlan:
        description: VLAN of the port, 0 to 4095.
        type: int
      mtu:
        description: MTU of the port.
        type: int
      trunk:
        description: VLANs that the port carries with their tags.
        type: list
        elements: dict
        suboptions:
          id:
            description: One VLAN.
            type: int
          min_id:
            description: The first of a range.
            type: int
          max_id:
            description: The last of a range.
            type: int
      interface_type:
        description: Type of the interface in Open vSwitch.
        type: str
  device_plugin:
    description: The device plugin's configuration, for O(mode=device_plugin).
    type: dict
    suboptions:
      config_map:
        description: The ConfigMap that it reads.
        type: str
        default: sriovdp-config
      namespace:
        description: Namespace of both.
        type: str
        default: kube-system
      daemon_set:
        description: The plugin's DaemonSet. Where there is none yet, nothing is restarted, and a warning says so.
        type: str
        default: kube-sriov-device-plugin
      nodes:
        description: Nodes that have to offer every resource, and are waited for.
        type: list
        elements: str
      resources:
        description: The resources that nodes offer, each of the devices that one of its selectors fits.
        type: list
        elements: dict
        suboptions:
          resource_name:
            description: Its name after the prefix. Letters, digits and C(_).
            type: str
            required: true
          resource_prefix:
            description: The prefix; C(intel.com) without it.
            type: str
          device_type:
            description: What kind of device it is; C(netDevice) without it.
            type: str
            choices: [netDevice, accelerator, auxNetDevice]
          exclude_topology:
            description: Whether the NUMA node of the devices is kept from the kubelet.
            type: bool
          additional_info:
            description: What pods are told of it, by PCI address or C(*).
            type: dict
          selectors:
            description: Which devices; all of one selector's conditions have to be met.
            type: list
            elements: dict
            suboptions:
              vendors:
                description: PCI vendors.
                type: list
                elements: str
              devices:
                description: PCI devices.
                type: list
                elements: str
              drivers:
                description: Drivers of the VFs.
                type: list
                elements: str
              pf_names:
                description: Names of physical functions, some VFs of one as C(ens1f0#0-3,7).
                type: list
                elements: str
              root_devices:
                description: PCI addresses of physical functions.
                type: list
                elements: str
              pci_addresses:
                description: PCI addresses of the devices themselves.
                type: list
                elements: str
              link_types:
                description: Link types, as C(ether) and C(infiniband).
                type: list
                elements: str
              ddp_profiles:
                description: Profiles that the NIC's firmware was loaded with.
                type: list
                elements: str
              p_keys:
                description: Partition keys of InfiniBand devices.
                type: list
                elements: str
              aux_types:
                description: Types of auxiliary devices, as C(sf). For C(auxNetDevice).
                type: list
                elements: str
              is_rdma:
                description: Only RDMA devices, with what pods need to use them.
                type: bool
              need_vhost_net:
                description: Whether pods get C(/dev/vhost-net).
                type: bool
              vdpa_type:
                description: Only devices with such a vdpa device.
                type: str
                choices: [virtio, vhost]
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
  - kubevim.nfvi.kube.owning
seealso:
  - module: kubevim.nfvi.network_attachment
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: Four VFs for the user plane of a site whose control plane is its worker, and their network in VLAN 100
  kubevim.nfvi.sriov_network:
    kubeconfig: ~/.kube/config
    operator_config:
      config_daemon_node_selector: {node-role.kubernetes.io/control-plane: ""}
    policies:
      - name: n3
        resource_name: n3
        node_selector: {node-role.kubernetes.io/control-plane: ""}
        nic_selector: {pf_names: [ens1f0]}
        num_vfs: 4
        device_type: vfio-pci
    networks:
      - name: n3
        resource_name: n3
        network_namespace: default
        vlan: 100
        spoof_chk: "off"

- name: The same VFs where the machine configuration makes them, and only the device plugin runs
  kubevim.nfvi.sriov_network:
    kubeconfig: ~/.kube/config
    mode: device_plugin
    device_plugin:
      resources:
        - resource_name: n3
          selectors:
            - drivers: [vfio-pci]
              pf_names: ["ens1f0#0-3"]
"""

RETURN = r"""
sriov:
  description: The objects as they are, or in check mode would be, in the order given, part by part.
  returned: success
  type: dict
  contains:
    config_map:
      description: The device plugin's ConfigMap, with O(mode=device_plugin), where all else is empty.
      type: dict
      sample: {}
    operator_config:
      description: The operator's configuration; empty if it was not given.
      type: dict
      sample: {}
    policies:
      description: The policies.
      type: list
      elements: dict
      sample:
        - apiVersion: sriovnetwork.openshift.io/v1
          kind: SriovNetworkNodePolicy
          metadata:
            name: n3
            namespace: sriov-network-operator
          spec:
            resourceName: n3
            numVfs: 4
    networks:
      description: The networks.
      type: list
      elements: dict
      sample:
        - apiVersion: sriovnetwork.openshift.io/v1
          kind: SriovNetwork
          metadata:
            name: n3
            namespace: sriov-network-operator
          spec:
            resourceName: n3
            vlan: 100
    ib_networks:
      description: The InfiniBand networks.
      type: list
      elements: dict
      sample: []
    ovs_networks:
      description: The networks of Open vSwitch.
      type: list
      elements: dict
      sample: []
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create SriovNetworkNodePolicy sriov-network-operator/n3"]
impact:
  description:
    - What the changes do to running service, at worst. C(node_reboot) where nodes are drained, C(outage) where pods
      lose their VFs without that, C(service_restart) where the device plugin starts anew, else C(none).
  returned: success
  type: str
  sample: node_reboot
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
      sample: "node edge-1: cannot create VFs on ens1f0"
    object:
      description: The thing it happened to.
      type: str
      sample: "SriovNetworkNodeState sriov-network-operator/edge-1"
    path:
      description: The place in what was given.
      type: str
      sample: "policies[0]"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "kubectl get sriovnetworknodestates -A"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import OWNING, kube_spec, suboptions, things
from ..module_utils.operations.session import kube_session
from ..module_utils.resources.sriov import device_plugin, forms, network

SPEC = kube_spec(
    **OWNING,
    namespace={"type": "str", "default": "sriov-network-operator"},
    mode={"type": "str", "choices": ["operator", "device_plugin"], "default": "operator"},
    device_plugin={"type": "dict", "options": suboptions(device_plugin.OPTIONS)},
    operator_config={"type": "dict", "options": suboptions(forms.CONFIG.fields)},
    **{key: things(forms.options(form)) for key, form in forms.LISTS.items()},
)

CALL = Call(SPEC, kube_session, network.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
