# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping the simulator, from outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import config, control, lock
from .config import LabConfig
from .control import NotRunning

LAB_FILE = "lab.yml"
LOG = "simulator.log"
START_TIMEOUT, STOP_TIMEOUT = 30.0, 20.0
POLL = 0.05


class LifecycleError(RuntimeError):
    """The lab could not be started or stopped; the message says why."""


def prepare(name: str, file: Path | None, block: int | None) -> LabConfig:
    """The lab as it is to run: what ``file`` and ``block`` say, or what a state directory remembers.

    A lab that has state keeps its shape: raises LifecycleError when something else is asked for.
    """
    remembered = config.state_directory(name) / LAB_FILE
    if not remembered.exists():
        lab = config.load(file, name=name, block=block)
        remembered.write_text(config.dump(lab), encoding="utf-8")
        return lab
    known = config.load(remembered, name=name)
    asked = config.load(file or remembered, name=name, block=block, default_block=known.block)
    if asked != known:
        raise LifecycleError(
            f"lab {name} exists in another shape (block {known.block}): take it `down`, or use another --name"
        )
    return known


def is_up(lab: LabConfig) -> bool:
    """Whether its simulator answers."""
    try:
        control.ask(lab.state, {"command": "status"})
    except NotRunning:
        return False
    return True


def start(lab: LabConfig, report: Callable[[str], None]) -> None:
    """Start the simulator in the background and wait until its BMCs listen; raises LifecycleError if it ends."""
    report(f"starting lab {lab.name}")
    command = [sys.executable, str(Path(__file__).resolve().parent), "serve", "--name", lab.name]
    with (lab.state / LOG).open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    deadline = time.monotonic() + START_TIMEOUT
    while not is_up(lab):
        if process.poll() is not None or time.monotonic() > deadline:
            last = (lab.state / LOG).read_text(errors="replace").strip().splitlines()[-5:]
            raise LifecycleError(f"the simulator did not start; from {lab.state / LOG}:\n" + "\n".join(last))
        time.sleep(POLL)


def stop(state: Path, *, keep: bool) -> bool:
    """Stop the simulator, if it runs, and remove the state unless ``keep``; whether it ran."""
    pid = lock.holder(state)
    if pid is not None:
        _end(state, pid)
    if not keep and state.is_dir():
        shutil.rmtree(state)
    return pid is not None


def _end(state: Path, pid: int) -> None:
    try:
        control.ask(state, {"command": "stop"})
    except NotRunning:
        if pid:
            os.kill(pid, signal.SIGTERM)
    if not _gone(state, STOP_TIMEOUT) and pid:
        os.kill(pid, signal.SIGKILL)
    if not _gone(state, STOP_TIMEOUT):
        raise LifecycleError(f"the simulator (process {pid}) does not end")


def _gone(state: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while lock.holder(state) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True
