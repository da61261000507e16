# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The upkeep and the backup of a real etcd, through Talos' API of the lab."""

from __future__ import annotations

import base64
import hashlib
import stat
import subprocess
from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import NfviError
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_etcd_snapshot import checked
from lab import programs
from tests.lab.conftest import until

from .test_talos import Site, cluster, lab_programs, site

__all__ = ["cluster", "lab_programs", "site"]


def test_etcd_is_read(cluster: Site) -> None:
    found = cluster.done("talos_etcd")
    assert (found["changed"], found["actions"]) == (False, [])
    [node] = found["etcd"]["nodes"]
    [member] = found["etcd"]["members"]
    assert (node["is_leader"], node["member"]) == (True, member["id"])
    assert 0 < node["used"] <= node["size"]


async def leave_room(cluster: Site) -> None:
    """Write a megabyte under one key, many times, and have etcd forget all but the last: its pages become free."""
    async with cluster.simulator.kubernetes.etcd_client(cluster.machine.spec) as etcd:
        value = base64.b64encode(bytes(1 << 20)).decode()
        for _turn in range(8):
            put = await etcd.send("POST", "/v3/kv/put", {"key": "YQ==", "value": value})
        await etcd.send("POST", "/v3/kv/compaction", {"revision": put["header"]["revision"], "physical": True})


def test_a_database_is_defragmented_where_that_gives_room(cluster: Site) -> None:
    cluster.loop.run(leave_room(cluster))
    until(lambda: share(cluster) < 0.9, "free pages")
    told = cluster.done("talos_etcd", check=True, defragment_below=0.9)
    done = cluster.done("talos_etcd", defragment_below=0.9)
    assert told["actions"] == done["actions"] == [f"defragment etcd on node {cluster.address}"]
    assert done["etcd"]["nodes"][0]["size"] < told["etcd"]["nodes"][0]["size"]
    assert cluster.done("talos_etcd", defragment_below=0.9)["actions"] == []


def share(cluster: Site) -> float:
    """How much of the database is in use."""
    [node] = cluster.done("talos_etcd")["etcd"]["nodes"]
    return float(node["used"] / node["size"])


def test_the_only_member_cannot_leave_or_forfeit(cluster: Site) -> None:
    for options in ({"absent": [cluster.machine.hostname]}, {"not_leader": [cluster.address]}):
        refused = cluster.refused("talos_etcd", **options)
        assert (refused["kind"], refused["path"]) == ("precondition", next(iter(options)))


def test_a_backup_is_whole_private_and_taken_when_it_is_too_old(cluster: Site, tmp_path: Path) -> None:
    path = tmp_path / "backup" / "etcd.snapshot"
    options = {"path": str(path), "max_age": 3600}
    told = cluster.done("talos_etcd_snapshot", check=True, **options)
    assert not path.parent.exists()
    done = cluster.done("talos_etcd_snapshot", **options)
    assert told["actions"] == done["actions"] == [f"create etcd snapshot {path} of node {cluster.address}"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    content = path.read_bytes()
    assert hashlib.sha256(content[:-32]).digest() == content[-32:]

    kept = cluster.done("talos_etcd_snapshot", **options)
    assert (kept["changed"], kept["snapshot"]) == (False, done["snapshot"])
    path.write_bytes(content[:5000])
    again = cluster.done("talos_etcd_snapshot", **options)
    assert again["actions"] == [f"replace etcd snapshot {path} of node {cluster.address}"]


def test_a_backup_holds_what_etcd_has(cluster: Site, tmp_path: Path) -> None:
    """talosctl's own backup of the same machine is the judge: neither is empty, and both are whole."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    cluster.done("talos_etcd_snapshot", path=str(ours))
    talosctl = programs.ensure(["talosctl"])["talosctl"]
    identity = [talosctl, f"--talosconfig={cluster.folder}/talosconfig", "-n", cluster.address, "-e", cluster.address]
    subprocess.run([*identity, "etcd", "snapshot", theirs], check=True, capture_output=True, timeout=60)
    for path in (ours, theirs):
        assert checked(path).size > 100_000
        assert b"/registry/namespaces/kube-system" in path.read_bytes()


@pytest.mark.parametrize("module", ["talos_etcd", "talos_etcd_snapshot"])
def test_machines_that_this_very_run_makes_are_planned_for(site: Site, tmp_path: Path, module: str) -> None:
    options = {"path": str(tmp_path / "etcd.snapshot")} if module.endswith("snapshot") else {}
    assert site.done(module, check=True, **options)["verified"] is False
    site.power_on()
    site.done("talos_secrets")
    assert site.done(module, check=True, **options)["verified"] is False
    assert site.refused(module, **options)["kind"] == "precondition"


@pytest.mark.parametrize("harm", ["cut", "changed"])
def test_a_damaged_backup_is_told(tmp_path: Path, harm: str) -> None:
    database = bytes(4096)
    path = tmp_path / "etcd.snapshot"
    path.write_bytes(database + hashlib.sha256(database).digest())
    assert checked(path).size == 4096 + 32
    path.write_bytes(path.read_bytes()[:-7] if harm == "cut" else b"x" + path.read_bytes()[1:])
    with pytest.raises(NfviError, match="cut short" if harm == "cut" else "damaged"):
        checked(path)
