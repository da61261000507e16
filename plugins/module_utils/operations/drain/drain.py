# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes without pods, and back again."""

from __future__ import annotations

from dataclasses import replace

from ...core.error import NfviError
from ...core.given import Given
from ...core.mode import Mode
from ...core.plan import Plan
from ...core.result import Result
from ...engine.converge import Kube
from . import node as nodes
from .empty import DRAINED, Drained, Drainer, told
from .look import find, named, see
from .plan import Allowed, Seen, held_up, plan, refuse, summary
from .work import Nodes, Turning, Work

CORDONED, UNCORDONED = "cordoned", "uncordoned"


def run(given: Given, kube: Kube, mode: Mode) -> Result:
    """Bring every node of ``nodes`` to ``state``."""
    names = named(given)
    found = find(kube.client, names, mode)
    acts = {DRAINED: _drain, CORDONED: _cordon, UNCORDONED: _uncordon}
    result = acts[given.choice("state", acts, DRAINED)](given, found, Work(kube, mode))
    return replace(result, verified=len(found) == len(names))


def _cordon(_given: Given, found: Nodes, work: Work) -> Result:
    return _turned(found, nodes.cordon, work)


def _uncordon(_given: Given, found: Nodes, work: Work) -> Result:
    """What somebody else did stays, and is told."""
    result = _turned(found, nodes.restore, work)
    theirs = [nodes.label(each) for each in found.values() if nodes.is_cordoned(each) and not nodes.is_ours(each)]
    return result.warning(*(f"{each} was cordoned by somebody else, and stays so" for each in theirs))


def _turned(found: Nodes, turning: Turning, work: Work) -> Result:
    """All nodes at once, each by one patch."""
    turns = {name: turning(node) for name, node in found.items()}
    changed = [change for turn in turns.values() for change in turn.changes]
    after = {name: nodes.predicted(node, turns[name]) for name, node in found.items()}
    if work.mode.apply:
        try:
            after = {**after, **work.turn({name: found[name] for name, turn in turns.items() if turn}, turning)}
        except NfviError as error:
            raise error.after(work.done) from None
    described = [summary(Seen(node), (), node) for node in after.values()]
    return Result(Plan.of(changed)).named("nodes", described)


def _drain(given: Given, found: Nodes, work: Work) -> Result:
    allowed, limit = Allowed.parse(given), given.integer("limit", 1, low=1)
    seen = see(work.kube.client, found)
    steps = {name: plan(each, allowed) for name, each in seen.items()}
    refuse(steps.items())
    if work.mode.apply:
        drainer = Drainer(work, allowed, given.text("on_failure", "keep") == "uncordon")
        return drainer.carry_out(seen, steps, limit)
    warnings = [text for name, each in seen.items() for text in held_up(steps[name], each)]
    return told([Drained(each, steps[name]).predicted() for name, each in seen.items()]).warning(*warnings)
