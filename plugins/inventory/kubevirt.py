# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual machines of a cluster as inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: kubevirt
short_description: Lists the virtual machines of a cluster
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Asks a cluster for its KubeVirt virtual machines and their guests, and lists each as a host that is reached at an
    address of its guest.
  - Everything is only read. Nothing that it keeps is secret.
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [kubevim.nfvi.kubevirt]
  kubeconfig:
    description:
      - Path of a kubeconfig file, relative to this inventory file.
      - Without it, E(KUBECONFIG) and C(~/.kube/config) are tried, in this order.
    type: str
    env:
      - name: K8S_AUTH_KUBECONFIG
  context:
    description: Context of the kubeconfig; its current one by default.
    type: str
    env:
      - name: K8S_AUTH_CONTEXT
  host:
    description: URL of the API server, instead of the kubeconfig's.
    type: str
    env:
      - name: K8S_AUTH_HOST
  api_key:
    description: Bearer token, best as a template of a lookup, or in E(K8S_AUTH_API_KEY).
    type: str
    env:
      - name: K8S_AUTH_API_KEY
  ca_cert:
    description: PEM file of the certificate authority that the server must be certified by.
    type: str
    env:
      - name: K8S_AUTH_SSL_CA_CERT
  client_cert:
    description: PEM file of the client certificate.
    type: str
    env:
      - name: K8S_AUTH_CERT_FILE
  client_key:
    description: PEM file of the client certificate's key.
    type: str
    env:
      - name: K8S_AUTH_KEY_FILE
  validate_certs:
    description: Whether the server's certificate is verified.
    type: bool
    env:
      - name: K8S_AUTH_VERIFY_SSL
  proxy:
    description: URL of an HTTP proxy.
    type: str
    env:
      - name: K8S_AUTH_PROXY
  namespaces:
    description: Namespaces that are looked at; all by default, which takes the right to list them all at once.
    type: list
    elements: str
    default: []
  label_selectors:
    description: Label selectors that a virtual machine must match, all of them.
    type: list
    elements: str
    default: []
  only_running:
    description: Whether machines without a guest that runs are left out.
    type: bool
    default: false
  interface:
    description: Interface of the guest whose address becomes C(ansible_host); the first one with an address by default.
    type: str
  address_family:
    description: Family of the address that becomes C(ansible_host); the guest's first by default.
    type: str
    choices: [ipv4, ipv6]
  hostname:
    description:
      - What a host is called. V(name) is the machine's name, but where several namespaces have a machine of that name
        it is V(name.namespace) as well.
    type: str
    choices: [name.namespace, name]
    default: name.namespace
notes:
  - "The file must be called C(kubevirt.yml) or end with C(.kubevirt.yml) (or C(.yaml))."
  - "C(ansible_host) is set where the guest has an address that can be dialled, and how it is spoken to is yours to say,
    in O(compose) or in variables of groups."
  - "Groups: C(kubevirt) holds all; C(namespace_<name>), C(node_<name>), C(status_<status>) (lower case, as
    C(status_running)), C(instancetype_<name>) and C(label_<key>_<value>) go by what a machine is. Characters that a
    group must not have become C(_)."
  - "A host has the following variables; what is not known is empty."
  - "C(kubevirt_name), C(kubevirt_namespace), C(kubevirt_labels), C(kubevirt_annotations), C(kubevirt_run_strategy),
    C(kubevirt_instancetype), C(kubevirt_preference), C(kubevirt_status) (what kubectl shows), C(kubevirt_ready),
    C(kubevirt_paused), C(kubevirt_restart_required), C(kubevirt_conditions) - C(type), C(status), C(reason),
    C(message);"
  - "C(kubevirt_phase), C(kubevirt_node), C(kubevirt_live_migratable), C(kubevirt_agent_connected), C(kubevirt_os),
    C(kubevirt_guest_os), C(kubevirt_interfaces) - C(name), C(mac), C(addresses)."
  - "What tenants write into labels and annotations, and guests say of themselves, is never a template."
  - "What is cached are these variables. Cache files of C(ansible.builtin.jsonfile) and its like get mode 0600, and are
    not used any more once this file asks for something else."
requirements:
  - kubernetes
  - urllib3
  - PyYAML
seealso:
  - module: kubevim.nfvi.kubevirt_info
  - plugin: kubevim.nfvi.talos
    plugin_type: inventory
"""

EXAMPLES = r"""
# inventories/edge/kubevirt.yml: all virtual machines of the cluster
plugin: kubevim.nfvi.kubevirt
kubeconfig: ../../state/edge-berlin-01/kubeconfig

---
# Those of one VNF, by their management interface, with groups of one's own and a cache
plugin: kubevim.nfvi.kubevirt
namespaces: [upf]
label_selectors: [nfvi.kubevim.io/vnf-instance=upf-1]
only_running: true
interface: mgmt
address_family: ipv4
hostname: name
compose:
  ansible_user: "'cloud-user'"
groups:
  restart_due: kubevirt_restart_required
keyed_groups:
  - {key: kubevirt_os, prefix: os}
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-kubevirt
"""

import pathlib
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter import kept
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import NfviError
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.library import require_all
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.vm.inventory import hosts
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.inventory import Host, named, remembered

try:
    from ansible.template import trust_as_template as _trust  # noqa: F401
except ImportError:  # before ansible-core 2.19 every string is a template
    from ansible.utils.unsafe_proxy import wrap_var as untrusted
else:

    def untrusted(value: Any) -> Any:
        """The value: no string is a template unless it is trusted."""
        return value


NAMES = ("kubevirt.yml", "kubevirt.yaml")
# What is asked for, and so what an answer that was kept is good for.
ASKED = (
    "kubeconfig", "context", "host", "namespaces", "label_selectors", "only_running", "interface", "address_family",
)  # fmt: skip
ACCESS = ("api_key", "ca_cert", "client_cert", "client_key", "validate_certs", "proxy")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Asks first, or reads what was kept; then adds hosts."""

    NAME = "kubevim.nfvi.kubevirt"

    def verify_file(self, path: str) -> bool:
        """Only files called kubevirt.yml, or <something>.kubevirt.yml."""
        name = pathlib.Path(path).name
        return bool(super().verify_file(path)) and (name in NAMES or name.endswith(tuple(f".{each}" for each in NAMES)))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Nothing is added unless everything could be asked for."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        try:
            require_all()
            found = self._found(path, cache)
        except NfviError as error:
            raise AnsibleParserError(str(error)) from error
        for name, host in named(found, self.get_option("hostname")):
            self._add(name, host)

    def _found(self, path: str, cache: bool) -> list[Host]:
        """What the cache has, else what the cluster says, which is kept."""
        options = {key: self._value(key) for key in (*ASKED, *ACCESS)}
        asked, key = kept.question({key: options[key] for key in ASKED}), self.get_cache_key(path)
        if self.get_option("cache") and cache:
            known = kept.answer(self.cache, key, asked)
            if known is not None:
                return [remembered(entry) for entry in known]
        found = hosts(Given(options), pathlib.Path(path).parent)
        if self.get_option("cache"):
            kept.keep(self.cache, key, asked, [host.as_json() for host in found])
        return found

    def _value(self, key: str) -> Any:
        """An option, which may be a template."""
        value = self.get_option(key)
        return self.templar.template(value) if isinstance(value, str) else value

    def update_cache_if_changed(self) -> None:
        """Called by Ansible after parsing."""
        super().update_cache_if_changed()
        kept.protect(self.cache)

    def _add(self, name: str, host: Host) -> None:
        name = self.inventory.add_host(name)
        for group in host.groups:
            self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(group)), name)
        variables = _variables(host)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        variables = {**variables, **self.inventory.get_host(name).get_vars()}
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)


def _variables(host: Host) -> dict[str, Any]:
    told: Mapping[str, Any] = {f"kubevirt_{key}": value for key, value in host.facts.items()}
    own = {"kubevirt_name": host.name, "kubevirt_namespace": host.namespace}
    address = {"ansible_host": host.address} if host.address else {}
    return {key: untrusted(value) for key, value in {**address, **own, **told}.items()}
