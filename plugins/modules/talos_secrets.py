# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Talos cluster's secrets bundle and its administrator's talosconfig."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_secrets
short_description: Make and keep a Talos cluster's secrets
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Makes the secrets bundle of a cluster (certificate authorities, keys and tokens), in the form of
    C(talosctl gen secrets), unless it is there. A bundle that is there is checked and never written again.
  - Keep the bundle safe. Losing it means losing the cluster.
  - Keeps the administrator's client configuration beside it, and renews its certificate before it expires. Those of
    other people are made by M(kubevim.nfvi.talos_client_config). Other contexts in its file are kept.
  - Files are private to their owner (mode 0600), appear in one step, and their content is never returned.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
options:
  path:
    description: File of the secrets bundle.
    type: path
    required: true
  talos_version:
    description: Version of Talos that the cluster will run.
    type: str
    required: true
  import_from:
    description:
      - Take over the secrets of a cluster that is there, instead of new ones. It counts only while there is no bundle.
    type: dict
    suboptions:
      machine_config:
        description: Configuration of a control-plane machine of the cluster, which has all of its secrets.
        type: path
      kubernetes_pki:
        description:
          - Folder with the PKI of a cluster made by kubeadm, C(/etc/kubernetes/pki) on its control-plane nodes.
          - What is Talos' own is made anew.
        type: path
      bootstrap_token:
        description: Token with which kubelets join, together with O(import_from.kubernetes_pki). Without it a new one.
        type: str
  talosconfig:
    description: The client configuration to keep; none when this is not given.
    type: dict
    suboptions:
      path:
        description: File of the client configuration.
        type: path
        required: true
      context:
        description: Name of its context, usually the cluster's.
        type: str
        required: true
      endpoints:
        description: Addresses that C(talosctl) dials.
        type: list
        elements: str
        default: []
      nodes:
        description: Machines that C(talosctl) means when none is named.
        type: list
        elements: str
        default: []
      roles:
        description: Roles of the client.
        type: list
        elements: str
        choices: [os:admin, os:operator, os:reader, os:etcd:backup]
        default: [os:admin]
      renew_before:
        description: Days before its end at which the client's certificate is made anew. It is valid for a year.
        type: int
        default: 30
requirements:
  - python >= 3.11
  - cryptography
  - PyYAML
seealso:
  - module: kubevim.nfvi.talos_client_config
  - module: kubevim.nfvi.talos_config
"""

EXAMPLES = r"""
- name: Make the secrets of a site, and a client configuration
  kubevim.nfvi.talos_secrets:
    path: "{{ state_dir }}/secrets.yaml"
    talos_version: v1.13.0
    talosconfig:
      path: "{{ state_dir }}/talosconfig"
      context: edge-berlin-01
      endpoints: [10.20.30.11]
      nodes: [10.20.30.11]

- name: Take over a cluster of which only a configuration was kept
  kubevim.nfvi.talos_secrets:
    path: "{{ state_dir }}/secrets.yaml"
    talos_version: v1.13.0
    import_from:
      machine_config: /srv/old/controlplane.yaml
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
    - "create secrets bundle /srv/site/secrets.yaml"
    - "create talosconfig /srv/site/talosconfig"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode where something that this very run makes could not be asked yet.
  type: bool
  returned: success
  sample: true
secrets:
  description: The bundle, without any secret.
  type: dict
  returned: success
  contains:
    path:
      description: File of the bundle.
      type: str
      sample: /srv/site/secrets.yaml
    authorities:
      description:
        - "Its certificate authorities by name: etcd, k8s, k8saggregator and os."
        - Empty in check mode while there is no bundle, and none is taken over whole.
        - Each has a fingerprint (base64 of the SHA-256 of its public key) and the time at which it ends.
      type: dict
      sample:
        os: {fingerprint: "ta627mMmnNTWWQbuK11wZfEknKYT9bfvMS8J9Dw87dw=", not_after: "2036-11-18T14:05:29+00:00"}
talosconfig:
  description: The client configuration, without any secret; empty when none is asked for.
  type: dict
  returned: success
  contains:
    path:
      description: Its file.
      type: str
      sample: /srv/site/talosconfig
    context:
      description: Its context.
      type: str
      sample: edge-berlin-01
    endpoints:
      description: Addresses that are dialled.
      type: list
      elements: str
      sample: [10.20.30.11]
    nodes:
      description: Machines that are meant by default.
      type: list
      elements: str
      sample: [10.20.30.11]
    roles:
      description: Roles of the client.
      type: list
      elements: str
      sample: [os:admin]
    not_before:
      description: Time from which the client's certificate is valid.
      type: str
      sample: "2026-11-21T14:05:29+00:00"
    not_after:
      description: Time at which the client's certificate ends.
      type: str
      sample: "2027-11-21T14:05:29+00:00"
    fingerprint:
      description: Base64 of the SHA-256 of the client's public key. Empty while it is not made yet.
      type: str
      sample: "DdBvJFpCOTPlxIVN4zCqWmcULvRxSUG4qNKPjMHOnJA="
"""

from ..module_utils.adapter.call import Call, no_session
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_secrets

ROLES = ["os:admin", "os:operator", "os:reader", "os:etcd:backup"]
SPEC = {
    **COMMON,
    "path": {"type": "path", "required": True},
    "talos_version": {"type": "str", "required": True},
    "import_from": {
        "type": "dict",
        "options": {
            "machine_config": {"type": "path"},
            "kubernetes_pki": {"type": "path"},
            "bootstrap_token": {"type": "str", "no_log": True},
        },
        "mutually_exclusive": [("machine_config", "kubernetes_pki"), ("machine_config", "bootstrap_token")],
        "required_one_of": [("machine_config", "kubernetes_pki")],
    },
    "talosconfig": {
        "type": "dict",
        "options": {
            "path": {"type": "path", "required": True},
            "context": {"type": "str", "required": True},
            "endpoints": {"type": "list", "elements": "str", "default": []},
            "nodes": {"type": "list", "elements": "str", "default": []},
            "roles": {"type": "list", "elements": "str", "choices": ROLES, "default": ["os:admin"]},
            "renew_before": {"type": "int", "default": 30},
        },
    },
}


CALL = Call(SPEC, no_session, talos_secrets.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
