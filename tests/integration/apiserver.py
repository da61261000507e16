# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kubernetes API on loopback: etcd and kube-apiserver with throwaway certificates, audited, ready in seconds.

    with ApiServer(tmp_path) as server:
        server.kubectl("apply", "-f", "-", stdin=manifest)
        writes = [event for event in server.audit() if event["verb"] not in ("get", "list", "watch")]

There are no controllers: pods stay Pending, nothing is garbage-collected. Several may run at once.
"""

from __future__ import annotations

import base64
import contextlib
import json
import random
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from lab import programs

from .throwaway_pki import Authority

API_PORT, ETCD_PORT, PEER_PORT = 6443, 2379, 2380
READY_WITHIN = 60.0

# Everything from outside, each stage (a request is in the log before it is served); nothing of the server's own.
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "rules": [
        {"level": "None", "users": ["system:apiserver", "fixture"]},
        {"level": "Metadata"},
    ],
}


class NotRunning(Exception):
    """A program of the fixture ended, or did not become ready; the message ends with its last words."""


class ApiServer:
    """etcd and kube-apiserver on an address of their own in 127.210.0.0/16.

    ``api_arguments`` are added to the API server's (the last one wins), e.g. ``["--max-requests-inflight=1"]``.
    """

    def __init__(self, folder: Path, *, api_arguments: Sequence[str] = (), address: str = "") -> None:
        self.folder = folder / "apiserver"
        self.folder.mkdir(mode=0o700, parents=True)
        self.address = address or _free_address()
        self.url = f"https://{self.address}:{API_PORT}"
        self.kubeconfig = self.folder / "kubeconfig"
        self.authority = Authority()
        self._api_arguments = list(api_arguments)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._audited = _AuditLog(self.folder / "audit.log")
        self._write_files()

    def __enter__(self) -> ApiServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder / "etcd", ignore_errors=True)

    def start(self) -> None:
        """Start what is not running and return when the API is ready; also after `kill`."""
        self._start("etcd", self._etcd_command())
        self._start("kube-apiserver", self._api_command())
        try:
            self._await_ready()
        except NotRunning:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The API server's process."""
        return self._running["kube-apiserver"].pid

    def stop(self) -> None:
        """Stop both programs, the API server first."""
        for name in ("kube-apiserver", "etcd"):
            self._end(name, hard=False)

    def kill(self) -> None:
        """SIGKILL the API server; etcd stays."""
        self._end("kube-apiserver", hard=True)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """The real kubectl's output; raises CalledProcessError (with stderr) when it fails."""
        command = [programs.path("kubectl"), "--kubeconfig", self.kubeconfig, *arguments]
        environment = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        return subprocess.run(
            command, input=stdin, env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def audit(self) -> list[dict[str, Any]]:
        """What outsiders asked so far: one event a request (audit.k8s.io/v1), at its latest stage, oldest first."""
        return self._audited.events()

    def compact(self) -> None:
        """Forget etcd's history: after a restart of the API server, who watches from an old version gets 410."""
        revision = self._etcd("kv/range", {"key": base64.b64encode(b"x").decode()})["header"]["revision"]
        self._etcd("kv/compaction", {"revision": revision, "physical": True})

    def kubeconfig_for(self, user: str, groups: Sequence[str] = ()) -> Path:
        """A kubeconfig (0600) of another user, who may do nothing until RBAC says so."""
        path = self.folder / f"kubeconfig-{user}"
        _write_private(path, json.dumps(self._kubeconfig(user, groups)))
        return path

    def _write_files(self) -> None:
        server = self.authority.issue("kube-apiserver", names=(self.address, "localhost", "kubernetes.default.svc"))
        fixture = self.authority.issue("fixture", organizations=("system:masters",))
        files = {
            "ca.crt": self.authority.certificate,
            "server.crt": server.certificate,
            "server.key": server.key,
            "fixture.crt": fixture.certificate,
            "fixture.key": fixture.key,
            "service-accounts.key": server.key,
            "audit-policy.json": json.dumps(AUDIT_POLICY).encode(),
        }
        for name, content in files.items():
            _write_private(self.folder / name, content.decode())
        _write_private(self.kubeconfig, yaml.safe_dump(self._kubeconfig("admin", ("system:masters",))))

    def _kubeconfig(self, user: str, groups: Sequence[str]) -> dict[str, Any]:
        identity = self.authority.issue(user, organizations=groups)
        cluster = {"server": self.url, "certificate-authority-data": _base64(self.authority.certificate)}
        secrets = {
            "client-certificate-data": _base64(identity.certificate),
            "client-key-data": _base64(identity.key),
        }
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": secrets}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
        }

    def _etcd_command(self) -> list[str]:
        client, peer = f"http://{self.address}:{ETCD_PORT}", f"http://{self.address}:{PEER_PORT}"
        return [
            "--name=test", f"--data-dir={self.folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=warn",
            f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=test={peer}",
        ]  # fmt: skip

    def _api_command(self) -> list[str]:
        """ServiceAccount admission is off: without a controller manager there are none, and pods would be refused."""
        at = self.folder
        return [
            f"--bind-address={self.address}", f"--secure-port={API_PORT}", "--advertise-address=192.0.2.1",
            "--endpoint-reconciler-type=none", f"--etcd-servers=http://{self.address}:{ETCD_PORT}",
            f"--client-ca-file={at}/ca.crt", f"--tls-cert-file={at}/server.crt",
            f"--tls-private-key-file={at}/server.key", "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={at}/service-accounts.key",
            f"--service-account-key-file={at}/service-accounts.key", "--service-cluster-ip-range=10.96.0.0/16",
            "--disable-admission-plugins=ServiceAccount", "--allow-privileged=true", "--profiling=false",
            f"--audit-policy-file={at}/audit-policy.json", f"--audit-log-path={at}/audit.log",
            "--audit-log-mode=blocking", *self._api_arguments,
        ]  # fmt: skip

    def _start(self, name: str, arguments: Sequence[str]) -> None:
        if name in self._running and self._running[name].poll() is None:
            return
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [programs.path(name), *arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
            )

    def _end(self, name: str, *, hard: bool) -> None:
        process = self._running.pop(name, None)
        if process is None:
            return
        if hard:
            process.kill()
        else:
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return
        process.kill()
        process.wait()

    def _await_ready(self) -> None:
        """Ready is: healthy by its own word, and the namespace `default` has been made."""
        until = time.monotonic() + READY_WITHIN
        while not (self._answers("/readyz") and self._answers("/api/v1/namespaces/default")):
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise NotRunning(f"{name} ended with {process.returncode}:\n{self._last_words(name)}")
            if time.monotonic() > until:
                raise NotRunning(f"not ready after {READY_WITHIN:g} s:\n{self._last_words('kube-apiserver')}")
            time.sleep(0.05)

    def _answers(self, path: str) -> bool:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        context.load_cert_chain(self.folder / "fixture.crt", self.folder / "fixture.key")
        try:
            with urllib.request.urlopen(self.url + path, context=context, timeout=5):
                return True
        except OSError:
            return False

    def _etcd(self, call: str, body: Mapping[str, Any]) -> dict[str, Any]:
        url = f"http://{self.address}:{ETCD_PORT}/v3/{call}"
        with urllib.request.urlopen(url, data=json.dumps(body).encode(), timeout=10) as answer:
            parsed: dict[str, Any] = json.load(answer)
            return parsed

    def _last_words(self, name: str) -> str:
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-15:])


class _AuditLog:
    """Reads a growing audit log, each line once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._latest: dict[str, dict[str, Any]] = {}

    def events(self) -> list[dict[str, Any]]:
        if self._path.exists():
            with self._path.open("rb") as log:
                log.seek(self._read)
                for line in log:
                    if not line.endswith(b"\n"):
                        break
                    self._read += len(line)
                    event = json.loads(line)
                    self._latest[event["auditID"]] = event
        return list(self._latest.values())


def _free_address() -> str:
    """A loopback address of 127.210.0.0/16 where nobody listens on our ports."""
    while True:
        address = f"127.210.{random.randint(0, 254)}.{random.randint(1, 254)}"
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in (API_PORT, ETCD_PORT, PEER_PORT):
                stack.enter_context(socket.socket()).bind((address, port))
            return address


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
