# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant gains nothing: what somebody may do who calls our modules is what Kubernetes lets them do, and no more.

The tenant may use pods, but not privileged ones (Pod Security `restricted`), in one namespace. Judges are the audit log
and kubectl, which asks as the tenant (impersonation).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.interop.tools import HELM

from . import playbook
from .case import Case, cases
from .site import RBAC, Obj, Site, is_write, told

SPACE = "tenant"
TENANT = f"system:serviceaccount:{SPACE}:developer"
# Lies about as an administrator's kubeconfig does, for whoever takes what they find.
DECOY = "somebody-with-all-rights"
API = "rbac.authorization.k8s.io"


def meta(name: str, namespace: str = SPACE) -> Obj:
    return {"name": name, **({"namespace": namespace} if namespace else {})}


def settings(namespace: str = SPACE) -> Obj:
    """What a tenant may write, were it not in bad company."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("company", namespace), "data": {"x": "1"}}


def pod(name: str, **context: object) -> Obj:
    restricted = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {"name": "c", "image": "example.com/c:1", "securityContext": {**restricted, **context}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta(name), "spec": {"containers": [container]}}


def role(verbs: list[str]) -> Obj:
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": verbs}]
    return {"apiVersion": f"{API}/v1", "kind": "Role", "metadata": meta("more"), "rules": rules}


def cluster_role_binding() -> Obj:
    return {
        "apiVersion": f"{API}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": meta("tenant-is-admin", ""),
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "developer", "namespace": SPACE}],
    }


@dataclass(frozen=True)
class Attempt:
    """What the tenant tries, and what the error must name: the verb and the object."""

    module: str
    options: Obj
    named: str


PRIVILEGED = {"privileged": True, "allowPrivilegeEscalation": True}
CANNOT = r'cannot (patch|list|get|create) resource "{}"'
ATTEMPTS = {
    "a privileged pod": Attempt(
        "k8s_objects", {"objects": [settings(), pod("root", **PRIVILEGED)]}, "violates PodSecurity.*privileged"
    ),
    "rights for oneself": Attempt(
        "k8s_objects", {"objects": [settings(), cluster_role_binding()]}, CANNOT.format("clusterrolebindings")
    ),
    "a role that allows all": Attempt("k8s_objects", {"objects": [settings(), role(["*"])]}, CANNOT.format("roles")),
    "another namespace": Attempt(
        "k8s_objects", {"objects": [settings(), settings("kube-system")]}, CANNOT.format("configmaps")
    ),
    "weaker Pod Security": Attempt(
        "k8s_objects",
        {
            "objects": [
                settings(),
                {
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "metadata": {"name": SPACE, "labels": {"pod-security.kubernetes.io/enforce": "privileged"}},
                },
            ]
        },
        CANNOT.format("namespaces"),
    ),
    "others' secrets": Attempt(
        "k8s_info", {"api_version": "v1", "kind": "Secret", "namespace": "kube-system"}, CANNOT.format("secrets")
    ),
    "a VPC": Attempt("kubeovn_vpc", {"vpcs": [{"name": "t"}]}, CANNOT.format("vpcs")),
    "a subnet": Attempt(
        "kubeovn_subnet", {"subnets": [{"name": "t", "cidr": "10.99.0.0/24"}]}, CANNOT.format("subnets")
    ),
    "a network": Attempt("kubeovn_network", {"owner": "t", "vpcs": [{"name": "t"}]}, CANNOT.format("[a-z-]+")),
    "host devices for guests": Attempt(
        "kubevirt_cluster", {"feature_gates": ["HostDevices"]}, CANNOT.format("kubevirts")
    ),
    "a node": Attempt("k8s_drain", {"nodes": ["edge-1"]}, CANNOT.format("(nodes|pods)")),
    "a manifest of others": Attempt(
        "k8s_component",
        {"name": "t", "manifests": ["{folder}/component.yaml"]},
        CANNOT.format("[a-z-]+"),
    ),
}


OWN = [pod("own"), {**settings(), "metadata": meta("own")}]
ALLOWED = {
    "make": Attempt("k8s_objects", {"objects": [*OWN, {**settings(), "metadata": meta("other")}], "wait": False}, ""),
    # Virtual machines might use it, which a tenant may not even list.
    "delete": Attempt("k8s_objects", {"objects": [{**settings(), "metadata": meta("other")}], "state": "absent"}, ""),
}


def _typical() -> dict[str, Case]:
    """One case of every module, which changes something if any does: what its callers may do, and a tenant may not."""
    chosen: dict[str, Case] = {}
    for case in sorted(cases(), key=lambda case: not case.actions):
        if case.works:
            chosen.setdefault(case.module, case)
    return chosen


TYPICAL = _typical()


@dataclass(frozen=True)
class Tried:
    """The result of every attempt, the audit log's events of all, and what then is in the namespace."""

    results: dict[str, Obj]
    events: list[Obj]
    left: list[str]


def _tenancy(site: Site) -> None:
    """Kubernetes' own role `edit` is what tenants are usually given: pods, and no rights."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    site.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE, "labels": labels}}])
    site.kubectl(
        "create", "rolebinding", "dev", "-n", SPACE, "--clusterrole=edit", f"--serviceaccount={SPACE}:developer"
    )


@pytest.fixture(scope="module")
def tried(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """All attempts in one run, check mode off, with an administrator's credentials lying about."""
    folder = tmp_path_factory.mktemp("tenant")
    _tenancy(site)
    component = folder / "component.yaml"
    component.write_text(yaml.safe_dump(settings("kube-system")))
    decoy = site.kubeconfig_for(DECOY)
    (folder / "run" / ".kube").mkdir(parents=True)
    (folder / "run" / ".kube" / "config").write_bytes(decoy.read_bytes())
    kubeconfig = str(site.kubeconfig_for(TENANT, f"system:serviceaccounts:{SPACE}"))
    tasks = [_task(name, each, kubeconfig, folder) for name, each in ATTEMPTS.items()]
    tasks += [_task(name, each, kubeconfig, folder) for name, each in ALLOWED.items()]
    tasks += [_task(name, Attempt(name, each.given, ""), kubeconfig, folder) for name, each in TYPICAL.items()]
    path = os.pathsep.join((str(HELM.built().parent), os.environ["PATH"]))
    since = site.mark()
    done = playbook.run(folder / "run", tasks, environment={"KUBECONFIG": str(decoy), "PATH": path})
    events = site.server.audit()[since:]
    left = site.kubectl("get", "configmaps,pods,roles", "-n", SPACE, "-o", "name").split()
    yield Tried({task["name"]: done[task["name"]] for task in tasks}, events, left)
    site.kubectl("delete", "namespace", SPACE, "--wait=false")


def _task(name: str, each: Attempt, kubeconfig: str, folder: Path) -> Obj:
    options = json.loads(json.dumps(each.options).replace("{folder}", str(folder)))
    return {"name": name, f"kubevim.nfvi.{each.module}": {"kubeconfig": kubeconfig, **options}, "ignore_errors": True}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_tenant_is_forbidden_what_kubernetes_forbids(tried: Tried, name: str) -> None:
    result = tried.results[name]
    assert result["failed"] is True, json.dumps(result)
    assert result["error"]["kind"] == "forbidden", result["error"]
    assert re.search(ATTEMPTS[name].named, result["error"]["reason"]), result["error"]["reason"]
    assert result["error"]["object"]
    assert result["changed"] is False


@pytest.mark.parametrize("module", TYPICAL)
def test_no_module_does_for_a_tenant_what_it_does_for_its_callers(tried: Tried, module: str) -> None:
    result = tried.results[module]
    assert result["failed"] is True, json.dumps(result)
    assert result["error"]["kind"] == "forbidden", result["error"]
    assert re.search("cannot [a-z]+ resource|forbidden", result["error"]["reason"]), result["error"]["reason"]


def test_what_a_tenant_may_do_works(tried: Tried) -> None:
    """Else the refusals prove nothing."""
    for name in ALLOWED:
        assert not tried.results[name].get("failed"), tried.results[name]
    assert {"pod/own", "configmap/own"} <= set(tried.left)
    assert "configmap/other" not in tried.left


def test_of_what_is_refused_nothing_is_written(tried: Tried) -> None:
    """All or nothing: a dry run of the whole list comes before the first write."""
    writes = {told(e) for e in tried.events if e["user"]["username"] == TENANT and is_write(e)}
    own = {
        f"patch {each} {SPACE}/{name}"
        for each, name in (("pods", "own"), ("configmaps", "own"), ("configmaps", "other"))
    }
    assert writes == {*own, f"delete configmaps {SPACE}/other"}


def test_no_other_credentials_are_used(tried: Tried) -> None:
    users = {event["user"]["username"] for event in tried.events}
    assert TENANT in users
    assert DECOY not in users


def test_no_role_of_ours_widens_those_that_tenants_have(site: Site, tried: Tried) -> None:
    """None is aggregated into admin, edit or view, none has a wildcard, and none lets rights be granted."""
    for each in yaml.safe_load(RBAC.read_text())["items"]:
        assert "labels" not in each["metadata"]
        said = {text for rule in each["rules"] for texts in rule.values() for text in texts}
        assert not said & {"*", "escalate", "bind", "impersonate"}, each["metadata"]["name"]
    for asked in ("create clusterroles", "patch namespaces", "create pods -n kube-system", "list vpcs.kubeovn.io"):
        assert not _may(site, asked), asked
    assert _may(site, f"create pods -n {SPACE}")


def _may(site: Site, asked: str) -> bool:
    """What kubectl answers who asks as the tenant; its exit code is 1 for a no."""
    as_tenant = (f"--as={TENANT}", f"--as-group=system:serviceaccounts:{SPACE}", "--as-group=system:authenticated")
    try:
        return site.server.kubectl("auth", "can-i", *asked.split(), *as_tenant).strip() == "yes"
    except subprocess.CalledProcessError as error:
        answer: str = error.stdout.strip()
    assert answer == "no"
    return False
