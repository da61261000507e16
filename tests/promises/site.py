# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where promises are kept or broken: a real, audited control plane with one node, upstream CRDs, and the lab's
Kube-OVN, KubeVirt and SR-IOV at work. Looked at with kubectl only."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from lab import operators, programs
from tests.integration.apiserver import ApiServer

Obj = dict[str, Any]

ROOT = Path(__file__).parents[2]
WIDGETS = Path(__file__).parent / "widgets.yml"
MANIFESTS = ROOT / "extensions" / "lab" / "manifests"
STAGES = ROOT / "extensions" / "lab" / "kubernetes" / "stages"
UPSTREAM = Path(os.environ.get("NFVI_UPSTREAM_CRDS", ROOT.parent / "shared" / "crds"))
UPSTREAM_FOLDERS = {
    "cdi.kubevirt.io": "cdi",
    "kubeovn.io": "kube-ovn",
    "kubevirt.io": "kubevirt-v1.8.4",
    "k8s.cni.cncf.io": "multus",
    "sriovnetwork.openshift.io": "sriov-network-operator",
}
# The fields of DANM's that users write: upstream's own schema refuses every CIDR.
ATTACHMENTS = Path(__file__).parent / "attachments.yml"
NODE = "edge-1"
ENGINEERS = "system:masters"
# The roles that the collection's users are told to apply, and where these say which modules they are for.
RBAC = ROOT / "docs" / "rbac.yaml"
MODULES = "nfvi.kubevim.io/modules"
# Nodes are Ready at once: nobody would take the taint of a new one away.
API_ARGUMENTS = ["--disable-admission-plugins=ServiceAccount,TaintNodesByCondition"]
_PR_SET_PDEATHSIG = 1

WRITING = ("create", "update", "patch", "delete", "deletecollection")
# What a server or a controller writes by itself, whenever it likes.
_RESTLESS = ("managedFields", "resourceVersion", "uid", "creationTimestamp")


class Faults:
    """What is broken on purpose: (name, target)."""

    def __init__(self) -> None:
        self.on: set[tuple[str, str]] = set()

    def get(self, name: str, target: str) -> object | None:
        """The fault, if it is on."""
        return (name, target) if (name, target) in self.on else None


class Site:
    """A running cluster, and what outsiders see of it."""

    def __init__(self, server: ApiServer) -> None:
        self.server = server
        self.faults = Faults()

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """The real kubectl's output; its complaint is an AssertionError."""
        try:
            return self.server.kubectl(*arguments, stdin=stdin)
        except subprocess.CalledProcessError as error:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {error.stderr}") from error

    def kubeconfig_for(self, case: str, group: str = ENGINEERS) -> Path:
        """Every case is a user of its own: the audit log tells who wrote what."""
        return self.server.kubeconfig_for(case, [group])

    def grant(self) -> None:
        """Give the callers of every module the roles that are documented for it, and nothing else."""
        roles = [*_documents(RBAC), *(each for each in _documents(WIDGETS) if each["kind"] == "ClusterRole")]
        self.kubectl("create", "-f", "-", stdin=json.dumps(listed([*_documents(RBAC), *map(_binding, roles)])))

    def apply(self, objects: Sequence[Obj], manager: str = "somebody-else") -> None:
        """Make objects as another field manager, their status too."""
        bare = [{key: value for key, value in each.items() if key != "status"} for each in objects]
        flags = ["--server-side", f"--field-manager={manager}", "-f", "-"]
        self.kubectl("apply", *flags, stdin=json.dumps(listed(bare)))
        with_status = [each for each in objects if "status" in each]
        if with_status:
            self.kubectl("apply", "--subresource=status", *flags, stdin=json.dumps(listed(with_status)))

    def objects(self, kinds: Sequence[str]) -> dict[str, Obj]:
        """What kubectl shows of those of these kinds that are served now, by `label`."""
        served = self.kubectl("api-resources", "--verbs=list", "-o", "name").split()
        shown_kinds = ",".join(name for name in served if name.partition(".")[0] in kinds)
        shown = self.kubectl("get", shown_kinds, "-A", "-o", "json", "--show-managed-fields")
        return {label(each): each for each in json.loads(shown)["items"]}

    def mark(self) -> int:
        """The audit log's length now."""
        return len(self.server.audit())

    def writes(self, user: str, since: int, until: int) -> list[str]:
        """What that user wrote between two marks, as ``patch subnets n3``, oldest first; dry runs are none."""
        events = self.server.audit()[since:until]
        return [told(e) for e in events if e["user"]["username"] == user and is_write(e)]


def callers(module: str) -> str:
    """The group of all who call that module."""
    return f"callers-of:{module}"


def _binding(role: Obj) -> Obj:
    """The role bound to the callers of the modules that it says it is for."""
    api, modules = "rbac.authorization.k8s.io", role["metadata"]["annotations"][MODULES].split()
    return {
        "apiVersion": f"{api}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": role["metadata"]["name"]},
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": role["metadata"]["name"]},
        "subjects": [{"apiGroup": api, "kind": "Group", "name": callers(module)} for module in modules],
    }


def is_write(event: Obj) -> bool:
    """Whether that request changes something (audit.k8s.io/v1)."""
    return event["verb"] in WRITING and "dryRun=All" not in event["requestURI"]


def told(event: Obj) -> str:
    """``patch configmaps upf/settings``"""
    target = event["objectRef"]
    resource = "/".join(filter(None, (target["resource"], target.get("subresource"))))
    name = "/".join(filter(None, (target.get("namespace"), target.get("name"))))
    if target["resource"] == "namespaces":
        name = target["name"]  # which the audit log has as its namespace too
    return f"{event['verb']} {resource} {name}"


def label(found: Obj) -> str:
    """``Subnet n3``, ``ConfigMap upf/settings``: as actions and diffs name objects."""
    meta = found["metadata"]
    return f"{found['kind']} " + "/".join(filter(None, (meta.get("namespace"), meta["name"])))


def intended(found: Obj) -> Obj:
    """An object without what servers and controllers write by themselves."""
    meta = {key: value for key, value in found["metadata"].items() if key not in _RESTLESS}
    return {**{key: value for key, value in found.items() if key != "status"}, "metadata": meta}


def listed(items: Sequence[Obj]) -> Obj:
    """Objects as kubectl reads many at once."""
    return {"apiVersion": "v1", "kind": "List", "items": list(items)}


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Start everything and install Kube-OVN and KubeVirt; stop it at the end."""
    with ExitStack() as stack:
        server = stack.enter_context(ApiServer(folder, api_arguments=API_ARGUMENTS))
        found = Site(server)
        for name, arguments in _controllers(server).items():
            stack.enter_context(_process(server.folder, name, arguments))
        add_node(found, NODE, {"node-role.kubernetes.io/control-plane": ""})
        stack.enter_context(_operators(found))
        _install(found)
        found.grant()
        yield found


def _controllers(server: ApiServer) -> Mapping[str, list[str]]:
    kubeconfig, address, folder = f"--kubeconfig={server.kubeconfig}", server.address, server.folder
    own = ["--leader-elect=false", f"--bind-address={address}", f"--cert-dir={folder}"]
    return {
        "kube-controller-manager": [
            kubeconfig, *own, f"--service-account-private-key-file={folder}/service-accounts.key",
            f"--root-ca-file={folder}/ca.crt", "--controllers=*,-node-lifecycle-controller",
        ],
        "kube-scheduler": [kubeconfig, *own],
        "kwok": [
            kubeconfig, "--manage-all-nodes", *(f"--config={stage}" for stage in STAGES.iterdir()),
            f"--server-address={address}:10247", "--node-lease-duration-seconds=0",
        ],
    }  # fmt: skip


@contextmanager
def _process(folder: Path, name: str, arguments: Sequence[str]) -> Iterator[None]:
    with (folder / f"{name}.log").open("ab") as log:
        running = subprocess.Popen(
            [programs.path(name), *arguments], stdout=log, stderr=log, cwd=folder, preexec_fn=_die_with_parent
        )
    try:
        yield
    finally:
        running.kill()
        running.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def _operators(found: Site) -> Iterator[None]:
    """The lab's operators on an event loop of their own."""
    loop, server = asyncio.new_event_loop(), found.server
    work = loop.create_task(operators.run_operators(server.kubeconfig, found.faults, f"{server.address}:9443"))
    thread = threading.Thread(target=_until_cancelled, args=(loop, work), daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(RuntimeError):  # the loop is closed: they ended by themselves
            loop.call_soon_threadsafe(work.cancel)
        thread.join(10)
    if not work.cancelled():
        raise AssertionError("the operators ended by themselves") from work.exception()


def _until_cancelled(loop: asyncio.AbstractEventLoop, work: asyncio.Task[None]) -> None:
    with contextlib.closing(loop):
        loop.run_until_complete(asyncio.wait({work}))


def add_node(found: Site, name: str, own_labels: Mapping[str, str]) -> None:
    """A node that is ready, with room for much."""
    labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, **own_labels}
    amounts = {"cpu": "32", "memory": "128Gi", "pods": "110", "ephemeral-storage": "900Gi"}
    status = {
        "capacity": amounts,
        "allocatable": amounts,
        "addresses": [{"type": "InternalIP", "address": f"192.0.2.{10 + _count(found)}"}],
        "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
    }
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
    found.kubectl("create", "-f", "-", stdin=json.dumps(node))
    patch = json.dumps({"status": status})
    found.kubectl("patch", "node", name, "--subresource=status", "--type=merge", "-p", patch)


def _count(found: Site) -> int:
    return len(found.kubectl("get", "nodes", "-o", "name").split())


def _install(found: Site) -> None:
    wanted = [
        _upstream(each)
        for name in ("cdi", "kube-ovn", "kubevirt", "sriov")
        for each in _documents(MANIFESTS / f"{name}.yaml")
    ]
    kinds = [_upstream(each) for each in _documents(MANIFESTS / "kubevirt-crds.yaml")[0]["crds"]]
    attachments = [_upstream(each) for each in _documents(ATTACHMENTS)]
    found.kubectl("create", "-f", "-", stdin=json.dumps(listed([*wanted, *kinds, *attachments])))
    found.kubectl("create", "-f", str(WIDGETS))
    found.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
    _until_served(found, "kubevirts")
    kubevirt = _documents(MANIFESTS / "kubevirt-cr.yaml")[0]
    found.kubectl("create", "-f", "-", stdin=json.dumps(kubevirt))
    deployed = "--for=jsonpath={.status.phase}=Deployed"
    found.kubectl("wait", deployed, "kubevirt/kubevirt", "-n", "kubevirt", "--timeout=55s")
    found.kubectl("wait", "--for=jsonpath={.status.standby}=true", "vpc/ovn-cluster", "--timeout=30s")
    found.kubectl("wait", "--for=create", "cdiconfig/config", "--timeout=30s")
    found.kubectl("rollout", "status", "-n", "sriov-network-operator", "deployment/sriov-network-operator")


def _until_served(found: Site, resource: str) -> None:
    """What is Established is not served at once, and nothing tells when it is."""
    until = time.monotonic() + 20
    while resource not in found.kubectl("api-resources", "--no-headers"):
        assert time.monotonic() < until, f"{resource} are not served"


def _upstream(found: Obj) -> Obj:
    """Upstream's own CRD in place of the lab's short one."""
    if found["kind"] != "CustomResourceDefinition":
        return found
    file = UPSTREAM / UPSTREAM_FOLDERS.get(found["spec"]["group"], "") / f"{found['metadata']['name']}.yaml"
    return _documents(file)[0] if file.is_file() else found


def _documents(file: Path) -> list[Obj]:
    """A file's documents; a List counts one by one."""
    found = yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader)
    return [each for one in found for each in (one["items"] if one.get("kind") == "List" else [one])]
