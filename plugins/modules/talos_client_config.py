# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody's access to a Talos cluster's API."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_client_config
short_description: Give somebody access to a Talos cluster
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Keeps a context in a client configuration (talosconfig) that C(talosctl) and the modules here can use. Its
    certificate is signed with the cluster's own CA, from the secrets bundle. No machine is asked.
  - The certificate is kept while it is valid, of this cluster's CA, with these roles, and not about to end. Otherwise
    it is made anew. A certificate cannot be revoked, so prefer few roles and a short lifetime.
  - Other contexts in the file stay as they are. Comments are not kept.
  - The file is private to its owner (mode 0600), appears in one step, and keys are never returned.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
options:
  secrets:
    description: File of the cluster's secrets bundle, in the form of C(talosctl gen secrets). It is only read.
    type: path
    required: true
  path:
    description: File of the client configuration.
    type: path
    required: true
  context:
    description: Name of the context, usually the cluster's.
    type: str
    required: true
  endpoints:
    description: Addresses that C(talosctl) dials, usually those of the control plane.
    type: list
    elements: str
    required: true
  nodes:
    description: Machines that C(talosctl) means when none is named.
    type: list
    elements: str
    default: []
  roles:
    description:
      - What the client may do. V(os:reader) may look at what is not secret. V(os:operator) may also reboot, shut down,
        restart services and back up etcd. V(os:etcd:backup) may do nothing but back up etcd. V(os:admin) may do all.
      - V(os:meta:writer) is known to Talos from 1.14 on.
    type: list
    elements: str
    choices: [os:admin, os:operator, os:reader, os:etcd:backup, os:image:verifier, os:meta:writer]
    default: [os:reader]
  lifetime:
    description:
      - How long a certificate that is made is valid, for example V(12h) or V(90d). A number alone counts days.
      - It never ends later than the CA that signs it.
    type: str
    default: 365d
  renew_before:
    description:
      - How long before its end a certificate is made anew, written as O(lifetime) is.
      - By default 30 days, or a third of O(lifetime) when that is shorter.
    type: str
  renew:
    description:
      - Whether a certificate may be made anew. V(false) fails instead, also when it has ended, and leaves the file
        alone. A context that is not there is made anyway.
    type: bool
    default: true
  current:
    description:
      - Whether to make the context the file's current one. A file that has none gets this one anyway.
    type: bool
    default: false
  on_conflict:
    description:
      - What to do about a context of that name that is another cluster's, or that holds no certificate.
      - V(fail) leaves the file alone. V(replace) overwrites that context.
    type: str
    choices: [fail, replace]
    default: fail
requirements:
  - python >= 3.11
  - cryptography
  - PyYAML
seealso:
  - module: kubevim.nfvi.talos_secrets
  - module: kubevim.nfvi.talos_kubeconfig
"""

EXAMPLES = r"""
- name: Let the operations team look at the site
  kubevim.nfvi.talos_client_config:
    secrets: "{{ state_dir }}/secrets.yaml"
    path: "{{ state_dir }}/talosconfig-noc"
    context: edge-berlin-01
    endpoints: [10.20.30.11, 10.20.30.12, 10.20.30.13]
    roles: [os:reader]

- name: Give a backup job a certificate for a day, and a new one when eight hours are left
  kubevim.nfvi.talos_client_config:
    secrets: "{{ state_dir }}/secrets.yaml"
    path: /srv/backup/talosconfig
    context: edge-berlin-01
    endpoints: [10.20.30.11]
    roles: [os:etcd:backup]
    lifetime: 24h
    renew_before: 8h
"""

RETURN = r"""
actions:
  description: What was done, or would be in check mode, one line a change.
  type: list
  elements: str
  returned: always
  sample:
    - "update talosconfig /srv/site/talosconfig-noc: not_after 2026-12-01 → 2027-11-21"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode while there is no bundle, because this very run makes it.
  type: bool
  returned: success
  sample: true
talosconfig:
  description: The context, without any secret.
  type: dict
  returned: success
  contains:
    path:
      description: Its file.
      type: str
      sample: /srv/site/talosconfig-noc
    context:
      description: Its name.
      type: str
      sample: edge-berlin-01
    endpoints:
      description: Addresses that are dialled.
      type: list
      elements: str
      sample: [10.20.30.11, 10.20.30.12, 10.20.30.13]
    nodes:
      description: Machines that are meant by default.
      type: list
      elements: str
      sample: []
    roles:
      description: Roles of the client, sorted.
      type: list
      elements: str
      sample: [os:reader]
    not_before:
      description: Time from which its certificate is valid.
      type: str
      sample: "2026-11-21T14:05:29+00:00"
    not_after:
      description: Time at which its certificate ends.
      type: str
      sample: "2027-11-21T14:05:29+00:00"
    fingerprint:
      description: Base64 of the SHA-256 of the client's public key. Empty while it is not made yet.
      type: str
      sample: "DdBvJFpCOTPlxIVN4zCqWmcULvRxSUG4qNKPjMHOnJA="
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
      sample: "belongs to another cluster"
    object:
      description: The thing it happened to.
      type: str
      sample: "context edge in talosconfig /srv/site/talosconfig"
    path:
      description: The place in what was given.
      type: str
      sample: "give another path or context, or remove it"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "give another path or context, or remove it"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call, no_session
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_client_config

ROLES = ["os:admin", "os:operator", "os:reader", "os:etcd:backup", "os:image:verifier", "os:meta:writer"]
SPEC = {
    **COMMON,
    # A path, and nothing to hide; its name alone makes Ansible wonder.
    "secrets": {"type": "path", "required": True, "no_log": False},
    "path": {"type": "path", "required": True},
    "context": {"type": "str", "required": True},
    "endpoints": {"type": "list", "elements": "str", "required": True},
    "nodes": {"type": "list", "elements": "str", "default": []},
    "roles": {"type": "list", "elements": "str", "choices": ROLES, "default": ["os:reader"]},
    "lifetime": {"type": "str", "default": "365d"},
    "renew_before": {"type": "str"},
    "renew": {"type": "bool", "default": True},
    "current": {"type": "bool", "default": False},
    "on_conflict": {"type": "str", "choices": ["fail", "replace"], "default": "fail"},
}

CALL = Call(SPEC, no_session, talos_client_config.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
