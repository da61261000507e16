# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is documented is so: attributes have cases, results are what RETURN says, examples run as they stand."""

from __future__ import annotations

import importlib
import re
import shutil
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from . import playbook
from .case import Case, cases
from .documented import MODULES, documentation, examples, group, supports, undocumented
from .play import Played
from .site import Site

TESTS = Path(__file__).parents[1]
KUBE = sorted(group("kube"))
PACKAGE = "ansible_collections.kubevim.nfvi.plugins.modules"
# Their examples fetch from servers of other people.
NEED_A_NETWORK = {"helm_release", "k8s_component"}
# What the readers of an example have in their file.
TENANTS = """
{apiVersion: v1, kind: Namespace, metadata: {name: tenant-1}}
---
{apiVersion: kubeovn.io/v1, kind: Vpc, metadata: {name: edge}, spec: {enableExternal: true}}
---
{apiVersion: kubeovn.io/v1, kind: Subnet, metadata: {name: edge-n3}, spec: {vpc: edge, cidrBlock: 10.70.0.0/24}}
---
{apiVersion: kubeovn.io/v1, kind: Subnet, metadata: {name: n6-outside}, spec: {cidrBlock: 192.0.2.0/24}}
"""
# What a module's cases have to do, where that is not to make things and to remove them.
VERBS = {
    "k8s_drain": {"cordon", "evict", "uncordon"},
    "kubeovn_port": {"update"},
    "kubevirt_cluster": {"update"},  # a cluster has one, and its other cases need it
    "kubevirt_hotplug": {"plug", "unplug", "update"},
    "kubevirt_vm_action": {"start", "stop", "restart", "pause"},
}
# Some of their verbs do it again each time; their cases are of those that do not.
AGAIN = {"kubevirt_vm_action": {"check_mode"}}
PROMISES = ("check_mode", "diff_mode", "idempotent")


def cases_of(module: str) -> list[Case]:
    return [case for case in cases() if case.module == module]


@pytest.mark.parametrize("module", KUBE)
def test_every_promise_has_a_case(module: str) -> None:
    """Every working case is judged on all three, every failing one on its error: so it takes one of each."""
    promised = [promise for promise in PROMISES if supports(module, promise) == "full"]
    assert AGAIN.get(module, {"check_mode", "idempotent"}) <= set(promised)
    assert any(case.works for case in cases_of(module))
    assert any(not case.works for case in cases_of(module))
    if "diff_mode" in promised:
        actions = {action.partition(" ")[0] for case in cases_of(module) if case.works for action in case.actions}
        assert VERBS.get(module, {"create", "delete"}) <= actions
    else:
        assert supports(module, "diff_mode") == "N/A"


@pytest.mark.parametrize("module", sorted(set(MODULES) - set(KUBE)))
def test_other_modules_have_tests_of_their_own(module: str) -> None:
    """Each is named in full by some integration or interop test, or by the site's playbook that those run."""
    sources = [file for folder in ("integration", "interop", "unit") for file in (TESTS / folder).rglob("test_*.py")]
    sources.append(playbook.ROOT / "playbooks" / "site.yml")
    assert [file for file in sources if re.search(rf"\b{module}\b", file.read_text())]


def test_no_case_is_without_its_module() -> None:
    assert {case.module for case in cases()} <= set(MODULES)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_results_are_what_return_says(played: Played, case: Case) -> None:
    for step in played.steps:
        assert list(undocumented(case.module, step[case])) == []


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_valid_calls(module: str) -> None:
    spec = importlib.import_module(f"{PACKAGE}.{module}").SPEC
    tasks = [task[f"kubevim.nfvi.{module}"] for task in examples(module) if f"kubevim.nfvi.{module}" in task]
    assert tasks
    for arguments in tasks:
        constant = {key: value for key, value in arguments.items() if "{{" not in str(value)}
        wrong = ArgumentSpecValidator({key: spec[key] for key in constant}).validate(constant).error_messages
        assert not wrong, wrong


def test_examples_of_the_kube_group_run_as_they_stand(site: Site, tmp_path: Path) -> None:
    """One after the other, as a reader would: the quota's namespace first, then VPC, subnet, VM, VNF."""
    order = (
        "k8s_objects", "cdi_upload", "kubeovn_vpc", "kubeovn_subnet", "kubeovn_security_group",
        "network_attachment", "kubeovn_nat", "kubeovn_network", "kubevirt_vm", "kubeovn_port", "vnf_instance",
        "k8s_info", "sriov_network", "sriov_info", "site_info", "kubevirt_info", "kubevirt_hotplug", "kubeovn_info",
        "kubevirt_vm_action",
        # From here on KubeVirt migrates by itself what was plugged, and this site has one node only.
        "kubevirt_cluster", "k8s_drain",
    )  # fmt: skip
    assert {*order, *NEED_A_NETWORK} == set(KUBE)
    (tmp_path / ".kube").mkdir(mode=0o700)
    shutil.copy(site.kubeconfig_for("reader"), tmp_path / ".kube" / "config")
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "tenants.yml").write_text(TENANTS)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "firewall.img").write_bytes(bytes(4096))
    tasks = [task for module in order for task in examples(module) if f"kubevim.nfvi.{module}" in task]
    done = playbook.run(tmp_path, tasks, cwd=playbook.ROOT / "sites")
    assert {name: result.get("msg") for name, result in done.results.items() if result["failed"]} == {}
    assert len(done.results) == len(tasks)


def test_samples_have_the_type_that_is_said() -> None:
    """Of every module, those of other groups too."""
    types = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict, "float": float}
    wrong = [
        f"{module}.{key}"
        for module in MODULES
        for key, said in documentation()[module]["return"].items()
        if "sample" in said and not isinstance(said["sample"], types[said["type"]])
    ]
    assert wrong == []
