# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network attachments (k8s.cni.cncf.io, multi-network specification v1.3)."""

from __future__ import annotations

from ...engine.kind import NAMESPACED, Kind

NAD = Kind("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "network-attachment-definitions", NAMESPACED, rank=2)

KINDS = (NAD,)
