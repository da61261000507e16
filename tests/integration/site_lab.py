# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's site under test: a lab of its own with one server, a site file for it, and `ansible-playbook` on both.

The lab goes from one state to another in seconds: all it knows is on disk, so that a state can be kept.
Whatever a test finds out, it finds out from outside: by ansible-playbook, kubectl, the lab's audit log and its files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ansible_collections
from lab import programs

ROOT = Path(__file__).parents[2]
COLLECTIONS = Path(next(iter(ansible_collections.__path__))).parent
CALLBACKS = Path(__file__).with_name("callback")
# Real Talos takes longer; nothing here measures it, and talosctl, which loses track of fast reboots, is not used.
TIMING = "timing: {boot: 0.2, install: 0.5, reboot: 0.5}\n"
READING = ("get", "list", "watch")
USER_AGENT = "kubevim-nfvi"
HALF = ("power", "maintenance", "config", "bootstrap")
READY_WITHIN = 90.0


@dataclass(frozen=True)
class Rack:
    """A site of sites/, and the lab that it is written for; tests give it a state directory and addresses of their own.

    ``block`` is that of the addresses in the site file.
    """

    site: str
    lab: str
    block: int
    file: str


EDGE = Rack("edge-lab", "demo", 55, "servers: 1\n")
CORE = Rack("core-lab", "core", 56, "servers: 3\nvip: true\n")


@dataclass(frozen=True)
class Run:
    """An ansible-playbook that has ended: exit status, both output streams, and what its tasks returned."""

    returncode: int
    output: str
    results: list[dict[str, Any]]
    seconds: float

    @property
    def actions(self) -> list[str]:
        """What was done or would be, all tasks in order."""
        return [action for each in self.results for action in each["result"].get("actions", [])]

    @property
    def changed(self) -> int:
        """How many tasks changed something."""
        return sum(bool(each["result"].get("changed")) for each in self.results)

    @property
    def error(self) -> dict[str, Any]:
        """The error with which the run ended: that of the failed task, its hint saying where the next run goes on."""
        failed = [each["result"] for each in self.results if each["outcome"] == "failed"]
        assert failed, self.output
        error: dict[str, Any] = failed[-1]["error"]
        return error

    def succeeded(self) -> Run:
        assert self.returncode == 0, self.output[-6000:]
        return self


class Playbook:
    """An ansible-playbook under way, in a process group of its own."""

    def __init__(self, command: list[Any], environment: dict[str, str], record: Path, folder: Path) -> None:
        self._record = record
        self._began = time.monotonic()
        self._lines: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def until_task(self, name: str) -> None:
        """Return when the first task has begun whose name starts with this."""
        self._until(f"TASK [{name}")

    def until_progress(self, module: str) -> None:
        """Return when a task of this module has said how far it is."""
        self._until(f"  {module}: ")

    def _until(self, start: str) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.append(line)
            if line.startswith(start):
                return
        raise AssertionError(f"no line {start!r}:\n{''.join(self._lines)}")

    def kill(self, after: float) -> None:
        """SIGKILL the whole process group ``after`` seconds from now, if it has not ended by then."""
        try:
            self.process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)

    def kill_worker(self, after: float) -> None:
        """SIGKILL one of its workers ``after`` seconds from now, or the first that there is then."""
        time.sleep(after)
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        workers: list[str] = []
        until(lambda: workers.extend(children.read_text().split()) or workers, "a worker", 20)
        os.kill(int(workers[0]), signal.SIGKILL)

    def finish(self) -> Run:
        """Wait for its end."""
        rest, _errors = self.process.communicate(timeout=280)
        results = [json.loads(line) for line in self._record.read_text().splitlines()] if self._record.exists() else []
        seconds = time.monotonic() - self._began
        return Run(self.process.returncode, "".join(self._lines) + rest, results, seconds)


class SiteLab:
    """The lab and its site. States: `empty` (servers off), and those that tests keep under a name."""

    def __init__(self, folder: Path, block: int, kind: Rack = EDGE) -> None:
        self.folder = folder
        self.block = block
        self.kind = kind
        self.state = folder / "state" / "kubevim-nfvi" / kind.site
        self.rack = folder / "state" / "kubevim-nfvi-lab" / kind.lab
        self.site_file = folder / "sites" / f"{kind.site}.yml"
        self.inventory = folder / "inventories" / "nfvi.yml"
        self._runs = 0
        self._write_site()
        (folder / "lab.yml").write_text(kind.file + TIMING)

    # ---- the site

    def start(self, *arguments: str | Path, playbook: str | Path = "kubevim.nfvi.site", **environment: str) -> Playbook:
        """Start ansible-playbook for the site; an untrusted template is an error."""
        self._runs += 1
        record = self.folder / f"results-{self._runs}.jsonl"
        program = Path(sys.executable).with_name("ansible-playbook")
        ansible = {
            "ANSIBLE_COLLECTIONS_PATH": self.collections,
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "500",
            "NFVI_TEST_RECORD": str(record),
            "_ANSIBLE_TEMPLAR_UNTRUSTED_TEMPLATE_BEHAVIOR": "error",
        }
        return Playbook(
            [program, "-i", self.inventory, playbook, *arguments],
            {**self.environment, **ansible, **environment},
            record,
            self.folder,
        )

    def run(self, *arguments: str | Path, playbook: str | Path = "kubevim.nfvi.site", **environment: str) -> Run:
        return self.start(*arguments, playbook=playbook, **environment).finish()

    def changed_site(self, before: str, after: str) -> AbstractContextManager[None]:
        """The site file with something else in it, for as long as the block lasts."""
        return edited(self.site_file, before, after)

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """The ledger of the latest run."""
        files = sorted(self.state.glob("runs/*/ledger.jsonl"), key=lambda file: file.stat().st_mtime_ns)
        return [json.loads(line) for line in files[-1].read_text().splitlines()]

    @property
    def phase(self) -> str:
        """The phase that the latest run was in last; empty before the first."""
        return str(next((entry["phase"] for entry in reversed(self.ledger) if "phase" in entry), ""))

    # ---- the lab

    def lab(self, *arguments: str | Path) -> str:
        """The lab's own command line."""
        command = [sys.executable, ROOT / "extensions" / "lab", arguments[0], "--name", self.kind.lab, *arguments[1:]]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def servers(self) -> list[dict[str, Any]]:
        """The servers as the lab sees them."""
        servers: list[dict[str, Any]] = json.loads(self.lab("status", "--json"))["servers"]
        return servers

    @property
    def server(self) -> dict[str, Any]:
        """The first of them, which is the only one at the edge."""
        return self.servers[0]

    @contextmanager
    def fault(self, name: str, target: str, *options: str) -> Iterator[None]:
        """Something that goes wrong for as long as the block lasts."""
        self.lab("fault", name, "--on", target, *options)
        try:
            yield
        finally:
            self.lab("fault", name, "--off")

    def empty(self) -> None:
        """A new rack, switched off, and nothing known of its site."""
        self.lab("down")
        shutil.rmtree(self.state, ignore_errors=True)
        self.lab("up", "--block", str(self.block), "--file", self.folder / "lab.yml")

    def keep(self, name: str) -> None:
        """Remember rack and site as they are now; the rack loses its power for a moment."""
        self.lab("down", "--keep")
        for source in (self.rack, self.state):
            _copy(source, self.folder / "kept" / name / source.name)
        self._power_is_back()

    def back_to(self, name: str) -> None:
        """Rack and site as they were when they were kept."""
        self.lab("down")
        for target in (self.rack, self.state):
            shutil.rmtree(target, ignore_errors=True)
            _copy(self.folder / "kept" / name / target.name, target)
        self._power_is_back()

    def close(self) -> None:
        self.lab("down")

    # ---- what outsiders see

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        done = self._kubectl(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def writes(self, since: Mapping[Path, int] | None = None) -> list[str]:
        """Writes of ours that are not dry runs, from the API servers' audit logs, after the bytes ``since``."""
        lines = [line for log in self._audits for line in log.read_bytes()[(since or {}).get(log, 0) :].splitlines()]
        events = [json.loads(line) for line in lines]
        ours = [
            event
            for event in events
            if event.get("userAgent", "").startswith(USER_AGENT + "/") or event.get("userAgent") == USER_AGENT
        ]
        real = [event for event in ours if event["verb"] not in READING and "dryRun=All" not in event["requestURI"]]
        return sorted({f"{event['verb']} {event['requestURI']}" for event in real})

    @property
    def audited(self) -> dict[Path, int]:
        """Bytes of the audit logs so far."""
        return {log: log.stat().st_size for log in self._audits}

    def untouched(self) -> dict[str, Any]:
        """All that a run may change outside Kubernetes: the site's files and the servers' memory."""
        machine = [path for name in ("machine.json", "config.yaml") for path in sorted(self.rack.glob(f"s*/{name}"))]
        return {
            "files": {str(path): digest(path) for path in sorted(self.state.rglob("*"))} if self.state.exists() else {},
            "machine": {str(path): digest(path) for path in machine},
            "power": [server["power"] for server in self.servers],
        }

    @property
    def collections(self) -> str:
        """Where Ansible finds the collection under test."""
        return str(COLLECTIONS)

    @cached_property
    def environment(self) -> dict[str, str]:
        folder = Path(sys.executable).parent
        return {**os.environ, "XDG_STATE_HOME": str(self.folder / "state"), "PATH": f"{folder}:{os.environ['PATH']}"}

    # ---- inside

    @property
    def _audits(self) -> list[Path]:
        return sorted(self.rack.glob("s*/audit.log"))

    def _kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        kubeconfig = self.state / "kubeconfig"
        command = [programs.path("kubectl"), f"--kubeconfig={kubeconfig}", f"--cache-dir={self.folder}/k", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)

    def _power_is_back(self) -> None:
        """Up again; where there is a cluster, until its API is ready and its node is, if a network was installed."""
        self.lab("up")
        if (self.state / "kubeconfig").exists():
            until(lambda: self._kubectl("get", "--raw", "/readyz").returncode == 0, "a ready API server", READY_WITHIN)
            until(lambda: self._kubectl("get", "--raw", "/api/v1/nodes/e1").returncode == 0, "the node", READY_WITHIN)
            until(lambda: self.server["stage"] == "running", "a running machine", READY_WITHIN)

    def _write_site(self) -> None:
        sites = self.folder / "sites"
        sites.mkdir(parents=True)
        for table in ("hardware_types", "releases", "packages"):
            shutil.copytree(ROOT / "sites" / table, sites / table)
        (self.folder / "extensions").symlink_to(ROOT / "extensions")
        text = (ROOT / "sites" / f"{self.kind.site}.yml").read_text()
        for before, after in (
            (f"127.{self.kind.block}.", f"127.{self.block}."),
            (f"02:7f:{self.kind.block:02x}:", f"02:7f:{self.block:02x}:"),
        ):
            assert before in text
            text = text.replace(before, after)
        self.site_file.write_text(text)
        self.inventory.parent.mkdir()
        self.inventory.write_text(f"plugin: kubevim.nfvi.nfvi\nsites: [../sites/{self.kind.site}.yml]\n")


@contextmanager
def edited(path: Path, before: str, after: str) -> Iterator[None]:
    """A file with something else in it, for as long as the block lasts."""
    text = path.read_text()
    assert before in text, text
    path.write_text(text.replace(before, after, 1))
    try:
        yield
    finally:
        path.write_text(text)


def digest(path: Path) -> str:
    """Mode and content of a file or folder."""
    content = path.read_bytes() if path.is_file() else b""
    return f"{stat.S_IMODE(path.stat().st_mode):o} {hashlib.sha256(content).hexdigest()}"


def until(true: Callable[[], object], what: str, timeout: float = 60) -> None:
    """Wait for something that has no event to wait for; fails with ``what`` it waited for."""
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, f"after {timeout} s not yet: {what}"
        time.sleep(0.1)


def _copy(source: Path, target: Path) -> None:
    """A whole folder with its modes. etcd's files are mostly zeros, which cp(1) can leave out."""
    if not source.is_dir():
        return
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--sparse=always", source, target], check=True, timeout=60)
