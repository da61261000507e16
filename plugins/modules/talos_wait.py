# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for Talos machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_wait
short_description: Wait for a resource of Talos machines, or for a cluster to be healthy
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - With O(resource) waits until a resource is as wanted on every machine. Machines are watched, not polled; one that
    restarts meanwhile is watched again as soon as it answers.
  - With O(health) waits until every machine runs and is ready, its services are healthy, etcd's members are exactly the
    control-plane machines, all of which list the same ones, etcd has no alarm, Kubernetes' nodes are ready, and Talos
    has no diagnostics to tell. Kubernetes' own components are not asked.
  - The error at the end of the time says what was seen last on each machine that is late.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
attributes:
  check_mode:
    support: full
    details: Looks once and does not wait. RV(verified) tells whether it is already so.
options:
  nodes:
    description:
      - Addresses of the machines; by default the nodes of the client configuration, else its endpoints.
      - With O(health) all machines of the cluster have to be named, for a member of etcd that is none of them is a
        finding.
    type: list
    elements: str
    default: []
  resource:
    description: The resource to wait for, unless O(health=true). Types that hold secrets are refused.
    type: dict
    suboptions:
      type:
        description: The type by any name that C(talosctl get) takes.
        type: str
        required: true
      namespace:
        description: Namespace to look into; by default that of the type.
        type: str
      id:
        description: The resource.
        type: str
        required: true
  conditions:
    description: What its spec shall be, all of it. Without any, the resource only has to be there.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description:
          - Place in the spec, for example V(status.ready). Without it the spec itself is meant.
          - Without O(conditions[].equals), O(conditions[].one_of) and O(conditions[].matches) there shall be any value.
        type: str
        default: ''
      equals:
        description: The value, which is compared as text.
        type: raw
      one_of:
        description: Values of which it shall be one.
        type: list
        elements: raw
      matches:
        description: A regular expression that shall be found in it.
        type: str
  state:
    description: With V(absent) waits until the resource is gone.
    type: str
    choices: [present, absent]
    default: present
  health:
    description: Whether to wait for the cluster's health.
    type: bool
    default: false
  nodes_ready:
    description: Whether O(health) needs Kubernetes' nodes to be ready, which they are not before they have a network.
    type: bool
    default: true
  wait_timeout:
    description: Seconds after which waiting ends with an error.
    type: int
    default: 300
notes:
  - The role C(os:reader) is enough.
seealso:
  - module: kubevim.nfvi.talos_info
"""

EXAMPLES = r"""
- name: Wait until the clocks of all machines are right
  kubevim.nfvi.talos_wait:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12, 10.20.30.13]
    resource: {type: timestatus, id: node}
    conditions:
      - {path: synced, equals: true}

- name: Wait until a machine is installed and runs, or waits in maintenance mode
  kubevim.nfvi.talos_wait:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.14]
    resource: {type: machinestatus, id: machine}
    conditions:
      - {path: stage, one_of: [running, maintenance]}
    wait_timeout: 900

- name: Wait until the cluster is healthy
  kubevim.nfvi.talos_wait:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11, 10.20.30.12, 10.20.30.13, 10.20.30.14]
    health: true
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
  description: V(false) in check mode where waiting would be needed.
  type: bool
  returned: success
  sample: true
nodes:
  description: The machines in the order in which they were named, with O(resource).
  type: list
  elements: dict
  returned: success
  contains:
    address:
      description: Address of the machine.
      type: str
      sample: 10.20.30.11
    ready:
      description: Whether the resource is as wanted; V(false) only in check mode.
      type: bool
      sample: true
    reason:
      description: Why it is not.
      type: str
      sample: ""
    resource:
      description: The resource; null where there is none.
      type: dict
      sample:
        namespace: runtime
        type: TimeStatuses.v1alpha1.talos.dev
        id: node
        version: "3"
        spec: {synced: true, epoch: 1, syncDisabled: false}
health:
  description: The cluster's health, with O(health).
  type: dict
  returned: success
  contains:
    healthy:
      description: Whether nothing is missing; V(false) only in check mode.
      type: bool
      sample: true
    checks:
      description:
        - What was checked (machines, services, etcd, alarms, nodes, diagnostics). Field state is V(passed),
          V(waiting), or V(skipped) where nobody could tell or nobody wanted to know, which does not count.
      type: list
      elements: dict
      sample:
        - {name: machines, state: passed, reason: ""}
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_await
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

RESOURCE = {
    "type": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "id": {"type": "str", "required": True},
}
CONDITION = {
    "path": {"type": "str", "default": ""},
    "equals": {"type": "raw"},
    "one_of": {"type": "list", "elements": "raw"},
    "matches": {"type": "str"},
}
SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "default": []},
    "resource": {"type": "dict", "options": RESOURCE},
    "conditions": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": CONDITION,
        "mutually_exclusive": [("equals", "one_of", "matches")],
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "health": {"type": "bool", "default": False},
    "nodes_ready": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
}

CALL = Call(SPEC, talos_session, talos_await.run, {"required_if": [("health", False, ["resource"])]})


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
