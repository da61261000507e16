# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cdi_upload where uploads are cut, certificates are foreign, and somebody looks for the token. The lab's CDI tells
what it received."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules.cdi_upload import CALL
from lab import programs
from lab.operators import cdi
from tests.promises.conftest import PROGRAMS
from tests.promises.site import Site, site

Obj = dict[str, Any]

SPACE, TOKEN = "uploads", "hunter2-is-no-token"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cluster whose CDI gives a token that is easily found again."""
    programs.ensure(PROGRAMS)
    with pytest.MonkeyPatch.context() as patch, site(tmp_path_factory.mktemp("uploads")) as running:
        patch.setattr(cdi.secrets, "token_urlsafe", lambda _size: TOKEN)
        running.kubectl("create", "namespace", SPACE)
        yield running
        running.faults.on.clear()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "disk.img"
    made.write_bytes(b"0123456789abcdef" * (1 << 16))
    return made


def call(cluster: Site, lines: list[str], *, check: bool = False, **options: Any) -> Obj:
    given = {"kubeconfig": str(cluster.kubeconfig_for("operator")), "namespace": SPACE, "wait_timeout": 40, **options}
    return run_in_worker(CALL, given, environment={}, check=check, diff=True, progress=lines.append)


def received(cluster: Site, name: str) -> Any:
    claim = json.loads(cluster.kubectl("get", "pvc", name, "-n", SPACE, "-o", "json"))
    return claim["metadata"]["annotations"].get(cdi.RECEIVED)


def test_an_upload_that_is_cut_is_told_and_the_next_call_goes_on(cluster: Site, file: Path) -> None:
    lines: list[str] = []
    cluster.faults.on.add(("upload-cut", f"{SPACE}/cut"))
    failed = call(cluster, lines, name="cut", file=str(file))
    assert (failed["error"]["kind"], failed["error"]["retryable"]) == ("unreachable", True)
    assert failed["error"]["object"] == f"DataVolume {SPACE}/cut"
    assert failed["actions"] == [f"create DataVolume {SPACE}/cut"]
    assert sum("again from the beginning" in line for line in lines) == 2
    assert received(cluster, "cut") is None
    cluster.faults.on.clear()
    done = call(cluster, lines, name="cut", file=str(file))
    assert "failed" not in done, done["msg"]
    assert done["actions"] == [f"upload DataVolume {SPACE}/cut"]
    assert received(cluster, "cut") == done["upload"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert done["volumes"][0]["status"]["phase"] == "Succeeded"


def test_the_token_shows_nowhere_and_progress_does(cluster: Site, file: Path) -> None:
    lines: list[str] = []
    done = call(cluster, lines, name="seen", file=str(file))
    assert "failed" not in done, done["msg"]
    assert any("uploaded 100 %" in line for line in lines)
    assert TOKEN not in json.dumps(done) + "".join(lines)


def test_a_file_whose_digest_is_there_is_not_even_read(cluster: Site, file: Path, tmp_path: Path) -> None:
    first = call(cluster, [], name="known", file=str(file))
    other = tmp_path / "other.img"
    other.write_bytes(b"x" * file.stat().st_size)
    again = call(cluster, [], name="known", file=str(other), checksum=first["upload"]["sha256"])
    assert "failed" not in again, again["msg"]
    assert (again["actions"], again["upload"]["sent"]) == ([], 0)


def test_a_proxy_with_a_foreign_certificate_gets_nothing(cluster: Site, file: Path) -> None:
    authority = Path(__file__).with_name("authority.pem")
    failed = call(cluster, [], name="foreign", file=str(file), upload_ca=str(authority))
    assert failed["error"]["kind"] == "unauthenticated"
    assert "is not to be trusted" in failed["error"]["reason"]
    assert received(cluster, "foreign") is None
