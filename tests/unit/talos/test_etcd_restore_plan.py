# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When etcd is restored: never beside a working one, never where data are left, and once."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, NotFound, Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.readiness import Never, NotYet, Ready
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import etcd_backup_file
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_etcd_restore_plan import (
    Seen,
    joined,
    plan_restore,
    waited_for,
)

WORKS = Seen("Running", healthy=True, members=("a", "b"))
EMPTY = Seen("Preparing")
FAILED = Seen("Failed", message="Failed to run pre stage: error verifying snapshot")
BROKEN = Seen("Running", healthy=False)
MAINTENANCE = Seen("", maintenance=True)
DONE = ["restore etcd on node c1 from b.snapshot"]


def machines(*seen: Seen | None) -> dict[str, Seen | None]:
    return {f"c{number}": each for number, each in enumerate(seen, start=1)}


@pytest.mark.parametrize(
    ("seen", "actions"),
    [
        ([EMPTY], DONE),
        ([EMPTY, EMPTY, EMPTY], DONE),
        ([FAILED, EMPTY, EMPTY], DONE),  # an earlier restore that failed before it wrote anything
        ([WORKS, WORKS, WORKS], []),
        ([WORKS, EMPTY, EMPTY], []),  # an earlier restore, whose others join
        ([WORKS, BROKEN, None], []),
    ],
)
def test_etcd_is_restored_once(seen: list[Seen | None], actions: list[str]) -> None:
    assert plan_restore(machines(*seen), "b.snapshot").actions == actions
    assert plan_restore(machines(*seen), "b.snapshot", pending=True).actions == DONE


@pytest.mark.parametrize(
    ("seen", "who", "why", "forced"),
    [
        ([EMPTY, WORKS, WORKS], "nodes c2, c3", "works", DONE),
        ([EMPTY, WORKS, BROKEN], "node c2", "works", DONE),
        ([EMPTY, EMPTY, BROKEN], "node c3", "data", DONE),
        ([EMPTY, FAILED, EMPTY], "node c2", "failed to start", DONE),
        ([EMPTY, MAINTENANCE, EMPTY], "node c2", "maintenance", DONE),
        ([BROKEN, BROKEN, EMPTY], "nodes c1, c2", "data", None),
        ([BROKEN, EMPTY, EMPTY], "node c1", "data", None),
        ([MAINTENANCE, EMPTY, EMPTY], "node c1", "maintenance", None),
    ],
)
def test_what_stands_in_the_way_is_refused(
    seen: list[Seen | None], who: str, why: str, forced: list[str] | None
) -> None:
    """Only the machine that is sent the backup must be empty whatever is forced."""
    with pytest.raises(Precondition, match=why) as refused:
        plan_restore(machines(*seen), "b.snapshot")
    assert (refused.value.object, bool(refused.value.hint)) == (who, True)
    if forced is None:
        with pytest.raises(Precondition, match=r"data|maintenance"):
            plan_restore(machines(*seen), "b.snapshot", force=True)
    else:
        assert plan_restore(machines(*seen), "b.snapshot", force=True).actions == forced


def test_who_is_forced_to_stay_as_it_is_is_not_waited_for() -> None:
    seen = machines(EMPTY, BROKEN, EMPTY)
    assert waited_for(seen, force=True) == ["c1", "c3"]
    assert waited_for(seen, force=False) == ["c1", "c2", "c3"]


def test_a_member_is_one_of_the_same_etcd() -> None:
    assert isinstance(joined(WORKS, WORKS), Ready)
    assert isinstance(joined(WORKS, None), NotYet)
    assert isinstance(joined(WORKS, Seen("Running", healthy=True, members=("c",))), NotYet)
    assert isinstance(joined(EMPTY, WORKS), NotYet)
    assert joined(FAILED, WORKS) == Never(f"etcd failed: {FAILED.message}")


# ---- the file


def database(*parts: bytes) -> bytes:
    return bytes(16) + (0xED0CDAED).to_bytes(4, "little") + b"".join(parts)


def configuration(pem: bytes) -> str:
    return f"version: v1alpha1\ncluster: {{ca: {{crt: {base64.b64encode(pem).decode()}}}}}\n"


PEM = b"-----BEGIN CERTIFICATE-----\nMIIBiTCC\nAS+gAwIB\n-----END CERTIFICATE-----\n"
PUBLISHED = b"/registry/configmaps/kube-system/kube-root-ca.crt"


@pytest.mark.parametrize(
    ("content", "foreign"),
    [
        ((PUBLISHED, PEM), False),
        ((PUBLISHED, PEM.replace(b"MII", b"XII")), True),
        ((b"a cluster too young to have published anything",), False),
    ],
)
def test_whose_cluster_a_backup_is_of_is_told_by_its_authority(
    tmp_path: Path, content: tuple[bytes, ...], foreign: bool
) -> None:
    path = tmp_path / "db"
    path.write_bytes(database(*content))
    assert etcd_backup_file.foreign(path, etcd_backup_file.authority(configuration(PEM))) is foreign
    assert etcd_backup_file.foreign(path, etcd_backup_file.authority(None)) is False


def test_of_a_folder_the_newest_backup_is_taken(tmp_path: Path) -> None:
    given = Given({"path": str(tmp_path)})
    with pytest.raises(NotFound, match="no file"):
        etcd_backup_file.chosen(given)
    for age, name in enumerate(("b.snapshot", "a.snapshot", "c.snapshot")):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / "newest.txt").write_bytes(b"")
    assert etcd_backup_file.chosen(given).name == "b.snapshot"


def test_a_copy_without_a_digest_is_taken_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.write_bytes(database(bytes(492)))
    given = Given({"path": str(path)})
    assert etcd_backup_file.read(given, path, skip_hash_check=True).size == 512
    with pytest.raises(InvalidInput, match="digest"):
        etcd_backup_file.read(given, path, skip_hash_check=False)
    path.write_bytes(bytes(512))
    with pytest.raises(InvalidInput, match="not a database"):
        etcd_backup_file.read(given, path, skip_hash_check=True)
