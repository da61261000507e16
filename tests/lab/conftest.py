# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's tests share: programs, a block of addresses of their own, and a cluster to look at."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from lab import config, programs
from lab.config import LabConfig, ServerSpec
from lab.faults import Faults
from lab.kubernetes import Kubernetes
from tests.lab.machine_configuration import Bundle, control_plane

T = TypeVar("T")
BLOCKS = range(100, 200)
# Without it a node is not ready.
CNI = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-ovn-cni, namespace: kube-system}
spec:
  selector: {matchLabels: {app: kube-ovn-cni}}
  template:
    metadata: {labels: {app: kube-ovn-cni}}
    spec:
      hostNetwork: true
      tolerations: [{operator: Exists}]
      containers: [{name: cni-server, image: registry.example.net/kube-ovn:1}]
"""


@contextmanager
def own_block() -> Iterator[int]:
    """A block of 127.N.0.0/16 that no other test on this machine uses now."""
    block, claim = _claimed_block()
    try:
        yield block
    finally:
        claim.close()


def _claimed_block() -> tuple[int, socket.socket]:
    """A free block, and the socket that holds it as long as it is open."""
    for block in BLOCKS:
        claim = socket.socket()
        try:
            claim.bind((f"127.{block}.0.1", 49999))
        except OSError:
            claim.close()
        else:
            return block, claim
    raise RuntimeError("all blocks are taken")


@pytest.fixture(scope="session")
def lab_programs() -> dict[str, Path]:
    """The control plane's programs and kubectl, built if they are not there yet."""
    return programs.ensure([*programs.OF_A_LAB, "kubectl"], print)


@pytest.fixture
def block() -> Iterator[int]:
    with own_block() as number:
        yield number


class Loop:
    """An event loop in a thread of its own, so that tests stay plain functions."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = 60) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


def until(true: Callable[[], object], what: str, timeout: float = 60) -> None:
    """Wait for something that has no event to wait for; fails with ``what`` it waited for."""
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, f"after {timeout} s not yet: {what}"
        time.sleep(0.05)


class Cluster:
    """A lab's Kubernetes, its servers without machines around them, and kubectl from outside."""

    def __init__(self, lab: LabConfig, kubectl: Path) -> None:
        self.lab = lab
        self.bundle = Bundle()
        self.faults = Faults(lab.state / "faults.json", [spec.name for spec in lab.servers], vip=lab.vip is not None)
        self.loop = Loop()
        self.kubernetes = Kubernetes(lab, self.faults)
        self._kubectl = kubectl
        self.loop.run(self.kubernetes.start())

    @property
    def spec(self) -> ServerSpec:
        return self.lab.servers[0]

    @property
    def endpoint(self) -> str:
        return f"https://{self.lab.vip or self.spec.address}:6443"

    def configure(self, documents: list[dict[str, Any]], spec: ServerSpec | None = None) -> None:
        self.loop.run(self.kubernetes.configure(spec or self.spec, documents))

    def bootstrap(self, **cluster: Any) -> None:
        """The first server becomes a control plane, and is waited for until its node is registered."""
        self.configure(control_plane(self.bundle, self.endpoint, **cluster))
        self.loop.run(self.kubernetes.bootstrap(self.spec))
        until(lambda: self.kubernetes.services(self.spec)["kubelet"].healthy, "a registered node")

    def kubeconfig(self, spec: ServerSpec | None = None) -> Path:
        file = self.lab.state / "test.kubeconfig"
        if not file.exists():
            file.write_text(self.kubernetes.kubeconfig(spec or self.spec))
        return file

    def try_kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [self._kubectl, f"--kubeconfig={self.kubeconfig()}", f"--cache-dir={self.lab.state}/k", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        done = self.try_kubectl(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def arguments(self, program: str) -> list[str]:
        """The command line of a running program, from the kernel."""
        pid = self.kubernetes.pids(self.spec)[program]
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")

    def close(self) -> None:
        self.loop.run(self.kubernetes.close())
        self.loop.close()


@contextmanager
def new_cluster(folder: Path, kubectl: Path, servers: int = 1, vip: bool = False) -> Iterator[Cluster]:
    """A lab of ``servers`` in ``folder``, nothing configured yet."""
    with own_block() as number, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        file = folder / "lab.yml"
        file.write_text(f"servers: {servers}\nvip: {str(vip).lower()}\n")
        cluster = Cluster(config.load(file, name="t", block=number), kubectl)
        try:
            yield cluster
        finally:
            cluster.close()
