# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A core site: three control-plane nodes behind one address. talosctl and kubectl say what came out."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_etcd_snapshot import checked
from lab import programs
from tests.lab.conftest import own_block

from .cluster_dump import differences_after_a_while, dump
from .site_lab import CORE, SiteLab, edited, until

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteLab]:
    """Three servers, switched off."""
    programs.ensure([*programs.OF_A_LAB, "talosctl"], print)
    with own_block() as block:
        lab = SiteLab(Path(tmp_path_factory.mktemp("core")), block, CORE)
        try:
            lab.empty()
            yield lab
        finally:
            lab.close()


def talosctl(lab: SiteLab, *arguments: str) -> str:
    """The real one, with the talosconfig that the site keeps."""
    command = [programs.path("talosctl"), f"--talosconfig={lab.state}/talosconfig", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_three_nodes_become_one_cluster_behind_one_address(core: SiteLab) -> None:
    told = core.run("--check", "--diff").succeeded().actions
    assert core.run().succeeded().actions == told

    members = talosctl(core, "-n", f"127.{core.block}.1.2", "etcd", "members").splitlines()[1:]
    assert sorted(line.split()[2] for line in members) == ["c1", "c2", "c3"]
    assert all(line.endswith("false") for line in members)  # none is a learner
    nodes = json.loads(core.kubectl("get", "nodes", "-o", "json"))["items"]
    ready = {n["metadata"]["name"]: {c["type"]: c["status"] for c in n["status"]["conditions"]}["Ready"] for n in nodes}
    assert ready == {"c1": "True", "c2": "True", "c3": "True"}
    server = core.kubectl("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")
    assert server == f"https://127.{core.block}.0.10:6443"


def test_the_site_is_backed_up(core: SiteLab) -> None:
    backup = "kubevim.nfvi.backup"
    told = core.run("--check", playbook=backup).succeeded().actions
    assert core.run(playbook=backup).succeeded().actions == told
    assert core.run("-e", "nfvi_backup_max_age=3600", playbook=backup).succeeded().changed == 0
    assert checked(core.state / "backup" / "etcd.snapshot").size > 1_000_000


RESTORE = "kubevim.nfvi.restore"
MADE_LATER = """
apiVersion: v1
kind: ConfigMap
metadata: {name: made-later, namespace: default}
"""


def lose_etcd(core: SiteLab, *nodes: int) -> None:
    """Wipe its data with talosctl, on these nodes at once; they are too many for the others to go on."""
    addresses = [f"127.{core.block}.1.{number}" for number in nodes]
    how = ("--graceful=false", "--reboot", "--system-labels-to-wipe=EPHEMERAL", "--wait=false")
    for address in addresses:
        talosctl(core, "reset", "-n", address, "-e", address, *how)

    def waits(address: str) -> bool:
        with contextlib.suppress(AssertionError):  # it is restarting
            return "Preparing" in talosctl(core, "-n", address, "-e", address, "service", "etcd").partition("EVENTS")[0]
        return False

    until(lambda: all(waits(address) for address in addresses), "nodes without etcd")


def restored(core: SiteLab, *arguments: str) -> list[str]:
    """What the playbook did or would do; it looks first, with the module's own plan, and that is not counted."""
    results = [each["result"] for each in core.run(*arguments, playbook=RESTORE).succeeded().results]
    return [action for result in results if result.get("changed") for action in result.get("actions", [])]


def test_all_objects_come_back_when_etcd_is_lost_on_all_three_nodes(core: SiteLab) -> None:
    core.kubectl("create", "secret", "generic", "psk", "--from-literal=psk=for-this-test-only")
    psk = core.kubectl("get", "secret", "psk", "--output=jsonpath={.data}")
    core.run(playbook="kubevim.nfvi.backup").succeeded()
    before = dump(core.kubectl)
    core.kubectl("delete", "secret", "psk")
    core.kubectl("apply", "-f", "-", stdin=MADE_LATER)
    lose_etcd(core, 1, 2, 3)

    told = restored(core, "--check")
    done = restored(core)  # nothing is left to be wiped, and so nothing to be confirmed
    assert told == done
    assert [action.split()[0] for action in done] == ["restore"]
    assert differences_after_a_while(before, core.kubectl) == ""
    assert core.kubectl("get", "secret", "psk", "--output=jsonpath={.data}") == psk
    members = talosctl(core, "-n", f"127.{core.block}.1.2", "etcd", "members").splitlines()[1:]
    assert sorted(line.split()[2] for line in members) == ["c1", "c2", "c3"]


def test_a_majority_that_is_lost_is_restored_once_that_is_confirmed(core: SiteLab) -> None:
    before = dump(core.kubectl)
    lose_etcd(core, 1, 2)
    refused = core.run(playbook=RESTORE)
    assert refused.returncode != 0
    assert "nfvi_restore_confirm" in refused.output
    assert core.run("-e", "nfvi_restore_confirm=another-site", playbook=RESTORE).returncode != 0

    confirmed = ("-e", f"nfvi_restore_confirm={CORE.site}")
    told = restored(core, "--check", *confirmed)
    done = restored(core, *confirmed)
    assert told == done
    third = f"wipe EPHEMERAL of node 127.{core.block}.1.3"
    assert [done[0], *(action.split()[0] for action in done[1:])] == [third, "restore"]
    assert differences_after_a_while(before, core.kubectl) == ""

    assert restored(core, *confirmed) == []


def test_a_working_etcd_goes_back_only_on_request(core: SiteLab) -> None:
    core.kubectl("delete", "secret", "psk")
    working = ("-e", f"nfvi_restore_confirm={CORE.site}", "-e", "nfvi_restore_working=true")
    done = restored(core, *working)
    assert [action.split()[0] for action in done] == ["wipe", "wipe", "wipe", "restore"]
    core.kubectl("get", "secret", "psk")
    core.run().succeeded()
    core.kubectl("delete", "secret", "psk")


def test_a_second_run_has_nothing_to_do(core: SiteLab) -> None:
    mark = core.audited
    assert core.run().succeeded().changed == 0
    assert core.writes(mark) == []


def test_the_site_is_upgraded_node_by_node_between_tasks_of_ones_own(core: SiteLab) -> None:
    upgrade, noted = "kubevim.nfvi.upgrade", core.folder / "noted"
    for moment in ("before", "after"):
        line = f"{moment} {{{{ talos_upgrade_batch_names | join(' ') }}}}"
        task = {"ansible.builtin.lineinfile": {"path": str(noted), "line": line, "create": True, "mode": "0600"}}
        (core.folder / f"{moment}.yml").write_text(json.dumps([{"name": moment, **task}]))
    old = "version: v1.13.0\n  installer: ghcr.io/siderolabs/installer:v1.13.0"
    with edited(core.folder / "sites" / "releases" / "lab.yml", old, old.replace("v1.13.0", "v1.13.1")):
        told = core.run("--check", playbook=upgrade).succeeded().actions
        nodes = [f"127.{core.block}.1.{number}" for number in (1, 2, 3)]
        assert told == [f"upgrade node {node}: version v1.13.0 → v1.13.1" for node in nodes]
        hooks = [f"-enfvi_upgrade_{moment}={core.folder}/{moment}.yml" for moment in ("before", "after")]
        done = core.run(*hooks, "-e", "nfvi_upgrade_soak=1", playbook=upgrade).succeeded()
        assert done.actions == told + told  # what is planned at first, then what is done
        assert noted.read_text().splitlines() == [f"{moment} c{n}" for n in (1, 2, 3) for moment in ("before", "after")]
        assert core.ledger[-1]["summary"] == {"done": told}
        assert core.run(playbook=upgrade).succeeded().changed == 0
    assert talosctl(core, "-n", ",".join(nodes), "version").count("Tag:         v1.13.1") == len(nodes)


def test_kubernetes_is_upgraded_and_the_site_has_nothing_to_change_afterwards(core: SiteLab) -> None:
    upgrade, (old, new) = "kubevim.nfvi.upgrade_kubernetes", ("v1.36.3", "v1.36.4")
    line = f"kubernetes:\n  version: {old}"
    with edited(core.folder / "sites" / "releases" / "lab.yml", line, line.replace(old, new)):
        told = core.run("--check", playbook=upgrade).succeeded().actions
        assert core.run(playbook=upgrade).succeeded().actions == told
        nodes = [f"127.{core.block}.1.{number}" for number in (1, 2, 3)]
        servers = [f"upgrade kube-apiserver on node {node}: version {old} → {new}" for node in nodes]
        assert told[: len(nodes)] == servers
        version = "jsonpath={.items[*].status.nodeInfo.kubeletVersion}"
        assert core.kubectl("get", "nodes", "-o", version).split() == [new] * len(nodes)
        image = "jsonpath={.items[*].spec.containers[0].image}"
        found = core.kubectl("get", "pods", "-n", "kube-system", "-l", "tier=control-plane", "-o", image).split()
        assert {each.rpartition(":")[2] for each in found} == {new}
        assert core.run(playbook=upgrade).succeeded().changed == 0
        assert core.run("--tags", "config").succeeded().changed == 0
