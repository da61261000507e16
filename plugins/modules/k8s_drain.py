# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes without pods."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_drain
short_description: Drain, cordon and uncordon nodes
version_added: "0.1.0"
description:
  - Empties nodes of pods by the eviction API, which honours PodDisruptionBudgets. All pods of a node are asked to go at
    once, and an eviction that is withheld is asked for again until O(wait_timeout) is over, so that a budget that frees
    one pod only after another has a new place blocks nothing.
  - Virtual machines go first, by live migration, when their eviction strategy is C(LiveMigrate) or
    C(LiveMigrateIfPossible) (C(External) ones are handed over to their own controller). Other pods are only touched
    when all of them have left. Machines that cannot migrate are told in advance, with the reason; see
    O(unmigratable_vms).
  - Pods of DaemonSets and static pods are left alone. Pods that nobody would make anew, and pods that keep data in an
    emptyDir, are refused unless O(force) and O(delete_emptydir_data) allow it; they are all named, and nothing has
    been touched then. KubeVirt's own pods may keep an emptyDir.
  - All nodes are cordoned before the first is drained, so that no pod is moved twice. While it is drained, a node bears
    the label C(node.kubernetes.io/exclude-from-external-load-balancers).
  - What this module sets it marks by the annotations C(nfvi.kubevim.io/cordoned) and
    C(nfvi.kubevim.io/excluded-from-load-balancers), and O(state=uncordoned) takes back only what bears these marks. A
    node that somebody else had cordoned, or a label that somebody else had set, stays theirs.
options:
  nodes:
    description: Names of the nodes.
    type: list
    elements: str
    required: true
  state:
    description:
      - V(drained) - takes no new pods, no traffic from load balancers, and runs no pods but those that are left alone.
      - V(cordoned) - takes no new pods.
      - V(uncordoned) - as it was before this module cordoned or drained it.
    type: str
    choices: [drained, cordoned, uncordoned]
    default: drained
  limit:
    description: How many nodes are emptied at a time. A failure ends the task before the next ones.
    type: int
    default: 1
  force:
    description: Whether pods without a controller are deleted, though nobody makes them anew.
    type: bool
    default: false
  delete_emptydir_data:
    description: Whether pods that keep data in an emptyDir are evicted, though the data is lost.
    type: bool
    default: false
  unmigratable_vms:
    description:
      - What to do about virtual machines that do not migrate when they are evicted, as their eviction strategy is
        C(None) or something of them cannot move.
      - V(refuse) names them and their reasons, and touches nothing. V(restart) shuts them down; those that are to run
        always are started again by KubeVirt on another node, others stay down.
    type: str
    choices: [refuse, restart]
    default: refuse
  grace_period:
    description: Seconds that each pod gets to end; its own setting by default. 0 ends it at once.
    type: int
  wait_timeout:
    description: Seconds that emptying one node may take.
    type: int
    default: 600
  on_failure:
    description:
      - What becomes of nodes that were not drained when something fails. V(keep) leaves them as they are, and the error
        says how that is. V(uncordon) uncordons those that this very call had cordoned.
    type: str
    choices: [keep, uncordon]
    default: keep
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
notes:
  - In check mode, budgets that allow no disruption at the moment are warned of. They may well allow one a moment later.
  - After a failure KubeVirt goes on with migrations that it has begun.
  - Needs the right to get, list and patch nodes, to list and watch pods, to list PodDisruptionBudgets, to create
    pods/eviction, and to list KubeVirt's objects where there are virtual machines.
seealso:
  - module: kubevim.nfvi.talos_power
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: What would a drain do to this node?
  kubevim.nfvi.k8s_drain:
    kubeconfig: ~/.kube/config
    nodes: [edge-1]
    delete_emptydir_data: true
    unmigratable_vms: restart
    wait_timeout: 900
  check_mode: true  # without this it is done

- name: Nobody new on this node
  kubevim.nfvi.k8s_drain:
    kubeconfig: ~/.kube/config
    nodes: [edge-1]
    state: cordoned

- name: Back in service
  kubevim.nfvi.k8s_drain:
    kubeconfig: ~/.kube/config
    nodes: [edge-1]
    state: uncordoned
"""

RETURN = r"""
nodes:
  description:
    - The nodes in the order in which they were named, as they are now or, in check mode, will be. The lists of pods are
      filled for O(state=drained) only.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: edge-1
    schedulable:
      description: Whether it takes new pods.
      type: bool
      sample: false
    cordoned_by_others:
      description: Whether it is cordoned without this module's mark.
      type: bool
      sample: false
    excluded_from_load_balancers:
      description: Whether load balancers leave it out.
      type: bool
      sample: true
    evicted:
      description: Pods that were evicted, as C(namespace/name).
      type: list
      elements: str
      sample: [upf/web-6c9d8-x2x7q]
    migrated:
      description: Virtual machines that were migrated away, or handed over to their own controller.
      type: list
      elements: str
      sample: [upf/upf-0]
    restarted:
      description: Virtual machines that were shut down; RV(actions) says which of them are started again.
      type: list
      elements: str
      sample: []
    left:
      description: Pods that were left alone.
      type: list
      elements: str
      sample: [kube-system/kube-ovn-cni-5kx8d]
actions:
  description: What was done, or in check mode would be, one line a change, in the order in which it is carried out.
  returned: always
  type: list
  elements: str
  sample:
    - cordon Node edge-1
    - exclude from load balancers Node edge-1
    - migrate VirtualMachineInstance upf/upf-0
    - evict Pod upf/web-6c9d8-x2x7q
impact:
  description:
    - What the changes do to running service, at worst. One of C(none), C(service_restart), C(pod_restart),
      C(vm_restart), C(node_reboot), C(outage), the last where something is not made anew.
  returned: success
  type: str
  sample: pod_restart
verified:
  description: False in check mode if a node is not there yet because this same run makes it.
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
        - C(precondition) when pods were refused, C(timeout) when they did not go in time, C(not_found) for an unknown
          node. Also C(invalid_input), C(conflict), C(forbidden), C(unauthenticated), C(unreachable), C(stale_plan),
          C(internal).
      type: str
      sample: timeout
    reason:
      description: Why, in one sentence; for pods that did not go in time what each of them waits for.
      type: str
      sample: >-
        not drained after 600 s: Pod upf/web-0 is not evicted: The disruption budget web needs 2 healthy pods and has 2
        currently; PodDisruptionBudget upf/web allows 0 disruptions (2 of its pods are healthy, 2 have to be)
    object:
      description: The thing it happened to.
      type: str
      sample: Node edge-1
    path:
      description: The place in what was given.
      type: str
      sample: ""
    hint:
      description: What to do about it, and the state that each node is in.
      type: str
      sample: "raise wait_timeout, or give the budgets' pods room; half drained: edge-1; cordoned: edge-2"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: true
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_read_spec
from ..module_utils.operations.drain import drain
from ..module_utils.operations.session import kube_session

SPEC = kube_read_spec(
    nodes={"type": "list", "elements": "str", "required": True},
    state={"type": "str", "choices": ["drained", "cordoned", "uncordoned"], "default": "drained"},
    limit={"type": "int", "default": 1},
    force={"type": "bool", "default": False},
    delete_emptydir_data={"type": "bool", "default": False},
    unmigratable_vms={"type": "str", "choices": ["refuse", "restart"], "default": "refuse"},
    grace_period={"type": "int"},
    wait_timeout={"type": "int", "default": 600},
    on_failure={"type": "str", "choices": ["keep", "uncordon"], "default": "keep"},
)

CALL = Call(SPEC, kube_session, drain.run)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
