# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator's kubeconfig of a Talos cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_kubeconfig
short_description: Write the kubeconfig of a Talos cluster
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Writes the administrator's kubeconfig to a private file (mode 0600).
  - The file is left as it is while it is for the same cluster and endpoint, and its certificate is good for longer than
    O(renew_before).
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  node:
    description: Address of a control-plane machine.
    type: str
    required: true
  path:
    description: File of the kubeconfig.
    type: path
    required: true
  force_context_name:
    description: Name of the context, instead of C(admin@<cluster>).
    type: str
  renew_before:
    description: Days before its end at which the certificate is renewed. Talos makes it for a year.
    type: int
    default: 30
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer (it may be restarting). Check mode tries once.
    type: int
    default: 60
seealso:
  - module: kubevim.nfvi.talos_bootstrap
"""

EXAMPLES = r"""
- name: Fetch the kubeconfig
  kubevim.nfvi.talos_kubeconfig:
    talosconfig: "{{ state_dir }}/talosconfig"
    node: 10.20.30.11
    path: "{{ state_dir }}/kubeconfig"
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
    - "create kubeconfig /srv/site/kubeconfig"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode where the cluster does not answer yet.
  type: bool
  returned: success
  sample: true
kubeconfig:
  description: The kubeconfig, without any secret. In check mode, what is not known before the cluster exists is null.
  type: dict
  returned: success
  contains:
    path:
      description: Its file.
      type: str
      sample: /srv/site/kubeconfig
    context:
      description: Its current context.
      type: str
      sample: admin@edge-berlin-01
    server:
      description: URL of the API server.
      type: str
      sample: https://10.20.30.11:6443
    not_after:
      description: Time at which the client's certificate ends.
      type: str
      sample: "2027-11-21T14:05:29+00:00"
    authority:
      description: Fingerprint of the cluster's certificate authority (base64 of the SHA-256 of its public key).
      type: str
      sample: "doQsqzXMyBONgY9W2mYykGUy4ZKhn2KxriUfrJbNzyQ="
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_kubeconfig
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "node": {"type": "str", "required": True},
    "path": {"type": "path", "required": True},
    "force_context_name": {"type": "str"},
    "renew_before": {"type": "int", "default": 30},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_kubeconfig.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
