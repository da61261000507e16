# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one action plugin: a call in the worker is the module's call, wherever it runs and whoever sets its options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.tcp_relay import TcpRelay

from . import judge
from .playbook import Obj, run
from .site import Site

SHIPPED = {"async": 60, "poll": 1}
BOTH_WAYS = [pytest.param({}, id="worker"), pytest.param(SHIPPED, id="shipped", marks=pytest.mark.full)]
# What Ansible adds to the result of a module, or of an asynchronous task.
NOT_OURS = {
    "invocation",
    "ansible_job_id",
    "started",
    "finished",
    "stdout",
    "stderr",
    "stdout_lines",
    "stderr_lines",
    "results_file",
}
PASSWORD = "hunter2-of-the-worker"


@pytest.fixture
def kubeconfig(site: Site, request: pytest.FixtureRequest) -> str:
    """One of the test's own, so that the audit log tells what it did."""
    return str(site.kubeconfig_for(user(request)))


def user(request: pytest.FixtureRequest) -> str:
    return request.node.name.split("[")[0].replace("_", "-")


def settings(name: str, **data: str) -> Obj:
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def task(name: str, module: str, arguments: Obj, **keywords: Any) -> Obj:
    return {"name": name, f"kubevim.nfvi.{module}": arguments, "ignore_errors": True, **keywords}


def ours(result: Obj) -> Obj:
    return {key: value for key, value in result.items() if key not in NOT_OURS and not key.startswith("_ansible")}


CALLS = {
    "reads": ("k8s_info", {"api_version": "kubeovn.io/v1", "kind": "Vpc", "name": "ovn-cluster"}),
    "nothing to do": ("k8s_objects", {"objects": [settings("shipped", x="1")]}),
    "refused": ("kubeovn_subnet", {"subnets": [{"name": "s", "cidr": "10.0.0.0/33"}]}),
    "no such option": ("kubeovn_vpc", {"vpcs": [{"nome": "v"}]}),
}


def test_worker_and_shipped_module_give_the_same_result(site: Site, kubeconfig: str, tmp_path: Path) -> None:
    """Asynchronous tasks are shipped: their results bear the mark of the module's own process."""
    site.apply([settings("shipped", x="1")], "kubevim.nfvi")
    tasks = [
        task(f"{name} {where}", module, {"kubeconfig": kubeconfig, **arguments}, **keywords)
        for name, (module, arguments) in CALLS.items()
        for where, keywords in (("in the worker", {}), ("shipped", SHIPPED))
    ]
    done = run(tmp_path, tasks)
    for name in CALLS:
        worker, shipped = done[f"{name} in the worker"], done[f"{name} shipped"]
        assert "ansible_job_id" not in worker
        assert "ansible_job_id" in shipped
        if name == "no such option":
            assert "vpcs" in shipped["msg"]
            assert worker["failed"]
        else:
            assert ours(shipped) == ours(worker)


def test_a_shipped_module_writes_what_the_worker_would(
    site: Site, kubeconfig: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    since = site.mark()
    made = run(
        tmp_path, [task("t", "k8s_objects", {"kubeconfig": kubeconfig, "objects": [settings("s", x="1")]}, **SHIPPED)]
    )
    assert made["t"]["actions"] == ["create ConfigMap default/s"]
    assert site.writes(user(request), since, site.mark()) == ["patch configmaps default/s"]


@pytest.mark.parametrize("keywords", BOTH_WAYS)
def test_the_tasks_environment_names_the_cluster(kubeconfig: str, tmp_path: Path, keywords: Obj) -> None:
    environment = {"K8S_AUTH_KUBECONFIG": "{{ where }}"}
    look = task("t", "k8s_info", {"kind": "Namespace", "name": "default"}, environment=environment, **keywords)
    done = run(tmp_path, [look], vars={"where": kubeconfig})
    assert judge.at(done["t"], "resources[0].metadata.name") == "default"


def test_the_plays_environment_does_and_the_next_task_has_none_of_it(kubeconfig: str, tmp_path: Path) -> None:
    arguments = {"kind": "Namespace", "name": "default"}
    block = {"block": [task("inside", "k8s_info", arguments)], "environment": {"K8S_AUTH_KUBECONFIG": kubeconfig}}
    done = run(tmp_path, [block, task("outside", "k8s_info", arguments)])
    assert not done["inside"]["failed"]
    assert done["outside"]["error"]["path"] == "kubeconfig"


@pytest.mark.parametrize("group", ["kube", "nfvi"])
def test_module_defaults_of_a_group_reach_every_module(kubeconfig: str, tmp_path: Path, group: str) -> None:
    defaults = {f"group/kubevim.nfvi.{group}": {"kubeconfig": kubeconfig}}
    tasks = [
        task("k8s_info", "k8s_info", {"kind": "Namespace", "name": "default"}),
        task("k8s_objects", "k8s_objects", {"objects": []}),
        task("kubeovn_vpc", "kubeovn_vpc", {"vpcs": []}),
    ]
    done = run(tmp_path, tasks, module_defaults=defaults)
    assert {name: result["failed"] for name, result in done.results.items()} == dict.fromkeys(done.results, False)


def vm(**options: Any) -> Obj:
    image = f"registry.example/os@sha256:{'0' * 64}"
    return {"name": "masked", "memory": "1Gi", "disks": [{"name": "root", "container_disk": image}], **options}


@pytest.mark.parametrize("keywords", BOTH_WAYS)
def test_what_an_option_hides_is_hidden_wherever_it_shows(kubeconfig: str, tmp_path: Path, keywords: Obj) -> None:
    """The very text of a no_log option comes back in a label, and in a refusal: it is masked there as well."""
    hidden = {"cloud_init": {"user_data": PASSWORD}}
    calls = {
        "result": vm(name=f"hide-{len(keywords)}", labels={"password": PASSWORD}, run_strategy="Halted", **hidden),
        "refusal": vm(memory=PASSWORD, **hidden),
    }
    done = run(
        tmp_path,
        [
            task(name, "kubevirt_vm", {"kubeconfig": kubeconfig, "vms": [each]}, **keywords)
            for name, each in calls.items()
        ],
        "--diff",
    )
    assert not done["result"]["failed"], done["result"]
    assert done["refusal"]["error"]["path"] == "vms[0].memory"
    assert judge.traces(PASSWORD, done.output + json.dumps(done.results)) == []


@pytest.mark.parametrize("keywords", BOTH_WAYS)
def test_a_secret_among_objects_shows_nowhere(kubeconfig: str, tmp_path: Path, keywords: Obj) -> None:
    """Not in the module's invocation either, which -vvv prints."""
    meta = {"name": f"hidden-{len(keywords)}", "namespace": "default"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"p": PASSWORD}}
    done = run(
        tmp_path, [task("t", "k8s_objects", {"kubeconfig": kubeconfig, "objects": [secret]}, **keywords)], "--diff"
    )
    assert done["t"]["actions"] == [f"create Secret default/{meta['name']}"]
    assert judge.traces(PASSWORD, done.output + json.dumps(done.results)) == []


def test_items_of_a_loop_share_their_connections(kubeconfig: str, site: Site, tmp_path: Path) -> None:
    """Twenty items open no more connections than one does."""
    opened = []
    for count in (1, 20):
        with TcpRelay((site.server.address, 6443)) as relay:
            config = through(relay, Path(kubeconfig), tmp_path / f"kubeconfig-{count}")
            arguments = {"kubeconfig": str(config), "kind": "Namespace", "name": "{{ item }}"}
            done = run(tmp_path, [task("t", "k8s_info", arguments, loop=["default"] * count)])
            assert not done["t"]["failed"], done["t"]
            opened.append(relay.accepted)
    assert opened[0] > 0
    assert opened[1] == opened[0]


def through(relay: TcpRelay, kubeconfig: Path, copy: Path) -> Path:
    """The same cluster by way of a relay, which passes TLS on as it is."""
    config = yaml.safe_load(kubeconfig.read_text())
    cluster = config["clusters"][0]["cluster"]
    cluster["tls-server-name"] = cluster["server"].split("//")[1].split(":")[0]
    cluster["server"] = f"https://{relay.address}:{relay.port}"
    copy.touch(mode=0o600)
    copy.write_text(yaml.safe_dump(config))
    return copy


def test_waiting_is_seen(site: Site, kubeconfig: str, tmp_path: Path) -> None:
    """In the worker, what a wait waits for is on the screen while it waits."""
    done = run(tmp_path, [task("t", "kubeovn_vpc", {"kubeconfig": kubeconfig, "vpcs": [{"name": "seen"}]})])
    assert not done["t"]["failed"], done["t"]
    assert "kubeovn_vpc: Vpc seen: " in done.output
