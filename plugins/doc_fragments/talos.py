# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Talos' API is reached."""

from __future__ import annotations


class ModuleDocFragment:
    """``talos``: who we are to the machines. ``talos.result``: what every Talos module returns beside its own thing."""

    DOCUMENTATION = r"""
options:
  talosconfig:
    description:
      - Path of the client configuration, as C(talosctl) uses it and M(kubevim.nfvi.talos_secrets) writes it.
      - Without it, E(TALOSCONFIG) and C(~/.talos/config) are tried, in this order.
    type: path
  context:
    description: Context of the client configuration; its current one by default.
    type: str
notes:
  - Machines are dialled directly at the addresses given, TCP port 50000 unless an address names another one
    (C(10.0.0.11:50001)). C(talosctl) is not needed.
requirements:
  - python >= 3.11
  - grpclib
  - h2
  - protobuf
  - cryptography
  - PyYAML
seealso:
  - name: Talos Linux
    description: Documentation of the operating system.
    link: https://docs.siderolabs.com/talos/v1.13/
attributes:
  action_group:
    description: Use C(group/kubevim.nfvi.talos) in C(module_defaults) to set options once.
    support: full
    membership:
      - kubevim.nfvi.talos
      - kubevim.nfvi.nfvi
"""
