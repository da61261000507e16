# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of the engine in a process of its own, timed from the first look at the objects to the last answer.

    python -m tests.bench.engine_client KUBECONFIG OBJECTS HOW

OBJECTS is a JSON list; HOW is ownership or server (``verify_unchanged``). Prints JSON: seconds, cpu (seconds), grown
(KiB of the process' peak since the objects were read), changed (how many).
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.resolve import Wanted
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.session import kube_session


def main() -> None:
    """Converge once, with ``wait: false``."""
    kubeconfig, file, how = sys.argv[1:]
    mode = Mode()
    kube = kube_session(Given({"kubeconfig": kubeconfig, "wait": False, "verify_unchanged": how}), mode)
    wanted: list[Wanted] = [(("objects", index), each) for index, each in enumerate(json.loads(Path(file).read_text()))]
    before, cpu, started = _peak(), time.process_time(), time.perf_counter()
    done = kube.converge(wanted, "present", mode)
    seconds = time.perf_counter() - started
    told = {"seconds": seconds, "cpu": time.process_time() - cpu, "grown": _peak() - before}
    print(json.dumps({**told, "changed": len(done.plan.actions)}))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
