# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real control planes for simulated machines, made from the machine configuration they were given."""

from __future__ import annotations

from .cluster import Kubernetes
from .control_plane import EtcdDataExists
from .etcd import EtcdMember
from .services import Service

__all__ = ["EtcdDataExists", "EtcdMember", "Kubernetes", "Service"]
