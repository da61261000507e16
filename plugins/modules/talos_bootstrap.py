# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first etcd member of a Talos cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_bootstrap
short_description: Bootstrap etcd of a Talos cluster
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Starts a cluster's first etcd member on one control-plane machine, unless etcd runs already on any of them, and
    waits until it works on all of them and the Kubernetes API answers.
  - Name all of them in O(control_plane). A machine that comes back empty is then not taken for the first of a cluster.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  node:
    description: Address of a control-plane machine.
    type: str
    required: true
  control_plane:
    description:
      - Addresses of all control-plane machines, O(node) among them.
      - Without it O(node) is taken for the only one, and must be the same at every call.
    type: list
    elements: str
    default: []
  wait:
    description: Whether to wait until etcd works on every control-plane machine.
    type: bool
    default: true
  wait_for_kubernetes:
    description: Whether to also wait until the Kubernetes API answers and has its first namespaces.
    type: bool
    default: true
  wait_timeout:
    description: Seconds after which waiting ends, and during which a machine that is not ready for it is asked again.
    type: int
    default: 600
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer (it may be restarting). Check mode tries once.
    type: int
    default: 60
seealso:
  - module: kubevim.nfvi.talos_apply
  - module: kubevim.nfvi.talos_kubeconfig
"""

EXAMPLES = r"""
- name: Bootstrap the cluster
  kubevim.nfvi.talos_bootstrap:
    talosconfig: "{{ state_dir }}/talosconfig"
    node: 10.20.30.11
    control_plane: [10.20.30.11, 10.20.30.12, 10.20.30.13]
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  type: bool
  returned: always
  sample: true
actions:
  description: What was done, or would be in check mode, one line a change.
  type: list
  elements: str
  returned: always
  sample:
    - "bootstrap etcd on node 10.20.30.11"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode where the machine does not answer yet.
  type: bool
  returned: success
  sample: true
etcd:
  description: The members of etcd.
  type: dict
  returned: success
  contains:
    node:
      description: Address of the machine that was asked.
      type: str
      sample: 10.20.30.11
    members:
      description: Its members; empty in check mode when it would be bootstrapped.
      type: list
      elements: dict
      contains:
        id:
          description: Identifier in hexadecimal.
          type: str
          sample: 8e9e05c52164694d
        hostname:
          description: Name of the machine.
          type: str
          sample: e1
        peer_urls:
          description: Where other members reach it.
          type: list
          elements: str
          sample: ["https://10.20.30.11:2380"]
        client_urls:
          description: Where clients reach it.
          type: list
          elements: str
          sample: ["https://10.20.30.11:2379"]
        learner:
          description: Whether it does not vote yet.
          type: bool
          sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_bootstrap
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "node": {"type": "str", "required": True},
    "control_plane": {"type": "list", "elements": "str", "default": []},
    "wait": {"type": "bool", "default": True},
    "wait_for_kubernetes": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_bootstrap.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
