# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give machines their configurations: see what each has, ask the servers first, then apply, reboot and wait."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...clients.talos.client import Outcome, Peer
from ...clients.talos.connection import Connection
from ...core.error import NfviError, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.readiness import Readiness, Ready
from ...core.result import Result
from .talos_apply_plan import (
    MODES,
    Asked,
    Step,
    answered,
    may_be_staged,
    plan_node,
    refuse_kubernetes,
    refuse_machines,
    resumed,
)
from .talos_machine import Machine, is_staged, look
from .talos_ready import Journey, arrived, etcd_ready
from .talos_session import TalosSession, target, values
from .talos_source import Source
from .talos_wait import patiently, wait_for


@dataclass(frozen=True)
class Way:
    """How changes are brought in. Times are seconds."""

    mode: str
    reboot: bool
    try_timeout: float
    wait: bool
    wait_timeout: float
    reach_timeout: float

    @classmethod
    def parse(cls, given: Given) -> Way:
        """From the module's options."""
        return cls(
            mode=given.choice("mode", MODES, "auto"),
            reboot=given.choice("reboot", ("allowed", "forbidden"), "forbidden") == "allowed",
            try_timeout=float(given.integer("try_timeout", 60, low=1)),
            wait=given.flag("wait", True),
            wait_timeout=float(given.integer("wait_timeout", 600, low=1)),
            reach_timeout=float(given.integer("reach_timeout", 60, low=0)),
        )


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Bring every machine to its configuration; nothing is written before every server has accepted its own."""
    way = Way.parse(given)
    drafts = _drafts(given, mode)
    asked = list(given.each("nodes", lambda item: Asked.parse(item, drafts, pending=mode.pending)))
    seen = _observe(asked, session, mode, way)
    refuse_machines(asked, seen)
    if given.choice("kubernetes_upgrade", ("allowed", "forbidden"), "forbidden") == "forbidden":
        refuse_kubernetes(asked, seen)
    steps = [plan_node(each, machine, way.mode, mode.masker) for each, machine in zip(asked, seen, strict=True)]
    steps = _resume(_dry_run(steps, seen, session, way), seen, session, way)
    plan = sum((step.plan for step in steps), Plan())
    verified = all(machine and each.configuration for each, machine in zip(asked, seen, strict=True))
    if mode.apply:
        seen = _carry_out(steps, seen, session, mode, way)
    described = [_described(step, machine, mode) for step, machine in zip(steps, seen, strict=True)]
    warnings = [warning for step in steps for warning in step.warnings]
    return Result(plan, verified=verified).warning(*dict.fromkeys(warnings)).named("nodes", described)


def _drafts(given: Given, mode: Mode) -> dict[Path, str]:
    """The configurations that this very run would write before us; none while their secrets are not there."""
    if mode.apply or not given.has("source"):
        return {}
    source = Source.parse(given.at("source"), invent=True)
    return {path: wanted.text() for _node, path, wanted in source.configurations()} if source.known else {}


def _observe(asked: list[Asked], session: TalosSession, mode: Mode, way: Way) -> list[Machine | None]:
    """One look at each; None in check mode for a machine that this very run will start."""

    async def look_on(connection: Connection, maintenance: bool) -> Machine:
        return await look(connection, maintenance, failures=mode.apply)

    def look_at(some: list[Asked]) -> list[Outcome[Machine]]:
        return session.client.each([_peer(each) for each in some], look_on)

    if mode.pending:
        known = [None if _comes_up(outcome, session) else outcome for outcome in look_at(asked)]
        found = iter(values(outcome for outcome in known if outcome is not None))
        return [None if outcome is None else next(found) for outcome in known]
    _context = session.context  # without it a machine could be configured, but not be watched
    outcomes: list[Outcome[Machine]] = patiently(look_at, asked, mode, way.reach_timeout if mode.apply else 0.0)
    return list(values(outcomes))


def _comes_up(outcome: Outcome[Machine], session: TalosSession) -> bool:
    """Whether a machine is one that the same run will start: it does not answer, or our identity is not made yet."""
    return isinstance(outcome, Unreachable) or (isinstance(outcome, NfviError) and not session.there)


def _dry_run(steps: list[Step], seen: list[Machine | None], session: TalosSession, way: Way) -> list[Step]:
    """Let every server say whether it takes its configuration, and how; nothing is changed by it."""
    sent = [index for index, step in enumerate(steps) if step.wire and step.asked.text and seen[index] is not None]
    replies = values(_send(session, [steps[index] for index in sent], way, dry_run=True))
    answers = dict(zip(sent, replies, strict=True))
    return [
        answered(step, seen[index], answers[index]["mode"], tuple(answers[index]["warnings"]), allowed=way.reboot)
        if index in answers
        else step
        for index, step in enumerate(steps)
    ]


def _resume(steps: list[Step], seen: list[Machine | None], session: TalosSession, way: Way) -> list[Step]:
    """Find the machines that a run before has left between their configuration and the restart for it."""

    async def ask(connection: Connection, _maintenance: bool) -> bool:
        return await is_staged(connection)

    doubtful = [step for step, machine in zip(steps, seen, strict=True) if may_be_staged(step, machine, way.mode)]
    found = values(session.client.each([_peer(step.asked) for step in doubtful], ask)) if doubtful else []
    staged = {step.asked.label for step, waits in zip(doubtful, found, strict=True) if waits}
    return [resumed(step, allowed=way.reboot) if step.asked.label in staged else step for step in steps]


def _send(session: TalosSession, steps: list[Step], way: Way, *, dry_run: bool) -> list[Outcome[Json]]:
    modes = {step.asked.label: (step.wire, step.asked.text.encode()) for step in steps}

    async def send(connection: Connection, _maintenance: bool) -> Json:
        wire, data = modes[connection.name]
        return await connection.apply(data, wire, dry_run=dry_run, try_seconds=way.try_timeout)

    return session.client.each([_peer(step.asked) for step in steps], send)


def _carry_out(
    steps: list[Step], seen: list[Machine | None], session: TalosSession, mode: Mode, way: Way
) -> list[Machine | None]:
    """All machines that need no restart at once, then the others one by one: etcd must keep its majority."""
    done: list[str] = []
    together = [step for step in steps if not step.reboots]
    batches = [together, *([step] for step in steps if step.reboots)]
    latest = {step.asked.label: machine for step, machine in zip(steps, seen, strict=True)}
    for batch in batches:
        try:
            values(_send(session, [step for step in batch if step.wire], way, dry_run=False))
            values(session.client.each([_peer(step.asked) for step in batch if step.restart], _restart))
            done.extend(action for step in batch for action in step.plan.actions)
            if way.wait:
                latest.update(_arrive(batch, latest, session, mode, way))
        except NfviError as error:
            error.after(done)
            raise
    return [latest[step.asked.label] for step in steps]


async def _restart(connection: Connection, _maintenance: bool) -> None:
    await connection.reboot()


def _arrive(
    steps: list[Step], before: dict[str, Machine | None], session: TalosSession, mode: Mode, way: Way
) -> dict[str, Machine]:
    """Wait until every machine runs what it was given; returns the last look at each."""
    by_label = {step.asked.label: step for step in steps}
    last: dict[str, Machine] = {label: found for label in by_label if (found := before[label]) is not None}
    journeys = {label: _departure(step, last.get(label)) for label, step in by_label.items()}

    async def look_again(connection: Connection, maintenance: bool) -> Machine:
        return await look(connection, maintenance, failures=True)

    def judge(labels: list[str]) -> list[Readiness]:
        outcomes = session.client.each([_peer(by_label[label].asked) for label in labels], look_again)
        return [step_on(label, outcome) for label, outcome in zip(labels, outcomes, strict=True)]

    def step_on(label: str, outcome: Outcome[Machine]) -> Readiness:
        seen = outcome if isinstance(outcome, NfviError) else outcome.value
        journeys[label] = journeys[label].after(seen)
        if isinstance(seen, Machine):
            last[label] = seen
        return arrived(seen, journeys[label])

    still = [label for label, step in by_label.items() if not step.wire and not step.restart]
    settled = [label for label in still if arrived_already(last.get(label))]
    wait_for([label for label in by_label if label not in settled], judge, mode, way.wait_timeout)
    return last


def _departure(step: Step, seen: Machine | None) -> Journey:
    """The start of a machine's way, from the look at it before."""
    if seen is None:
        return Journey()
    if not step.reboots:
        before = seen.certificate if seen.maintenance else ""
        return Journey(failures_before=seen.failures, certificate_before=before)
    return Journey(step.boot_before, etcd_before=isinstance(etcd_ready(seen.services), Ready))


def arrived_already(seen: Machine | None) -> bool:
    """Whether the first look has shown a machine that is where it should be, so that none of the waiting is needed."""
    return seen is not None and isinstance(arrived(seen, Journey()), Ready)


def _peer(asked: Asked) -> Peer:
    return Peer(target(asked.address), asked.fingerprint)


def _described(step: Step, machine: Machine | None, mode: Mode) -> Json:
    """The machine for people, as it is or will be; what only it can know is None before it is configured."""
    known = machine is not None and not machine.maintenance
    return {
        "address": step.asked.address,
        "hostname": step.asked.hostname or (machine.hostname if machine else None),
        "stage": machine.stage if machine is not None and (known or mode.apply) else None,
        "version": machine.version if machine is not None else None,
        "macs": list(machine.macs) if machine is not None else [],
        "applied": "reboot" if step.reboots else _APPLIED.get(step.wire, "unchanged"),
    }


# How the configuration came in, by Talos' mode on the wire.
_APPLIED = {"AUTO": "configured", "NO_REBOOT": "live", "STAGED": "staged", "TRY": "try"}
