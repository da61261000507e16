# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds for Talos' platform nocloud."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_seed
short_description: Write NoCloud seeds that give bare machines a name and a network
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Writes an ISO image named C(cidata) for each machine. A Talos image for the platform C(nocloud) reads its host name
    and its network from it (C(meta-data) and C(network-config) version 2), so that a machine can be reached where there
    is no DHCP server.
  - There is no C(user-data), and so neither a configuration nor a secret. Talos comes up in maintenance mode and waits
    for its configuration at its API.
  - The same options give the same bytes.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
options:
  state:
    description: Whether the seeds of these machines are to be there. Others in the folder are left alone.
    type: str
    choices: [present, absent]
    default: present
  folder:
    description: Folder for the images, which are named after the machines.
    type: path
    required: true
  machines:
    description: The machines.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the machine, and its host name.
        type: str
        required: true
      macs:
        description: Its MAC addresses. The first one is that of the network interface that is set up.
        type: list
        elements: str
        required: true
      address:
        description:
          - Its address with the length of the network's prefix. By default Talos asks the site's DHCP server.
        type: str
      gateway:
        description: Default gateway to go with O(machines[].address).
        type: str
      link:
        description:
          - Not used, for the MAC address says it. It is there so that one list serves M(kubevim.nfvi.talos_pxe) too.
        type: str
      nameservers:
        description: Name servers to go with O(machines[].address).
        type: list
        elements: str
requirements:
  - python >= 3.11
  - xorriso
seealso:
  - module: kubevim.nfvi.talos_pxe
  - module: kubevim.nfvi.bmc_boot
  - name: NoCloud
    description: The data source as cloud-init describes it.
    link: https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html
"""

EXAMPLES = r"""
- name: Write the seed of a machine without DHCP
  kubevim.nfvi.talos_seed:
    folder: /srv/www/seeds
    machines:
      - name: e1
        macs: ["aa:bb:cc:dd:ee:01"]
        address: 10.20.30.11/24
        gateway: 10.20.30.1
        nameservers: [10.1.1.53]
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
    - create file /srv/www/seeds/e1.iso
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: Always V(true).
  type: bool
  returned: success
  sample: true
seeds:
  description: The seeds in the order of O(machines).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the machine.
      type: str
      sample: e1
    path:
      description: File of the image.
      type: str
      sample: /srv/www/seeds/e1.iso
    files:
      description: What is in it, by the names of its files. Empty with O(state=absent).
      type: dict
      sample:
        meta-data: |
          instance-id: e1
          hostname: e1
"""

from ..module_utils.adapter.call import Call, no_session
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.boot import seed

MACHINE = {
    "name": {"type": "str", "required": True},
    "macs": {"type": "list", "elements": "str", "required": True},
    "address": {"type": "str"},
    "gateway": {"type": "str"},
    "link": {"type": "str"},
    "nameservers": {"type": "list", "elements": "str"},
}

SPEC = {
    **COMMON,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "folder": {"type": "path", "required": True},
    "machines": {"type": "list", "elements": "dict", "required": True, "options": MACHINE},
}

CALL = Call(SPEC, no_session, seed.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
