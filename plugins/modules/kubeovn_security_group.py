# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN security groups."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeovn_security_group
short_description: Manage Kube-OVN security groups
version_added: "0.1.0"
description:
  - A security group says who may talk to the ports that are in it, an OVN port group with its ACLs. A pod's port is in
    the groups that its annotations name, see M(kubevim.nfvi.kubeovn_port).
  - Rules are typed. The family follows from the addresses, the remote type from what is named, and ports are written
    where Kube-OVN needs them.
  - Kube-OVN accepts wrong rules and then says nothing, or takes them for others. They are refused before anything is
    written - SCTP, ports of a protocol that has none, addresses of two families in one rule, a range that ends before
    it begins, C(pass) in the last tier, a remote group that does not exist.
options:
  security_groups:
    required: true
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
  - kubevim.nfvi.kubeovn.security_groups
seealso:
  - module: kubevim.nfvi.kubeovn_port
  - module: kubevim.nfvi.kubeovn_info
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: The signalling side of a UPF, N4 from the SMFs only
  kubevim.nfvi.kubeovn_security_group:
    kubeconfig: ~/.kube/config
    security_groups:
      - name: smf
        egress_rules:
          - {priority: 100, remote_address: 0.0.0.0/0}
      - name: upf-n4
        ingress_rules:
          - {priority: 10, protocol: udp, port_range_min: 8805, remote_security_group: smf}
          - {priority: 20, protocol: icmp, remote_address: 10.60.0.0/24}
        egress_rules:
          - {priority: 10, remote_address: 10.60.0.0/24}
"""

RETURN = r"""
security_groups:
  description: The groups as they are, or in check mode would be, in the order given.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: SecurityGroup
      metadata:
        name: upf-n4
      spec:
        ingressRules:
          - ipVersion: ipv4
            protocol: udp
            priority: 10
            policy: allow
            remoteType: securityGroup
            remoteSecurityGroup: smf
            portRangeMin: 8805
            portRangeMax: 8805
      status:
        portGroup: ovn.sg.upf.n4
        ingressLastSyncSuccess: true
        egressLastSyncSuccess: true
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create SecurityGroup upf-n4"]
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
      sample: precondition
    reason:
      description: Why, in one sentence.
      type: str
      sample: "SecurityGroup smf does not exist"
    object:
      description: The thing it happened to.
      type: str
      sample: ""
    path:
      description: The place in what was given.
      type: str
      sample: "security_groups[0].ingress_rules[0].remote_security_group"
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
from ..module_utils.resources.kubeovn import security_group

SPEC = kube_spec(security_groups=things(security_group.OPTIONS, required=True))

CALL = Call(SPEC, kube_session, security_group.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
