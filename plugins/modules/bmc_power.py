# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Power and boot source of servers, through Redfish."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bmc_power
short_description: Switch servers on and off, and choose what they boot from
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Switches the power of servers through the Redfish service of their BMCs, and waits until it is as wanted.
  - All BMCs are asked before anything is changed. When one cannot be reached, refuses the password or manages another
    server than the one that is meant, nothing is changed on any.
  - A server that runs is left alone by O(state=on), and so is its boot source, which would only matter at some later
    start. A start with O(boot_source=pxe) and O(boot_once=true) is therefore made once, not at every call.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.bmc
attributes:
  idempotent:
    support: partial
    details: O(state=restarted) and O(state=cycled) act at every call.
options:
  state:
    description:
      - V(on) starts servers that are off.
      - V(off) shuts servers down, through their operating system.
      - V(restarted) shuts them down in the same way and starts them again; those that are off are started.
      - V(cycled) cuts their power and starts them again; those that are off are started.
    type: str
    choices: ['on', 'off', 'restarted', 'cycled']
    default: 'on'
  boot_source:
    description:
      - What a server that is started by this call boots from. Without it, the boot source stays as it is.
      - V(none) removes an override, so that the server's own boot order counts.
      - Cannot be given with O(state=off).
    type: str
    choices: [none, pxe, hdd, cd, uefi_http, bios]
  boot_once:
    description: Whether O(boot_source) is for the next start only.
    type: bool
    default: true
  force_after:
    description:
      - Seconds an operating system has to shut down before the power is cut, which is told as a warning.
      - With V(0) the power is cut at once.
    type: int
    default: 120
  wait_timeout:
    description: Seconds each server has to reach its state.
    type: int
    default: 300
seealso:
  - name: Redfish specification
    description: DSP0266 of the DMTF, and its schema ComputerSystem.
    link: https://www.dmtf.org/standards/redfish
"""

EXAMPLES = r"""
- name: Start servers, from the network if they were off
  kubevim.nfvi.bmc_power:
    bmcs:
      - name: e1
        url: https://10.20.31.1
        username: admin
        password: "{{ lookup('ansible.builtin.env', 'BMC_PASSWORD') }}"
        ca_cert: bmc-ca.pem
        macs: ["aa:bb:cc:dd:ee:01"]
    state: 'on'
    boot_source: pxe

- name: Shut down, and cut the power after a minute
  kubevim.nfvi.bmc_power:
    bmcs: "{{ bmcs }}"
    state: 'off'
    force_after: 60
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
    - "update server e1: boot.source None → Pxe"
    - "update server e1: boot.enabled Disabled → Once"
    - power-on server e1
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: Whether every BMC was asked; V(false) only with O(pending=true) in check mode.
  type: bool
  returned: success
  sample: true
servers:
  description: The servers in the order of O(bmcs), as they are now, or would be in check mode.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the server.
      type: str
      sample: e1
    power:
      description: Redfish's PowerState.
      type: str
      sample: 'On'
    boot:
      description: The boot source override; one that was set by this call is shown as it was set, used up or not.
      type: dict
      contains:
        source:
          description: Redfish's BootSourceOverrideTarget.
          type: str
          sample: Pxe
        enabled:
          description: Redfish's BootSourceOverrideEnabled.
          type: str
          sample: Once
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
error:
  description: Why it failed.
  type: dict
  returned: failure
  contains:
    kind:
      description: Kind of the error, such as V(unreachable) or V(unauthenticated).
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
from ..module_utils.operations.bmc.options import BMCS
from ..module_utils.operations.bmc.power import power
from ..module_utils.operations.bmc.session import redfish_session
from ..module_utils.operations.bmc.wanted import BOOT_SOURCES, STATES

SPEC = dict(
    bmcs=BMCS,
    state={"type": "str", "choices": list(STATES), "default": "on"},
    boot_source={"type": "str", "choices": list(BOOT_SOURCES)},
    boot_once={"type": "bool", "default": True},
    force_after={"type": "int", "default": 120},
    wait_timeout={"type": "int", "default": 300},
    **COMMON,
)
CALL = Call(SPEC, redfish_session, power)


def main() -> None:
    """Run as a shipped module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
