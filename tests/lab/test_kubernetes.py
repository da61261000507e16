# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's control plane is the machine configuration's: seen with kubectl, OpenSSL and in processes' arguments."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from lab.kubernetes import EtcdDataExists
from tests.lab.conftest import CNI, Cluster, new_cluster, until
from tests.lab.machine_configuration import Bundle, control_plane, worker

SUBNET = "10.111.0.0/16"
API_SERVER = {"extraArgs": {"max-requests-inflight": "321"}, "certSANs": ["edge.example.net"]}
SETTINGS: dict[str, Any] = {"network": {"serviceSubnets": [SUBNET]}, "apiServer": API_SERVER}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, lab_programs: dict[str, Path]) -> Iterator[Cluster]:
    """One bootstrapped control plane; tests leave it as they found it."""
    with new_cluster(tmp_path_factory.mktemp("state"), lab_programs["kubectl"]) as made:
        made.bootstrap(**SETTINGS)
        yield made


def serving_certificate(cluster: Cluster) -> x509.Certificate:
    """The certificate the API server shows, fetched by OpenSSL and verified against the configuration's CA alone."""
    context = ssl.create_default_context(cadata=cluster.bundle.ca().decode())
    plain = socket.create_connection((cluster.spec.address, 6443), 5)
    with context.wrap_socket(plain, server_hostname=cluster.spec.address) as secured:
        return x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")


def test_the_node_is_there_as_talos_registers_it(cluster: Cluster) -> None:
    node = json.loads(cluster.kubectl("get", "node", "node-1", "-o", "json"))

    assert node["metadata"]["labels"]["node-role.kubernetes.io/control-plane"] == ""
    assert {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"} in node["spec"]["taints"]
    assert node["status"]["nodeInfo"]["systemUUID"] == cluster.spec.uuid
    assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.36.3"
    assert node["status"]["capacity"]["cpu"] == "32"
    assert {"type": "InternalIP", "address": cluster.spec.address} in node["status"]["addresses"]


def test_the_serving_certificate_is_signed_by_the_configurations_ca(cluster: Cluster) -> None:
    certificate = serving_certificate(cluster)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(cluster.bundle.ca()))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert "edge.example.net" in names.get_values_for_type(x509.DNSName)
    assert "10.111.0.1" in map(str, names.get_values_for_type(x509.IPAddress))


def test_openssl_verifies_it_and_refuses_another_ca(cluster: Cluster, tmp_path: Path) -> None:
    for ca, good in ((cluster.bundle.ca(), True), (Bundle().ca(), False)):
        (tmp_path / "ca.pem").write_bytes(ca)
        command = ["openssl", "s_client", "-connect", f"{cluster.spec.address}:6443", "-CAfile", tmp_path / "ca.pem"]
        said = subprocess.run(command, input="", capture_output=True, text=True, timeout=20, check=False).stdout
        assert ("Verify return code: 0 (ok)" in said) is good


def test_service_subnet_and_extra_arguments_are_the_configurations(cluster: Cluster) -> None:
    first = cluster.kubectl("get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}")

    assert first == "10.111.0.1"
    assert f"--service-cluster-ip-range={SUBNET}" in cluster.arguments("kube-apiserver")
    assert f"--service-cluster-ip-range={SUBNET}" in cluster.arguments("kube-controller-manager")
    assert "--max-requests-inflight=321" in cluster.arguments("kube-apiserver")


def test_the_world_is_told_the_advertised_address(cluster: Cluster) -> None:
    where = "jsonpath={.endpoints[*].addresses[*]}:{.ports[*].port}"
    assert cluster.kubectl("get", "endpointslice", "kubernetes", "-o", where) == f"{cluster.spec.advertise}:6443"


@pytest.mark.full
def test_a_changed_argument_restarts_only_what_it_concerns(cluster: Cluster) -> None:
    before = cluster.kubernetes.pids(cluster.spec)
    changed = {**API_SERVER, "extraArgs": {"max-requests-inflight": "322", "feature-gates": ["WatchList=true"]}}
    cluster.configure(control_plane(cluster.bundle, cluster.endpoint, **{**SETTINGS, "apiServer": changed}))
    until(lambda: cluster.kubernetes.listening(cluster.spec), "the API server with its new arguments")
    after = cluster.kubernetes.pids(cluster.spec)

    assert "--max-requests-inflight=322" in cluster.arguments("kube-apiserver")
    assert {name for name in before if before[name] != after[name]} == {"kube-apiserver"}
    until(lambda: cluster.try_kubectl("get", "--raw", "/readyz").returncode == 0, "a ready API server")
    cluster.configure(control_plane(cluster.bundle, cluster.endpoint, **SETTINGS))
    until(lambda: cluster.try_kubectl("get", "--raw", "/readyz").returncode == 0, "the API server as it was")


def test_an_argument_talos_keeps_for_itself_leaves_the_api_server_alone(cluster: Cluster) -> None:
    before = cluster.kubernetes.pids(cluster.spec)["kube-apiserver"]
    refused = {**SETTINGS, "apiServer": {"extraArgs": {"client-ca-file": "/tmp/other"}}}
    cluster.configure(control_plane(cluster.bundle, cluster.endpoint, **refused))

    assert cluster.kubernetes.pids(cluster.spec)["kube-apiserver"] == before
    cluster.configure(control_plane(cluster.bundle, cluster.endpoint, **SETTINGS))


@pytest.mark.parametrize("program", ["kube-apiserver", "kube-scheduler", "etcd", "kwok"])
def test_a_killed_program_comes_back(cluster: Cluster, program: str) -> None:
    before = cluster.kubernetes.pids(cluster.spec)[program]
    os.kill(before, signal.SIGKILL)

    until(lambda: cluster.kubernetes.pids(cluster.spec).get(program, before) != before, f"another {program}")
    until(lambda: cluster.try_kubectl("get", "nodes", "node-1").returncode == 0, "an answer about the node")


def test_bootstrapping_twice_is_refused(cluster: Cluster) -> None:
    with pytest.raises(EtcdDataExists):
        cluster.loop.run(cluster.kubernetes.bootstrap(cluster.spec))


def test_secrets_are_in_no_argument_and_in_no_readable_file(cluster: Cluster) -> None:
    files = [path for path in cluster.lab.state.rglob("*") if path.is_file() and path.suffix in (".key", ".yaml", "")]
    secrets = [cluster.bundle.secretbox, cluster.bundle.token.partition(".")[2], "PRIVATE KEY"]
    private = [path for path in files if any(secret in path.read_text(errors="replace") for secret in secrets)]

    assert private
    assert not [path for path in private if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert not [p for p in cluster.kubernetes.pids(cluster.spec) for s in secrets if s in str(cluster.arguments(p))]


def test_secrets_are_encrypted_in_etcd(cluster: Cluster) -> None:
    cluster.kubectl("create", "secret", "generic", "plain", "--from-literal=word=Rumpelstilzchen")
    data = b"".join(
        path.read_bytes() for path in (cluster.lab.state / "s1" / "kubernetes" / "etcd-data").rglob("*.wal")
    )

    assert b"k8s:enc:secretbox:v1:key2:" in data
    assert b"Rumpelstilzchen" not in data


def test_every_request_is_in_the_audit_log(cluster: Cluster) -> None:
    cluster.kubectl("create", "namespace", "audited", "--dry-run=server")
    lines = map(json.loads, (cluster.lab.state / "s1" / "audit.log").read_text().splitlines())
    mine = [
        line
        for line in lines
        if line["verb"] == "create" and line["requestURI"].startswith("/api/v1/namespaces?dryRun=All")
    ]

    assert mine
    assert mine[-1]["user"]["username"] == "admin"


def test_etcd_reports_its_member(cluster: Cluster) -> None:
    (member,) = cluster.kubernetes.etcd_members(cluster.spec)
    assert (member.hostname, member.is_learner) == ("node-1", False)
    assert member.client_urls == (f"https://{cluster.spec.address}:2379",)


def test_the_node_is_ready_once_the_cni_runs_and_pods_then_run(cluster: Cluster) -> None:
    ready = "jsonpath={.status.conditions[?(@.type=='Ready')]['status','message']}"
    before = cluster.kubectl("get", "node", "node-1", "-o", ready)
    assert before.startswith("False")
    assert "cni plugin not initialized" in before
    assert cluster.kubernetes.node_ready(cluster.spec) is False

    cluster.kubectl(
        "apply", "-f", "-", stdin=workload("pod", "Pod", "ovn.kubernetes.io/ip_address: '10.16.0.9,fd00::9'")
    )
    cluster.kubectl("apply", "-f", "-", stdin=workload("waits", "Pod", "nobody/gave: an-address"))
    cluster.kubectl("apply", "-f", "-", stdin=workload("task", "Job", "ovn.kubernetes.io/ip_address: 10.16.0.10"))
    cluster.kubectl("apply", "-f", "-", stdin=CNI)
    cluster.kubectl("wait", "--for=condition=Ready", "node/node-1", "--timeout=30s")
    assert cluster.kubernetes.node_ready(cluster.spec) is True
    cluster.kubectl("wait", "--for=condition=Ready", "pod/pod", "--timeout=30s")
    cluster.kubectl("wait", "--for=condition=Complete", "job/task", "--timeout=30s")

    assert cluster.kubectl("get", "pod", "pod", "-o", "jsonpath={.status.podIPs[*].ip}") == "10.16.0.9 fd00::9"
    assert cluster.kubectl("get", "pod", "waits", "-o", "jsonpath={.spec.nodeName}:{.status.phase}") == "node-1:Pending"
    cluster.kubectl("delete", "pod", "pod", "waits", "--timeout=20s")


def workload(name: str, kind: str, annotation: str) -> str:
    """A pod, or a job of one pod, that runs anywhere."""
    pod = """
      restartPolicy: Never
      tolerations: [{operator: Exists}]
      containers: [{name: c, image: registry.example.net/c:1}]"""
    if kind == "Pod":
        return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, annotations: {{{annotation}}}}}\nspec:{pod}\n"
    template = f"metadata: {{annotations: {{{annotation}}}}}\n    spec:{pod}\n"
    return f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  template:\n    {template}"


def test_a_machine_that_was_down_goes_on_without_a_bootstrap(cluster: Cluster) -> None:
    cluster.kubectl("create", "namespace", "survives")
    cluster.loop.run(cluster.kubernetes.halt(cluster.spec))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((cluster.spec.address, 6443), 1)

    cluster.configure(control_plane(cluster.bundle, cluster.endpoint, **SETTINGS))
    until(lambda: cluster.kubernetes.services(cluster.spec)["kubelet"].healthy, "the node again")
    assert cluster.kubectl("get", "namespace", "survives", "-o", "name") == "namespace/survives"


def status_of(cluster: Cluster) -> tuple[int, dict[str, Any], str | None]:
    """What the front answers, seen by urllib with the configuration's CA: code, Status object, Retry-After."""
    context = ssl.create_default_context(cadata=cluster.bundle.ca().decode())
    try:
        with urllib.request.urlopen(f"https://{cluster.spec.address}:6443/version", context=context, timeout=10) as got:
            return got.status, {}, None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read()), error.headers["Retry-After"]


@pytest.mark.parametrize(
    ("fault", "code", "reason"),
    [
        ("error-429", 429, "TooManyRequests"),
        ("error-500", 500, "InternalError"),
        ("error-503", 503, "ServiceUnavailable"),
    ],
)
def test_error_faults_answer_in_the_api_servers_place(cluster: Cluster, fault: str, code: int, reason: str) -> None:
    switch(cluster, fault, count=2)
    first, second, third = (status_of(cluster) for _request in range(3))

    assert (first[0], first[1]["kind"], first[1]["reason"]) == (code, "Status", reason)
    assert (first[2] == "1") is (code == 429)
    assert second[0] == code
    assert third[0] == 401  # the API server itself, which takes no anonymous requests


def switch(cluster: Cluster, name: str, **how: Any) -> None:
    """Switch a fault on for this API server, on the loop that serves it."""

    async def on() -> None:
        target = cluster.spec.name if name == "kill-apiserver" else f"api:{cluster.spec.name}"
        cluster.faults.switch_on(name, target, **how)

    cluster.loop.run(on())


def switch_off(cluster: Cluster, name: str) -> None:
    async def off() -> None:
        cluster.faults.switch_off(name)

    cluster.loop.run(off())


def test_refused_connections(cluster: Cluster) -> None:
    switch(cluster, "refuse", seconds=1.0)
    until(lambda: "refused" in cluster.try_kubectl("get", "nodes").stderr, "a refused connection", 5)
    until(lambda: cluster.try_kubectl("get", "nodes").returncode == 0, "the end of the fault", 10)


def test_connections_dropped_in_mid_stream(cluster: Cluster) -> None:
    switch(cluster, "drop", seconds=0.5)
    watching = cluster.try_kubectl("get", "--raw", "/api/v1/namespaces?watch=true&timeoutSeconds=20")
    switch_off(cluster, "drop")

    assert "kube-system" in watching.stdout
    assert "unexpected EOF" in watching.stderr or "connection reset" in watching.stderr


def test_delayed_connections(cluster: Cluster) -> None:
    switch(cluster, "delay", seconds=3.0)
    done = cluster.try_kubectl("get", "nodes", "--request-timeout=1s")
    switch_off(cluster, "delay")

    assert done.returncode != 0


def shown(cluster: Cluster) -> dict[str, tuple[str, str]]:
    """The image of each static pod, and whether it is ready, as the API tells."""
    pods = json.loads(cluster.try_kubectl("get", "pods", "-n", "kube-system", "-o", "json").stdout or '{"items": []}')
    return {
        pod["metadata"]["name"]: (
            pod["spec"]["containers"][0]["image"],
            next(each["status"] for each in pod["status"]["conditions"] if each["type"] == "Ready"),
        )
        for pod in pods["items"]
        if "kubernetes.io/config.mirror" in pod["metadata"].get("annotations", {}) and "conditions" in pod["status"]
    }


def test_static_pods_are_shown_with_the_images_of_the_configuration(cluster: Cluster) -> None:
    names = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    first = {f"{name}-node-1": (f"registry.k8s.io/{name}:v1.36.0", "True") for name in names}
    until(lambda: shown(cluster) == first, "three static pods")
    before = cluster.kubernetes.pids(cluster.spec)

    image = "mirror.example.net/kube-apiserver:v1.36.3"
    changed = {**SETTINGS, "apiServer": {**API_SERVER, "image": image}}
    cluster.configure(control_plane(cluster.bundle, cluster.endpoint, **changed))
    until(lambda: shown(cluster) == {**first, "kube-apiserver-node-1": (image, "True")}, "the other image")
    after = cluster.kubernetes.pids(cluster.spec)
    assert {name for name in before if before[name] != after[name]} == {"kube-apiserver"}
    cluster.configure(control_plane(cluster.bundle, cluster.endpoint, **SETTINGS))
    until(lambda: shown(cluster) == first, "the image as it was")


def test_a_killed_api_server_stays_down_while_the_fault_is_on(cluster: Cluster) -> None:
    switch(cluster, "kill-apiserver")
    until(lambda: "kube-apiserver" not in cluster.kubernetes.pids(cluster.spec), "a dead API server", 10)
    until(lambda: "refused" in cluster.try_kubectl("get", "nodes").stderr, "a closed port", 10)

    switch_off(cluster, "kill-apiserver")
    until(lambda: cluster.try_kubectl("get", "nodes").returncode == 0, "the API server again")


@pytest.mark.full
def test_three_control_planes_a_worker_and_a_vip(tmp_path: Path, lab_programs: dict[str, Path]) -> None:
    with new_cluster(tmp_path, lab_programs["kubectl"], servers=5, vip=True) as made:
        made.bootstrap()
        for number in (2, 3):
            documents = control_plane(made.bundle, made.endpoint, f"node-{number}")
            made.configure(documents, made.lab.servers[number - 1])
        made.configure(worker(made.bundle, made.endpoint, "node-4"), made.lab.servers[3])
        stranger = worker(Bundle(pairs=made.bundle.pairs), made.endpoint, "node-5")  # the right CA, a wrong token
        made.configure(stranger, made.lab.servers[4])

        until(lambda: len(voters(made)) == 3, "three voting members", 120)
        until(lambda: len(made.kubectl("get", "nodes", "-o", "name").split()) == 4, "four nodes", 60)
        assert made.kubernetes.services(made.lab.servers[4])["kubelet"].healthy is False

        made.loop.run(made.kubernetes.halt(made.spec))
        until(lambda: made.try_kubectl("get", "nodes").returncode == 0, "the VIP on another API server", 30)


def voters(cluster: Cluster) -> list[str]:
    return [m.hostname for m in cluster.kubernetes.etcd_members(cluster.spec) if m.hostname and not m.is_learner]


@pytest.mark.full
def test_a_wiped_machine_can_be_bootstrapped_anew(tmp_path: Path, lab_programs: dict[str, Path]) -> None:
    with new_cluster(tmp_path, lab_programs["kubectl"]) as made:
        made.bootstrap()
        before = made.kubectl("get", "namespace", "default", "-o", "jsonpath={.metadata.uid}")
        made.loop.run(made.kubernetes.wipe(made.spec))
        assert made.kubernetes.services(made.spec) == {}

        made.bundle = Bundle()
        made.kubeconfig().unlink()
        made.bootstrap()
        assert made.kubectl("get", "namespace", "default", "-o", "jsonpath={.metadata.uid}") != before
