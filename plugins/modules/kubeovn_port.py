# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of workloads in Kube-OVN's networks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeovn_port
short_description: Set rates, mirroring and security groups of workloads' ports
version_added: "0.1.0"
description:
  - Sets what Kube-OVN changes at a port while it is in use - rates, delay and loss, mirroring, security groups - for
    many workloads at once, in the template and in what runs.
  - Kube-OVN reads annotations of pods. A changed template of a virtual machine neither reaches the pod nor asks for a
    restart, so the pod gets the annotations too, and the guest, from which KubeVirt makes the pod that a migration
    moves to.
  - Deployments, StatefulSets and DaemonSets roll a changed template out, which replaces their pods; RV(impact) says
    so. Where their template is as wanted already, or is not rolled out by itself (C(OnDelete), a paused Deployment),
    their pods get what they lack.
  - Annotations are owned by a field manager of their own, O(field_manager) with C(.port) behind it, so that whoever
    wrote the workload keeps everything else. What was set here before and is not given any more is removed.
  - What would have no effect, or shut a port off, is refused before anything is written - a network that the workload
    has no port in, delay together with a rate, a security group that does not exist.
options:
  workloads:
    description: The workloads. They have to exist.
    type: list
    elements: dict
    required: true
    suboptions:
      kind:
        description: Kind of the workload.
        type: str
        choices: [DaemonSet, Deployment, Pod, StatefulSet, VirtualMachine]
        required: true
      name:
        description: Its name.
        type: str
        required: true
      namespace:
        description: Its namespace.
        type: str
        default: default
      ports:
        description: What its ports are to have, a list item a network. Means nothing for O(state=absent).
        type: list
        elements: dict
        suboptions:
          provider:
            description:
              - The network, by the name that Kube-OVN has for it. V(ovn) is the cluster's own, others are
                C(attachment.namespace.ovn).
            type: str
            default: ovn
          ingress_rate:
            description: Highest rate of what comes in, in Mbit/s. 0 is no limit.
            type: int
          egress_rate:
            description: Highest rate of what goes out, in Mbit/s. 0 is no limit.
            type: int
          latency:
            description: Delay of what comes in, in ms. Excludes O(workloads[].ports[].ingress_rate).
            type: int
          jitter:
            description: How much the delay varies, in ms.
            type: int
          limit:
            description: How many packets may be queued. Excludes O(workloads[].ports[].ingress_rate).
            type: int
          loss:
            description: How many packets are dropped, in %. Excludes O(workloads[].ports[].ingress_rate).
            type: float
          mirror:
            description: Whether everything is mirrored to the node's mirror interface.
            type: bool
          security_groups:
            description: The security groups that the port is in. They have to exist.
            type: list
            elements: str
          port_security:
            description: Whether only the port's own addresses are let through.
            type: bool
  live:
    description: Whether what runs gets it too. Without that it counts from the next pod on.
    type: bool
    default: true
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
seealso:
  - module: kubevim.nfvi.kubeovn_security_group
  - module: kubevim.nfvi.kubevirt_vm
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: The firewall is in its group, limited and mirrored, without a restart
  kubevim.nfvi.kubeovn_port:
    kubeconfig: ~/.kube/config
    workloads:
      - kind: VirtualMachine
        name: fw
        namespace: upf
        ports:
          - {ingress_rate: 1000, egress_rate: 500, security_groups: [upf-n4], mirror: true}
"""

RETURN = r"""
workloads:
  description: The workloads, in the order given.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: Its kind.
      type: str
      sample: VirtualMachine
    namespace:
      description: Its namespace.
      type: str
      sample: upf
    name:
      description: Its name.
      type: str
      sample: upf-0
    annotations:
      description: What its pods are to have; what they have beside that is not told.
      type: dict
      sample:
        ovn.kubernetes.io/ingress_rate: "1000"
        ovn.kubernetes.io/security_groups: upf-n4
    pods:
      description: Its pods that run, as they were found; a template that is rolled out replaces them.
      type: list
      elements: str
      sample: [virt-launcher-upf-0-x7x2p]
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample:
    - 'update Pod upf/virt-launcher-upf-0-x7x2p: metadata.annotations["ovn.kubernetes.io/mirror"] (none) → true'
impact:
  description:
    - What the changes do to running service, at worst. One of C(none), C(service_restart), C(pod_restart),
      C(vm_restart), C(node_reboot), C(outage).
  returned: success
  type: str
  sample: pod_restart
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
      sample: precondition
    reason:
      description: Why, in one sentence.
      type: str
      sample: "SecurityGroup upf-n4 does not exist"
    object:
      description: The thing it happened to.
      type: str
      sample: ""
    path:
      description: The place in what was given.
      type: str
      sample: "workloads[0].ports[0].security_groups[0]"
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
from ..module_utils.operations.port import ports
from ..module_utils.operations.session import kube_session

PORT = {
    "provider": {"type": "str", "default": "ovn"},
    "ingress_rate": {"type": "int"},
    "egress_rate": {"type": "int"},
    "latency": {"type": "int"},
    "jitter": {"type": "int"},
    "limit": {"type": "int"},
    "loss": {"type": "float"},
    "mirror": {"type": "bool"},
    "security_groups": {"type": "list", "elements": "str"},
    "port_security": {"type": "bool"},
}
WORKLOAD = {
    "kind": {
        "type": "str",
        "choices": ["DaemonSet", "Deployment", "Pod", "StatefulSet", "VirtualMachine"],
        "required": True,
    },
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "default": "default"},
    "ports": {"type": "list", "elements": "dict", "options": PORT},
}
SPEC = kube_spec(
    workloads={"type": "list", "elements": "dict", "required": True, "options": WORKLOAD},
    live={"type": "bool", "default": True},
)

CALL = Call(SPEC, kube_session, ports.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
