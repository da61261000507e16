# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which programs there are, and which Go module (a folder here with go.mod and go.sum) pins each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Program:
    """One executable: ``package`` is its main package, ``module`` the folder whose go.mod pins ``source``."""

    name: str
    module: str
    package: str
    source: str

    @property
    def folder(self) -> Path:
        """The folder that holds the pinning go.mod and go.sum."""
        return HERE / self.module

    @property
    def inputs(self) -> list[Path]:
        """The files that decide what is built."""
        return [self.folder / "go.mod", self.folder / "go.sum"]

    @property
    def version(self) -> str:
        """The pinned version of the program, with its ``v``."""
        pinned = re.search(rf"^\s*(?:require )?{re.escape(self.source)} (v\S+)", self._go_mod(), re.MULTILINE)
        if pinned is None:
            raise LookupError(f"{self.folder / 'go.mod'} does not pin {self.source}")
        return pinned.group(1)

    @property
    def link_flags(self) -> str:
        """What the upstream release build tells the linker, as far as the program reports it to its clients."""
        return " ".join(["-s", "-w", *(f"-X {symbol}={value}" for symbol, value in self._stamps())])

    def _stamps(self) -> list[tuple[str, str]]:
        if self.source == "k8s.io/kubernetes":  # hack/lib/version.sh: /version and kubectl version read these
            major, minor, _patch = self.version.removeprefix("v").split(".", 2)
            values = {"gitVersion": self.version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
            packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
            return [(f"{package}.{name}", value) for package in packages for name, value in values.items()]
        if self.source == "sigs.k8s.io/kwok":
            return [("sigs.k8s.io/kwok/pkg/consts.Version", self.version)]
        return []

    def _go_mod(self) -> str:
        return (self.folder / "go.mod").read_text(encoding="utf-8")


# What runs when a lab is up; kubectl and talosctl are for those who look at it.
OF_A_LAB = ("etcd", "etcdutl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


def _kubernetes(name: str) -> Program:
    return Program(name, "cluster", f"k8s.io/kubernetes/cmd/{name}", "k8s.io/kubernetes")


PROGRAMS: dict[str, Program] = {
    program.name: program
    for program in (
        Program("etcd", "cluster", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3"),
        # A module of its own, at etcd's version: a pin beside etcd's would build all of Kubernetes anew.
        Program("etcdutl", "etcdutl", "go.etcd.io/etcd/etcdutl/v3", "go.etcd.io/etcd/etcdutl/v3"),
        _kubernetes("kube-apiserver"),
        _kubernetes("kube-controller-manager"),
        _kubernetes("kube-scheduler"),
        _kubernetes("kubectl"),
        Program("kwok", "cluster", "sigs.k8s.io/kwok/cmd/kwok", "sigs.k8s.io/kwok"),
        Program("talosctl", "talosctl", "github.com/siderolabs/talos/cmd/talosctl", "github.com/siderolabs/talos"),
    )
}
