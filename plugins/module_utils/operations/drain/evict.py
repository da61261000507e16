# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evictions of one node's pods, all at once: one that is withheld is asked for again, while the others go on.

One after the other would never end where a budget frees the second pod only when the first has a new place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...clients.kube.client import KubeClient
from ...clients.kube.errors import NotServed, Withheld
from ...clients.kube.request import POD, Request, call, delete
from ...core.clock import Deadline
from ...core.error import NfviError, NotFound, StalePlan, Unreachable
from ...core.mode import Mode
from ...core.path import Json, prune
from ...resources.kubernetes import pods
from .follow import PodsOfNode
from .look import VMI
from .plan import How, Step

# Seconds between two tries where the server does not say; kubectl's are 5 from the beginning.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0


@dataclass
class Attempt:
    """A step under way: when it is due again (seconds of the clock), and why it was not done the last time."""

    step: Step
    due: float = 0.0
    tries: int = 0
    accepted: bool = False
    finished: bool = False
    why: str = ""


def request(step: Step, grace: int | None) -> Request:
    """What asks a pod to go: that very pod, not one of its name made since."""
    meta = step.pod["metadata"]
    if step.how is How.DELETE:
        vmi = step.vmi["metadata"]
        return delete(VMI, vmi["name"], vmi["namespace"], uid=vmi["uid"])
    options = prune(apiVersion="v1", kind="DeleteOptions", gracePeriodSeconds=grace, preconditions={"uid": meta["uid"]})
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
        "deleteOptions": options,
    }
    return call(POD, meta["name"], meta["namespace"], "eviction", body, method="POST")


class Evictor:
    """Makes pods of one node go. ``done`` is told of every step when its pod is gone."""

    def __init__(
        self, client: KubeClient, mode: Mode, deadline: Deadline, grace: int | None, done: Callable[[Step], None]
    ) -> None:
        self._client, self._mode, self._deadline, self._grace, self._done = client, mode, deadline, grace, done

    def evict(self, steps: Sequence[Step], there: PodsOfNode) -> list[Attempt]:
        """Until all are gone, or the time is over; returns those that are not. Raises what is no matter of time."""
        waiting = [Attempt(step, accepted=step.how is How.AWAIT) for step in steps]
        while waiting := list(self._present(waiting, there)):
            now = self._deadline.clock.now()
            self._try([each for each in waiting if not each.accepted and each.due <= now])
            if self._deadline.over:
                return waiting
            there.wait(self._pause(waiting))
        return []

    def _present(self, waiting: Sequence[Attempt], there: PodsOfNode) -> Iterator[Attempt]:
        """Those whose pods are still there; one that has just finished is due at once, as nothing holds it now."""
        for each in waiting:
            pod = there.get(each.step.uid)
            if pod is None:
                self._done(each.step)
                continue
            if pods.finished(pod) and not each.finished and each.step.how is not How.AWAIT:
                each.finished, each.accepted, each.due = True, False, 0.0
            each.accepted = each.accepted or pods.leaving(pod)
            yield each

    def _try(self, due: Sequence[Attempt]) -> None:
        answers = self._client.send_all([self._request(each) for each in due])
        for each, answer in zip(due, answers, strict=True):
            self._heard(each, answer)

    def _request(self, each: Attempt) -> Request:
        return request(Step(each.step.pod, How.EVICT) if each.finished else each.step, self._grace)

    def _heard(self, each: Attempt, answer: Json | NfviError) -> None:
        if not isinstance(answer, NfviError):
            each.accepted, each.why = True, "has been asked to go, and is still there"
        elif isinstance(answer, NotServed):
            raise answer
        elif isinstance(answer, (NotFound, StalePlan)):
            each.accepted = True  # the watch is about to tell
        elif isinstance(answer, (Withheld, Unreachable)):
            self._later(each, answer)
        else:
            raise answer.about(each.step.label)

    def _later(self, each: Attempt, error: NfviError) -> None:
        if error.reason != each.why:
            self._mode.progress(f"{each.step.label}: {error.reason}")
        each.why, each.tries = error.reason, each.tries + 1
        pause = getattr(error, "retry_after", None) or min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(each.tries - 1, 10))
        each.due = self._deadline.clock.now() + pause

    def _pause(self, waiting: Sequence[Attempt]) -> float:
        now = self._deadline.clock.now()
        return max(0.0, min([self._deadline.left, *(each.due - now for each in waiting if not each.accepted)]))
