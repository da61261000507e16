# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker ends when its ansible-playbook is killed: nobody would hear of what it still does, and its lock is gone.

Since ansible-core 2.19 each worker is a session of its own (`WorkerProcess._detach`), so that a SIGKILL of the
process group no longer reaches it; the next run would work on the same site beside it.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal

# prctl(2); where there is no prctl, a worker outlives its parent until its task ends.
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it ends; nothing in a process that was not forked."""
    parent = multiprocessing.parent_process()
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if parent is None or prctl is None:
        return
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent.pid:  # it ended before the kernel was told
        os.kill(os.getpid(), signal.SIGKILL)
