# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All kinds that the collection knows: the rows of every product's table."""

from __future__ import annotations

from ..engine.kind import Registry
from ..resources.attachment import kinds as attachment
from ..resources.cdi import kinds as cdi
from ..resources.danm import kinds as danm
from ..resources.kubeovn import kinds as kubeovn
from ..resources.kubernetes import kinds as kubernetes
from ..resources.kubevirt import kinds as kubevirt
from ..resources.nfd import kinds as nfd
from ..resources.nmstate import kinds as nmstate
from ..resources.snapshots import kinds as snapshots
from ..resources.sriov import kinds as sriov

_TABLES = (kubernetes, kubeovn, kubevirt, cdi, attachment, danm, sriov, snapshots, nfd, nmstate)

REGISTRY = Registry(kind for table in _TABLES for kind in table.KINDS)
