# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeVirt's own virt-api and virt-controller on a real API server, with upstream's kinds and webhooks.

No guest runs: kwok plays the kubelet, and the lab's operators play virt-handler and Kube-OVN, the former under its own
name and behind its own HTTPS port.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

import lab.operators
from lab import programs
from lab.operators import kinds
from lab.operators.client import Access, Api, ApiError
from lab.operators.conditions import drop_condition, set_condition
from lab.operators.controller import Program, fresh
from lab.operators.kubevirt_handler import Handler
from lab.operators.watch import Caches
from lab.parent import die_with_parent
from lab.programs import build, go
from tests.integration.apiserver import ApiServer
from tests.lab.conftest import Loop, until
from tests.lab.operators_behaviours import at
from tests.lab.operators_cluster import NODE, STAGES, Cluster, NoFaults, Obj, add_node
from tests.lab.test_operators import load

from .tools import VIRT_API, VIRT_CONTROLLER, Tool

NAMESPACE = "kubevirt"
ACCOUNT = f"system:serviceaccount:{NAMESPACE}:kubevirt-{{}}"  # webhooks let only these write a guest's spec and status
USER = "nfvi"
OTHER_NODE = "edge-2"
API_PORT, CONTROLLER_PORT, HANDLER_PORT = 8443, 8182, 8186
SOURCE = Path(__file__).parent / "kubevirt"


@dataclass
class Site:
    """What runs; the modules use ``kubeconfig``, whose user does nothing else."""

    server: ApiServer
    cluster: Cluster
    kubeconfig: Path
    commands: dict[str, list[str]] = field(default_factory=dict)

    def start(self, program: str) -> None:
        """Start one of KubeVirt's or Kubernetes' programs, again after `kill`."""
        folder = self.server.folder
        environment = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": "/usr/bin:/bin"}
        with (folder / f"{program}.log").open("ab") as log:
            self.cluster.processes[program] = subprocess.Popen(
                self.commands[program],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=folder,
                env=environment,
                preexec_fn=die_with_parent,
            )

    def kill(self, program: str) -> None:
        self.cluster.processes[program].kill()
        self.cluster.processes[program].wait()

    def until_admitting(self) -> None:
        """virt-api shows no certificate before its caches are filled."""
        where, trusted = (self.server.address, API_PORT), str(self.server.folder / "ca.crt")

        def listens() -> bool:
            with contextlib.suppress(OSError):
                return bool(ssl.get_server_certificate(where, ca_certs=trusted, timeout=1))
            return False

        until(listens, f"virt-api serves (see {self.server.folder}/virt-api.log)")

    def writes(self) -> list[str]:
        """The modules' requests that changed something, or tried to, up to now; a dry run is none."""
        return [
            f"{event['verb']} {event['requestURI']}"
            for event in self.server.audit()
            if event["user"]["username"] == USER
            and event["verb"] not in ("get", "list", "watch")
            and "dryRun=All" not in event["requestURI"]
        ]


@contextmanager
def control_plane(folder: Path) -> Iterator[Site]:
    """Start it all, built first if need be, and wait until virt-api serves and a node takes guests."""
    for program in (VIRT_API, VIRT_CONTROLLER):
        program.built()
    with ExitStack() as stack:
        server = _api_server(folder)
        stack.enter_context(server)
        site = Site(server, Cluster(server.folder, server.address), server.kubeconfig_for(USER, ["system:masters"]))
        manifests = _manifests(folder)
        _create(site.cluster, [item for item in manifests if item["kind"] == "CustomResourceDefinition"])
        site.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        _prepare(site)
        for command in _commands(server):
            stack.enter_context(_running(site, command))
        stack.enter_context(_stand_ins(server))
        _register(site, [item for item in manifests if item["kind"] != "CustomResourceDefinition"])
        _until_ready(site.cluster)
        yield site


def _api_server(folder: Path) -> ApiServer:
    """One that may call extension servers: virt-api reads by which certificate it is called."""
    at = _identities(folder / "apiserver")
    server = ApiServer(folder, api_arguments=[
        f"--requestheader-client-ca-file={folder}/apiserver/ca.crt",
        "--requestheader-allowed-names=front-proxy-client", "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={at}/front-proxy.crt", f"--proxy-client-key-file={at}/front-proxy.key",
        "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
    ])  # fmt: skip
    _identity(server, "front-proxy", "front-proxy-client")
    return server


def _identity(server: ApiServer, file: str, name: str, names: Sequence[str] = ()) -> None:
    """A certificate and its key as files."""
    made, folder = server.authority.issue(name, names=names), _identities(server.folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    for suffix, content in (("crt", made.certificate), ("key", made.key)):
        path = folder / f"{file}.{suffix}"
        path.touch(mode=0o600)
        path.write_bytes(content)


def _identities(folder: Path) -> Path:
    """Nothing else is written there: KubeVirt's programs read certificates anew at each change of their folder."""
    return folder / "identities"


def _manifests(folder: Path) -> list[Obj]:
    """What upstream's virt-operator registers; from its own code, of the version that is run."""
    program = folder / "manifests"
    command = [str(go.find(build.cache(), print)), "build", "-mod=readonly", "-trimpath", "-o", str(program), "."]
    done = subprocess.run(command, cwd=SOURCE, env=go.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    items: list[Obj] = json.loads(subprocess.run([program], capture_output=True, check=True).stdout)["items"]
    return items


def _create(cluster: Cluster, items: Sequence[Obj]) -> None:
    cluster.kubectl("create", "-f", "-", stdin={"apiVersion": "v1", "kind": "List", "items": list(items)})


def _prepare(site: Site) -> None:
    """A node, the KubeVirt object as virt-operator leaves it, whom virt-api trusts, and Kube-OVN."""
    cluster, bundle = site.cluster, site.server.authority.certificate.decode()
    add_node(cluster)
    _write_status(cluster, f"node/{NODE}", "", addresses=[{"type": "InternalIP", "address": cluster.address}])
    _create(cluster, [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kubevirt-ca", "namespace": NAMESPACE},
         "data": {"ca-bundle": bundle}},
        load("kubevirt-cr"), *(_handler_pod(node) for node in (NODE, OTHER_NODE)),
    ])  # fmt: skip
    _write_status(cluster, "kubevirt/kubevirt", NAMESPACE, phase="Deployed", defaultArchitecture="amd64")
    _kube_ovn(cluster)


def _handler_pod(node: str) -> Obj:
    """Where virt-api finds the virt-handler of a node: at its pod's address."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"virt-handler-{node}", "namespace": NAMESPACE, "labels": {"kubevirt.io": "virt-handler"}},
        "spec": {
            "nodeName": node,
            "hostNetwork": True,
            "containers": [{"name": "virt-handler", "image": "registry.example/virt-handler:v1.8.4"}],
        },
    }


def _kube_ovn(cluster: Cluster) -> None:
    """What the lab's own Kube-OVN needs to be at work: its kinds, and a Deployment that is available."""
    wanted = ("CustomResourceDefinition", "Deployment")
    items = [item for item in load("kube-ovn")["items"] if item["kind"] in wanted]
    cluster.kubectl("apply", "--server-side", "-f", "-", stdin={"apiVersion": "v1", "kind": "List", "items": items})
    there = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    _write_status(cluster, "deployment/kube-ovn-controller", "kube-system", **there)


def _write_status(cluster: Cluster, what: str, namespace: str, **status: object) -> None:
    patch = json.dumps({"status": status})
    cluster.kubectl("patch", what, "-n", namespace, "--subresource=status", "--type=merge", "-p", patch)


def _commands(server: ApiServer) -> Iterator[list[str]]:
    at, address = _identities(server.folder), server.address
    kubeconfig = f"--kubeconfig={server.kubeconfig}"
    _identity(server, "virt-api", "virt-api", (address, f"virt-api.{NAMESPACE}.svc"))
    _identity(server, "handler-client", "kubevirt.io:system:client:virt-handler")
    yield [str(programs.path("kube-scheduler")), kubeconfig, "--leader-elect=false", f"--bind-address={address}",
           f"--cert-dir={server.folder}"]  # fmt: skip
    yield [str(programs.path("kwok")), kubeconfig, "--manage-all-nodes", f"--server-address={address}:10247",
           "--node-lease-duration-seconds=0", *(f"--config={stage}" for stage in STAGES.iterdir())]  # fmt: skip
    yield _virt(server, VIRT_API, "api", API_PORT, [
        f"--tls-cert-file={at}/virt-api.crt", f"--tls-key-file={at}/virt-api.key",
        f"--handler-cert-file={at}/handler-client.crt", f"--handler-key-file={at}/handler-client.key",
    ])  # fmt: skip
    yield _virt(server, VIRT_CONTROLLER, "controller", CONTROLLER_PORT, [
        "--launcher-image=registry.example/virt-launcher:v1.8.4",
        "--exporter-image=registry.example/virt-exportserver:v1.8.4",
        f"--prom-cert-file={at}/virt-api.crt", f"--prom-key-file={at}/virt-api.key",
    ])  # fmt: skip


def _virt(server: ApiServer, program: Tool, account: str, port: int, more: list[str]) -> list[str]:
    kubeconfig = server.kubeconfig_for(ACCOUNT.format(account), ["system:masters"])
    return [str(program.built()), f"--kubeconfig={kubeconfig}", f"--listen={server.address}", f"--port={port}", *more]


@contextmanager
def _running(site: Site, command: list[str]) -> Iterator[None]:
    name = Path(command[0]).name
    site.commands[name] = command
    site.start(name)
    try:
        yield
    finally:
        site.kill(name)


def _register(site: Site, items: list[Obj]) -> None:
    """Upstream's webhooks and API services, as soon as virt-api listens; a Service's name is that of our address."""
    cluster = site.cluster
    trusted = base64.b64encode(site.server.authority.certificate).decode()
    site.until_admitting()
    service = {"type": "ExternalName", "externalName": cluster.address}
    meta = {"name": "virt-api", "namespace": NAMESPACE}
    for item in items:
        for hook in item.get("webhooks", []):
            path = hook["clientConfig"]["service"]["path"]
            url = f"https://{cluster.address}:{API_PORT}{path}"
            hook["clientConfig"] = {"url": url, "caBundle": trusted}
        if item["kind"] == "APIService":
            item["spec"]["service"]["port"] = API_PORT
            item["spec"]["caBundle"] = trusted
    _create(cluster, [{"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service}, *items])


def _until_ready(cluster: Cluster) -> None:
    cluster.kubectl("wait", "--for=condition=Available", "apiservice/v1.subresources.kubevirt.io", "--timeout=60s")
    cluster.wait("node", NODE, lambda o: o["metadata"]["labels"].get("kubevirt.io/schedulable") == "true", seconds=60)
    cluster.wait("subnet", "ovn-default", lambda o: at(o, "status.conditions.Ready.status") == "True", seconds=60)
    leader = ("lease", "virt-controller", lambda o: bool(at(o, "spec.holderIdentity")), NAMESPACE)
    cluster.wait(*leader, seconds=60)


@contextmanager
def _stand_ins(server: ApiServer) -> Iterator[None]:
    """The lab's Kube-OVN and virt-handler, on a loop of their own; neither may end by itself."""
    _identity(server, "virt-handler", "kubevirt.io:system:node:virt-handler", (server.address,))
    loop, stand_ins = Loop(), _StandIns(server)
    loop.run(stand_ins.begin())
    try:
        yield
    finally:
        results = loop.run(stand_ins.end())
        loop.close()
    assert all(isinstance(each, asyncio.CancelledError) for each in results), results


class _StandIns:
    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        self._api = Api(Access.read(self._server.kubeconfig_for(ACCOUNT.format("handler"), ["system:masters"])))
        self._runner = await _serve(self._server, self._api)
        self._tasks = [
            asyncio.create_task(lab.operators.run_operators(self._server.kubeconfig, NoFaults())),
            asyncio.create_task(_handle(self._api)),
        ]

    async def end(self) -> list[object]:
        for task in self._tasks:
            task.cancel()
        results: list[object] = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runner.cleanup()
        await self._api.close()
        return results


async def _handle(api: Api) -> None:
    caches = Caches(kinds.WATCHED)
    program = Program(api, caches, "virt-handler")
    Handler(program, NoFaults())
    async with asyncio.TaskGroup() as group:
        group.create_task(caches.run(api))
        group.create_task(program.run())


async def _serve(server: ApiServer, api: Api) -> web.AppRunner:
    """The port behind which virt-api asks a node's virt-handler to pause a guest; it tells by a condition."""
    app = web.Application()
    app.router.add_put("/v1/namespaces/{namespace}/virtualmachineinstances/{name}/{verb}", _pausing(api))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(server.folder / "ca.crt"))
    at = _identities(server.folder)
    tls.load_cert_chain(at / "virt-handler.crt", at / "virt-handler.key")
    tls.verify_mode = ssl.CERT_REQUIRED
    await web.TCPSite(runner, server.address, HANDLER_PORT, ssl_context=tls).start()
    return runner


def _pausing(api: Api) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        name, namespace, verb = (request.match_info[key] for key in ("name", "namespace", "verb"))
        if verb in ("pause", "unpause"):
            await _note(api, name, namespace, paused=verb == "pause")
        return web.Response(status=202)

    return answer


async def _note(api: Api, name: str, namespace: str, *, paused: bool) -> None:
    for _attempt in range(5):
        vmi = fresh(await api.get(kinds.VMI, name, namespace))
        conditions = vmi["status"].setdefault("conditions", [])
        if paused:
            set_condition(conditions, "Paused", "True", "PausedByUser", "VMI was paused by user")
        else:
            drop_condition(conditions, "Paused")
        with contextlib.suppress(ApiError):
            await api.update(kinds.VMI, vmi, "virt-handler")
            return
