# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of a site as a whole: its lock and its ledger, from the first event to the last."""

from __future__ import annotations

import getpass
import pathlib
import sys
from datetime import datetime
from typing import Any

from ..core import error as errors
from ..core.change import Change
from ..core.error import NfviError
from ..core.given import Given
from ..core.mode import Mode
from ..core.path import parse
from ..core.plan import Plan
from ..core.result import Result
from . import command, lock, phases
from .ledger import Entry, Ledger, last, now, open_phase, recorded_actions, seconds_since, stamp
from .process import playbook
from .state import StateDirectory


def note(given: Given, state: StateDirectory, mode: Mode) -> Result:
    """One event of a run. In check mode nothing is written; bookkeeping is never a change, a new state directory is."""
    event = {"start": _start, "phase": _phase, "fail": _fail, "finish": _finish}[given.text("event")]
    return event(given, state, mode)


def _start(given: Given, state: StateDirectory, mode: Mode) -> Result:
    plan = Plan.of(Change("create", str(path)) for path in state.missing())
    if not mode.apply:
        return _previewed(plan, state)
    state.make()
    moment, process, line = now(), playbook(), command.printable(sys.argv)
    lock.take(state.lock, lock.Holder(process, stamp(moment), line), given.text("site"))
    _tell_of_last(state, mode)
    ledger = Ledger.begin(state.runs, moment, process.pid)
    ledger.write("run started", moment, site=given.text("site"), user=getpass.getuser(), pid=process.pid, command=line)
    return Result(plan).named("run", str(ledger.folder)).named("digest_key", str(state.digest_key))


def _previewed(plan: Plan, state: StateDirectory) -> Result:
    """What `_start` gives in check mode: no run, and a warning when one is under way."""
    result = Result(plan).named("run", "").named("digest_key", _existing(state.digest_key))
    holder = lock.holder_of(state.lock)
    return result.warning(f"another run works on this site, so this plan may not hold: {holder}") if holder else result


def _phase(given: Given, _state: StateDirectory, _mode: Mode) -> Result:
    ledger, moment = _ledger(given), now()
    if ledger is not None:
        _close(ledger, given, moment)
        ledger.write("phase started", moment, phase=given.choice("phase", phases.PHASES))
    return Result().named("run", given.text("run", ""))


def _finish(given: Given, state: StateDirectory, _mode: Mode) -> Result:
    ledger, moment = _ledger(given), now()
    if ledger is not None:
        _close(ledger, given, moment)
        seconds = seconds_since(ledger.entries()[0], moment)
        ledger.write("run finished", moment, seconds=seconds, summary=given.get("summary", {}))
        lock.release(state.lock, playbook())
    return Result().named("run", given.text("run", ""))


def _fail(given: Given, state: StateDirectory, _mode: Mode) -> Result:
    """Note the failure, give the site back, and fail: with the same error, and with what may come next."""
    ledger, moment = _ledger(given), now()
    if ledger is None:
        raise _failure(given, "")
    entries = ledger.entries()
    phase = (open_phase(entries) or {}).get("phase", "")
    error = _failure(given, phase)
    following = {
        "resume": phase,
        "remaining": phases.remaining(phase),
        "retryable": error.retryable,
        "hint": error.hint,
    }
    ledger.write(
        "run failed", moment, phase=phase, actions=_fresh(given, entries), error=error.as_result(), next=following
    )
    lock.release(state.lock, playbook())
    raise error


def _failure(given: Given, phase: str) -> NfviError:
    """The error of the task that failed, with the way on in its hint; Ansible's own failures are of kind internal."""
    told: dict[str, Any] = given.get("error", {})
    kinds = {kind.kind: kind for kind in NfviError.__subclasses__()}
    kind = kinds.get(str(told.get("kind")), errors.Internal)
    way_on = f"the next run goes on at phase {phase}" if phase else ""
    hint = "; ".join(text for text in (told.get("hint"), way_on) if text)
    reason = str(told.get("reason") or given.get("reason", "a task failed"))
    path = parse(str(told.get("path", "")))
    return kind(reason, object=str(told.get("object", "")), path=path, hint=hint, retryable=told.get("retryable"))


def _close(ledger: Ledger, given: Given, moment: datetime) -> None:
    """End the phase that is open, if any."""
    entries = ledger.entries()
    started = open_phase(entries)
    if started is not None:
        seconds = seconds_since(started, moment)
        ledger.write("phase finished", moment, phase=started["phase"], seconds=seconds, actions=_fresh(given, entries))


def _fresh(given: Given, entries: list[Entry]) -> list[str]:
    """The actions of this run that do not stand in its ledger yet."""
    actions: list[str] = given.get("actions", [])
    return actions[recorded_actions(entries) :]


def _ledger(given: Given) -> Ledger | None:
    """The run's ledger; None in check mode, where the run that was started has no folder."""
    folder = given.text("run", "")
    return Ledger(pathlib.Path(folder)) if folder else None


def _tell_of_last(state: StateDirectory, mode: Mode) -> None:
    """Say so when the run before was cut off or failed."""
    ledger = last(state.runs)
    entries = ledger.entries() if ledger else []
    if entries and entries[-1]["event"] != "run finished":
        phase = entries[-1].get("phase") or "start"
        mode.progress(f"the last run did not get past phase {phase}; this one goes on from there")


def _existing(path: pathlib.Path) -> str:
    return str(path) if path.exists() else ""
