# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A core site: three control-plane nodes behind one address. talosctl and kubectl say what came out."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_etcd_snapshot import checked
from lab import programs

from .cluster_dump import differences_after_a_while, dump
from .site_lab import CORE, SiteLab, edited, until

pytestmark = pytest.mark.full
# The virtual machine of this site does not migrate.
RESTART = ("-e", "nfvi_drain_unmigratable_vms=restart")
ADD, REMOVE = "kubevim.nfvi.add_node", "kubevim.nfvi.remove_node"
REPLACE, DECOMMISSION = "kubevim.nfvi.replace_node", "kubevim.nfvi.decommission"
C3 = "  - name: c3\n"


def talosctl(lab: SiteLab, *arguments: str) -> str:
    """The real one, with the talosconfig that the site keeps."""
    command = [programs.path("talosctl"), f"--talosconfig={lab.state}/talosconfig", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def members(lab: SiteLab) -> dict[str, str]:
    """The members of etcd as the second node lists them: id by host name; none of them is a learner."""
    lines = talosctl(lab, "-n", f"127.{lab.block}.1.2", "etcd", "members").splitlines()[1:]
    assert all(line.endswith("false") for line in lines)
    return {line.split()[2]: line.split()[1] for line in lines}


def boots(lab: SiteLab) -> dict[str, str]:
    """The boot ids of the first two nodes."""
    path = "/proc/sys/kernel/random/boot_id"
    return {n: talosctl(lab, "-n", f"127.{lab.block}.1.{n}", "read", path) for n in ("1", "2")}


def ready(lab: SiteLab) -> dict[str, str]:
    """What Kubernetes says of its nodes."""
    nodes = json.loads(lab.kubectl("get", "nodes", "-o", "json"))["items"]
    return {n["metadata"]["name"]: {c["type"]: c["status"] for c in n["status"]["conditions"]}["Ready"] for n in nodes}


def powers(lab: SiteLab) -> list[str]:
    return [server["power"] for server in lab.servers]


def test_three_nodes_become_one_cluster_behind_one_address(core: SiteLab) -> None:
    told = core.run("--check", "--diff").succeeded().actions
    assert core.run().succeeded().actions == told

    assert sorted(members(core)) == ["c1", "c2", "c3"]
    assert ready(core) == {"c1": "True", "c2": "True", "c3": "True"}
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
    for left in {1, 2, 3} - set(nodes):
        until(lambda left=left: _health(core, left) != "OK", "a member that misses its majority")


def _health(core: SiteLab, node: int) -> str:
    """Of a node's etcd, as talosctl prints it."""
    address = f"127.{core.block}.1.{node}"
    told = talosctl(core, "-n", address, "-e", address, "service", "etcd")
    return next(line.split()[1] for line in told.splitlines() if line.startswith("HEALTH"))


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
        done = core.run(*hooks, *RESTART, "-e", "nfvi_upgrade_soak=1", playbook=upgrade).succeeded()
        assert [line for line in done.actions if line in told] == told + told  # what is planned, then what is done
        moves = [line for line in done.actions if "cordon Node" in line]
        assert moves == [f"{verb} Node c{n}" for n in (1, 2, 3) for verb in ("cordon", "uncordon")]
        assert "restart VirtualMachineInstance fw-demo/fw-demo-fw-0" in done.actions
        assert noted.read_text().splitlines() == [f"{moment} c{n}" for n in (1, 2, 3) for moment in ("before", "after")]
        assert core.ledger[-1]["summary"] == {"done": told}
        assert core.run(playbook=upgrade).succeeded().changed == 0
    assert talosctl(core, "-n", ",".join(nodes), "version").count("Tag:         v1.13.1") == len(nodes)


def test_only_a_node_that_the_site_file_gives_up_is_removed(core: SiteLab) -> None:
    before = core.untouched()
    for node, why in (
        ("c3", "mark it `state: absent` in the site file first"),
        ("c9", "has no node c9 (it has c1, c2"),
    ):
        refused = core.run("-e", f"node={node}", *RESTART, playbook=REMOVE)
        assert refused.returncode == 2
        assert why in refused.output
    assert core.untouched() == before


def test_a_removal_that_costs_etcd_its_majority_drains_nothing(core: SiteLab) -> None:
    with core.changed_site(C3, C3 + "    state: absent\n"), core.fault("refuse", "talos:s2"):
        mark = core.audited
        refused = core.run("-e", "node=c3", *RESTART, playbook=REMOVE)
        assert refused.returncode == 2
        assert core.writes(mark) == []
    assert powers(core) == ["On", "On", "On"]


def test_a_node_leaves_and_comes_back_and_the_others_do_not_notice(core: SiteLab) -> None:
    booted, known = boots(core), members(core)
    with core.changed_site(C3, C3 + "    state: absent\n"):
        told = core.run("-e", "node=c3", *RESTART, "--check", playbook=REMOVE).succeeded().actions
        wipe = f"wipe system disk of node 127.{core.block}.1.3"
        assert [told[0], *told[-2:]] == ["cordon Node c3", wipe, "delete Node c3"]
        assert sorted(members(core)) == sorted(ready(core)) == ["c1", "c2", "c3"]

        cut = core.start("-e", "node=c3", *RESTART, playbook=REMOVE)
        cut.until_task("kubevim.nfvi.talos_cluster : Kubernetes does not know it any more")
        cut.kill(0)
        cut.finish()
        core.run("-e", "node=c3", *RESTART, playbook=REMOVE).succeeded()
        assert members(core) == {name: known[name] for name in ("c1", "c2")}
        assert ready(core) == {"c1": "True", "c2": "True"}
        assert powers(core) == ["On", "On", "Off"]
        assert core.run("-e", "node=c3", *RESTART, playbook=REMOVE).succeeded().changed == 0

        said = core.run().succeeded().actions
        assert all(line.startswith("update talosconfig ") for line in said)  # the endpoints; nobody brings c3 back
        assert powers(core) == ["On", "On", "Off"]
        assert "marks as absent" in core.run("-e", "node=c3", playbook=ADD).output

    told = core.run("-e", "node=c3", "--check", "--diff", playbook=ADD).succeeded().actions
    assert not [line for line in told if "c1" in line or "c2" in line]
    assert f"configure node 127.{core.block}.1.3" in told
    assert core.run("-e", "node=c3", playbook=ADD).succeeded().actions == told
    now = members(core)
    assert {name: now[name] for name in ("c1", "c2")} == {name: known[name] for name in ("c1", "c2")}
    assert sorted(now) == ["c1", "c2", "c3"]
    assert now["c3"] != known["c3"]  # a member of its own, not the old one
    assert ready(core) == {"c1": "True", "c2": "True", "c3": "True"}
    assert boots(core) == booted
    assert core.run(playbook=ADD).succeeded().changed == 0


def test_a_dead_server_is_replaced(core: SiteLab) -> None:
    booted, known = members(core), powers(core)
    assert known == ["On", "On", "On"]
    core.lab("down", "--keep")
    shutil.rmtree(core.rack / "s3")  # another server at its place, which has never been switched on
    core.lab("up")
    until(lambda: [server["stage"] for server in core.servers[:2]] == ["running", "running"], "the other two")
    assert "-e confirm=c3 says that its server is dead" in core.run("-e", "node=c3", playbook=REPLACE).output
    done = core.run("-e", "node=c3", "-e", "confirm=c3", "-e", "nfvi_replace_patience=5", playbook=REPLACE).succeeded()
    assert done.actions[:2] == [f"remove etcd member c3 ({booted['c3']})", "delete Node c3"]
    now = members(core)
    assert {name: now[name] for name in ("c1", "c2")} == {name: booted[name] for name in ("c1", "c2")}
    assert now["c3"] != booted["c3"]
    assert ready(core) == {"c1": "True", "c2": "True", "c3": "True"}
    assert core.run("-e", "node=c3", "-e", "confirm=c3", playbook=REPLACE).succeeded().changed == 0


def test_kubernetes_is_upgraded_and_the_site_has_nothing_to_change_afterwards(core: SiteLab) -> None:
    upgrade, (old, new) = "kubevim.nfvi.upgrade_kubernetes", ("v1.36.3", "v1.36.4")
    line = f"kubernetes:\n  version: {old}"
    with edited(core.folder / "sites" / "releases" / "lab.yml", line, line.replace(old, new)):
        refused = core.run("--tags", "config")
        assert (refused.returncode, refused.error["kind"]) == (2, "precondition")
        assert "talos_k8s_upgrade does it one by one" in refused.error["hint"]
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


def test_a_whole_site_ends_and_what_was_kept_of_it_is_put_aside(core: SiteLab) -> None:
    kept = (core.state / "secrets.yaml").read_bytes()
    refused = core.run("-e", "confirm=edge-lab", playbook=DECOMMISSION)
    assert refused.returncode == 2
    assert powers(core) == ["On", "On", "On"]
    told = core.run("--check", playbook=DECOMMISSION).succeeded().actions
    assert told == [f"wipe system disk of node 127.{core.block}.1.{n}" for n in (1, 2, 3)]
    done = core.run("-e", f"confirm={core.kind.site}", playbook=DECOMMISSION).succeeded()
    assert done.actions == told
    assert powers(core) == ["Off", "Off", "Off"]
    assert not list(core.rack.glob("s*/config.yaml"))
    aside = list(core.state.parent.glob(f"{core.kind.site}.decommissioned-*"))
    assert [(each / "secrets.yaml").read_bytes() for each in aside] == [kept]
    assert not core.state.exists()
    assert core.run("-e", f"confirm={core.kind.site}", playbook=DECOMMISSION).succeeded().changed == 0
