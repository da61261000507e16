# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what there is of SR-IOV."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sriov_info
short_description: Read the SR-IOV NICs of nodes, their virtual functions, and what does not work
version_added: "0.1.0"
description:
  - Tells node by node which NICs there are, how many virtual functions (VFs) they have and may have, which of them
    policies claim, which drivers they have, whether the node has what it was told to, and what it offers to pods.
  - It costs two list requests, of the SR-IOV network operator's node states and of nodes.
options:
  namespace:
    description: The operator's namespace.
    type: str
    default: sriov-network-operator
  nodes:
    description: Only these; by default every node of which the operator has a state.
    type: list
    elements: str
    default: []
  resource_prefix:
    description: Prefix of the resources that the operator's device plugin offers.
    type: str
    default: openshift.io
extends_documentation_fragment:
  - kubevim.nfvi.attributes.info
  - kubevim.nfvi.kube
seealso:
  - module: kubevim.nfvi.sriov_network
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: Which NICs are there, and which nodes have not done what they were told to
  kubevim.nfvi.sriov_info:
    kubeconfig: ~/.kube/config
  register: found

- name: NICs with room for more VFs
  ansible.builtin.debug:
    msg: "{{ found.nodes | map(attribute='pfs') | flatten | selectattr('num_vfs', '==', 0) | map(attribute='name') }}"
"""

RETURN = r"""
nodes:
  description: The nodes, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: edge-1
    ready:
      description: Whether it has what it was told to.
      type: bool
      sample: false
    why:
      description: Why not; empty where it has.
      type: str
      sample: cannot create VFs on ens1f0
    sync_status:
      description: What its config daemon says - C(InProgress), C(Succeeded), C(Failed), or nothing yet.
      type: str
      sample: Failed
    last_sync_error:
      description: What the daemon last complained of.
      type: str
      sample: cannot create VFs on ens1f0
    drain:
      description: How far its drain is, C(Idle) when there is none.
      type: str
      sample: Idle
    pfs:
      description: Its NICs that can have VFs (physical functions).
      type: list
      elements: dict
      contains:
        name:
          description: Its interface.
          type: str
          sample: ens1f0
        pci_address:
          description: Where it is on the bus.
          type: str
          sample: "0000:18:00.0"
        vendor:
          description: PCI vendor.
          type: str
          sample: "8086"
        device_id:
          description: PCI device.
          type: str
          sample: 158b
        driver:
          description: The PF's driver.
          type: str
          sample: i40e
        mac:
          description: Its MAC address.
          type: str
          sample: 3c:fd:fe:00:00:01
        mtu:
          description: Its MTU; 0 if it is not known.
          type: int
          sample: 1500
        link_type:
          description: C(ETH) or C(IB).
          type: str
          sample: ETH
        link_speed:
          description: Speed of its link, as the operator tells it.
          type: str
          sample: 25000 Mb/s
        link_state:
          description: Whether its link is set C(up) or C(down); empty if it is not known.
          type: str
          sample: up
        e_switch_mode:
          description: C(legacy) or C(switchdev); empty if it is not known.
          type: str
          sample: legacy
        externally_managed:
          description: Whether somebody else makes its VFs.
          type: bool
          sample: false
        total_vfs:
          description: How many VFs it may have.
          type: int
          sample: 64
        num_vfs:
          description: How many it has.
          type: int
          sample: 8
        wanted_vfs:
          description: How many policies want it to have; 0 without a policy.
          type: int
          sample: 8
        claimed_vfs:
          description: How many of them policies offer to pods.
          type: int
          sample: 4
        unclaimed_vfs:
          description: How many it has that no policy offers.
          type: int
          sample: 4
        policies:
          description: The policies that offer them.
          type: list
          elements: str
          sample: [n3]
        vf_drivers:
          description: How many VFs each driver has; those without a driver are under the empty name.
          type: dict
          sample: {iavf: 4, vfio-pci: 4}
    resources:
      description: What it offers to pods.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the resource.
          type: str
          sample: openshift.io/n3
        capacity:
          description: How many there are.
          type: int
          sample: 4
        allocatable:
          description: How many of them are in order.
          type: int
          sample: 4
not_ready:
  description: Nodes that have not done what they were told to.
  returned: success
  type: list
  elements: dict
  contains:
    node:
      description: Its name.
      type: str
      sample: edge-1
    why:
      description: Why not.
      type: str
      sample: cannot create VFs on ens1f0
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
        - One of C(not_found) where the operator is not installed, C(invalid_input), C(forbidden), C(unauthenticated),
          C(unreachable), C(internal).
      type: str
      sample: not_found
    reason:
      description: Why, in one sentence.
      type: str
      sample: "/apis/sriovnetwork.openshift.io/v1/sriovnetworknodestates is not served"
    object:
      description: The thing it happened to.
      type: str
      sample: "SriovNetworkNodeState list"
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
from ..module_utils.resources.sriov import info

SPEC = kube_read_spec(
    namespace={"type": "str", "default": "sriov-network-operator"},
    nodes={"type": "list", "elements": "str", "default": []},
    resource_prefix={"type": "str", "default": "openshift.io"},
)

CALL = Call(SPEC, kube_session, info.read)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
