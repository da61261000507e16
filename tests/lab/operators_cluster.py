# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare real control plane for the operators' tests: etcd, kube-apiserver, controller-manager, scheduler, kwok and one
node, with throwaway certificates on loopback addresses. It shares nothing with the lab's own but kwok's stages."""

from __future__ import annotations

import asyncio
import ctypes
import ipaddress
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

import lab.operators
from lab import programs
from lab.operators.client import Api

Obj = dict[str, Any]

STAGES = Path(lab.operators.__file__).parent.parent / "kubernetes" / "stages"
NODE = "edge-1"
_PR_SET_PDEATHSIG = 1


@dataclass
class NoFaults:
    """Faults by name, set by a test."""

    active: dict[tuple[str, str], object] = field(default_factory=dict)

    def get(self, name: str, target: str) -> object | None:
        return self.active.get((name, target))


@dataclass
class Cluster:
    """A running control plane, looked at with kubectl only."""

    folder: Path
    address: str
    faults: NoFaults = field(default_factory=NoFaults)
    pruned: list[str] = field(default_factory=list)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    def kubectl(self, *arguments: str, stdin: Any = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run kubectl; ``stdin`` is an object or a list of objects, handed over as JSON."""
        command = [
            str(programs.path("kubectl")),
            f"--kubeconfig={self.kubeconfig}",
            f"--cache-dir={self.folder}/cache",
            *arguments,
        ]
        text = None if stdin is None else json.dumps(stdin)
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=120)
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.stderr}")
        return done

    def get(self, kind: str, name: str, namespace: str | None = None) -> Obj | None:
        where = ["-n", namespace] if namespace else []
        done = self.kubectl("get", kind, name, *where, "-o", "json", "--ignore-not-found")
        found: Obj | None = json.loads(done.stdout) if done.stdout else None
        return found

    def wait(
        self, kind: str, name: str, test: Callable[[Obj], bool], namespace: str | None = None, seconds: int = 30
    ) -> Obj:
        """Follow an object with `kubectl get --watch` until ``test`` says yes; AssertionError shows its last state."""
        where = ["-n", namespace] if namespace else []
        last: Obj = {}
        for last in self.follow(kind, name, *where, seconds=seconds):
            if test(last):
                return last
        shown = {"metadata": last.get("metadata", {}), "status": last.get("status")}
        raise AssertionError(f"{kind} {name} did not get there in {seconds} s:\n{yaml.safe_dump(shown)}")

    def follow(self, kind: str, name: str, *where: str, seconds: int = 30) -> Iterator[Obj]:
        """Yield an object's states as they come, for at most so many seconds."""
        yield from self.stream(kind, f"--field-selector=metadata.name={name}", *where, seconds=seconds)

    def stream(self, kind: str, *selection: str, seconds: int = 30) -> Iterator[Obj]:
        """Yield what `kubectl get --watch` shows, the objects there are first."""
        command = [
            str(programs.path("kubectl")),
            f"--kubeconfig={self.kubeconfig}",
            f"--cache-dir={self.folder}/cache",
            "get",
            kind,
            *selection,
        ]
        watching = [*command, "--watch", "--output-watch-events", "-o", "json", f"--request-timeout={seconds}s"]
        process = subprocess.Popen(watching, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        alarm = threading.Timer(seconds, process.kill)
        alarm.start()
        try:
            assert process.stdout is not None
            yield from (json.loads(line)["object"] for line in process.stdout)
        finally:
            alarm.cancel()
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path, crds: list[Obj]) -> Iterator[Cluster]:
    """Start everything, the CRDs and the operators included; stop it at the end."""
    made = Cluster(folder, f"127.200.{os.getpid() % 250 + 1}.1")
    _certificates(made)
    with ExitStack() as stack:
        for name, arguments in _commands(made).items():
            stack.enter_context(_process(made, name, arguments))
            if name == "kube-apiserver":
                _until_ready(made)
        add_node(made)
        if crds:
            made.kubectl("create", "-f", "-", stdin={"apiVersion": "v1", "kind": "List", "items": crds})
        stack.enter_context(_operators(made))
        yield made


@contextmanager
def _operators(made: Cluster) -> Iterator[None]:
    """The operators on a thread of their own; every write is compared with what the API server kept of it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    original = Api._call

    async def checked(self: Api, verb: str, path: str, body: Any = None, *rest: Any) -> Obj:
        answer = await original(self, verb, path, body, *rest)
        if verb in ("POST", "PUT", "PATCH") and isinstance(body, dict):
            made.pruned.extend(f"{verb} {path}: {lost}" for lost in _lost(body, answer, path.endswith("/status")))
        return answer

    Api._call = checked  # type: ignore[method-assign, assignment]
    running = asyncio.run_coroutine_threadsafe(
        lab.operators.run_operators(made.kubeconfig, made.faults, f"{made.address}:9443"), loop
    )
    try:
        yield
    finally:
        Api._call = original  # type: ignore[method-assign]
        ended = running.done() and running.exception()
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        if ended:
            raise AssertionError("the operators ended by themselves") from ended


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _lost(sent: Obj, kept: Obj, status: bool) -> Iterator[str]:
    parts = ("status",) if status else ("spec", "status", "data")
    for part in parts:
        if part in sent and part in kept:
            yield from _missing(sent[part], kept[part], part)


def _missing(sent: Any, kept: Any, at: str) -> Iterator[str]:
    if isinstance(sent, dict) and isinstance(kept, dict):
        for key, value in sent.items():
            if value is not None and key not in kept:
                yield f"{at}.{key}"
            elif value is not None:
                yield from _missing(value, kept[key], f"{at}.{key}")
    elif isinstance(sent, list) and isinstance(kept, list):
        for index, (one, other) in enumerate(zip(sent, kept, strict=False)):
            yield from _missing(one, other, f"{at}[{index}]")


@contextmanager
def _process(made: Cluster, name: str, arguments: list[str]) -> Iterator[None]:
    _start(made, name, arguments)
    try:
        yield
    finally:
        made.processes[name].kill()
        made.processes[name].wait()


def _start(made: Cluster, name: str, arguments: list[str]) -> None:
    with (made.folder / f"{name}.log").open("a") as log:
        made.processes[name] = subprocess.Popen(
            [str(programs.path(name)), *arguments], stdout=log, stderr=log, preexec_fn=_die_with_parent, cwd=made.folder
        )


def restart(made: Cluster, name: str) -> None:
    """Kill a program and start it again, as a crash does."""
    made.processes[name].kill()
    made.processes[name].wait()
    _start(made, name, _commands(made)[name])
    _until_ready(made)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _commands(made: Cluster) -> dict[str, list[str]]:
    folder, address = made.folder, made.address
    kubeconfig = f"--kubeconfig={made.kubeconfig}"
    return {
        "etcd": [
            f"--data-dir={folder}/etcd", f"--listen-client-urls=http://{address}:2379", "--unsafe-no-fsync",
            f"--advertise-client-urls=http://{address}:2379", f"--listen-peer-urls=http://{address}:2380",
            f"--initial-advertise-peer-urls=http://{address}:2380", f"--initial-cluster=default=http://{address}:2380",
        ],
        "kube-apiserver": [
            f"--etcd-servers=http://{address}:2379", f"--bind-address={address}", "--secure-port=6443",
            "--advertise-address=192.0.2.1", f"--client-ca-file={folder}/ca.crt",
            f"--tls-cert-file={folder}/server.crt",
            f"--tls-private-key-file={folder}/server.key", f"--service-account-key-file={folder}/sa.key",
            f"--service-account-signing-key-file={folder}/sa.key", "--service-account-issuer=https://test",
            "--authorization-mode=RBAC", "--allow-privileged", "--disable-admission-plugins=TaintNodesByCondition",
        ],
        "kube-controller-manager": [
            kubeconfig, f"--service-account-private-key-file={folder}/sa.key", f"--root-ca-file={folder}/ca.crt",
            "--controllers=*,-node-lifecycle-controller", "--leader-elect=false", f"--bind-address={address}",
            "--secure-port=10257", f"--cert-dir={folder}",
        ],
        "kube-scheduler": [kubeconfig, "--leader-elect=false", f"--bind-address={address}", "--secure-port=10259",
                           f"--cert-dir={folder}"],
        "kwok": [kubeconfig, "--manage-all-nodes", *(f"--config={stage}" for stage in STAGES.iterdir()),
                 f"--server-address={address}:10247", "--node-lease-duration-seconds=0"],
    }  # fmt: skip


def _until_ready(made: Cluster) -> None:
    """Ask /readyz until it says ok."""
    give_up = datetime.now(UTC) + timedelta(seconds=60)
    while made.kubectl("get", "--raw", "/readyz", check=False).stdout != "ok":
        if datetime.now(UTC) > give_up:
            raise AssertionError((made.folder / "kube-apiserver.log").read_text()[-4000:])


def add_node(made: Cluster, name: str = NODE, *, control_plane: bool = True) -> None:
    """A node that is ready, with room for much."""
    labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name}
    labels |= {"node-role.kubernetes.io/control-plane": ""} if control_plane else {}
    made.kubectl("create", "-f", "-", stdin={
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
    })  # fmt: skip
    amounts = {"cpu": "32", "memory": "128Gi", "pods": "110", "ephemeral-storage": "900Gi"}
    status = {
        "capacity": amounts, "allocatable": amounts, "addresses": [{"type": "InternalIP", "address": "192.0.2.10"}],
        "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
    }  # fmt: skip
    made.kubectl("patch", "node", name, "--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))


def _certificates(made: Cluster) -> None:
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test-ca")])
    ca = _sign(ca_name, ca_name, ca_key.public_key(), ca_key, x509.BasicConstraints(ca=True, path_length=None))
    server_key, admin_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(made.address))])
    server = _sign(x509.Name([]), ca_name, server_key.public_key(), ca_key, names)
    subject = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:masters"),
        x509.NameAttribute(NameOID.COMMON_NAME, "admin"),
    ]  # fmt: skip
    admin = _sign(x509.Name(subject), ca_name, admin_key.public_key(), ca_key, x509.BasicConstraints(False, None))
    for name, text in (
        ("ca.crt", ca), ("server.crt", server), ("server.key", _private(server_key)), ("admin.crt", admin),
        ("admin.key", _private(admin_key)), ("sa.key", _private(rsa.generate_private_key(65537, 2048))),
    ):  # fmt: skip
        (made.folder / name).write_bytes(text)
        (made.folder / name).chmod(0o600)
    made.kubeconfig.write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {
            "server": f"https://{made.address}:6443", "certificate-authority": str(made.folder / "ca.crt"),
        }}],
        "users": [{"name": "test", "user": {
            "client-certificate": str(made.folder / "admin.crt"), "client-key": str(made.folder / "admin.key"),
        }}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    }))  # fmt: skip


def _sign(subject: x509.Name, issuer: x509.Name, key: Any, by: Any, extension: x509.ExtensionType) -> bytes:
    start = datetime.now(UTC) - timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=2))
        .add_extension(extension, critical=not isinstance(extension, x509.SubjectAlternativeName))
        .sign(by, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: Any) -> bytes:
    plain: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return plain
