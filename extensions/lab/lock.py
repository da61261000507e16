# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for each state directory: a lock file, which also says who holds it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCK = "simulator.lock"
PATIENCE = 10


@contextmanager
def hold(state: Path) -> Iterator[None]:
    """Hold the state directory; raises BlockingIOError when another simulator has it."""
    with (state / LOCK).open("a+") as handle:
        _take(handle)
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def _take(handle: IO[str]) -> None:
    for _attempt in range(PATIENCE):  # somebody who only looks whether the lock is held has it for an instant
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(0.05)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def holder(state: Path) -> int | None:
    """The process id of the simulator that holds the state directory, or None."""
    try:
        with (state / LOCK).open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = (state / LOCK).read_text().strip()
        return int(text) if text else 0
    except FileNotFoundError:
        return None
    return None
