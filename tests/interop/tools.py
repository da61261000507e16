# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go programs that only tests need: each pinned by the go.mod in a folder here, built once into the lab's cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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


CRANE = Tool(
    "crane", "crane", "github.com/google/go-containerregistry/cmd/crane", "github.com/google/go-containerregistry"
)
HELM = Tool("helm", "helm", "helm.sh/helm/v3/cmd/helm", "helm.sh/helm/v3")
HELM4 = Tool("helm", "helm4", "helm.sh/helm/v4/cmd/helm", "helm.sh/helm/v4")


def _kubevirt(name: str) -> Tool:
    return Tool(name, "kubevirt", f"kubevirt.io/kubevirt/cmd/{name}", "kubevirt.io/kubevirt")


VIRT_API, VIRT_CONTROLLER = _kubevirt("virt-api"), _kubevirt("virt-controller")
