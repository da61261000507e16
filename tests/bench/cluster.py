# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server everybody is measured against: a real API server with etcd, and nothing else that works."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.apiserver import ETCD_PORT, ApiServer

from . import objects
from .measure import Failed

# Where the API server keeps what the bulk comparison makes.
_PREFIXES = ("namespaces", "configmaps", "kubeovn.io/vpcs", "kubeovn.io/subnets",
             "k8s.cni.cncf.io/network-attachment-definitions", "kubevirt.io/virtualmachines")  # fmt: skip
_FORGOTTEN_WITHIN = 30.0


class Cluster:
    """An API server that is emptied in a moment, so that every client creates the same objects in the same cluster."""

    def __init__(self, server: ApiServer) -> None:
        self.kubeconfig = server.kubeconfig
        self.server_version = json.loads(server.kubectl("get", "--raw", "/version"))["gitVersion"]
        self._server = server

    def count(self) -> int:
        """How many of the comparison's objects there are, by kubectl's word."""
        names = self._server.kubectl("get", objects.RESOURCES, "-A", "-l", objects.LABEL, "-o", "name")
        return len(names.splitlines())

    def cpu(self) -> float:
        """CPU seconds that the API server has used."""
        fields = Path(f"/proc/{self._server.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def empty(self) -> None:
        """Forget them in etcd: deletion by API would take longer than what is measured, and namespaces need a
        controller to go.
        """
        for prefix in _PREFIXES:
            self._forget(f"/registry/{prefix}/{objects.PREFIX}")
        until = time.monotonic() + _FORGOTTEN_WITHIN
        while self.count():
            if time.monotonic() > until:
                raise Failed("the API server still remembers what etcd forgot")
            time.sleep(0.1)

    def _forget(self, prefix: str) -> None:
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        body = {"key": _base64(prefix), "range_end": _base64(end)}
        url = f"http://{self._server.address}:{ETCD_PORT}/v3/kv/deleterange"
        with urllib.request.urlopen(url, data=json.dumps(body).encode(), timeout=30) as answer:
            answer.read()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start it with the comparison's kinds; without an audit log, which only tests read."""
    with ApiServer(folder, api_arguments=["--audit-log-path="]) as server:
        _origin, kinds = objects.crds()
        manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": kinds})
        server.kubectl("create", "-f", "-", stdin=manifest)
        server.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=55s")
        yield Cluster(server)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
