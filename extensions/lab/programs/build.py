# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds programs into the cache: one at a time, under a lock, each put in place whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..parent import die_with_parent
from . import go
from .catalogue import Program
from .errors import ProgramError

Report = Callable[[str], None]
HEARTBEAT = 10.0
GOARCH = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def cache() -> Path:
    """Where built programs live, outside any checkout; shared by all labs of this user."""
    chosen = os.environ.get("KUBEVIM_NFVI_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kubevim-nfvi"


def target(program: Program) -> Path:
    """The built program's place: its folder is named after what the build depends on, so a new pin is a new folder."""
    system, machine = platform.system().lower(), platform.machine()
    parts = [file.read_bytes() for file in program.inputs]
    digest = hashlib.sha256(b"\0".join([*parts, program.link_flags.encode()])).hexdigest()[:16]
    return cache() / f"{program.module}-{system}-{GOARCH.get(machine, machine)}-{digest}" / program.name


def build(programs: Sequence[Program], report: Report) -> None:
    """Build ``programs`` in order, reporting each with its number, and a line at least every 10 s."""
    cache().mkdir(parents=True, exist_ok=True)
    toolchain = go.find(cache(), report)
    for number, program in enumerate(programs, start=1):
        heading = f"[{number}/{len(programs)}] {program.name} {program.version}"
        with _lock(target(program).parent, heading, report):
            if target(program).exists():
                report(f"{heading}: built by another run meanwhile")
            else:
                _build_one(toolchain, program, heading, report)


@contextmanager
def _lock(folder: Path, heading: str, report: Report) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"{heading}: waiting for another build")
            fcntl.flock(handle, fcntl.LOCK_EX)
        for left_over in folder.glob(".draft-*"):  # of a build that was killed: we hold the lock, so nobody writes it
            left_over.unlink()
        yield


def _build_one(toolchain: Path, program: Program, heading: str, report: Report) -> None:
    place = target(program)
    descriptor, draft = tempfile.mkstemp(prefix=".draft-", dir=place.parent)
    os.close(descriptor)
    report(f"{heading}: building")
    started = time.monotonic()
    command = [
        str(toolchain),
        "build",
        "-v",
        "-mod=readonly",
        "-trimpath",
        "-ldflags",
        program.link_flags,
        "-o",
        draft,
        program.package,
    ]
    try:
        _run(command, program.folder, heading, report)
        os.chmod(draft, 0o755)
        os.replace(draft, place)
    finally:
        Path(draft).unlink(missing_ok=True)
    report(f"{heading}: done in {time.monotonic() - started:.0f} s")


def _run(command: list[str], folder: Path, heading: str, report: Report) -> None:
    """Run a go command in its own process group, which goes with us; raises ProgramError with its last words."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=go.environment(),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    said = _Listener(process)
    try:
        while not said.finished.wait(HEARTBEAT):
            report(f"{heading}: {said.progress()}")
        process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode:
        raise ProgramError(f"{heading}: go build failed ({process.returncode}):\n" + "\n".join(said.last))


class _Listener:
    """Reads what ``go build -v`` says: a line for each package compiled or module downloaded."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.finished = threading.Event()
        self.last: deque[str] = deque(maxlen=20)
        self._compiled = self._downloaded = 0
        self._started = time.monotonic()
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def progress(self) -> str:
        """One line on how far the build is."""
        downloads = f"{self._downloaded} modules downloaded, " if self._downloaded else ""
        return f"{downloads}{self._compiled} packages compiled, {time.monotonic() - self._started:.0f} s"

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.last.append(line.rstrip())
            if line.startswith("go: downloading"):
                self._downloaded += 1
            else:
                self._compiled += 1
        self.finished.set()
