# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup of a Talos cluster's etcd."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_etcd_snapshot
short_description: Back up etcd of a Talos cluster
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Takes a backup of etcd from one control-plane machine into a file on the controller, as C(talosctl etcd snapshot).
  - The backup is checked by its own digest before it takes the place of the file. What is there already is lost only to
    a whole new backup.
  - It holds every Secret of the cluster, so that only its owner may read the file.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  node:
    description: Address of a control-plane machine.
    type: str
    required: true
  path:
    description: File of the backup.
    type: path
    required: true
  max_age:
    description:
      - Seconds for which a whole backup that is there already is good enough. With V(0) a backup is taken every time.
    type: int
    default: 0
attributes:
  idempotent:
    support: partial
    details: With O(max_age) a backup that is young enough is left as it is.
seealso:
  - module: kubevim.nfvi.talos_etcd
  - module: kubevim.nfvi.talos_etcd_restore
"""

EXAMPLES = r"""
- name: Have a backup that is not older than a day
  kubevim.nfvi.talos_etcd_snapshot:
    talosconfig: "{{ state_dir }}/talosconfig"
    node: 10.20.30.11
    path: /srv/backup/edge-berlin-01/etcd.snapshot
    max_age: 86400
"""

RETURN = r"""
changed:
  description: Whether a backup was taken, or would be in check mode.
  type: bool
  returned: always
  sample: true
actions:
  description: What was done, or would be in check mode, one line a change.
  type: list
  elements: str
  returned: always
  sample:
    - "create etcd snapshot /srv/backup/edge-berlin-01/etcd.snapshot of node 10.20.30.11"
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
snapshot:
  description: The backup; all but its path is null in check mode when one would be taken.
  type: dict
  returned: success
  contains:
    path:
      description: File of the backup.
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
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_etcd_snapshot
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "node": {"type": "str", "required": True},
    "path": {"type": "path", "required": True},
    "max_age": {"type": "int", "default": 0},
}

CALL = Call(SPEC, talos_session, talos_etcd_snapshot.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
