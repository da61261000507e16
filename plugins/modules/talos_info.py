# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Talos machines say of themselves."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_info
short_description: Gather facts about Talos machines
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Asks machines, in parallel, for their version, state, hardware and members, and for any other resource.
  - Machines in maintenance mode are asked as well, without a client certificate. What they do not tell is null.
  - Machine configurations are returned with their secrets masked. Of any other type that Talos calls sensitive every
    value is masked. Roles below C(os:admin) are refused such types by Talos itself.
extends_documentation_fragment:
  - kubevim.nfvi.attributes.info
  - kubevim.nfvi.talos
options:
  nodes:
    description: Addresses of the machines; by default the nodes of the client configuration, else its endpoints.
    type: list
    elements: str
    default: []
  gather:
    description: What to ask for.
    type: list
    elements: str
    choices: [version, machine, services, memory, disks, links, members, etcd, certificates]
    default: [version, machine]
  resources:
    description: Further resources.
    type: list
    elements: dict
    default: []
    suboptions:
      type:
        description:
          - The type by any name that C(talosctl get) takes, for example V(AddressStatuses.net.talos.dev),
            V(addressstatuses) or V(addresses).
        type: str
        required: true
      namespace:
        description: Namespace to look into; by default that of the type.
        type: str
      id:
        description: One resource of the type; all by default.
        type: str
  wait_timeout:
    description: Seconds to wait until every machine answers (a machine that was just started takes a while).
    type: int
    default: 0
seealso:
  - module: kubevim.nfvi.talos_apply
"""

EXAMPLES = r"""
- name: Wait until a machine is up, and see its disks and links
  kubevim.nfvi.talos_info:
    nodes: [10.20.30.11]
    gather: [version, machine, disks, links]
    wait_timeout: 600
  register: machine

- name: Read the addresses of all machines
  kubevim.nfvi.talos_info:
    talosconfig: "{{ state_dir }}/talosconfig"
    resources:
      - type: addresses

- name: See when certificates end
  kubevim.nfvi.talos_info:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12, 10.20.30.13]
    gather: [certificates]
"""

RETURN = r"""
changed:
  description: Always V(false).
  type: bool
  returned: always
  sample: false
actions:
  description: Always empty.
  type: list
  elements: str
  returned: always
  sample: []
impact:
  description: Always V(none).
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode with O(pending=true) where a machine does not answer yet.
  type: bool
  returned: success
  sample: true
nodes:
  description: The machines in the order in which they were asked for. Only the parts asked for are there.
  type: list
  elements: dict
  returned: success
  contains:
    address:
      description: Address of the machine.
      type: str
      sample: 10.20.30.11
    reachable:
      description: Whether it answered. V(false) only in check mode with O(pending=true), then nothing else is there.
      type: bool
      sample: true
    maintenance:
      description: Whether it waits for its first configuration.
      type: bool
      sample: false
    certificate:
      description: The certificate it shows (common_name, fingerprint, not_after).
      type: dict
      sample:
        common_name: e1
        fingerprint: "ta627mMmnNTWWQbuK11wZfEknKYT9bfvMS8J9Dw87dw="
        not_after: "2026-11-22T14:05:29+00:00"
    version:
      description: Version and platform of the system that runs.
      type: dict
      sample: {tag: v1.13.0, sha: 8a2b3c4d, arch: amd64, platform: metal, mode: metal}
    machine:
      description: What it is doing.
      type: dict
      sample: {stage: running, ready: true, unmet: [], hostname: e1}
    services:
      description: Talos' own services.
      type: list
      elements: dict
      sample: [{id: etcd, state: Running, healthy: true, message: ""}]
    memory:
      description: Memory in KiB and counts of hugepages, by the names of C(/proc/meminfo).
      type: dict
      sample: {memtotal: 67108864, hugepagestotal: 16, hugepagesize: 1048576}
    disks:
      description: Disks as Talos describes them (type Disks.block.talos.dev).
      type: list
      elements: dict
      sample: [{id: nvme0n1, dev_path: /dev/nvme0n1, size: 960197124096, model: PM9A3, serial: S1}]
    links:
      description: Network links as Talos describes them (type LinkStatuses.net.talos.dev).
      type: list
      elements: dict
      sample: [{id: eno1, hardwareAddr: "aa:bb:cc:dd:ee:01", driver: ice, speedMbit: 25000}]
    members:
      description: Machines of the cluster that discovery knows (type Members.cluster.talos.dev).
      type: list
      elements: dict
      sample: [{id: e1, hostname: e1, machineType: controlplane, addresses: [10.20.30.11]}]
    etcd:
      description: Members of etcd; null on a worker.
      type: list
      elements: dict
      sample: [{id: 8e9e05c52164694d, hostname: e1, learner: false}]
    certificates:
      description:
        - What can be seen of its certificates. V(talos_api) is the one of Talos' API, V(kubernetes_api) the one that a
          control-plane machine's API server shows; the others are named by their place in its configuration, which only
          C(os:admin) may read.
        - Field days_left holds whole days, below zero when the certificate has ended. Talos renews all but the CAs
          (C(ca.crt)) by itself.
      type: list
      elements: dict
      sample:
        - name: v1alpha1.machine.ca.crt
          common_name: ""
          organizations: [talos]
          not_before: "2026-11-21T14:05:29+00:00"
          not_after: "2036-11-18T14:05:29+00:00"
          days_left: 3649
    resources:
      description: What was asked for with O(resources), in that order.
      type: list
      elements: dict
      sample:
        - namespace: network
          type: AddressStatuses.net.talos.dev
          items: [{id: eno1/10.20.30.11/24, version: "1", phase: running, spec: {linkName: eno1}}]
client_certificate:
  description: The certificate of the client configuration, if V(certificates) is gathered; null without one.
  type: dict
  returned: success
  sample:
    name: edge-berlin-01
    common_name: ""
    organizations: [os:admin]
    not_before: "2026-11-21T14:05:29+00:00"
    not_after: "2027-11-21T14:05:29+00:00"
    days_left: 364
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_info
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

RESOURCE = {
    "type": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "id": {"type": "str"},
}
SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "default": []},
    "gather": {"type": "list", "elements": "str", "choices": list(talos_info.PARTS), "default": ["version", "machine"]},
    "resources": {"type": "list", "elements": "dict", "default": [], "options": RESOURCE},
    "wait_timeout": {"type": "int", "default": 0},
}

CALL = Call(SPEC, talos_session, talos_info.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
