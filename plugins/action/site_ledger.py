# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the run ledger in the worker: the lock it takes is that of the process whose child it is.

A file of its own instead of a redirect: ``module_defaults`` for a redirected module reach every module of the target.
"""

from __future__ import annotations

from ansible_collections.kubevim.nfvi.plugins.action.k8s_objects import ActionModule

__all__ = ["ActionModule"]
