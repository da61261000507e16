# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Talos cluster as inventory: its machines are hosts; machines that wait for a configuration can be added."""

from __future__ import annotations

DOCUMENTATION = r"""
name: talos
short_description: Lists the machines of a Talos cluster, and those that wait to become some
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Asks a cluster for its members and each machine, in parallel, for its state, versions and hardware.
  - Adds machines in maintenance mode that it finds in ranges of addresses (O(scan)).
  - Everything is only read, with any role from C(os:reader) on. Nothing that it keeps is secret.
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [kubevim.nfvi.talos]
  talosconfig:
    description:
      - Path of the client configuration, relative to this inventory file.
      - Without it, E(TALOSCONFIG) and C(~/.talos/config) are tried, in this order.
      - It is not read where there is only a O(scan), that is without O(talosconfig), O(context), O(endpoints) and
        O(nodes).
    type: str
  context:
    description: Context of the client configuration; its current one by default.
    type: str
  endpoints:
    description:
      - Addresses of machines that are asked for the members, one after the other until one knows some; by default the
        endpoints of the client configuration, else O(nodes).
    type: list
    elements: str
    default: []
  nodes:
    description:
      - Addresses of machines that are listed whether the cluster knows them as members or not; by default the nodes of
        the client configuration.
      - A cluster whose discovery is off knows no members.
    type: list
    elements: str
    default: []
  limit:
    description: Machines that are asked at a time.
    type: int
    default: 16
  timeout:
    description: Seconds that one call to a machine may take.
    type: int
    default: 10
  scan:
    description:
      - Networks (V(10.20.30.0/24)), ranges (V(10.20.30.10-10.20.30.50) or V(10.20.30.10-50)) and single addresses to be
        looked through for machines in maintenance mode, on TCP port 50000. At most 65536 addresses.
      - Nothing but a TLS handshake happens at an address until it shows itself as a machine in maintenance mode, and no
        client certificate is ever shown. Anybody in those networks can pretend to be such a machine, so compare
        fingerprints, UUIDs or MAC addresses with what you know before you hand over a configuration.
    type: list
    elements: str
    default: []
  scan_limit:
    description: Addresses that are looked at at a time.
    type: int
    default: 128
  scan_timeout:
    description: Seconds to wait for an address to answer.
    type: float
    default: 2
notes:
  - "The file must be called C(talos.yml) or end with C(.talos.yml) (or C(.yaml))."
  - "A host is called by its hostname, in maintenance mode by its address. Its connection is local, as machines have an
    API and no shell; C(ansible_host) is the address at which it answered."
  - "Groups: C(talos) holds all; C(controlplane), C(worker) and C(maintenance) go by what a machine is; C(unreachable)
    holds those that told nothing; C(talos_<version>), C(kubernetes_<version>), C(manufacturer_<name>) and
    C(product_<name>) go by what it runs and is. Characters that a group must not have become C(_)."
  - "A machine that does not answer is listed all the same, with a warning and C(talos_error); what is known of it is
    what the other members say."
  - "A host has the following variables; what a machine does not tell is null or empty."
  - "C(talos_address), C(talos_error) (empty where all is well), C(talos_hostname), C(talos_role) (V(controlplane) or
    V(worker)), C(talos_maintenance), C(talos_stage), C(talos_ready), C(talos_unmet) (conditions), C(talos_addresses);"
  - "C(talos_version), C(talos_kubernetes_version) (before Talos 1.14 for administrators only), C(talos_arch),
    C(talos_platform), C(talos_schematic), C(talos_extensions) - C(name), C(version);"
  - "C(talos_hardware) - C(manufacturer), C(product), C(serial), C(uuid), C(processor), C(sockets), C(cores),
    C(threads), C(memory) (bytes); C(talos_disks) - C(name), C(path), C(size) (bytes), C(model), C(serial), C(wwid),
    C(transport), C(rotational); C(talos_system_disk) (path); C(talos_links) - C(name), C(mac), C(driver), C(pci),
    C(speed_mbit), C(up); C(talos_macs);"
  - "C(talos_certificate) - C(fingerprint), C(not_after); in maintenance mode the fingerprint is what
    M(kubevim.nfvi.talos_apply) pins."
  - "What is cached are these variables. Cache files of C(ansible.builtin.jsonfile) and its like get mode 0600, and are
    not used any more once this file asks for something else."
requirements:
  - grpclib
  - h2
  - protobuf
  - cryptography
  - PyYAML
seealso:
  - plugin: kubevim.nfvi.nfvi
    plugin_type: inventory
  - plugin: kubevim.nfvi.talos
    plugin_type: lookup
  - module: kubevim.nfvi.talos_info
"""

EXAMPLES = r"""
# inventories/edge/talos.yml: all members of the cluster, by its client configuration
plugin: kubevim.nfvi.talos
talosconfig: ../../state/edge-berlin-01/talosconfig

---
# Without discovery, with groups of one's own, and a cache
plugin: kubevim.nfvi.talos
talosconfig: talosconfig
nodes: [10.20.30.11, 10.20.30.12, 10.20.30.13]
groups:
  not_ready: not talos_ready
  many_cores: talos_hardware.cores >= 32
keyed_groups:
  - {key: talos_schematic, prefix: schematic}
  - {key: "talos_links | map(attribute='driver') | unique", prefix: nic}
compose:
  memory_gib: talos_hardware.memory // 1024 ** 3
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-talos

---
# A rack of new servers, before any of them has a configuration
plugin: kubevim.nfvi.talos
scan: [10.20.30.0/24, 10.20.31.10-50]
scan_timeout: 1
"""

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter import kept
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import talosconfig
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import NfviError
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.library import require_all
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_scan
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_members import (
    Cluster,
    Host,
    distinct,
    remembered,
    unique_names,
)

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every string is a template
    from ansible.utils.unsafe_proxy import wrap_var as untrusted

    trust_as_template: Callable[[str], str] = str  # type: ignore[no-redef]
else:

    def untrusted(value: Any) -> Any:
        """The value: no string is a template unless it is trusted."""
        return value


NAMES = ("talos.yml", "talos.yaml")
# Only what ansible-playbook itself runs under is known to have the collection's libraries.
INTERPRETER = "{{ ansible_playbook_python }}"
# What is asked for, and so what an answer that was kept is good for.
ASKED = ("talosconfig", "context", "endpoints", "nodes", "scan")
OF_A_CLUSTER = ("talosconfig", "context", "endpoints", "nodes")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Asks first, or reads what was kept; then adds hosts. What machines say of themselves is never a template."""

    NAME = "kubevim.nfvi.talos"

    def verify_file(self, path: str) -> bool:
        """Only files called talos.yml, or <something>.talos.yml."""
        name = pathlib.Path(path).name
        return bool(super().verify_file(path)) and (name in NAMES or name.endswith(tuple(f".{each}" for each in NAMES)))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Nothing is added unless everything could be asked for."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        try:
            require_all()
            hosts = self._kept(path, cache) or self._asked(path)
        except NfviError as error:
            raise AnsibleParserError(str(error)) from error
        named, warnings = unique_names(hosts)
        for warning in warnings:
            self.display.warning(warning)
        silent = [f"{name} ({host.error})" for name, host in named if host.error]
        if silent:
            self.display.warning(f"{len(silent)} of {len(named)} machines told nothing: {'; '.join(silent)}")
        for name, host in named:
            self._add(name, host)

    def _asked(self, path: str) -> list[Host]:
        """The cluster's machines first; what the scan finds beside them is new."""
        given = Given({key: self.get_option(key) for key in (*ASKED, "limit", "timeout", "scan_limit", "scan_timeout")})
        base = pathlib.Path(path).parent
        hosts, warnings = _scanned(given)
        if not given.items("scan") or any(given.get(key) for key in OF_A_CLUSTER):
            members, more = _cluster(given, base).hosts()
            hosts, warnings = distinct([*members, *hosts]), [*warnings, *more]
        for warning in warnings:
            self.display.warning(warning)
        self._keep(path, hosts)
        return hosts

    def _kept(self, path: str, cache: bool) -> list[Host]:
        """What the cache has, unless it is an answer to something else."""
        if not (self.get_option("cache") and cache):
            return []
        found = kept.answer(self.cache, self.get_cache_key(path), self._question())
        return [remembered(entry) for entry in found or ()]

    def _keep(self, path: str, hosts: list[Host]) -> None:
        if self.get_option("cache"):
            kept.keep(self.cache, self.get_cache_key(path), self._question(), [host.as_json() for host in hosts])

    def _question(self) -> str:
        return kept.question({key: self.get_option(key) for key in ASKED})

    def update_cache_if_changed(self) -> None:
        """Called by Ansible after parsing."""
        super().update_cache_if_changed()
        kept.protect(self.cache)

    def _add(self, name: str, host: Host) -> None:
        name = self.inventory.add_host(name)
        for group in host.groups:
            self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(group)), name)
        variables = self._variables(host)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        variables = {**variables, **self.inventory.get_host(name).get_vars()}
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _variables(self, host: Host) -> dict[str, Any]:
        told: Mapping[str, Any] = {f"talos_{key}": value for key, value in host.facts.items()}
        told = {"ansible_host": host.address, "talos_address": host.address, "talos_error": host.error, **told}
        local = {"ansible_connection": "local", "ansible_python_interpreter": trust_as_template(INTERPRETER)}
        return {**local, **{key: untrusted(value) for key, value in told.items()}}


def _cluster(given: Given, base: pathlib.Path) -> Cluster:
    """Raises `NotFound` or `InvalidInput` for a client configuration that is none."""
    file = base / pathlib.Path(given.text("talosconfig")).expanduser() if given.has("talosconfig") else None
    return Cluster(
        context=talosconfig.read(file or talosconfig.locate(None), given.get("context")),
        endpoints=tuple(str(item.value) for item in given.items("endpoints")),
        nodes=tuple(str(item.value) for item in given.items("nodes")),
        limit=given.integer("limit", low=1),
        timeout=float(given.integer("timeout", low=1)),
    )


def _scanned(given: Given) -> tuple[list[Host], list[str]]:
    addresses = talos_scan.parse(given, "scan")
    if not addresses:
        return [], []
    timeout = float(given.get("scan_timeout"))
    if timeout <= 0:
        given.at("scan_timeout").refuse("no address answers before it is asked")
    return talos_scan.Scan(
        addresses=addresses,
        limit=given.integer("scan_limit", low=1),
        timeout=timeout,
        patience=float(given.integer("timeout", low=1)),
    ).hosts()
