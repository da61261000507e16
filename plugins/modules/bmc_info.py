# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers are made of, as their BMCs list it through Redfish."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bmc_info
short_description: Read the hardware of servers from their BMCs
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Reads serial numbers, models, processors, memory, drives and network ports of servers through the Redfish service of
    their BMCs, whether the servers run or not.
  - Some BMCs know parts, MAC addresses above all, only after the server was started for the first time.
  - The account needs no more than the privilege Login (role ReadOnly).
extends_documentation_fragment:
  - kubevim.nfvi.attributes.info
  - kubevim.nfvi.bmc
options:
  gather:
    description:
      - The parts to read. Each takes a request for every one of its things, and slow BMCs take their time.
      - V(media) are the virtual drives, V(bios) all settings of the BIOS with those that wait for a start.
    type: list
    elements: str
    choices: [processors, memory, drives, nics, media, bios]
    default: [processors, memory, drives, nics]
seealso:
  - module: kubevim.nfvi.bmc_boot
  - module: kubevim.nfvi.bmc_power
  - name: Redfish specification
    description: DSP0266 of the DMTF, and its schemas Processor, Memory, Drive and EthernetInterface.
    link: https://www.dmtf.org/standards/redfish
"""

EXAMPLES = r"""
- name: Read what is in the rack
  kubevim.nfvi.bmc_info:
    bmcs: "{{ bmcs }}"
  register: rack

- name: Show which server has which MAC addresses
  ansible.builtin.debug:
    msg: "{{ item.serial }} {{ item.nics | map(attribute='mac') | join(' ') }}"
  loop: "{{ rack.servers }}"
  loop_control:
    label: "{{ item.name }}"

- name: Read the settings of the BIOS only
  kubevim.nfvi.bmc_info:
    bmcs: "{{ bmcs }}"
    gather: [bios]
"""

RETURN = r"""
actions:
  description: Always empty, since nothing is changed.
  type: list
  elements: str
  returned: always
  sample: []
impact:
  description: Always V(none).
  type: str
  returned: success
  sample: none
verified:
  description: Whether every BMC was asked; V(false) only with O(pending=true) in check mode.
  type: bool
  returned: success
  sample: true
servers:
  description: The servers in the order of O(bmcs). Parts that are not gathered are left out.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the server.
      type: str
      sample: e1
    known:
      description: Whether its BMC was asked.
      type: bool
      sample: true
    power:
      description: Redfish's PowerState.
      type: str
      sample: 'On'
    boot:
      description: The boot source override.
      type: dict
      contains:
        source:
          description: Redfish's BootSourceOverrideTarget.
          type: str
          sample: None
        enabled:
          description: Redfish's BootSourceOverrideEnabled.
          type: str
          sample: Disabled
    uuid:
      description: UUID of the system, in lower case.
      type: str
      sample: 4c4c4544-0051-3510-8052-b4c04f4e4d33
    serial:
      description: Serial number.
      type: str
      sample: 9Q5RNM3
    manufacturer:
      description: Manufacturer.
      type: str
      sample: Dell Inc.
    model:
      description: Model.
      type: str
      sample: PowerEdge XR11
    macs:
      description: MAC addresses of its ports, in lower case.
      type: list
      elements: str
      sample: ["aa:bb:cc:dd:ee:01", "aa:bb:cc:dd:ee:02"]
    bios_version:
      description: Version of the BIOS.
      type: str
      sample: 1.15.2
    bmc:
      description: The BMC itself.
      type: dict
      contains:
        model:
          description: Model.
          type: str
          sample: 16G Monolithic
        firmware:
          description: Version of its firmware.
          type: str
          sample: 7.10.30.00
    processors:
      description: The CPUs.
      type: list
      elements: dict
      contains:
        socket:
          description: Its socket.
          type: str
          sample: CPU.Socket.1
        manufacturer:
          description: Manufacturer.
          type: str
          sample: Intel
        model:
          description: Model.
          type: str
          sample: Intel(R) Xeon(R) Gold 6338N CPU @ 2.20GHz
        cores:
          description: Number of cores; null when the BMC does not tell.
          type: int
          sample: 16
        threads:
          description: Number of threads; null when the BMC does not tell.
          type: int
          sample: 32
    memory:
      description: The memory.
      type: dict
      contains:
        total_mib:
          description: All of it, in MiB.
          type: int
          sample: 131072
        modules:
          description: The modules.
          type: list
          elements: dict
          contains:
            slot:
              description: Its slot.
              type: str
              sample: DIMM A1
            size_mib:
              description: Its size in MiB.
              type: int
              sample: 16384
            type:
              description: Its type.
              type: str
              sample: DDR4
            speed_mhz:
              description: Its speed in MHz; null when the BMC does not tell.
              type: int
              sample: 3200
            manufacturer:
              description: Manufacturer.
              type: str
              sample: Samsung
            part_number:
              description: Part number.
              type: str
              sample: M393A2K43DB3-CWE
            serial:
              description: Serial number.
              type: str
              sample: 9Q5RNM3A1
    drives:
      description: The drives.
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          type: str
          sample: Disk 0
        model:
          description: Model.
          type: str
          sample: Dell Ent NVMe PM9A3 960GB
        serial:
          description: Serial number.
          type: str
          sample: S6UENE0T
        size_bytes:
          description: Its size in bytes.
          type: int
          sample: 960000000000
        type:
          description: Redfish's MediaType.
          type: str
          sample: SSD
        protocol:
          description: How it is connected.
          type: str
          sample: NVMe
    nics:
      description: The network ports.
      type: list
      elements: dict
      contains:
        id:
          description: Name of the port on the BMC.
          type: str
          sample: NIC.Integrated.1-1-1
        mac:
          description: Its permanent MAC address, in lower case.
          type: str
          sample: "aa:bb:cc:dd:ee:01"
        link:
          description: Redfish's LinkStatus; empty when the BMC does not tell.
          type: str
          sample: LinkUp
        speed_mbit:
          description: Its speed in Mbit/s; null without a link.
          type: int
          sample: 25000
    media:
      description: The virtual drives for CDs, if gathered.
      type: list
      elements: dict
      contains:
        id:
          description: Name of the drive on the BMC.
          type: str
          sample: "1"
        image:
          description: URL of the image in it; empty without one.
          type: str
          sample: https://images.example.com/talos/v1.13.0/metal-amd64.iso
        inserted:
          description: Whether it holds something.
          type: bool
          sample: true
    bios:
      description: The settings of the BIOS, if gathered.
      type: dict
      contains:
        current:
          description: Those in force.
          type: dict
          sample: {SriovGlobalEnable: Disabled}
        pending:
          description: Those that wait for a start.
          type: dict
          sample: {SriovGlobalEnable: Enabled}
        registry:
          description: Name of the registry that describes them.
          type: str
          sample: BiosAttributeRegistry.v1_0_0
error:
  description: Why it failed.
  type: dict
  returned: failure
  contains:
    kind:
      description: Kind of the error, such as V(unreachable) or V(invalid_input).
      type: str
      sample: unreachable
    reason:
      description: Why, in a sentence.
      type: str
      sample: connection refused
    object:
      description: The server it is about.
      type: str
      sample: server e1
    path:
      description: The place in the options.
      type: str
      sample: bmcs[0]
    hint:
      description: What to do about it.
      type: str
      sample: is its web service (Redfish) switched on?
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: true
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.bmc.info import info
from ..module_utils.operations.bmc.inventory import PARTS
from ..module_utils.operations.bmc.options import BMCS
from ..module_utils.operations.bmc.session import redfish_session

SPEC = dict(
    bmcs=BMCS,
    gather={
        "type": "list",
        "elements": "str",
        "choices": list(PARTS),
        "default": ["processors", "memory", "drives", "nics"],
    },
    **COMMON,
)
CALL = Call(SPEC, redfish_session, info)


def main() -> None:
    """Run as a shipped module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
