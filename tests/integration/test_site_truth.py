# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode tells the truth on the empty, the half-built and the finished site, changes nothing, and hides secrets.

The judges are outsiders: the API server's audit log, the BMC's power, the server's memory, the files of the site.
"""

from __future__ import annotations

import base64
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import Stage, Way

STAGES = ("empty", pytest.param("half", marks=pytest.mark.full), "finished")
# What is public in Talos' secrets bundle: certificates, and the cluster's id.
PUBLIC = ("crt", "id")


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest, way: Way) -> Stage:
    found: Stage = getattr(way, request.param)
    return found


def test_check_mode_tells_what_the_next_run_does(stage: Stage) -> None:
    assert stage.told.succeeded().actions == stage.done.succeeded().actions


def test_check_mode_changes_nothing(stage: Stage) -> None:
    assert stage.after == stage.before
    assert stage.told_writes == []


def test_the_whole_way_is_told_in_its_order(way: Way) -> None:
    told = way.empty.told.actions
    address = f"127.{way.lab.block}.1.1"
    landmarks = [
        f"create {way.lab.state}",
        "power-on server e1",
        f"configure node {address}",
        f"bootstrap etcd on node {address}",
        "create Deployment kube-system/kube-ovn-controller",
        "create Vpc ran-up",
        "create Subnet ran-up-n3",
        "create KubeVirt kubevirt/kubevirt",
        "create VirtualMachine fw-demo/fw-demo-fw-0",
    ]
    assert [action for action in told if action in landmarks] == landmarks
    assert way.empty.before["power"] == ["Off"]
    assert way.empty.before["files"] == {}


def test_a_second_run_changes_nothing_and_writes_nothing(way: Way) -> None:
    stage = way.finished
    assert (stage.done.changed, stage.done.actions, stage.done_writes) == (0, [], [])
    assert stage.done.output.count("changed=0") == 2
    ours = {path: what for path, what in stage.before["files"].items() if "/runs" not in path}
    after = way.lab.untouched()
    assert {path: after["files"][path] for path in ours} == ours
    assert after["machine"] == stage.before["machine"]


def test_real_writes_are_told(way: Way) -> None:
    """Were nothing ever found in the audit log, the tests above would prove nothing."""
    assert any("/vpcs/ran-up?" in write for write in way.empty.done_writes)
    assert any("/virtualmachines/fw-demo-fw-0?" in write for write in way.empty.done_writes)


# ---- secrets


def test_no_secret_is_shown_or_lies_open(way: Way, stage: Stage) -> None:
    lab = way.once("finished")
    secrets = list(all_secrets(lab.state, lab.rack))
    shown = [run.output + json.dumps(run.results) for run in (stage.told, stage.done)]
    open_files = [path for path in lab.state.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    ledgers = [path.read_text() for path in lab.state.glob("runs/*/*")]

    assert len(secrets) > 20
    assert open_files == []
    assert ledgers
    assert [name for name, secret in secrets for text in (*shown, *ledgers) if secret in text] == []


def test_processes_have_no_secret_in_their_arguments(way: Way) -> None:
    lab = way.once("finished")
    secrets = list(all_secrets(lab.state, lab.rack))
    lines = [path.read_bytes().decode(errors="replace") for path in processes()]
    assert any("kube-apiserver" in line and str(lab.rack) in line for line in lines)
    assert [name for name, secret in secrets for line in lines if secret in line] == []


def processes() -> Iterator[Path]:
    """Command lines of what runs now."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        if path.exists():
            yield path


def all_secrets(state: Path, rack: Path) -> Iterator[tuple[str, str]]:
    """Each secret of the site by a name: as it is, in base64, and what is in base64 itself also as its content."""
    for name, secret in written_secrets(state, rack):
        yield name, secret
        yield f"{name} in base64", base64.b64encode(secret.encode()).decode()
        decoded = content(secret)
        if decoded:
            yield f"{name} decoded", decoded


def written_secrets(state: Path, rack: Path) -> Iterator[tuple[str, str]]:
    yield "BMC password", (rack / "bmc-password").read_text().strip()
    yield "digest key", base64.b64encode((state / "digest.key").read_bytes()).decode()
    yield from leaves("secrets.yaml", yaml.safe_load((state / "secrets.yaml").read_text()))
    (context,) = yaml.safe_load((state / "talosconfig").read_text())["contexts"].values()
    yield "talosconfig key", context["key"]
    (user,) = yaml.safe_load((state / "kubeconfig").read_text())["users"]
    yield "kubeconfig key", user["user"]["client-key-data"]


def leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in PUBLIC:
                yield from leaves(f"{name}.{key}", item)
    elif isinstance(value, str) and len(value) >= 8:
        yield name, value


def content(secret: str) -> str:
    """The innermost line of a PEM in base64: what would be seen of a key that somebody decoded."""
    try:
        text = base64.b64decode(secret, validate=True).decode()
    except ValueError:
        return ""
    body = re.sub(r"-----[^-]+-----", "", text).split()
    return max(body, key=len) if "PRIVATE KEY" in text else ""
