# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Site files as inventory: a site is one host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nfvi
short_description: Expands NFV site files
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Reads short site files, the hardware types and the release they point to, and makes one host of each site.
  - The host has a local connection, as everything is done through APIs; its nodes are lists in the variable
    C(nfvi_site).
  - Nothing but these files is looked at, no connection is opened and no secret is resolved.
  - Everything that is wrong in any of the files is told at once, with file, line, path, value and what is allowed,
    and then there is no host at all.
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [kubevim.nfvi.nfvi]
  sites:
    description: Site files; paths are relative to this inventory file.
    type: list
    elements: str
    required: true
  hardware_types:
    description: Folder of the hardware types. By default C(hardware_types) beside each site file.
    type: str
  releases:
    description: Folder of the releases. By default C(releases) beside each site file.
    type: str
  packages:
    description: Folder of the VNF packages. By default C(packages) beside each site file.
    type: str
  nodes:
    description:
      - Makes each node a host as well, called C(<node>.<site>), in the group C(<site>_nodes), for host variables
        and ad-hoc calls.
    type: bool
    default: false
notes:
  - "The file must be called C(nfvi.yml) or end with C(.nfvi.yml)."
  - "Groups: C(nfvi_sites) holds all sites; C(tier_<tier>) and C(zone_<zone>) hold those of one tier and zone.
    Characters that a group must not have become C(_)."
  - "A host has the variables C(nfvi_site) and C(nfvi_state_dir)."
  - "C(nfvi_site) has these keys. C(name), C(tier), C(zone), C(hub), C(state_dir) - texts;
    C(network) - C(mgmt), C(gateway), C(vip), C(dns), C(ntp), C(pod_subnets), C(service_subnets);
    C(release) - C(name), C(talos) and C(kubernetes) (versions), C(talos_installer) (image), and for C(kube_ovn) and
    C(kubevirt) C(version) and C(manifests);
    C(nodes) - C(name), C(role) (V(controlplane) or V(worker)), C(address), C(mac), C(nics);
    C(absent) - the same of nodes marked C(state: absent) in the site file, each with its C(bmcs), and in no other list;
    C(talos) - C(cluster) and C(machines) (options of M(kubevim.nfvi.talos_config)), C(nodes) (of
    M(kubevim.nfvi.talos_apply)) and C(endpoints) (addresses of the control plane);
    C(bmcs) - C(name), C(url), C(username), C(password) (a reference), C(ca_cert), C(macs);
    C(vpcs) and C(subnets) - options of M(kubevim.nfvi.kubeovn_vpc) and M(kubevim.nfvi.kubeovn_subnet);
    C(vnfs) - C(name), C(namespace), C(package) (path), C(flavour), C(connection_points)."
seealso:
  - plugin: kubevim.nfvi.secret
    plugin_type: lookup
"""

EXAMPLES = r"""
# inventories/lab/nfvi.yml
plugin: kubevim.nfvi.nfvi
sites: [../../sites/edge-lab.yml]

---
# Two sites whose tables lie elsewhere, and their nodes as hosts
plugin: kubevim.nfvi.nfvi
sites:
  - ../../sites/edge-berlin-01.yml
  - ../../sites/edge-lab.yml
hardware_types: ../../sites/hardware_types
releases: ../../sites/releases
nodes: true
"""

import pathlib
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import NfviError
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.load import Folders, load

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every string is a template
    trust_as_template: Callable[[str], str] = str  # type: ignore[no-redef]

GROUP = "nfvi_sites"
# Only what ansible-playbook itself runs under is known to have the collection's libraries.
INTERPRETER = "{{ ansible_playbook_python }}"


class InventoryModule(BaseInventoryPlugin):
    """One host a site, and on request one a node."""

    NAME = "kubevim.nfvi.nfvi"

    def verify_file(self, path: str) -> bool:
        """Only files called nfvi.yml, or <something>.nfvi.yml."""
        name = pathlib.Path(path).name
        return bool(super().verify_file(path)) and (name == "nfvi.yml" or name.endswith(".nfvi.yml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read every site before the first one is added."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        for site in self._load(pathlib.Path(path).parent):
            self._add_site(site)

    def _load(self, base: pathlib.Path) -> list[dict[str, Any]]:
        """All sites, or one error that names everything wrong with any of them."""
        sites, complaints = [], []
        for name in self.get_option("sites"):
            file = base / name
            try:
                sites.append(load(file, self._folders(base, file)))
            except NfviError as error:
                complaints.append(str(error))
        names = [site["name"] for site in sites]
        complaints += [f"{name!r} is the name of more than one site" for name in set(names) if names.count(name) > 1]
        if complaints:
            self._refuse("\n".join(complaints))
        return sites

    def _refuse(self, complaints: str) -> NoReturn:
        """No inventory at all. Ansible only warns of that and goes on: the site playbook gets a note to fail with."""
        self.inventory.set_variable("all", "nfvi_wrong_sites", complaints)
        raise AnsibleParserError(f"wrong site files, so there is no site:\n{complaints}")

    def _folders(self, base: pathlib.Path, site_file: pathlib.Path) -> Folders:
        default = Folders.beside(site_file)
        given = {key: self.get_option(key) for key in ("hardware_types", "releases", "packages")}
        return Folders(**{key: base / name if name else getattr(default, key) for key, name in given.items()})

    def _add_site(self, site: Mapping[str, Any]) -> None:
        groups = [GROUP, f"tier_{site['tier']}", f"zone_{site['zone']}"]
        self._add_host(site["name"], groups, {"nfvi_site": site, "nfvi_state_dir": site["state_dir"]})
        if self.get_option("nodes"):
            for node in site["nodes"]:
                variables = {"nfvi_node": node, "nfvi_site_name": site["name"], "ansible_host": node["address"]}
                self._add_host(f"{node['name']}.{site['name']}", [f"{site['name']}_nodes"], variables)

    def _add_host(self, name: str, groups: list[str], variables: Mapping[str, Any]) -> None:
        """A host with a local connection: its nodes have APIs, not shells."""
        self.inventory.add_host(name)
        for group in groups:
            self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(group)), name)
        local = {"ansible_connection": "local", "ansible_python_interpreter": trust_as_template(INTERPRETER)}
        for key, value in {**local, **variables}.items():
            self.inventory.set_variable(name, key, value)
