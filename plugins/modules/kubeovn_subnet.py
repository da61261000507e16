# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN subnets."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeovn_subnet
short_description: Manage Kube-OVN subnets
version_added: "0.1.0"
description:
  - A subnet is a range of addresses in a VPC, an OVN logical switch.
  - What Kube-OVN would accept and never make work is refused before anything is written - a CIDR that overlaps
    another subnet of the VPC, a gateway
    outside the CIDR, a bad excluded range, a VPC that does not exist.
options:
  subnets:
    required: true
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
  - kubevim.nfvi.kubeovn.subnets
seealso:
  - module: kubevim.nfvi.kubeovn_vpc
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: N3 in the VPC of the radio side
  kubevim.nfvi.kubeovn_subnet:
    kubeconfig: ~/.kube/config
    subnets:
      - name: ran-up-n3
        vpc: ran-up
        cidr: 10.60.0.0/24
        exclude_ips: [10.60.0.200..10.60.0.254]
"""

RETURN = r"""
subnets:
  description: The subnets as they are, or in check mode would be, in the order given.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: Subnet
      metadata:
        name: ran-up-n3
      spec:
        vpc: ran-up
        cidrBlock: 10.60.0.0/24
        gateway: 10.60.0.1
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create Subnet ran-up-n3"]
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
      sample: "10.60.0.0/25 overlaps 10.60.0.0/24 of the existing subnet ran-up-n3 in the same VPC"
    object:
      description: The thing it happened to.
      type: str
      sample: ""
    path:
      description: The place in what was given.
      type: str
      sample: "subnets[0].cidr"
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
from ..module_utils.adapter.options import kube_spec, things
from ..module_utils.operations.session import kube_session
from ..module_utils.resources.kubeovn import subnet

SPEC = kube_spec(subnets=things(subnet.SUBNET.options(), required=True))

CALL = Call(SPEC, kube_session, subnet.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
