# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd of a Talos cluster, back from a backup."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_etcd_restore
short_description: Restore etcd of a Talos cluster from a backup
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Sends a backup of etcd to one control-plane machine, which begins a new etcd with what is in it, as
    C(talosctl bootstrap --recover-from). Then waits until the other control-plane machines have joined it and the
    Kubernetes API answers.
  - The backup is checked first, and so is every machine. Etcd's data must be gone from all of them, for otherwise they
    would go on with it beside the restored cluster. M(kubevim.nfvi.talos_reset) wipes it; the role
    C(kubevim.nfvi.talos_etcd_restore) does all of it in order.
  - Where etcd works on O(node) nothing is restored, for then it has been; only the other machines are waited for.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  node:
    description: Address of the control-plane machine that is sent the backup.
    type: str
    required: true
  control_plane:
    description:
      - Addresses of all control-plane machines, O(node) among them. Without it O(node) is taken for the only one.
      - Leave out a machine that is gone for good.
    type: list
    elements: str
    default: []
  path:
    description: File of the backup, or a folder, of which the newest file C(*.snapshot) is taken.
    type: path
    required: true
  recover_skip_hash_check:
    description: Take a copy of a member's database (C(member/snap/db)), which has no digest, for a backup.
    type: bool
    default: false
  any_cluster:
    description:
      - Restore a backup although it seems to be another cluster's, as the CA of this one's Kubernetes is not in it.
      - A backup from before a change of that CA needs it.
    type: bool
    default: false
  force:
    description:
      - Restore although other machines than O(node) are not wiped. They are left as they are and not waited for; each
        must be wiped before it can join.
      - Switch off those that still have data. What is left of an earlier restore on O(node) is the same cluster to
        etcd, and may win over what is restored.
    type: bool
    default: false
  wait:
    description: Whether to wait until all have joined and the Kubernetes API answers.
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
notes:
  - What was written after the backup is lost, and etcd's revisions go back. Restart what watches the API and was not
    restarted by the way (kubelets of workers, operators on them).
  - With O(pending=true) in check mode, all machines are planned for as wiped by this very run.
seealso:
  - module: kubevim.nfvi.talos_etcd_snapshot
  - module: kubevim.nfvi.talos_reset
  - module: kubevim.nfvi.talos_bootstrap
"""

EXAMPLES = r"""
- name: Bring etcd back, whose data were wiped from all machines
  kubevim.nfvi.talos_etcd_restore:
    talosconfig: "{{ state_dir }}/talosconfig"
    node: 10.20.30.11
    control_plane: [10.20.30.11, 10.20.30.12, 10.20.30.13]
    path: /srv/backup/edge-berlin-01/etcd.snapshot
"""

RETURN = r"""
changed:
  description: Whether etcd was restored, or would be in check mode.
  type: bool
  returned: always
  sample: true
actions:
  description: What was done, or would be in check mode, one line a change.
  type: list
  elements: str
  returned: always
  sample:
    - "restore etcd on node 10.20.30.11 from /srv/backup/edge-berlin-01/etcd.snapshot"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode where this very run makes what is looked at.
  type: bool
  returned: success
  sample: true
snapshot:
  description: The backup.
  type: dict
  returned: success
  contains:
    path:
      description: Its file.
      type: str
      sample: /srv/backup/edge-berlin-01/etcd.snapshot
    size:
      description: Its size in bytes.
      type: int
      sample: 6619168
    sha256:
      description: Digest of the database in it.
      type: str
      sample: 0f343b0931126a20f133d67c2b018a3b5a5e1bd1e1d2a1f5e5b0a1a5b8f1c2d3
    made:
      description: When it was taken.
      type: str
      sample: "2026-11-21T18:00:00+00:00"
etcd:
  description: The restored etcd.
  type: dict
  returned: success
  contains:
    node:
      description: Address of the machine that is sent the backup.
      type: str
      sample: 10.20.30.11
    restored:
      description: Whether it was sent, or would be in check mode; V(false) where etcd works already.
      type: bool
      sample: true
    found:
      description: The control-plane machines as they were found.
      type: list
      elements: dict
      contains:
        address:
          description: Address of the machine.
          type: str
          sample: 10.20.30.11
        etcd:
          description:
            - V(empty) - it has no data and waits for others to join. V(works) - it is a healthy member. V(broken) - it
              has data and does not work. V(failed) - it could not be started. V(unconfigured) - the machine is in
              maintenance mode.
            - Null in check mode for a machine that does not answer, while this very run restarts it.
          type: str
          sample: empty
    members:
      description: Its members; empty in check mode and without O(wait).
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
from ..module_utils.operations.cluster import talos_etcd_restore
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "node": {"type": "str", "required": True},
    "control_plane": {"type": "list", "elements": "str", "default": []},
    "path": {"type": "path", "required": True},
    "recover_skip_hash_check": {"type": "bool", "default": False},
    "any_cluster": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_etcd_restore.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
