# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machine configurations, given to machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_apply
short_description: Give Talos machines their configurations
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Brings machines to their configurations, in parallel. It finds out by itself which of them are in maintenance mode,
    waiting for their first configuration, and which have one.
  - What a machine has is compared with what it shall have by meaning, document by document. Before anything is written
    anywhere, every machine is checked to be the one that is meant, and every server has accepted its configuration in a
    dry run, also in check mode.
  - Machines that must restart do so one after the other, and only when O(reboot=allowed). Up to Talos 1.13 the machine
    says whether it must, and does it by itself. From 1.14 on it says nothing, and takes at once what has no effect
    before a restart; what needs one is known here then, staged, and put in force by a restart of ours. A run that is
    stopped before that is finished by the next one with O(mode=auto) and O(reboot=allowed).
  - Waits until every machine runs what it was given, and fails at once when one is back in maintenance mode.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  nodes:
    description: The machines.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description: Address of the machine's API.
        type: str
        required: true
      config:
        description: File of its configuration, as M(kubevim.nfvi.talos_config) writes it.
        type: path
        required: true
      macs:
        description: Hardware addresses that the machine must have all of; else nothing is changed anywhere.
        type: list
        elements: str
        default: []
      fingerprint:
        description:
          - Fingerprint of the machine's key in maintenance mode, as its console shows it. Without it any machine that
            answers at the address is taken for the one that is meant, as by C(talosctl --insecure).
        type: str
  source:
    description:
      - What the configurations are generated from, as M(kubevim.nfvi.talos_config) takes it (C(secrets), C(config_dir),
        C(cluster), C(nodes)).
      - Check mode reads there what the files would hold that M(kubevim.nfvi.talos_config) did not write in check mode.
        Otherwise the files alone count.
    type: dict
  mode:
    description:
      - How running machines take a change. With V(auto) at once where that is possible, else with a restart.
      - V(no-reboot) fails where a restart is needed. V(staged) waits for the next restart. V(try) goes
        back after O(try_timeout).
      - A machine in maintenance mode is always configured at once.
    type: str
    choices: [auto, no-reboot, staged, try]
    default: auto
  reboot:
    description: Whether a running machine may be restarted when a change needs it.
    type: str
    choices: [allowed, forbidden]
    default: forbidden
  kubernetes_upgrade:
    description:
      - Whether a machine that runs Kubernetes may be given another version of it. All machines of the call get it at
        once; M(kubevim.nfvi.talos_k8s_upgrade) brings it in as it should be.
    type: str
    choices: [allowed, forbidden]
    default: forbidden
  try_timeout:
    description: Seconds after which a configuration that was tried is taken back.
    type: int
    default: 60
  wait:
    description: Whether to wait until the machines run what they were given.
    type: bool
    default: true
  wait_timeout:
    description: Seconds after which waiting ends.
    type: int
    default: 600
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer (it may be restarting). Check mode tries once.
    type: int
    default: 60
seealso:
  - module: kubevim.nfvi.talos_config
  - module: kubevim.nfvi.talos_bootstrap
  - module: kubevim.nfvi.talos_k8s_upgrade
"""

EXAMPLES = r"""
- name: Configure the machine of a one-machine edge site
  kubevim.nfvi.talos_apply:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes:
      - address: 10.20.30.11
        config: "{{ state_dir }}/config/e1.yaml"
        macs: ["aa:bb:cc:dd:ee:01"]
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
    - "configure node 10.20.30.11"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode where a machine does not answer yet.
  type: bool
  returned: success
  sample: true
nodes:
  description: The machines in the order of O(nodes), as they are now or, in check mode, would be.
  type: list
  elements: dict
  returned: success
  contains:
    address:
      description: Address of the machine.
      type: str
      sample: 10.20.30.11
    hostname:
      description: Its name.
      type: str
      sample: e1
    stage:
      description: What it is doing, in Talos' words; null in check mode for a machine that would be configured.
      type: str
      sample: running
    version:
      description: Version of Talos; null while the machine does not answer.
      type: str
      sample: v1.13.0
    macs:
      description: Its hardware addresses.
      type: list
      elements: str
      sample: ["aa:bb:cc:dd:ee:01"]
    applied:
      description: How the configuration came in. One of unchanged, configured (first one), live, reboot, staged, try.
      type: str
      sample: configured
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_apply
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

NODE = {
    "address": {"type": "str", "required": True},
    "config": {"type": "path", "required": True},
    "macs": {"type": "list", "elements": "str", "default": []},
    "fingerprint": {"type": "str"},
}
SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "dict", "required": True, "options": NODE},
    "source": {"type": "dict"},
    "mode": {"type": "str", "choices": ["auto", "no-reboot", "staged", "try"], "default": "auto"},
    "reboot": {"type": "str", "choices": ["allowed", "forbidden"], "default": "forbidden"},
    "kubernetes_upgrade": {"type": "str", "choices": ["allowed", "forbidden"], "default": "forbidden"},
    "try_timeout": {"type": "int", "default": 60},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_apply.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
