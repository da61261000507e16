# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines with their guests: nothing is waited for, and a name that nothing bears is not told."""

from __future__ import annotations

from dataclasses import replace

from ...core.given import Given
from ...core.mode import Mode
from ...core.result import Result
from ...engine.converge import Kube
from ...resources.kubevirt.summary import details
from .look import Wanted, look


def read(given: Given, kube: Kube, mode: Mode) -> Result:
    """The machines of ``vms``, or those that ``label_selectors`` match, or all, in one namespace or in all."""
    wanted = Wanted.parse(given, given.text("namespace", "") or None)
    found = look(kube.client, replace(wanted, names={}), mode)
    seen = [each for each in found.seen if not wanted.names or each.vm["metadata"]["name"] in wanted.names]
    return Result(verified=found.complete).named("vms", [details(each) for each in seen])
