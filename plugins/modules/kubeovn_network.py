# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole network of Kube-OVN's."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeovn_network
short_description: Declare a whole Kube-OVN network in one task
version_added: "0.1.0"
description:
  - Everything from the nodes' interfaces to the NAT rule in one task - provider networks, VLANs, VPCs, subnets, pools,
    security groups, gateways, load balancers, DNS and BGP.
  - The order of the parts does not matter. What is referred to is made first and removed last, in parallel where it
    can be.
  - With O(prune=true) what O(owner) had in the network before and is not declared any more is removed.
  - What Kube-OVN would accept and never make work is refused before anything is written, across all parts.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
  - kubevim.nfvi.kube.owning
  - kubevim.nfvi.kubeovn_network
  - kubevim.nfvi.kubeovn.vpcs
  - kubevim.nfvi.kubeovn.subnets
  - kubevim.nfvi.kubeovn.security_groups
seealso:
  - module: kubevim.nfvi.kubeovn_vpc
  - module: kubevim.nfvi.kubeovn_subnet
  - module: kubevim.nfvi.kubeovn_nat
  - module: kubevim.nfvi.kubeovn_security_group
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: The user plane's network, and nothing that was in it before and is not now
  kubevim.nfvi.kubeovn_network:
    kubeconfig: ~/.kube/config
    owner: user-plane
    prune: true
    vpcs:
      - name: user-plane
    subnets:
      - name: user-plane-n3
        vpc: user-plane
        cidr: 10.65.0.0/24
    ip_pools:
      - name: user-plane-upf
        subnet: user-plane-n3
        ips: [10.65.0.10..10.65.0.19]
    security_groups:
      - name: user-plane-gtp
        ingress_rules:
          - {priority: 1, protocol: udp, port_range_min: 2152, remote_address: 10.66.0.0/16}
        egress_rules:
          - {priority: 1, remote_address: 0.0.0.0/0}
"""

RETURN = r"""
network:
  description: The objects as they are, or in check mode would be, in the order given, part by part.
  returned: success
  type: dict
  contains:
    vpcs:
      description: The VPCs.
      type: list
      elements: dict
      sample:
        - apiVersion: kubeovn.io/v1
          kind: Vpc
          metadata:
            name: user-plane
          spec: {}
    subnets:
      description: The subnets.
      type: list
      elements: dict
      sample:
        - apiVersion: kubeovn.io/v1
          kind: Subnet
          metadata:
            name: user-plane-n3
          spec:
            vpc: user-plane
            cidrBlock: 10.65.0.0/24
    provider_networks:
      description: The provider networks.
      type: list
      elements: dict
      sample: []
    vlans:
      description: The VLANs.
      type: list
      elements: dict
      sample: []
    ip_pools:
      description: The pools.
      type: list
      elements: dict
      sample: []
    vips:
      description: The virtual addresses.
      type: list
      elements: dict
      sample: []
    qos_policies:
      description: The QoS policies.
      type: list
      elements: dict
      sample: []
    bgp_confs:
      description: The BGP configurations.
      type: list
      elements: dict
      sample: []
    evpn_confs:
      description: The EVPN configurations.
      type: list
      elements: dict
      sample: []
    egress_gateways:
      description: The egress gateways.
      type: list
      elements: dict
      sample: []
    load_balancers:
      description: The load balancers.
      type: list
      elements: dict
      sample: []
    dns:
      description: The DNS servers.
      type: list
      elements: dict
      sample: []
    security_groups:
      description: The security groups.
      type: list
      elements: dict
      sample: []
    nat:
      description: NAT, list by list.
      type: dict
      contains:
        gateways:
          description: The NAT gateways.
          type: list
          elements: dict
          sample: []
        eips:
          description: The EIPs.
          type: list
          elements: dict
          sample: []
        fips:
          description: The floating IPs.
          type: list
          elements: dict
          sample: []
        dnats:
          description: The forwarded ports.
          type: list
          elements: dict
          sample: []
        snats:
          description: The ranges that go out.
          type: list
          elements: dict
          sample: []
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create Vpc user-plane", "create Subnet user-plane-n3"]
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
from ..module_utils.adapter.options import OWNING, kube_spec, things
from ..module_utils.operations.session import kube_session
from ..module_utils.resources.kubeovn import nat_forms, network, network_forms, security_group

NAT = {
    "flavour": {"type": "str", "choices": ["iptables", "ovn"], "required": True},
    **{key: things(nat_forms.options(key)) for key in nat_forms.LISTS},
    "kubeovn_namespace": {"type": "str", "default": "kube-system"},
}
SPEC = kube_spec(
    **OWNING,
    **{key: things(form.options()) for key, form in network_forms.FORMS.items()},
    security_groups=things(security_group.OPTIONS),
    nat={"type": "dict", "options": NAT},
)

CALL = Call(SPEC, kube_session, network.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
