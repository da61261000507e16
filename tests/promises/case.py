# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A case: one file of tests/cases/<module>/, and what its keys mean.

world:      objects of somebody else's that are there before (applied by kubectl, their status too)
first:      what the module was given an earlier time
drift:      what others do after that, as kubectl's arguments
given:      what the module is given now; run in check mode, then applied, then again
meanwhile:  what others do before it is run again
becomes:    {kind, name, namespace, status, when}: what a controller writes as soon as the object is there (`when`,
            if it is something else that `kubectl wait --for` knows)
actions:    exactly these, in check mode and when applied
writes:     exactly these in the audit log when applied, in this order; a list in it stands for any order
checked, result:  values by path, in check mode's result and in the applied one's
fails:      {kind, path, reason}: reason is a regular expression; `when: apply` if check mode could not know
secrets:    texts that may show nowhere, neither plain nor in base64
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Obj = dict[str, Any]
Writes = list["str | list[str]"]

CASES = Path(__file__).parents[1] / "cases"


@dataclass(frozen=True, eq=False)
class Case:
    """See the module's docstring."""

    module: str
    name: str
    given: Obj
    world: list[Obj] = field(default_factory=list)
    first: Obj | None = None
    drift: list[str] = field(default_factory=list)
    meanwhile: list[str] = field(default_factory=list)
    becomes: list[Obj] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    writes: Writes = field(default_factory=list)
    checked: Obj = field(default_factory=dict)
    result: Obj = field(default_factory=dict)
    fails: Mapping[str, str] | None = None
    secrets: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """``kubeovn_vpc/add_route``"""
        return f"{self.module}/{self.name}"

    @property
    def user(self) -> str:
        """Its name in the cluster."""
        return self.id.replace("/", "-").replace("_", "-")

    @property
    def works(self) -> bool:
        return self.fails is None

    @property
    def refused(self) -> bool:
        """Fails before anything is written, in check mode too."""
        return self.fails is not None and self.fails.get("when") != "apply"


@functools.cache
def cases() -> tuple[Case, ...]:
    """Every case there is: the folder is the suite."""
    return tuple(_load(file) for file in sorted(CASES.glob("*/*.yml")))


def _load(file: Path) -> Case:
    return Case(file.parent.name, file.stem, **yaml.load(file.read_text(), Loader=yaml.CSafeLoader))
