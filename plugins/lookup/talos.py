# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources of Talos machines."""

from __future__ import annotations

DOCUMENTATION = r"""
name: talos
short_description: Reads resources of Talos machines
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Reads any resource that C(talosctl get) shows, natively, from one machine or many.
  - A machine that does not answer, a type that it does not have and an O(id) that is not there are errors.
  - Secrets are never returned. A machine configuration is returned as its documents with their secrets masked; of any
    other type that Talos calls sensitive every value is masked.
options:
  _terms:
    description: Types, by their full name (V(Members.cluster.talos.dev)) or any alias (V(members)), in any case.
    type: list
    elements: str
    required: true
  namespace:
    description: Namespace of the types; by default that of each type.
    type: str
  id:
    description: One resource of each type; all by default.
    type: str
  nodes:
    description:
      - Addresses of the machines; by default the nodes of the client configuration, else its endpoints.
      - A machine in maintenance mode is asked without a client certificate.
    type: list
    elements: str
    default: []
  talosconfig:
    description:
      - Path of the client configuration, as C(talosctl) uses it and M(kubevim.nfvi.talos_client_config) writes it.
      - Without it, E(TALOSCONFIG) and C(~/.talos/config) are tried, in this order.
    type: str
  context:
    description: Context of the client configuration; its current one by default.
    type: str
  timeout:
    description: Seconds that one call to a machine may take.
    type: int
    default: 10
notes:
  - C(query) always gives a list; C(lookup) gives the resource itself where only one is found.
  - "Where a missing resource is no mistake: C(errors='ignore'), or all of a type and a filter."
requirements:
  - grpclib
  - h2
  - protobuf
  - cryptography
  - PyYAML
seealso:
  - module: kubevim.nfvi.talos_info
  - plugin: kubevim.nfvi.talos
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: The members of the cluster, as one control-plane node knows them
  ansible.builtin.debug:
    msg: "{{ members | map(attribute='spec.hostname') }}"
  vars:
    members: "{{ query('kubevim.nfvi.talos', 'Members', nodes=['10.20.30.11'], talosconfig='site/talosconfig') }}"

- name: A machine's own addresses
  ansible.builtin.set_fact:
    addresses: "{{ lookup('kubevim.nfvi.talos', 'nodeaddresses', id='routed', nodes=['10.20.30.11']).spec.addresses }}"

- name: Every machine of the client configuration has the schematic that the site wants
  ansible.builtin.assert:
    that: found == [schematic]
  vars:
    found: >-
      {{ query('kubevim.nfvi.talos', 'extensions')
         | selectattr('spec.metadata.name', 'eq', 'schematic') | map(attribute='spec.metadata.version') | unique }}
"""

RETURN = r"""
_raw:
  description:
    - The resources, machine by machine, each with C(node) (the address asked), C(namespace), C(type), C(id),
      C(version) (a text that changes with every change) and C(spec) (as C(talosctl get -o yaml) shows it).
  type: list
  elements: dict
  sample:
    - node: 10.20.30.11
      namespace: cluster
      type: Members.cluster.talos.dev
      id: e1
      version: "2"
      spec: {hostname: e1, machineType: controlplane, addresses: [10.20.30.11], operatingSystem: Talos (v1.13.0)}
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import talosconfig
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.talosconfig import Context
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import NfviError
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.library import require_all
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_lookup import look_up
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_resources import Wanted
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_session import TalosSession


class LookupModule(LookupBase):
    """Asks the machines for all types on one connection each."""

    def run(self, terms: list[Any], variables: Any = None, **kwargs: Any) -> list[Any]:
        """The resources, machine by machine."""
        self.set_options(var_options=variables, direct=kwargs)
        wanted = [Wanted(str(term), self.get_option("namespace"), self.get_option("id")) for term in terms]
        nodes = [str(node) for node in self.get_option("nodes")]
        try:
            require_all()
            return look_up(wanted, nodes, self._context(nodes), float(self.get_option("timeout")))
        except NfviError as error:
            raise AnsibleLookupError(str(error)) from error

    def _context(self, nodes: list[str]) -> Context | None:
        """The client configuration, which machines in maintenance mode need not; one that is named must be there."""
        given = self.get_option("talosconfig")
        session = TalosSession(talosconfig.locate(given), self.get_option("context"))
        return session.context if given or session.there or not nodes else None
