# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VNF instances."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vnf_instance
short_description: Instantiate and terminate VNFs
version_added: "0.1.0"
description:
  - Instantiates VNF packages. Each VDU of the chosen flavour becomes virtual machines, each connection point a port
    in the subnet that it is bound to.
  - A package is a folder with a C(descriptor.yml) and the files it names. A wrong descriptor is refused with the
    place in it.
options:
  instances:
    description: The VNF instances. For O(state=absent) name and namespace are enough.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the instance.
        type: str
        required: true
      namespace:
        description: Namespace of the instance, created if need be. The instance's name by default.
        type: str
      package:
        description: Folder of the VNF package. Needed for O(state=present).
        type: path
      flavour:
        description: Deployment flavour of the descriptor.
        type: str
        default: default
      connection_points:
        description: For every connection point of the descriptor the name of the subnet that it is bound to.
        type: dict
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
seealso:
  - module: kubevim.nfvi.kubevirt_vm
  - module: kubevim.nfvi.kubeovn_subnet
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: One firewall on N3
  kubevim.nfvi.vnf_instance:
    kubeconfig: ~/.kube/config
    instances:
      - name: fw-1
        package: packages/fw-demo
        flavour: default
        connection_points:
          n3: ran-up-n3
"""

RETURN = r"""
instances:
  description: The instances in the order given. Empty for O(state=absent).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the instance.
      type: str
      sample: fw-1
    namespace:
      description: Its namespace.
      type: str
      sample: fw-1
    vnfd_id:
      description: The descriptor's id.
      type: str
      sample: fw-demo
    vnfd_version:
      description: The descriptor's version.
      type: str
      sample: "1.0"
    flavour:
      description: The deployment flavour.
      type: str
      sample: default
    vnfcs:
      description: The VNFCs, one virtual machine each.
      type: list
      elements: dict
      contains:
        id:
          description: Name of the VNFC.
          type: str
          sample: fw-1-fw-0
        vdu:
          description: The VDU that it is an instance of.
          type: str
          sample: fw
        vm:
          description: Name of its virtual machine.
          type: str
          sample: fw-1-fw-0
        node:
          description: Node on which the guest runs, empty while it does not.
          type: str
          sample: e1
        addresses:
          description: Address at each connection point, empty while the guest does not run.
          type: dict
          sample:
            n3: 10.60.0.2
objects:
  description: The objects that the instances are made of, as they are, or in check mode would be.
  returned: when O(state=present)
  type: list
  elements: dict
  sample:
    - apiVersion: kubevirt.io/v1
      kind: VirtualMachine
      metadata:
        name: fw-1-fw-0
        namespace: fw-1
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create Namespace fw-1", "create VirtualMachine fw-1/fw-1-fw-0"]
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
      sample: "is not one of default, large"
    object:
      description: The thing it happened to.
      type: str
      sample: ""
    path:
      description: The place in what was given.
      type: str
      sample: "instances[0].flavour"
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
from ..module_utils.operations.vnf import instance

INSTANCE = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "package": {"type": "path"},
    "flavour": {"type": "str", "default": "default"},
    "connection_points": {"type": "dict"},
}
SPEC = kube_spec(instances={"type": "list", "elements": "dict", "required": True, "options": INSTANCE})

CALL = Call(SPEC, kube_session, instance.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
