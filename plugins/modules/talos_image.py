# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container images on Talos machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_image
short_description: Pull container images to Talos machines before they are needed
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Pulls images to many machines at once and lists those that are there. An image that a machine has under the same
    name is not pulled again, even if its tag names another one by now; name images by digest to be sure.
  - Machines pull through the registries and mirrors of their own configuration.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  nodes:
    description: Addresses of the machines.
    type: list
    elements: str
    required: true
  images:
    description:
      - References of the images, for example V(registry.k8s.io/pause:3.10). Short ones are completed as Docker does.
      - Without any, images are only listed.
    type: list
    elements: str
    default: []
  namespace:
    description: Where images are kept; V(cri) for pods, V(system) for Talos itself (its installers, the kubelet, etcd).
    type: str
    choices: [cri, system]
    default: cri
  pull_timeout:
    description: Seconds that each image may take on each machine.
    type: int
    default: 600
  reach_timeout:
    description: Seconds to keep trying a machine that does not answer at first. Check mode tries once.
    type: int
    default: 60
notes:
  - The talosconfig needs the role C(os:operator) or C(os:admin); to list images, C(os:reader) is enough.
seealso:
  - module: kubevim.nfvi.talos_info
"""

EXAMPLES = r"""
- name: Have the images of a VNF on all workers before it is started
  kubevim.nfvi.talos_image:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.21, 10.20.30.22]
    images:
      - registry.example.net/upf/dataplane:4.2
      - registry.k8s.io/pause:3.10

- name: List the images that Talos keeps for itself
  kubevim.nfvi.talos_image:
    talosconfig: "{{ state_dir }}/talosconfig"
    nodes: [10.20.30.11]
    namespace: system
"""

RETURN = r"""
changed:
  description: Whether anything was pulled, or would be in check mode.
  type: bool
  returned: always
  sample: true
actions:
  description: What was done, or would be in check mode, one line a change.
  type: list
  elements: str
  returned: always
  sample:
    - "pull image registry.k8s.io/pause:3.10 on node 10.20.30.21"
impact:
  description: Always V(none).
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode where a machine does not answer yet.
  type: bool
  returned: success
  sample: true
namespace:
  description: The namespace.
  type: str
  returned: success
  sample: cri
nodes:
  description: The machines in the order in which they were named.
  type: list
  elements: dict
  returned: success
  contains:
    address:
      description: Address of the machine.
      type: str
      sample: 10.20.30.21
    images:
      description:
        - Its images by name, as they are now or, in check mode, will be. An image has several names.
        - Fields digest and size (bytes) are null for an image that would be pulled.
      type: list
      elements: dict
      sample:
        - name: registry.k8s.io/pause:3.10
          digest: "sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a"
          size: 319500
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_image
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "nodes": {"type": "list", "elements": "str", "required": True},
    "images": {"type": "list", "elements": "str", "default": []},
    "namespace": {"type": "str", "choices": ["cri", "system"], "default": "cri"},
    "pull_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_image.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
