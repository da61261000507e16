# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run ledger and the lock of a site."""

from __future__ import annotations

DOCUMENTATION = r"""
module: site_ledger
short_description: Keep the run ledger and the lock of a site
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Writes what a run does to a site into an append-only file of JSON lines, C(runs/<UTC
    time>-<process>/ledger.jsonl) in the site's state directory.
  - The first event of a run takes the site's lock, the last one gives it back. A lock whose process is gone is
    stale and counts for nothing.
  - It runs on the controller, in a process of C(ansible-playbook). The lock is that process's.
  - In check mode nothing is written and no lock is taken.
  - Bookkeeping is never a change. Only what is made once for a site is, its state directory and the key of its digests.
options:
  state_dir:
    description: State directory of the site. It is made if need be, for its user alone.
    type: path
    required: true
  event:
    description:
      - V(start) begins a run.
      - V(phase) ends the phase before, if any, and begins O(phase).
      - V(finish) ends the run.
      - V(fail) ends the run with O(error), says what may come next, and fails with the same error.
    type: str
    choices: [start, phase, finish, fail]
    required: true
  site:
    description: Name of the site.
    type: str
    required: true
  run:
    description: What V(start) returned as RV(run). Without it, as in check mode, other events note nothing.
    type: path
  phase:
    description: The phase that begins.
    type: str
    choices: [power, maintenance, config, bootstrap, network, virtualization, vnfs, verify]
  actions:
    description: Everything that this run has done so far. What is not in the ledger yet goes with the phase that ends.
    type: list
    elements: str
    default: []
  error:
    description: The C(error) of the result that failed, if it has one.
    type: dict
    default: {}
  reason:
    description: The message of the result that failed, for an error without a reason of its own.
    type: str
    default: a task failed
  summary:
    description: What the run leaves behind, to be noted with its end.
    type: dict
    default: {}
extends_documentation_fragment:
  - kubevim.nfvi.attributes
"""

EXAMPLES = r"""
- name: A run begins
  kubevim.nfvi.site_ledger:
    state_dir: ~/.local/state/kubevim-nfvi/edge-lab
    site: edge-lab
    event: start
  register: begun

- name: It comes to the network
  kubevim.nfvi.site_ledger:
    state_dir: ~/.local/state/kubevim-nfvi/edge-lab
    site: edge-lab
    run: "{{ begun.run }}"
    event: phase
    phase: network

- name: It ends
  kubevim.nfvi.site_ledger:
    state_dir: ~/.local/state/kubevim-nfvi/edge-lab
    site: edge-lab
    run: "{{ begun.run }}"
    event: finish
    actions: ["create Vpc ran-up"]
"""

RETURN = r"""
run:
  description: Folder of the run; empty in check mode.
  returned: success
  type: str
  sample: /srv/nfvi/edge-lab/runs/20261121T134200Z-4711
digest_key:
  description: File with the key of the site's digests, for the option of this name of other modules.
    Empty in check mode as long as there is none.
  returned: O(event=start)
  type: str
  sample: /srv/nfvi/edge-lab/digest.key
actions:
  description: What was done, or in check mode would be, one line a change.
  returned: always
  type: list
  elements: str
  sample: ["create /srv/nfvi/edge-lab"]
impact:
  description: What the changes do to running service, at worst. One of C(none), C(service_restart), C(pod_restart),
    C(vm_restart), C(node_reboot), C(outage).
  returned: success
  type: str
  sample: none
verified:
  description: False in check mode if something could not be asked because this same run creates it.
  returned: success
  type: bool
  sample: true
error:
  description: What went wrong.
  returned: failure
  type: dict
  contains:
    kind:
      description: One of C(invalid_input), C(not_found), C(conflict), C(forbidden), C(unauthenticated), C(unreachable),
        C(timeout), C(never_ready), C(unsupported), C(precondition), C(capacity), C(stale_plan), C(busy),
        C(partial), C(internal).
      type: str
      sample: busy
    reason:
      description: Why, in one sentence.
      type: str
      sample: "another run works on this site: process 4711 on host1 since 2026-11-21T13:42:00.000+00:00: …"
    object:
      description: The thing it happened to.
      type: str
      sample: site edge-lab
    path:
      description: The place in what was given.
      type: str
      sample: ""
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "wait for it to end, or end it"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: true
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.sites import run
from ..module_utils.sites.phases import PHASES
from ..module_utils.sites.state import opened

SPEC = {
    **COMMON,
    "state_dir": {"type": "path", "required": True},
    "event": {"type": "str", "choices": ["start", "phase", "finish", "fail"], "required": True},
    "site": {"type": "str", "required": True},
    "run": {"type": "path"},
    "phase": {"type": "str", "choices": list(PHASES)},
    "actions": {"type": "list", "elements": "str", "default": []},
    "error": {"type": "dict", "default": {}},
    "reason": {"type": "str", "default": "a task failed"},
    "summary": {"type": "dict", "default": {}},
}

CALL = Call(SPEC, opened, run.note, {"required_if": [("event", "phase", ["phase"])]})


def main() -> None:
    """Run as a module of its own."""
    run_module(CALL)


if __name__ == "__main__":
    main()
