# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A boot server for Talos beside the site's own DHCP server."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_pxe
short_description: Run a boot server from which bare machines get Talos
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Runs dnsmasq as a proxy DHCP server with TFTP, and nginx as an HTTP server, on the host where the module runs.
    Machines get their address from whatever DHCP server there is, and from this one only what to boot.
  - Firmware (BIOS, or UEFI, as its client architecture of RFC 4578 says) gets an iPXE by TFTP. iPXE gets a script for
    its MAC address by HTTP, and with it Talos' kernel, initramfs and kernel arguments.
  - Only machines that are named are answered, and no secret is among what they get. Talos comes up without a
    configuration and waits for it at its API. Kernel arguments that would bring one are refused.
  - Both servers run in the background until O(state=absent), and do not come back when the host is restarted. They
    need the UDP ports 67, 69 and 4011, and O(http_port), to be open.
  - Machines with SecureBoot do not start an iPXE without a signature that they know. Boot those from virtual media.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
options:
  state:
    description:
      - V(present) has both servers run with what is given here. One whose configuration changes is restarted.
      - V(absent) stops both, and removes O(folder) with the images in it. Only O(folder) is looked at then.
    type: str
    choices: [present, absent]
    default: present
  folder:
    description:
      - Where the servers' files are. It must be readable by the users under which dnsmasq and nginx work.
      - One that holds configurations of somebody else is refused.
    type: path
    default: /var/lib/kubevim-nfvi/pxe
  interface:
    description: Network interface of this host on which machines ask. Required with O(state=present).
    type: str
  address:
    description:
      - IPv4 address of this host on O(interface), with the length of the network's prefix.
      - Required with O(state=present).
    type: str
  http_port:
    description: Port of the HTTP server.
    type: int
    default: 8080
  machines:
    description:
      - The machines that are answered. Required with O(state=present).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the machine.
        type: str
        required: true
      macs:
        description: MAC addresses from which it may boot.
        type: list
        elements: str
        required: true
      address:
        description:
          - IPv4 address that Talos gives itself, with the length of the network's prefix.
          - By default Talos asks the site's DHCP server.
        type: str
      gateway:
        description: Default gateway to go with O(machines[].address).
        type: str
      link:
        description: What Talos calls the network interface for O(machines[].address), which requires it.
        type: str
      nameservers:
        description: Name servers to go with O(machines[].address). The kernel argument has room for two.
        type: list
        elements: str
  talos_version:
    description: Version of Talos that is booted. Required with O(state=present).
    type: str
  arch:
    description: Architecture of the machines.
    type: str
    choices: [amd64, arm64]
    default: amd64
  kernel_args:
    description:
      - Kernel arguments beside Talos' own, as C(extraKernelArgs) of a schematic has them. A leading minus takes one
        away.
      - An image has those of its schematic built in, a kernel that comes over the network has not, so give them here
        too.
    type: list
    elements: str
  kernel:
    description:
      - Talos' kernel, as a URL that iPXE can read or as a file below C(http) in O(folder).
      - Required with O(state=present).
    type: str
  initramfs:
    description: Talos' initramfs, in the same way. Required with O(state=present).
    type: str
  loaders:
    description: Files of iPXE for each kind of firmware, where they are not where Debian's package C(ipxe) has them.
    type: dict
    suboptions:
      bios:
        description: For BIOS. By default C(/usr/lib/ipxe/undionly.kpxe).
        type: path
      efi_amd64:
        description: For UEFI on amd64. By default C(/usr/lib/ipxe/snponly.efi).
        type: path
      efi_arm64:
        description: For UEFI on arm64. There is no default.
        type: path
requirements:
  - python >= 3.11
  - dnsmasq
  - nginx
  - iPXE
notes:
  - It needs root, so that tasks have C(become=true) where the user is another one.
seealso:
  - module: kubevim.nfvi.talos_schematic
  - module: kubevim.nfvi.bmc_power
  - name: RFC 4578
    description: DHCP options for PXE, with the client architectures.
    link: https://www.rfc-editor.org/rfc/rfc4578
"""

EXAMPLES = r"""
- name: Answer two bare servers, and nobody else
  kubevim.nfvi.talos_pxe:
    interface: eth1
    address: 10.20.30.5/24
    talos_version: v1.13.0
    kernel: /var/lib/kubevim-nfvi/pxe/http/v1.13.0/kernel-amd64
    initramfs: /var/lib/kubevim-nfvi/pxe/http/v1.13.0/initramfs-amd64.xz
    machines:
      - {name: e1, macs: ["aa:bb:cc:dd:ee:01"]}
      - {name: e2, macs: ["aa:bb:cc:dd:ee:02"], address: 10.20.30.12/24, gateway: 10.20.30.1, link: enp1s0f0}

- name: All have booted
  kubevim.nfvi.talos_pxe:
    state: absent
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
    - create file /var/lib/kubevim-nfvi/pxe/dnsmasq.conf
    - start dnsmasq of /var/lib/kubevim-nfvi/pxe
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode with O(pending=true), where the images are not there yet.
  type: bool
  returned: success
  sample: true
pxe:
  description: The boot server.
  type: dict
  returned: success
  contains:
    url:
      description: Of its HTTP server. Empty with O(state=absent).
      type: str
      sample: http://10.20.30.5:8080
    folder:
      description: Where its files are.
      type: str
      sample: /var/lib/kubevim-nfvi/pxe
    machines:
      description: What each machine gets, in the order of O(machines).
      type: list
      elements: dict
      contains:
        name:
          description: Name of the machine.
          type: str
          sample: e2
        macs:
          description: The MAC addresses by which it is known.
          type: list
          elements: str
          sample: ["aa:bb:cc:dd:ee:02"]
        scripts:
          description: URLs of its scripts, one for each MAC address.
          type: list
          elements: str
          sample: ["http://10.20.30.5:8080/machines/aa-bb-cc-dd-ee-02.ipxe"]
        kernel_args:
          description: Its kernel's arguments.
          type: list
          elements: str
          sample: [talos.platform=metal, console=tty0, slab_nomerge, pti=on]
"""

from ..module_utils.adapter.call import Call, no_session
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.boot import pxe

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
    "folder": {"type": "path", "default": "/var/lib/kubevim-nfvi/pxe"},
    "interface": {"type": "str"},
    "address": {"type": "str"},
    "http_port": {"type": "int", "default": 8080},
    "machines": {"type": "list", "elements": "dict", "options": MACHINE},
    "talos_version": {"type": "str"},
    "arch": {"type": "str", "choices": ["amd64", "arm64"], "default": "amd64"},
    "kernel_args": {"type": "list", "elements": "str"},
    "kernel": {"type": "str"},
    "initramfs": {"type": "str"},
    "loaders": {
        "type": "dict",
        "options": {"bios": {"type": "path"}, "efi_amd64": {"type": "path"}, "efi_arm64": {"type": "path"}},
    },
}

NEEDED = ["interface", "address", "machines", "talos_version", "kernel", "initramfs"]
CALL = Call(SPEC, no_session, pxe.run, rules={"required_if": [("state", "present", NEEDED)]})


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
