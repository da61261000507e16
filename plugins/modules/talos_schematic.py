# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is built into a Talos image, and what that image is called."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_schematic
short_description: Name, check and hand in an Image Factory schematic
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Computes the id of a schematic (extensions, kernel arguments and whatever else an Image Factory builds into a Talos
    image) and the reference of its installer image, without asking anybody.
  - Refuses what a factory would refuse, and what would not do on the machine what it seems to do. These are page sizes
    that the factory takes apart from their counts, arguments that the kernel of that version ignores, and extensions
    that do not exist.
  - With O(submit) hands the schematic in, unless the factory knows it already. A factory builds images only of
    schematics that it has seen.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
options:
  schematic:
    description:
      - The schematic as Image Factory writes it, with its own names (C(customization.extraKernelArgs),
        C(customization.systemExtensions.officialExtensions), C(customization.meta), C(customization.bootloader),
        C(customization.secureboot), C(customization.diskImage), C(customization.embeddedMachineConfiguration),
        C(overlay), C(owner)).
      - Lists keep their order, and another order is another schematic.
    type: dict
    default: {}
  talos_version:
    description: Version of Talos that the image is for.
    type: str
    required: true
  secureboot:
    description: Whether machines boot with SecureBoot, which takes another installer image.
    type: bool
    default: false
  platform:
    description: Platform of the installer image.
    type: str
    default: metal
  factory:
    description: Address of the Image Factory. Only asked with O(submit).
    type: str
    default: https://factory.talos.dev
  registry:
    description:
      - Registry from which machines pull the installer image, for example a mirror.
      - By default the host of O(factory).
    type: str
  known_extensions:
    description:
      - Names of the extensions that there are for O(talos_version). Others are refused.
      - By default the factory is asked for them with O(submit). Otherwise only the form of the names is looked at.
    type: list
    elements: str
  on_finding:
    description:
      - What to do about what is found to be wrong. V(fail) stops before anything is handed in. V(warn) only says so,
        for a kernel or a factory of your own.
      - What no factory takes is refused in any case.
    type: str
    choices: [fail, warn]
    default: fail
  submit:
    description: Whether to hand the schematic in to O(factory). It must give it the same id.
    type: bool
    default: false
requirements:
  - python >= 3.11
  - requests
seealso:
  - module: kubevim.nfvi.talos_config
  - name: Image Factory
    description: What a schematic may hold.
    link: https://github.com/siderolabs/image-factory/blob/main/docs/api.md
"""

EXAMPLES = r"""
- name: Name the image of the edge servers
  kubevim.nfvi.talos_schematic:
    talos_version: v1.13.0
    schematic:
      customization:
        extraKernelArgs:
          - default_hugepagesz=1G
          - hugepagesz=1G
          - hugepages=32
          - isolcpus=managed_irq,domain,4-31
        systemExtensions:
          officialExtensions:
            - siderolabs/intel-ucode
            - siderolabs/mellanox-mstflint
  register: image

- name: Have it built by the site's own factory
  kubevim.nfvi.talos_schematic:
    talos_version: v1.13.0
    schematic: {customization: {systemExtensions: {officialExtensions: [siderolabs/intel-ucode]}}}
    factory: https://factory.example.com
    submit: true
"""

RETURN = r"""
actions:
  description: What was done, or would be in check mode, one line a change.
  type: list
  elements: str
  returned: always
  sample:
    - "create schematic 376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba at https://factory.example.com"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode where the factory could not be asked, because this very run sets it up.
  type: bool
  returned: success
  sample: true
schematic:
  description: The schematic.
  type: dict
  returned: success
  contains:
    id:
      description: What every factory calls it.
      type: str
      sample: 376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba
    yaml:
      description:
        - Its canonical form, whose SHA-256 is the id.
        - In place of an embedded machine configuration, which may hold secrets, there is a digest.
      type: str
      sample: |
        customization: {}
    installer:
      description: Reference of the image that installs and upgrades machines.
      type: str
      sample: factory.talos.dev/metal-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:v1.13.0
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
      sample: invalid_input
    reason:
      description: Why, in one sentence.
      type: str
      sample: "rcu_nocbs=2-31: the kernel is built without NO_HZ_FULL and RCU_NOCB_CPU before Talos 1.15"
    object:
      description: The thing it happened to.
      type: str
      sample: ""
    path:
      description: The place in what was given.
      type: str
      sample: "schematic.customization.extraKernelArgs[3]"
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: ""
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call, no_session
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_schematic

SPEC = {
    **COMMON,
    "schematic": {"type": "dict", "default": {}},
    "talos_version": {"type": "str", "required": True},
    "secureboot": {"type": "bool", "default": False},
    "platform": {"type": "str", "default": "metal"},
    "factory": {"type": "str", "default": "https://factory.talos.dev"},
    "registry": {"type": "str"},
    "known_extensions": {"type": "list", "elements": "str"},
    "on_finding": {"type": "str", "choices": ["fail", "warn"], "default": "fail"},
    "submit": {"type": "bool", "default": False},
}

CALL = Call(SPEC, no_session, talos_schematic.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
