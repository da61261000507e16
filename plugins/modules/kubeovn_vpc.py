# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN VPCs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeovn_vpc
short_description: Manage Kube-OVN VPCs
version_added: "0.1.0"
description:
  - A VPC is a tenant's routing domain, an OVN logical router of its own.
  - A VPC that still has subnets is not deleted. The subnets are named.
options:
  vpcs:
    required: true
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
  - kubevim.nfvi.kubeovn.vpcs
seealso:
  - module: kubevim.nfvi.kubeovn_subnet
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: A VPC for the user plane of the radio side
  kubevim.nfvi.kubeovn_vpc:
    kubeconfig: ~/.kube/config
    vpcs:
      - name: ran-up
        static_routes:
          - cidr: 0.0.0.0/0
            next_hop: 10.60.0.254
"""

RETURN = r"""
vpcs:
  description: The VPCs as they are, or in check mode would be, in the order given.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: Vpc
      metadata:
        name: ran-up
      spec: {}
      status:
        standby: true
        router: ran-up
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create Vpc ran-up"]
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
      sample: "is used by Subnet ran-up-n3"
    object:
      description: The thing it happened to.
      type: str
      sample: "Vpc ran-up"
    path:
      description: The place in what was given.
      type: str
      sample: "vpcs[0]"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "delete these first, or name them here too"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_spec, things
from ..module_utils.operations.session import kube_session
from ..module_utils.resources.kubeovn import vpc

SPEC = kube_spec(vpcs=things(vpc.VPC.options(), required=True))

CALL = Call(SPEC, kube_session, vpc.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
