# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's translation of addresses."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeovn_nat
short_description: Manage Kube-OVN's NAT gateways, external addresses and their rules
version_added: "0.1.0"
description:
  - Declares how the addresses of VPCs are translated, all of it in one task. Gateways come before their EIPs, EIPs
    before their rules, and everything goes the other way round.
  - There are two flavours. With V(iptables) a VPC has gateways of its own, pods that translate. With V(ovn) the VPC's
    own router translates.
  - What Kube-OVN would accept, and tell nobody but its log that it never works, is refused before anything is written -
    an address outside its subnet or of somebody else, an EIP where its gateway has no leg, a floating IP that has to
    share its EIP, a port that leads to two places, a VPC without a way out, NAT gateways that are not enabled.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
  - kubevim.nfvi.kubeovn_nat
seealso:
  - module: kubevim.nfvi.kubeovn_vpc
  - module: kubevim.nfvi.kubeovn_subnet
  - module: kubevim.nfvi.kubeovn_info
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: A VPC goes out by a router that it has for itself, and its DNS server is seen outside
  kubevim.nfvi.kubeovn_nat:
    kubeconfig: ~/.kube/config
    flavour: ovn
    eips:
      - {name: edge-out, external_subnet: n6-outside, v4_ip: 192.0.2.40}
      - {name: edge-dns, external_subnet: n6-outside}
    snats:
      - {name: edge-n3-out, eip: edge-out, vpc_subnet: edge-n3}
    dnats:
      - name: edge-dns
        eip: edge-dns
        external_port: 53
        internal_port: 53
        protocol: udp
        vpc: edge
        v4_ip: 10.70.0.53

- name: The same by a gateway of its own, where the site has an external subnet for gateways
  kubevim.nfvi.kubeovn_nat:
    kubeconfig: ~/.kube/config
    flavour: iptables
    gateways:
      - {name: edge-gw, vpc: edge, subnet: edge-n3, lan_ip: 10.70.0.199, external_subnets: [n6-outside]}
    eips:
      - {name: edge-gw-out, gateway: edge-gw, external_subnet: n6-outside}
    snats:
      - {name: edge-gw-n3, eip: edge-gw-out, internal_cidr: 10.70.0.0/24}
"""

RETURN = r"""
gateways:
  description: The NAT gateways as they are, or in check mode would be, in the order given.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: VpcNatGateway
      metadata:
        name: edge-gw
      spec:
        vpc: edge
        subnet: edge-n3
        lanIp: 10.70.0.199
        externalSubnets: [n6-outside]
      status:
        externalSubnets: [n6-outside]
eips:
  description: The external addresses, likewise.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: IptablesEIP
      metadata:
        name: edge-gw-out
      spec:
        natGwDp: edge-gw
        externalSubnet: n6-outside
        v4ip: 192.0.2.2
      status:
        ip: 192.0.2.2
        ready: true
fips:
  description: The floating IPs, likewise.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: OvnFip
      metadata:
        name: edge-web
      spec:
        ovnEip: edge-web
        ipName: web-0.upf
      status:
        v4Eip: 192.0.2.3
        v4Ip: 10.70.0.2
        ready: true
dnats:
  description: The forwarded ports, likewise.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: OvnDnatRule
      metadata:
        name: edge-dns
      spec:
        ovnEip: edge-dns
        vpc: edge
        v4Ip: 10.70.0.53
        externalPort: "53"
        internalPort: "53"
        protocol: udp
      status:
        v4Eip: 192.0.2.4
        ready: true
snats:
  description: The ranges that go out, likewise.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: kubeovn.io/v1
      kind: OvnSnatRule
      metadata:
        name: edge-n3-out
      spec:
        ovnEip: edge-out
        vpcSubnet: edge-n3
      status:
        v4Eip: 192.0.2.40
        v4IpCidr: 10.70.0.0/24
        ready: true
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample: ["create OvnEip edge-out", "create OvnSnatRule edge-n3-out"]
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
      sample: "198.51.100.9 is no address of Subnet n6-outside (192.0.2.0/24)"
    object:
      description: The thing it happened to.
      type: str
      sample: ""
    path:
      description: The place in what was given.
      type: str
      sample: "eips[0].v4_ip"
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
from ..module_utils.resources.kubeovn import nat, nat_forms

SPEC = kube_spec(
    flavour={"type": "str", "choices": ["iptables", "ovn"], "required": True},
    **{key: things(nat_forms.options(key)) for key in nat_forms.LISTS},
    kubeovn_namespace={"type": "str", "default": "kube-system"},
)

CALL = Call(SPEC, kube_session, nat.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
