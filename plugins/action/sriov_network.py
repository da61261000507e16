# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sriov_network in the worker; see k8s_objects. Ansible loads this file, and with it the module, before it forks."""

from __future__ import annotations

from ansible_collections.kubevim.nfvi.plugins.action.k8s_objects import ActionModule
from ansible_collections.kubevim.nfvi.plugins.modules import sriov_network as _preloaded  # noqa: F401

__all__ = ["ActionModule"]
