# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real talosctl takes simulated nodes from bare metal to Kubernetes and back, and is refused as Talos refuses."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_client_config
from lab import config, programs
from lab.daemon import Simulator
from lab.machine import Machine
from tests.lab.conftest import CNI, Loop, own_block, until


@dataclass
class Site:
    """A lab with its simulator, and talosctl with a configuration that talosctl itself generated."""

    simulator: Simulator
    loop: Loop
    folder: Path
    talosctl_path: Path

    def machine(self, index: int = 0) -> Machine:
        return self.simulator.servers[index].machine

    def address(self, index: int = 0) -> str:
        return self.machine(index).spec.address

    def command(self, *arguments: str, talosconfig: Path | None = None) -> subprocess.CompletedProcess[str]:
        file = talosconfig or self.folder / "talosconfig"
        environment = {**os.environ, "TALOSCONFIG": str(file), "HOME": str(self.folder)}
        command = [str(self.talosctl_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)

    def talosctl(self, *arguments: str) -> str:
        done = self.command(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def refused(self, *arguments: str, talosconfig: Path | None = None) -> str:
        done = self.command(*arguments, talosconfig=talosconfig)
        assert done.returncode != 0, f"{arguments} went through: {done.stdout}"
        return done.stdout + done.stderr

    def resource(self, *arguments: str) -> Any:
        return next(yaml.safe_load_all(self.talosctl("get", *arguments, "-o", "yaml")))["spec"]

    def generate(self) -> None:
        """``talosctl gen config``: machine configurations and a talosconfig that this rack's nodes will accept."""
        endpoint = f"https://{self.address()}:6443"
        disk = ("--install-disk", "/dev/nvme0n1")
        self.talosctl("gen", "config", "edge", endpoint, "-o", str(self.folder), *disk)
        for what in ("endpoint", "node"):
            self.talosctl("config", what, self.address())

    def power_on(self, index: int = 0) -> None:
        self.loop.run(self.machine(index).power_on())
        until(lambda: self.machine(index).stage == "maintenance", "maintenance mode")

    def install(self, file: str = "controlplane.yaml", index: int = 0) -> None:
        """Give the node its configuration, and wait until it has rebooted into it."""
        self.talosctl("apply-config", "--insecure", "-n", self.address(index), "-f", str(self.folder / file))
        until(lambda: self.machine(index).serves_kubernetes, "a node that booted from disk")
        until(lambda: self.command("version", "-n", self.address(index)).returncode == 0, "a node that answers")


@contextmanager
def new_site(folder: Path, servers: int = 1) -> Iterator[Site]:
    talosctl = programs.ensure(["talosctl"])["talosctl"]
    with own_block() as block, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        file = folder / "lab.yml"
        file.write_text(f"servers: {servers}\ntiming: {{boot: 0.2, install: 0.2}}\n")
        loop = Loop()
        simulator = loop.run(_start(config.load(file, name="t", block=block)))
        try:
            yield Site(simulator, loop, folder, talosctl)
        finally:
            loop.run(simulator.close())
            loop.close()


async def _start(lab: config.LabConfig) -> Simulator:
    simulator = Simulator(lab)
    await simulator.start()
    return simulator


@pytest.fixture(scope="module")
def maintenance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server in maintenance mode, which tests leave there."""
    with new_site(tmp_path_factory.mktemp("site")) as site:
        site.generate()
        site.power_on()
        yield site


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Site]:
    """One server in maintenance mode, for one test."""
    with new_site(tmp_path) as site:
        site.generate()
        site.power_on()
        yield site


@pytest.fixture(scope="module")
def node(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A control plane that talosctl configured and bootstrapped, with its real etcd and API server."""
    with new_site(tmp_path_factory.mktemp("site")) as site:
        site.generate()
        site.power_on()
        site.install()
        site.talosctl("bootstrap")
        until(lambda: site.machine().stage == "running", "a running node")
        yield site


# ---- maintenance mode


def test_maintenance_mode_shows_the_hardware_and_nothing_secret(maintenance: Site) -> None:
    insecure = ("--insecure", "-n", maintenance.address())
    assert "maintenance" in maintenance.talosctl("get", "machinestatus", *insecure)
    assert "nvme0n1" in maintenance.talosctl("get", "disks", *insecure)
    assert "not authorized" in maintenance.refused("get", "mc", *insecure)
    assert maintenance.machine().lab.talos_version in maintenance.talosctl("version", *insecure)


def test_a_disk_that_nothing_uses_is_wiped(maintenance: Site) -> None:
    insecure, drives = ("--insecure", "-n", maintenance.address()), maintenance.machine().drives
    drives.signatures["nvme0n1"] = "xfs"
    assert "xfs" in maintenance.talosctl("get", "discoveredvolumes", "nvme0n1", *insecure)
    maintenance.talosctl("wipe", "disk", "nvme0n1", *insecure)
    assert "xfs" not in maintenance.talosctl("get", "discoveredvolumes", "nvme0n1", *insecure)
    assert drives.signatures == {}


def test_maintenance_mode_shows_its_certificate(maintenance: Site) -> None:
    certificate = x509.load_der_x509_certificate(_peer_certificate(maintenance.address()))
    assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "maintenance-service.talos.dev"
    assert isinstance(certificate.public_key(), ed25519.Ed25519PublicKey)


def _peer_certificate(address: str) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((address, 50000)) as raw, context.wrap_socket(raw) as connection:
        return connection.getpeercert(binary_form=True) or b""


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ("type: master", 'unknown machine type "master"'),
        ("type: controlplane\n    bogus: 1", "unknown keys found during decoding:\nmachine:\n    bogus: 1"),
        ("type: controlplane\n    nodeLabels: {'a b': c}", 'node labels: 1 error occurred:\n\t* name "a b"'),
        ("type: controlplane\n    install: {diskSelector: {size: '> 9TB'}}", "no disks matched the expression"),
    ],
)
def test_a_wrong_configuration_is_refused_with_taloss_words(maintenance: Site, change: str, answer: str) -> None:
    text = (maintenance.folder / "controlplane.yaml").read_text()
    documents = [document for document in yaml.safe_load_all(text) if document]
    documents[0]["machine"].update(yaml.safe_load(change.replace("\n    ", "\n")))
    file = maintenance.folder / "wrong.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    said = maintenance.refused("apply-config", "--insecure", "-n", maintenance.address(), "-f", str(file))
    assert "code = InvalidArgument" in said
    assert answer in said
    assert maintenance.machine().stage == "maintenance"


def test_a_node_that_has_left_maintenance_is_not_insecure_any_more(bare: Site) -> None:
    bare.install()
    assert "insecure" not in bare.refused("get", "disks", "--insecure", "-n", bare.address())
    assert "nvme0n1" in bare.talosctl("get", "disks")


# ---- before the bootstrap


@pytest.mark.full
def test_the_nodes_of_a_cluster_discover_each_other(tmp_path: Path) -> None:
    with new_site(tmp_path, servers=2) as site:
        site.generate()
        for index, file in enumerate(("controlplane.yaml", "worker.yaml")):
            site.power_on(index)
            site.install(file, index)
        for index in range(2):
            said = site.talosctl("get", "members", "-n", site.address(index), "-e", site.address(index))
            lines = {line.split()[3]: line for line in said.splitlines()[1:]}
            assert sorted(lines) == sorted(site.machine(each).hostname for each in range(2))
            for each, type_ in enumerate(("controlplane", "worker")):
                line = lines[site.machine(each).hostname]
                assert f" {type_} " in line
                assert site.address(each) in line


def test_an_installed_control_plane_waits_for_its_bootstrap(bare: Site) -> None:
    bare.install()
    services = {line.split()[1]: line.split()[2] for line in bare.talosctl("services").splitlines()[1:]}
    assert services["etcd"] == "Preparing"
    assert services["apid"] == "Running"
    status = bare.resource("machinestatus")
    assert (status["stage"], status["status"]["ready"]) == ("booting", False)
    assert "etcd not running" in status["status"]["unmetConditions"][0]["reason"]


# ---- a running control plane


def test_bootstrap_starts_etcd_once(node: Site) -> None:
    assert "code = AlreadyExists" in node.refused("bootstrap")
    members = node.talosctl("etcd", "members")
    assert f"https://{node.address()}:2379" in members
    assert node.resource("etcdmembers", "local")["memberID"] in members


def test_etcd_is_looked_after(node: Site) -> None:
    member = node.resource("etcdmembers", "local")["memberID"]
    status = node.talosctl("etcd", "status")
    assert member in status
    assert "3.6" in status
    assert node.talosctl("etcd", "alarm", "list").splitlines()[1:] == []
    node.talosctl("etcd", "alarm", "disarm")
    node.talosctl("etcd", "defrag")
    assert "not found" in node.refused("etcd", "remove-member", "1234567890abcdef")
    assert "bad leader transferee" in node.refused("etcd", "forfeit-leadership")
    node.talosctl("etcd", "snapshot", str(node.folder / "etcd.snapshot"))
    assert (node.folder / "etcd.snapshot").stat().st_size > 100_000


def kubectl_for(node: Site, lab_programs: dict[str, Path]) -> list[str]:
    """kubectl with the kubeconfig that talosctl fetches."""
    file = node.folder / "kubeconfig"
    node.talosctl("kubeconfig", str(file), "--force")
    return [str(lab_programs["kubectl"]), f"--kubeconfig={file}"]


def test_the_kubeconfig_opens_the_cluster(node: Site, lab_programs: dict[str, Path]) -> None:
    kubectl = [*kubectl_for(node, lab_programs), "get", "nodes", "-o", "name"]

    def nodes() -> str:
        return subprocess.run(kubectl, capture_output=True, text=True, check=False).stdout.strip()

    until(lambda: nodes() == f"node/{node.machine().hostname}", "the node in the cluster")


def test_what_a_node_tells(node: Site) -> None:
    spec = node.machine().spec
    assert node.resource("members")["addresses"] == [spec.address]
    assert node.resource("links", "eno1")["hardwareAddr"] == spec.nics[0].mac
    assert node.resource("disks", "nvme0n1")["size"] == spec.disks[0].size
    assert node.resource("systemdisk")["diskID"] == "nvme0n1"
    assert node.resource("systeminformation")["uuid"] == spec.uuid
    assert node.resource("cpus")["coreCount"] == spec.cores
    assert node.resource("devices", spec.nics[0].pci)["driver"] == "ice"
    assert node.resource("nodename")["nodename"] == node.machine().hostname
    until(lambda: node.resource("nodestatus")["nodename"] == node.machine().hostname, "the node's status")
    assert node.resource("osrootsecrets")["issuingCA"]["crt"] == node.machine().active.get("machine.ca.crt")
    assert node.resource("machinetype") == "controlplane"
    assert node.resource("nodeaddress", "routed-no-k8s")["addresses"] == [f"{spec.address}/32"]
    assert "/kubelet:v" in node.resource("kubeletspec", "kubelet")["image"]
    assert node.resource("mc", "v1alpha1") == (node.folder / "controlplane.yaml").read_text()
    assert "not registered" in node.refused("get", "unicorns")
    assert "NotFound" in node.refused("get", "disks", "sda")


def test_every_resource_kind_reads(node: Site) -> None:
    definitions = yaml.safe_load_all(node.talosctl("get", "rd", "-o", "yaml"))
    types = [definition["spec"]["type"] for definition in definitions]
    assert len(types) > 20
    for name in types:
        node.talosctl("get", name)


def test_images_are_pulled_and_listed(node: Site) -> None:
    for namespace in ("cri", "system"):
        node.talosctl("image", "pull", "registry.k8s.io/pause:3.10", "--namespace", namespace)
        listed = [line.split()[1] for line in node.talosctl("image", "list", "--namespace", namespace).splitlines()[1:]]
        assert "registry.k8s.io/pause:3.10" in listed
    node.loop.run(_switch(node, "image-missing", on=True))
    assert "not found" in node.refused("image", "pull", "registry.example.net/unicorn:1")
    node.loop.run(_switch(node, "image-missing", on=False))


async def _switch(site: Site, fault: str, *, on: bool) -> None:
    faults, name = site.simulator.faults, site.machine().spec.name
    faults.switch_on(fault, name) if on else faults.switch_off(fault, name)


def test_meta_is_written_and_deleted(node: Site) -> None:
    node.talosctl("meta", "write", "0x0c", "rack-7")
    assert node.resource("metakeys", "0x0c") == {"value": "rack-7"}
    node.talosctl("meta", "delete", "0x0c")
    assert "NotFound" in node.refused("get", "meta", "0x0c")
    assert "meta key not found" in node.refused("meta", "delete", "0x0c")
    for key in ("0x0d", "0x0e"):
        node.talosctl("meta", "write", key, "x" * 120_000)
    assert "meta write failed" in node.refused("meta", "write", "0x0c", "x" * 120_000)
    for key in ("0x0d", "0x0e"):
        node.talosctl("meta", "delete", key)


def test_a_disk_in_use_is_not_wiped(node: Site) -> None:
    system = str(node.machine().system_disk)
    assert node.resource("discoveredvolumes", f"{system}p1")["parent"] == system
    assert node.resource("volumestatus", "STATE")["parentLocation"] == f"/dev/{system}"
    assert "in use by volume" in node.refused("wipe", "disk", system)
    assert "not found" in node.refused("wipe", "disk", "sdz")


def test_typed_reads_of_the_health_check(node: Site) -> None:
    said = node.command("health", "--server=false", "--wait-timeout=4s").stderr
    for check in (
        "etcd",
        "etcd members to be consistent",
        "etcd members to be control plane nodes",
        "apid to be ready",
    ):
        assert f"waiting for {check}" in said


def test_services_version_and_small_reads(node: Site) -> None:
    assert "Enabled:     RBAC" in node.talosctl("version")
    services = node.talosctl("services")
    assert all(name in services for name in ("apid", "cri", "etcd", "kubelet", "machined", "trustd"))
    assert "Running" in node.talosctl("service", "etcd")
    assert node.talosctl("read", "/proc/sys/kernel/random/boot_id").strip() == node.machine().boot_id
    assert node.machine().spec.product in node.talosctl("dmesg")
    assert "code = Unimplemented" in node.refused("containers")


def test_a_dry_run_shows_the_change_and_makes_none(node: Site) -> None:
    changed = node.folder / "changed.yaml"
    changed.write_text((node.folder / "controlplane.yaml").read_text().replace("debug: false", "debug: true"))
    said = node.talosctl("apply-config", "--dry-run", "-f", str(changed))
    assert "Applied configuration without a reboot (skipped in dry-run)" in said
    assert "-debug: false\n+debug: true\n" in said
    same = node.talosctl("apply-config", "--dry-run", "-f", str(node.folder / "controlplane.yaml"))
    assert "No changes." in same


def test_a_change_that_needs_a_reboot_is_told_from_one_that_does_not(node: Site) -> None:
    patch = node.folder / "patch.yaml"
    patch.write_text("machine:\n  env:\n    A: b\n")
    assert "Applied configuration with a reboot" in node.talosctl("patch", "mc", "-p", f"@{patch}", "--dry-run")
    refused = node.refused("patch", "mc", "-p", f"@{patch}", "--mode=no-reboot")
    assert "this config change can't be applied in immediate mode" in refused


def test_a_patch_takes_effect(node: Site) -> None:
    patch = node.folder / "labels.yaml"
    patch.write_text("machine:\n  nodeLabels:\n    rack: r1\n")
    before = node.resource("mc", "v1alpha1")
    assert "Applied configuration without a reboot" in node.talosctl("patch", "mc", "-p", f"@{patch}")
    assert "rack: r1" in node.resource("mc", "v1alpha1")
    assert "no changes" in node.talosctl("patch", "mc", "-p", f"@{patch}")
    (node.folder / "before.yaml").write_text(before)
    node.talosctl("apply-config", "-f", str(node.folder / "before.yaml"))


def test_a_tried_configuration_is_announced(node: Site) -> None:
    changed = node.folder / "changed.yaml"
    changed.write_text((node.folder / "controlplane.yaml").read_text().replace("debug: false", "debug: true"))
    said = node.talosctl("apply-config", "--mode=try", "--timeout=1s", "-f", str(changed))
    assert "automatically reverted back in 1s" in said
    until(lambda: "debug: false" in node.resource("mc", "v1alpha1"), "the configuration from before", 10)


def test_services_are_stopped_and_started_as_far_as_talos_lets_one(node: Site) -> None:
    before = node.folder / "before.yaml"
    before.write_text(node.resource("mc", "v1alpha1"))
    patch = node.folder / "extension.yaml"
    patch.write_text("apiVersion: v1alpha1\nkind: ExtensionServiceConfig\nname: hello\nenvironment: [A=b]\n")
    node.talosctl("patch", "mc", "-p", f"@{patch}")
    for verb, answer, state in (
        ("stop", "stopped", "Finished"),
        ("stop", "stopped", "Finished"),
        ("start", "started", "Running"),
        ("restart", "restarted", "Running"),
    ):
        assert f'Service "ext-hello" {answer}' in node.talosctl("service", "ext-hello", verb)
        said = node.talosctl("service", "ext-hello").splitlines()
        assert next(line.split()[1] for line in said if line.startswith("STATE")) == state
    node.talosctl("apply-config", "-f", str(before))
    count = len(node.machine().services.history["kubelet"])
    assert 'Service "kubelet" restarted' in node.talosctl("service", "kubelet", "restart")
    until(lambda: node.machine().services.now["kubelet"].healthy, "a healthy kubelet")
    assert node.machine().services.history["kubelet"][count].state == "Finished"
    assert 'Service "apid" started' in node.talosctl("service", "apid", "start")
    for name, verb in (("kubelet", "stop"), ("etcd", "restart"), ("apid", "stop")):
        assert f"doesn't support {verb} operation via API" in node.refused("service", name, verb)
    assert 'service "unicorn" not defined' in node.refused("service", "unicorn", "start")


# ---- who may do what


def _client(node: Site, roles: list[str], usages: list[x509.ObjectIdentifier], own_authority: bool = False) -> Path:
    """A talosconfig whose certificate (of the cluster's CA, unless ``own_authority``) has these roles and usages."""
    secrets = yaml.safe_load((node.folder / "controlplane.yaml").read_text().partition("\n---")[0])["machine"]["ca"]
    ca = x509.load_pem_x509_certificate(base64.b64decode(secrets["crt"]))
    pem = base64.b64decode(secrets["key"]).replace(b"ED25519 PRIVATE", b"PRIVATE")
    signer: Any = ed25519.Ed25519PrivateKey.generate() if own_authority else load_pem_private_key(pem, None)
    key, now = ed25519.Ed25519PrivateKey.generate(), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, role) for role in roles])
    serial, end = x509.random_serial_number(), now + timedelta(hours=1)
    builder = x509.CertificateBuilder(ca.subject, subject, key.public_key(), serial, now - timedelta(hours=1), end)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    files = {
        "ca": secrets["crt"],
        "crt": base64.b64encode(builder.sign(signer, None).public_bytes(Encoding.PEM)).decode(),
        "key": base64.b64encode(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())).decode(),
    }
    context = {"endpoints": [node.address()], "nodes": [node.address()], **files}
    file = node.folder / "other-talosconfig"
    file.write_text(yaml.safe_dump({"context": "c", "contexts": {"c": context}}))
    return file


@pytest.mark.parametrize(
    ("usages", "own_authority"),
    [
        ([ExtendedKeyUsageOID.CLIENT_AUTH], True),
        ([ExtendedKeyUsageOID.SERVER_AUTH], False),
        ([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH], False),
        ([], False),
    ],
)
def test_a_wrong_client_certificate_is_refused(
    node: Site, usages: list[x509.ObjectIdentifier], own_authority: bool
) -> None:
    said = node.refused("version", talosconfig=_client(node, ["os:admin"], usages, own_authority))
    assert "Unavailable" in said


def test_roles_are_the_certificates_organizations(node: Site) -> None:
    reader = _client(node, ["os:reader"], [ExtendedKeyUsageOID.CLIENT_AUTH])
    assert node.command("version", talosconfig=reader).returncode == 0
    for command in (
        ("get", "mc"),
        ("get", "osrootsecrets"),
        ("reboot", "--wait=false"),
        ("bootstrap",),
        ("kubeconfig", "-"),
    ):
        assert "not authorized" in node.refused(*command, talosconfig=reader)
    nobody = _client(node, ["os:unicorn"], [ExtendedKeyUsageOID.CLIENT_AUTH])
    assert "not authorized" in node.refused("services", talosconfig=nobody)


def test_talosctl_makes_another_client(node: Site) -> None:
    file = node.folder / "reader-talosconfig"
    node.talosctl("config", "new", str(file), "--roles=os:reader")
    target = ("-e", node.address(), "-n", node.address())
    assert node.command("version", *target, talosconfig=file).returncode == 0
    assert "not authorized" in node.refused("get", "mc", *target, talosconfig=file)


def test_what_we_write_for_a_role_is_what_talosctl_may_do(node: Site, tmp_path: Path) -> None:
    secrets, file = tmp_path / "secrets.yaml", tmp_path / "talosconfig"
    generated = str(node.folder / "controlplane.yaml")
    node.talosctl("gen", "secrets", "--from-controlplane-config", generated, "-o", str(secrets))
    file.write_text(
        "context: omni\ncontexts: {omni: {endpoints: [omni.example.com], auth: {siderov1: {identity: a}}}}\n"
    )
    for role in ("reader", "operator", "admin"):
        target = {"endpoints": [node.address()], "nodes": [node.address()], "roles": [f"os:{role}"]}
        options = {"secrets": str(secrets), "path": str(file), "context": role, "current": False, **target}
        assert talos_client_config.run(Given(options), None, Mode()).plan
        assert not talos_client_config.run(Given(options), None, Mode()).plan
    allowed = {"reader": (("version",),), "operator": (("service", "kubelet"),), "admin": (("get", "mc"),)}
    for role, commands in allowed.items():
        for command in commands:
            done = node.command(*command, "--context", role, talosconfig=file)
            assert done.returncode == 0, done.stderr
    assert "not authorized" in node.refused("reboot", "--wait=false", "--context", "reader", talosconfig=file)
    assert "not authorized" in node.refused("get", "mc", "--context", "reader", talosconfig=file)
    assert "not authorized" in node.refused("reset", "--wait=false", "--context", "operator", talosconfig=file)
    shown = node.command("config", "info", "--context", "reader", talosconfig=file).stdout
    assert "os:reader" in shown
    assert "omni" in node.command("config", "contexts", talosconfig=file).stdout
    assert node.machine().stage == "running"


# ---- reboot and reset


def give_network(node: Site, lab_programs: dict[str, Path]) -> None:
    """Without one, a node is not ready, and talosctl waits for it in vain."""
    subprocess.run([*kubectl_for(node, lab_programs), "apply", "-f", "-"], input=CNI.encode(), check=True, timeout=60)
    until(lambda: node.resource("machinestatus")["status"]["ready"], "a node with a network")


@pytest.mark.full
def test_a_reboot_is_followed_to_its_end(node: Site, lab_programs: dict[str, Path]) -> None:
    give_network(node, lab_programs)
    before = node.machine().boot_id
    said = node.talosctl("reboot", "--timeout=60s")
    assert "post check passed" in said
    assert node.machine().boot_id != before
    until(lambda: node.machine().stage == "running", "a running node")


INSTALLER = "ghcr.io/siderolabs/installer:"


def upgrade(node: Site, tag: str, *arguments: str) -> str:
    return node.talosctl("upgrade", "--image", INSTALLER + tag, "--timeout=60s", *arguments)


def switched(node: Site, fault: str) -> None:
    """A fault that the next one who meets it uses up."""

    async def switch() -> None:
        node.simulator.faults.switch_on(fault, "s1", count=1)

    node.loop.run(switch())


@pytest.mark.full
def test_an_upgrade_is_followed_to_its_end(node: Site, lab_programs: dict[str, Path]) -> None:
    give_network(node, lab_programs)
    for tag, arguments in (
        ("v1.13.5", ("--drain=false",)),
        ("v1.13.6", ()),  # with cordon and drain
        ("v1.13.7", ("--legacy",)),
        ("v1.12.9", ("--drain=false",)),
        ("v1.13.8", ("--drain=false",)),  # the version has talosctl take the older call
    ):
        before = node.machine().boot_id
        said = upgrade(node, tag, *arguments)
        assert "post check passed" in said
        assert node.machine().boot_id != before
        assert f"Tag:         {tag}" in node.talosctl("version")
        assert ("falling back to legacy" in said) is (tag == "v1.13.8")
    until(lambda: node.machine().stage == "running", "a running node")
    kubectl = [*kubectl_for(node, lab_programs), "get", "nodes", "-o", "jsonpath={.items[0].status.nodeInfo.osImage}"]
    assert subprocess.run(kubectl, capture_output=True, text=True, check=True).stdout == "Talos (v1.13.8)"


def test_an_upgrade_that_cannot_be_leaves_the_node_running(node: Site) -> None:
    before = node.machine().boot_id
    assert "not found" in node.refused("upgrade", "--image", f"{INSTALLER}unicorn", "--drain=false")
    assert "not found" in node.refused("upgrade", "--image", f"{INSTALLER}unicorn", "--legacy")
    switched(node, "image-missing")
    assert "code = NotFound" in node.refused("upgrade", "--image", f"{INSTALLER}v1.13.9", "--drain=false")
    switched(node, "install-fails")
    assert "exit code 1" in node.refused("upgrade", "--image", f"{INSTALLER}v1.13.9", "--drain=false")
    assert "exit code 1" in node.refused("upgrade", "--image", f"{INSTALLER}v1.11.0", "--drain=false")
    assert node.machine().boot_id == before


@pytest.mark.full
def test_talosctl_does_not_notice_a_rollback(node: Site, lab_programs: dict[str, Path]) -> None:
    give_network(node, lab_programs)
    running = node.machine().version
    switched(node, "upgrade-rolls-back")
    assert "post check passed" in upgrade(node, "v1.13.9", "--drain=false")
    assert node.machine().version == running


@pytest.mark.full
def test_a_rollback_goes_back_and_forth(node: Site, lab_programs: dict[str, Path]) -> None:
    give_network(node, lab_programs)
    upgrade(node, "v1.13.9", "--drain=false")
    until(lambda: node.machine().stage == "running", "a running node")
    upgrade(node, "v1.13.10", "--drain=false")
    for version in ("v1.13.9", "v1.13.10"):
        until(lambda: node.machine().stage == "running", "a running node")
        before = node.machine().boot_id
        node.talosctl("rollback")
        until(lambda: node.machine().boot_id != before and node.machine().stage == "running", "a node that is back")  # noqa: B023
        assert f"Tag:         {version}" in node.talosctl("version")


def test_a_node_that_was_never_upgraded_has_nothing_to_go_back_to(bare: Site) -> None:
    bare.install()
    before = bare.machine().boot_id
    assert "previous UKI not found" in bare.refused("rollback")
    assert bare.machine().boot_id == before


def test_a_reset_node_is_in_maintenance_again(bare: Site) -> None:
    bare.install()
    bare.talosctl("reset", "--graceful=false", "--reboot", "--timeout=60s")
    until(lambda: bare.machine().stage == "maintenance", "maintenance mode")
    assert bare.machine().system_disk is None


def test_a_node_is_switched_off(bare: Site) -> None:
    bare.install()
    bare.talosctl("shutdown", "--force", "--timeout=60s")
    until(lambda: bare.machine().power == "Off", "power off")


@pytest.mark.full
@pytest.mark.parametrize("digest", [True, False])
def test_talosctl_recovers_etcd_from_its_own_backup(node: Site, lab_programs: dict[str, Path], digest: bool) -> None:
    """Also from a copy without a digest, which it is told not to look for; a node that has data takes none."""
    backup = node.folder / f"recover-{digest}.snapshot"
    kubectl = kubectl_for(node, lab_programs)
    node.talosctl("etcd", "snapshot", str(backup))
    assert "code = AlreadyExists" in node.refused("bootstrap", f"--recover-from={backup}")
    subprocess.run([*kubectl, "create", "namespace", "lost"], check=True, timeout=60, capture_output=True)
    if not digest:
        backup.write_bytes(backup.read_bytes()[:-32])

    boot = node.machine().boot_id
    node.talosctl("reset", "--graceful=false", "--reboot", "--system-labels-to-wipe=EPHEMERAL", "--wait=false")
    until(lambda: node.machine().boot_id != boot and node.machine().serves_kubernetes, "an empty node")
    how = () if digest else ("--recover-skip-hash-check",)
    assert "recovering from snapshot" in node.talosctl("bootstrap", f"--recover-from={backup}", *how)
    until(lambda: node.machine().stage == "running", "a running node")
    found = subprocess.run([*kubectl, "get", "namespaces", "-o", "name"], check=True, capture_output=True).stdout
    assert b"namespace/kube-system" in found
    assert b"namespace/lost" not in found


# ---- faults and several nodes


def test_faults_disturb_the_api(bare: Site) -> None:
    faults, target = bare.simulator.faults, "talos:s1"

    async def switch(name: str, on: bool) -> None:
        faults.switch_on(name, target) if on else faults.switch_off(name, target)

    insecure = ("version", "--insecure", "-n", bare.address())
    bare.loop.run(switch("refuse", True))
    until(lambda: bare.command(*insecure).returncode != 0, "refused connections", 10)
    assert "connection refused" in bare.refused(*insecure)
    bare.loop.run(switch("refuse", False))
    until(lambda: bare.command(*insecure).returncode == 0, "connections again", 10)


@pytest.mark.full
def test_one_endpoint_serves_other_nodes(tmp_path: Path) -> None:
    with new_site(tmp_path, servers=2) as site:
        site.generate()
        site.power_on(0)
        site.power_on(1)
        site.install(index=0)
        site.install("worker.yaml", index=1)
        both = f"{site.address(0)},{site.address(1)}"
        until(lambda: site.machine(1).api == "secure", "the worker's API")
        version = site.talosctl("version", "-n", both)
        assert all(f"NODE:        {address}" in version for address in both.split(","))
        hostnames = site.talosctl("get", "hostname", "-n", both)
        assert all(address in hostnames for address in both.split(","))
        assert "no request forwarding" in site.refused("version", "-e", site.address(1), "-n", site.address(0))
        assert "talos-default" not in site.talosctl("version", "-e", site.address(1), "-n", site.address(1))
        site.loop.run(site.machine(1).power_off(graceful=False))
        partly = site.command("services", "-n", both)
        assert "1 error occurred" in partly.stderr
        assert site.address(0) in partly.stdout
