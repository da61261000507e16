# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers find when they start next: virtual media and BIOS settings, through Redfish."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bmc_boot
short_description: Put boot images into servers and set their BIOS, for their next start
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Inserts an image into a virtual drive of servers, or ejects it, and has them boot from it once.
  - Sets attributes of their BIOS. Those come into force when a server starts, and the result says which still wait for
    that.
  - It never starts, stops or restarts a server. M(kubevim.nfvi.bmc_power) does.
  - All BMCs are asked before anything is changed. When one cannot be reached, refuses the password, manages another
    server than the one that is meant or cannot do what is wanted, nothing is changed on any.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.bmc
options:
  media:
    description:
      - What the virtual drives for CDs are to hold.
      - They are looked for at the system, then at its managers. Of several drives the one with the image counts, else
        an empty one is taken, else the first one's image is replaced. With O(media.boot) the others are emptied, since
        nobody knows which of several a server boots. A medium that somebody lends from a console session is never taken
        away.
      - On most BMCs the account needs the privilege ConfigureManager (role Administrator) for it.
    type: dict
    suboptions:
      state:
        description:
          - V(inserted) puts O(media.image) into a drive.
          - V(ejected) takes it out of every drive, or whatever there is when O(media.image) is not given.
        type: str
        choices: [inserted, ejected]
        default: inserted
      image:
        description:
          - URL of the image. The BMC itself must be able to read it.
          - Its scheme is one of V(http), V(https), V(nfs), V(cifs) and V(smb), as far as the BMC knows it.
        type: str
      boot:
        description:
          - Whether the next start of the server, and only that, is from the image.
          - It is asked for with the insertion, and while the server is off. A server that runs with the image in may
            have booted it already, so it is left alone. To boot it once more, use M(kubevim.nfvi.bmc_power) with
            O(kubevim.nfvi.bmc_power#module:boot_source=cd).
        type: bool
        default: true
      username:
        description: User for the server that has the image.
        type: str
      password:
        description: Password for the server that has the image.
        type: str
  bios:
    description:
      - Attributes of the BIOS and their values, under the names that the BMC gives them.
      - They are checked with the BMC's attribute registry. Names it does not know, values it does not list, and
        attributes that cannot be changed are refused before anything is written. Without a registry only names and
        types are checked.
      - A value that waits for a start already is not written again. One that is wanted as it is in force replaces
        another one that waits.
      - Words like V(On) and V(Yes) need quotes in YAML. Passwords cannot be set.
    type: dict
  wait_timeout:
    description: Seconds each server's drive has to hold the image, or to be empty.
    type: int
    default: 300
seealso:
  - module: kubevim.nfvi.bmc_power
  - module: kubevim.nfvi.bmc_info
  - name: Redfish specification
    description: DSP0266 of the DMTF, and its schemas VirtualMedia, Bios and AttributeRegistry.
    link: https://www.dmtf.org/standards/redfish
"""

EXAMPLES = r"""
- name: Have servers boot Talos from virtual media, and run virtual machines
  kubevim.nfvi.bmc_boot:
    bmcs:
      - name: e1
        url: https://10.20.31.1
        username: admin
        password: "{{ lookup('ansible.builtin.env', 'BMC_PASSWORD') }}"
        ca_cert: bmc-ca.pem
        macs: ["aa:bb:cc:dd:ee:01"]
    media:
      image: https://images.example.com/talos/v1.13.0/metal-amd64.iso
    bios:
      ProcVirtualization: Enabled
      SriovGlobalEnable: Enabled
      ProcCStates: Disabled
  register: prepared

- name: Restart those that need it, whenever it suits
  kubevim.nfvi.bmc_power:
    bmcs: "{{ bmcs }}"
    state: restarted
  when: prepared.servers | selectattr('restart_required') | length > 0

- name: Take the image out again
  kubevim.nfvi.bmc_boot:
    bmcs: "{{ bmcs }}"
    media:
      state: ejected
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
    - "update server e1: bios.pending.SriovGlobalEnable Disabled → Enabled"
    - "update server e1: media.1 (none) → https://images.example.com/talos/v1.13.0/metal-amd64.iso"
    - "update server e1: boot.source None → Cd"
    - "update server e1: boot.enabled Disabled → Once"
impact:
  description: The worst that a change does to running service. Nothing here comes into force before a start.
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
    uuid:
      description: UUID of the system, in lower case.
      type: str
      sample: 4c4c4544-0051-3510-8052-b4c04f4e4d33
    serial:
      description: Serial number.
      type: str
      sample: 9Q5RNM3
    boot:
      description: The boot source override.
      type: dict
      contains:
        source:
          description: Redfish's BootSourceOverrideTarget.
          type: str
          sample: Cd
        enabled:
          description: Redfish's BootSourceOverrideEnabled.
          type: str
          sample: Once
    media:
      description: The virtual drives for CDs, when O(media) is given.
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
      description: Attributes of the BIOS, when O(bios) is given.
      type: dict
      contains:
        current:
          description: The values in force of the attributes in O(bios).
          type: dict
          sample: {SriovGlobalEnable: Disabled}
        pending:
          description: All values that differ from those in force and wait for a start, whoever set them.
          type: dict
          sample: {SriovGlobalEnable: Enabled}
    restart_required:
      description: Whether values of the BIOS wait for the server to be started, or to be restarted when it runs.
      type: bool
      sample: true
error:
  description: Why it failed.
  type: dict
  returned: failure
  contains:
    kind:
      description: Kind of the error, such as V(unreachable) or V(invalid_input).
      type: str
      sample: invalid_input
    reason:
      description: Why, in a sentence.
      type: str
      sample: "'On' is none of its values"
    object:
      description: The server it is about.
      type: str
      sample: server e1
    path:
      description: The place in the options.
      type: str
      sample: bios.ProcCStates
    hint:
      description: What to do about it.
      type: str
      sample: it takes Enabled, Disabled
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.bmc.boot import boot
from ..module_utils.operations.bmc.options import BMCS
from ..module_utils.operations.bmc.session import redfish_session

MEDIA = {
    "state": {"type": "str", "choices": ["inserted", "ejected"], "default": "inserted"},
    "image": {"type": "str"},
    "boot": {"type": "bool", "default": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
}
SPEC = dict(
    bmcs=BMCS,
    media={"type": "dict", "options": MEDIA},
    bios={"type": "dict"},
    wait_timeout={"type": "int", "default": 300},
    **COMMON,
)
CALL = Call(SPEC, redfish_session, boot)


def main() -> None:
    """Run as a shipped module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
