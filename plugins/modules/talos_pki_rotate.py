# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA of a cluster's Talos API, or of its Kubernetes, replaced while the cluster runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_pki_rotate
short_description: Replace the CA of a running cluster's Talos API, or of its Kubernetes
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Replaces the CA of the Talos API on all machines of a running cluster, or that of Kubernetes by O(authority). At
    every moment each machine answers to the talosconfig (O(kubeconfig)) as it is on disk. No machine restarts.
  - First the new CA is made, kept in the secrets bundle, and accepted on all machines. Then it issues, on one
    control-plane machine after the other and after those on the workers, while the old one is still accepted and the
    talosconfig trusts both. At last the old CA is not accepted any more, and leaves the talosconfig and the bundle.
  - With that of Kubernetes, a machine's API server, controller manager, scheduler and kubelet restart at each step, on
    one control-plane machine after the other. At the last step workers come first, since their kubelets then get
    certificates of the new CA.
  - Each step is verified on every machine before the next begins. A run that was stopped anywhere goes on from there
    when it is repeated, whether the CA is due or not.
  - Where a rotation stands is said in the bundle under C(rotation), which C(talosctl) passes over. What is generated
    from the bundle meanwhile is what the step wants, so that no other run undoes it.
  - A CA is replaced when it is due by O(rotate_before) or O(made_before). The one that takes its place never is, so
    that nothing is done the next time.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  authority:
    description:
      - Which CA is replaced. V(talos) is that of the Talos API, V(kubernetes) that of Kubernetes' API.
      - Those of etcd and of aggregated APIs, and the key of service accounts' tokens, are left as they are.
    type: str
    choices: [talos, kubernetes]
    default: talos
  kubeconfig:
    description:
      - A kubeconfig that keeps working while the CA of Kubernetes is replaced. In the current context's cluster and
        user the CA and the client certificate are rewritten, for the same name, groups and time.
      - Both are inline, as M(kubevim.nfvi.talos_kubeconfig) writes them. A user without a certificate stays.
      - Without it no kubeconfig is touched, and those of the cluster end when the new CA begins to issue.
    type: path
  secrets:
    description: File of the cluster's secrets bundle, in the form of C(talosctl gen secrets). It is rewritten.
    type: path
    required: true
  nodes:
    description:
      - Every machine of the cluster, workers as well. A machine that is left out could not be reached any more.
      - It is refused when members of etcd, or machines that the discovery service knows, are missing. Workers cannot be
        found out without discovery.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description: Address of the machine.
        type: str
        required: true
      config:
        description:
          - File of its configuration, as M(kubevim.nfvi.talos_config) writes it. It is kept as the machine's own, so
            that neither that module nor M(kubevim.nfvi.talos_apply) finds anything to change afterwards.
        type: path
  rotate_before:
    description:
      - How long before its end the CA is replaced, for example V(365d) or V(12h). A number alone counts days, and V(0)
        means never before.
    type: str
    default: 365d
  made_before:
    description:
      - Replace the CA when it was made before this day or moment, for example V(2026-11-21) or
        V(2026-11-21T14:05:29Z), as after a key was lost. UTC unless a zone is given. It must not be in the future.
    type: str
  wait_timeout:
    description: Seconds to wait for machines at each step of the verification.
    type: int
    default: 120
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer at first. Check mode tries once.
    type: int
    default: 60
notes:
  - The machines are asked with the CA of the bundle. The talosconfig, whose context is rewritten for the same roles,
    endpoints and time, needs no particular role.
  - Other talosconfigs of the cluster end with the old CA. Write them anew with M(kubevim.nfvi.talos_client_config) and
    C(on_conflict=replace).
  - Other kubeconfigs trust only the old CA. M(kubevim.nfvi.talos_kubeconfig) writes one that trusts both from the
    moment at which both are accepted.
  - Pods get the new CA in C(kube-root-ca.crt) as soon as it issues. Those that read it only when they start have to be
    restarted. Tokens of service accounts stay valid.
  - Every control-plane machine's API server must be reached at the machine's address. It is asked directly, since a
    balancer would hide one that was left behind.
  - The talosconfig is neither read nor written when the CA of Kubernetes is replaced.
seealso:
  - module: kubevim.nfvi.talos_secrets
  - module: kubevim.nfvi.talos_client_config
  - module: kubevim.nfvi.talos_kubeconfig
  - module: kubevim.nfvi.talos_info
"""

EXAMPLES = r"""
- name: Replace the CA when it ends within a year
  kubevim.nfvi.talos_pki_rotate:
    secrets: "{{ state_dir }}/secrets.yaml"
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes:
      - {address: 10.20.30.11, config: "{{ state_dir }}/config/c1.yaml"}
      - {address: 10.20.30.12, config: "{{ state_dir }}/config/c2.yaml"}
      - {address: 10.20.30.13, config: "{{ state_dir }}/config/c3.yaml"}
      - {address: 10.20.30.21, config: "{{ state_dir }}/config/w1.yaml"}

- name: Replace a CA whose key may have been seen, unless that was done already
  kubevim.nfvi.talos_pki_rotate:
    secrets: "{{ state_dir }}/secrets.yaml"
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: "{{ site_nodes }}"
    made_before: "2026-11-21"

- name: Replace the CA of Kubernetes, and let nobody with this kubeconfig notice
  kubevim.nfvi.talos_pki_rotate:
    authority: kubernetes
    secrets: "{{ state_dir }}/secrets.yaml"
    kubeconfig: "{{ state_dir }}/kubeconfig"
    nodes: "{{ site_nodes }}"
"""

RETURN = r"""
actions:
  description:
    - What was done, or would be in check mode, one line a change, in its order. The CAs are called C(old) and C(new).
  type: list
  elements: str
  returned: always
  sample:
    - "update secrets bundle /srv/site/secrets.yaml: rotation.os.step (none) → accept"
    - 'update node 10.20.30.11: v1alpha1.machine.acceptedCAs [] → ["new"]'
impact:
  description: The worst that a change does to running service. It is V(service_restart) with the CA of Kubernetes.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode while there is no bundle or a machine is not configured yet.
  type: bool
  returned: success
  sample: true
pki:
  description: The CA that issues; in check mode, before the changes. Null in check mode while there is no bundle.
  type: dict
  returned: success
  contains:
    step:
      description:
        - Where its replacement stands. V(none) while there is none, V(accept) while the new one is only accepted,
          V(issue) while it issues and the old one is accepted, V(retire) while the old one is removed.
      type: str
      sample: none
    fingerprint:
      description: Base64 of the SHA-256 of its public key.
      type: str
      sample: "DdBvJFpCOTPlxIVN4zCqWmcULvRxSUG4qNKPjMHOnJA="
    not_before:
      description: Time from which it is valid.
      type: str
      sample: "2026-11-21T14:05:29+00:00"
    not_after:
      description: Time at which it ends.
      type: str
      sample: "2036-11-18T14:05:29+00:00"
    nodes:
      description: The machines in the order of O(nodes). Empty in check mode while they are not there yet.
      type: list
      elements: dict
      contains:
        address:
          description: Its address.
          type: str
          sample: 10.20.30.11
        hostname:
          description: Its name.
          type: str
          sample: c1
        control_plane:
          description: Whether it is one of the control plane.
          type: bool
          sample: true
        issuing:
          description: Fingerprint of the CA that its certificate is of.
          type: str
          sample: "DdBvJFpCOTPlxIVN4zCqWmcULvRxSUG4qNKPjMHOnJA="
        accepted:
          description: Fingerprints of other CAs whose clients it lets in.
          type: list
          elements: str
          sample: []
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
      sample: conflict
    reason:
      description: Why, in one sentence.
      type: str
      sample: has another CA than the secrets bundle
    object:
      description: The thing it happened to.
      type: str
      sample: node 10.20.30.11
    path:
      description: The place in what was given.
      type: str
      sample: nodes[0].config
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "was it replaced with another tool, or bundle?"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_pki_rotate
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

NODE = {"address": {"type": "str", "required": True}, "config": {"type": "path"}}
SPEC = {
    **COMMON,
    **OPTIONS,
    "authority": {"type": "str", "choices": ["talos", "kubernetes"], "default": "talos"},
    "kubeconfig": {"type": "path"},
    # A path, and nothing to hide; its name alone makes Ansible wonder.
    "secrets": {"type": "path", "required": True, "no_log": False},
    "nodes": {"type": "list", "elements": "dict", "required": True, "options": NODE},
    "rotate_before": {"type": "str", "default": "365d"},
    "made_before": {"type": "str"},
    "wait_timeout": {"type": "int", "default": 120},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_pki_rotate.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
