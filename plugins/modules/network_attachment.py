# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network attachments."""

from __future__ import annotations

DOCUMENTATION = r"""
module: network_attachment
short_description: Manage networks that pods and virtual machines are attached to beside the cluster's own
version_added: "0.1.0"
description:
  - A network attachment (NetworkAttachmentDefinition) is the configuration of a CNI plugin that Multus runs for every
    pod that names it. With DANM it is a DanmNet.
  - The configuration is written from options and compared by what it means; the order of its keys and its white space
    are no change.
  - What would be accepted and never give a pod an interface is refused before anything is written - an option that the
    plugin does not have, a VF without a resource, a provider that Kube-OVN does not know, a subnet that does not
    exist.
options:
  attachments:
    description: The attachments. For O(state=absent) the name and the namespace are enough, for DANM also the type.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the attachment.
        type: str
        required: true
      namespace:
        description: Namespace. Pods of others name it C(namespace/name), where Multus lets them.
        type: str
        default: default
      type:
        description:
          - The CNI plugin that makes the interface, or V(danm) for a network of DANM's own API. Needed for
            O(state=present).
          - V(kube-ovn) is a port of a Kube-OVN subnet, the one whose provider is C(name.namespace.ovn).
        type: str
        choices: [bridge, danm, ipvlan, kube-ovn, macvlan, ovs, sriov, userspace]
      master:
        description: Interface of the node (C(ipvlan), C(macvlan)). The one of the default route without it.
        type: str
      mode:
        description:
          - How the interfaces share the node's. For C(macvlan) one of V(bridge), V(private), V(vepa), V(passthru), for
            C(ipvlan) one of V(l2), V(l3), V(l3s).
        type: str
        choices: [bridge, l2, l3, l3s, passthru, private, vepa]
      bridge:
        description: Bridge of the node (C(bridge), C(ovs)). Needed for C(ovs).
        type: str
      resource:
        description:
          - The device plugin's resource from which every pod gets a device, as C(prefix/name). Needed for C(sriov); for
            C(kube-ovn) and C(ovs) it is a VF that is offloaded to.
        type: str
      vlan:
        description: VLAN identifier, 0 to 4094 (C(bridge), C(ovs), C(sriov)).
        type: int
      trunk:
        description: VLANs that pass with their tags (C(ovs)).
        type: list
        elements: dict
        suboptions:
          id:
            description: One VLAN.
            type: int
          min_id:
            description: The first VLAN of a range.
            type: int
          max_id:
            description: The last VLAN of a range.
            type: int
      vlan_qos:
        description: Priority of the VLAN's frames, 0 to 7 (C(sriov)).
        type: int
      trust:
        description: Whether the VF may change its own MAC address and become promiscuous (C(sriov)).
        type: bool
      spoof_check:
        description: Whether frames with somebody else's address are dropped (C(sriov)).
        type: bool
      link_state:
        description: The VF's link, V(auto) is that of the port (C(sriov)).
        type: str
        choices: [auto, disable, enable]
      min_tx_rate:
        description: Guaranteed rate in Mbit/s (C(sriov)).
        type: int
      max_tx_rate:
        description: Highest rate in Mbit/s, 0 for no limit (C(sriov)).
        type: int
      mtu:
        description: MTU in bytes, 68 to 65535 (C(bridge), C(ipvlan), C(macvlan), C(ovs)).
        type: int
      host:
        description: What forwards on the node, and how a pod meets it (C(userspace)).
        type: dict
        suboptions:
          engine:
            description: The virtual switch.
            type: str
            required: true
            choices: [ovs-dpdk, vpp]
          iftype:
            description: Kind of the interface.
            type: str
            required: true
            choices: [memif, vhostuser]
          net_type:
            description: What the interface is put into.
            type: str
            choices: [bridge, interface]
          memif_role:
            description: Who listens (C(memif)).
            type: str
            choices: [master, slave]
          vhost_mode:
            description: Who listens (C(vhostuser)).
            type: str
            choices: [client, server]
          bridge:
            description: Name of the bridge.
            type: str
      container:
        description: The same for the pod's end (C(userspace)). Virtual machines cannot use it.
        type: dict
        suboptions:
          engine:
            description: The virtual switch.
            type: str
            required: true
            choices: [ovs-dpdk, vpp]
          iftype:
            description: Kind of the interface.
            type: str
            required: true
            choices: [memif, vhostuser]
          net_type:
            description: What the interface is put into.
            type: str
            choices: [bridge, interface]
          memif_role:
            description: Who listens (C(memif)).
            type: str
            choices: [master, slave]
          vhost_mode:
            description: Who listens (C(vhostuser)).
            type: str
            choices: [client, server]
          bridge:
            description: Name of the bridge.
            type: str
      ipam:
        description:
          - The plugin that gives addresses with its own keys; C(type) is needed. None without it.
          - For C(type=kube-ovn) the provider and the socket are filled in, and the addresses are those of the subnet
            whose provider is C(name.namespace).
        type: dict
      subnet:
        description:
          - The Kube-OVN subnet that is to give the addresses. It has to exist and to have this attachment as its
            provider. Without it a warning tells when no subnet has it yet.
        type: str
      capabilities:
        description: What pods may ask of the plugin, for example C(ips) or C(mac).
        type: dict
      chain:
        description: Plugins that are run behind it, each with its C(type), for example C(tuning) or C(sbr).
        type: list
        elements: dict
      cni_version:
        description: Version of the CNI specification that the configuration is written in.
        type: str
        default: 0.3.1
      danm:
        description: The network of DANM's API (C(danm)).
        type: dict
        suboptions:
          api_group:
            description: V(danm.k8s.io) up to DANM 4.3, V(danm.io) after it.
            type: str
            choices: [danm.io, danm.k8s.io]
            default: danm.io
          network_id:
            description: Identifier, at most 10 characters. The name by default.
            type: str
          network_type:
            description: The plugin, V(ipvlan), V(macvlan), V(sriov) or any that has a configuration on the nodes.
            type: str
            default: ipvlan
          host_device:
            description: Interface of the node.
            type: str
          device_pool:
            description: Resource of the device plugin, instead of O(attachments[].danm.host_device).
            type: str
          vlan:
            description: VLAN identifier, 1 to 4094.
            type: int
          vxlan:
            description: VXLAN identifier, instead of O(attachments[].danm.vlan).
            type: int
          rt_tables:
            description: Routing table of the node for the network, 0 to 255.
            type: int
          cidr:
            description: IPv4 range from which DANM gives addresses.
            type: str
          net6:
            description: IPv6 range from which DANM gives addresses.
            type: str
          allocation_pool:
            description: The part of the IPv4 range that is given.
            type: dict
            suboptions:
              start:
                description: First address.
                type: str
              end:
                description: Last address.
                type: str
          container_prefix:
            description: Beginning of the interface's name in the pod.
            type: str
          routes:
            description: Routes of the network, from a destination to its next hop.
            type: dict
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
seealso:
  - module: kubevim.nfvi.kubeovn_subnet
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: Signalling on an interface of the nodes, addresses from Kube-OVN, and the user plane on virtual functions
  kubevim.nfvi.network_attachment:
    kubeconfig: ~/.kube/config
    attachments:
      - name: signalling
        namespace: upf
        type: macvlan
        master: ens1f1
        mode: bridge
        ipam: {type: kube-ovn}
      - name: n3
        namespace: upf
        type: sriov
        resource: openshift.io/n3
        vlan: 103
        spoof_check: false
        trust: true

- name: A second port of a Kube-OVN subnet
  kubevim.nfvi.network_attachment:
    attachments:
      - name: n6
        namespace: upf
        type: kube-ovn
"""

RETURN = r"""
attachments:
  description: The attachments as they are, or in check mode would be, in the order given.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: k8s.cni.cncf.io/v1
      kind: NetworkAttachmentDefinition
      metadata:
        name: n3
        namespace: upf
        annotations:
          k8s.v1.cni.cncf.io/resourceName: openshift.io/n3
      spec:
        config: '{"cniVersion": "0.3.1", "name": "n3", "type": "sriov", "vlan": 103}'
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create NetworkAttachmentDefinition upf/n3"]
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
      sample: invalid_input
    reason:
      description: Why, in one sentence.
      type: str
      sample: is no option of type sriov
    object:
      description: The thing it happened to.
      type: str
      sample: ""
    path:
      description: The place in what was given.
      type: str
      sample: "attachments[0].mode"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: ""
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_spec
from ..module_utils.operations.session import kube_session
from ..module_utils.resources.attachment import attachment

TRUNK = {"id": {"type": "int"}, "min_id": {"type": "int"}, "max_id": {"type": "int"}}
END = {
    "engine": {"type": "str", "required": True, "choices": ["ovs-dpdk", "vpp"]},
    "iftype": {"type": "str", "required": True, "choices": ["memif", "vhostuser"]},
    "net_type": {"type": "str", "choices": ["bridge", "interface"]},
    "memif_role": {"type": "str", "choices": ["master", "slave"]},
    "vhost_mode": {"type": "str", "choices": ["client", "server"]},
    "bridge": {"type": "str"},
}
DANM = {
    "api_group": {"type": "str", "choices": ["danm.io", "danm.k8s.io"], "default": "danm.io"},
    "network_id": {"type": "str"},
    "network_type": {"type": "str", "default": "ipvlan"},
    "host_device": {"type": "str"},
    "device_pool": {"type": "str"},
    "vlan": {"type": "int"},
    "vxlan": {"type": "int"},
    "rt_tables": {"type": "int"},
    "cidr": {"type": "str"},
    "net6": {"type": "str"},
    "allocation_pool": {"type": "dict", "options": {"start": {"type": "str"}, "end": {"type": "str"}}},
    "container_prefix": {"type": "str"},
    "routes": {"type": "dict"},
}
ATTACHMENT = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "default": "default"},
    "type": {
        "type": "str",
        "choices": ["bridge", "danm", "ipvlan", "kube-ovn", "macvlan", "ovs", "sriov", "userspace"],
    },
    "master": {"type": "str"},
    "mode": {"type": "str", "choices": ["bridge", "l2", "l3", "l3s", "passthru", "private", "vepa"]},
    "bridge": {"type": "str"},
    "resource": {"type": "str"},
    "vlan": {"type": "int"},
    "trunk": {"type": "list", "elements": "dict", "options": TRUNK},
    "vlan_qos": {"type": "int"},
    "trust": {"type": "bool"},
    "spoof_check": {"type": "bool"},
    "link_state": {"type": "str", "choices": ["auto", "disable", "enable"]},
    "min_tx_rate": {"type": "int"},
    "max_tx_rate": {"type": "int"},
    "mtu": {"type": "int"},
    "host": {"type": "dict", "options": END},
    "container": {"type": "dict", "options": END},
    "ipam": {"type": "dict"},
    "subnet": {"type": "str"},
    "capabilities": {"type": "dict"},
    "chain": {"type": "list", "elements": "dict"},
    "cni_version": {"type": "str", "default": "0.3.1"},
    "danm": {"type": "dict", "options": DANM},
}
SPEC = kube_spec(attachments={"type": "list", "elements": "dict", "required": True, "options": ATTACHMENT})

CALL = Call(SPEC, kube_session, attachment.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
