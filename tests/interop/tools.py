# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go programs that only tests need: each pinned by the go.mod in a folder here, built once into the lab's cache.

``python -m tests.interop.tools "not full"`` builds those of the tests that are chosen so: a test has less time than a
build may take.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import programs
from lab.programs import build
from lab.programs.catalogue import Program


@dataclass(frozen=True)
class Tool(Program):
    """A program whose go.mod lies here and not in the lab."""

    @property
    def folder(self) -> Path:
        return Path(__file__).parent / self.module

    def built(self) -> Path:
        """The executable."""
        if not build.target(self).exists():
            build.build([self], print)
        return build.target(self)


@dataclass(frozen=True)
class Oracle(Tool):
    """A main.go of ours on upstream's library; it is built anew when it changes."""

    @property
    def inputs(self) -> list[Path]:
        return [*super().inputs, self.folder / "main.go"]


CRANE = Tool(
    "crane", "crane", "github.com/google/go-containerregistry/cmd/crane", "github.com/google/go-containerregistry"
)
HELM = Tool("helm", "helm", "helm.sh/helm/v3/cmd/helm", "helm.sh/helm/v3")
HELM4 = Tool("helm", "helm4", "helm.sh/helm/v4/cmd/helm", "helm.sh/helm/v4")
DESCRIPTORS = Oracle("descriptors", "descriptors", ".", "github.com/siderolabs/talos/pkg/machinery")
SCHEMATIC = Oracle("schematic", "schematic", ".", "go.yaml.in/yaml/v4")


@dataclass(frozen=True)
class Floor(Oracle):
    """Go's own library and nothing else: its version is Go's."""

    @property
    def folder(self) -> Path:
        return Path(__file__).parents[1] / "bench" / self.module

    @property
    def version(self) -> str:
        return "for Go " + next(line.split()[1] for line in self._go_mod().splitlines() if line.startswith("go "))


FLOOR = Floor("floor", "floor", ".", "")


def _kubevirt(name: str) -> Tool:
    return Tool(name, "kubevirt", f"kubevirt.io/kubevirt/cmd/{name}", "kubevirt.io/kubevirt")


VIRT_API, VIRT_CONTROLLER = _kubevirt("virt-api"), _kubevirt("virt-controller")

OF_SHORT_TESTS = (CRANE, HELM, DESCRIPTORS, SCHEMATIC)
OF_LONG_TESTS = (HELM4, VIRT_API, VIRT_CONTROLLER)


def build_all(tools: Sequence[Tool]) -> None:
    """Build what is missing of the lab's programs and of ``tools``; raises ProgramError."""
    programs.ensure(programs.PROGRAMS)
    for tool in tools:
        tool.built()


if __name__ == "__main__":
    build_all(OF_SHORT_TESTS if sys.argv[1:] == ["not full"] else (*OF_SHORT_TESTS, *OF_LONG_TESTS))
