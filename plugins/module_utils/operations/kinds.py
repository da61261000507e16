# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All kinds that the collection knows: the rows of every product's table."""

from __future__ import annotations

from ..engine.kind import Registry
from ..resources.attachment import kinds as attachment
from ..resources.kubeovn import kinds as kubeovn
from ..resources.kubernetes import kinds as kubernetes
from ..resources.kubevirt import kinds as kubevirt

REGISTRY = Registry((*kubernetes.KINDS, *kubeovn.KINDS, *kubevirt.KINDS, *attachment.KINDS))
